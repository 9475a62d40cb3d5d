use std::time::Duration;

use clerk_core::{Encoding, Error, ErrorKind, Json, Operation, Secret, http::Method};

use super::{Clerk, Session};

// A token more does no harm.
static CREATE_TOKEN: Operation =
    Operation::new(Method::POST, "CreateSessionToken", "/v1/sessions/{session_id}/tokens", Encoding::Json).idempotent();
static CREATE_TOKEN_OF_TEMPLATE: Operation = Operation::new(
    Method::POST,
    "CreateSessionTokenFromTemplate",
    "/v1/sessions/{session_id}/tokens/{template_name}",
    Encoding::Json,
)
.idempotent();

impl Clerk {
    /// A token of a session, to be passed on: of a template, or with another lifetime than that of the instance.
    ///
    /// Without either it is the token that the request came with, and Clerk is not asked. Otherwise each call is a request
    /// to Clerk: keep the token if you need it again.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
    /// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
    /// # let clerk = clerk.api_url(local.backend_url()).build()?;
    /// let session = clerk.verify_token(token.expose()).await?;
    /// // For work that goes on after the request was answered.
    /// let longer = clerk.session_token(&session, None, Some(Duration::from_secs(600))).await?;
    /// let longer = clerk.verify_token(longer.expose()).await?;
    /// assert_eq!(longer.id(), session.id());
    /// assert!(longer.claims().expires_at() > session.claims().expires_at());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The token that the session was known by names no session, there is no secret key, or Clerk refuses.
    pub async fn session_token(
        &self,
        session: &Session,
        template: Option<&str>,
        expires_in: Option<Duration>,
    ) -> Result<Secret, Error> {
        if template.is_none() && expires_in.is_none() {
            return Ok(session.token().clone());
        }
        let operation = if template.is_some() { &CREATE_TOKEN_OF_TEMPLATE } else { &CREATE_TOKEN };
        let refuse = |message: &'static str| Error::invalid_request(operation.id(), message);
        let id =
            session.id().ok_or_else(|| refuse("the session token does not say which session it is of (claim sid)"))?;
        let backend = self.inner().backend.as_ref().ok_or_else(|| {
            Error::config("tokens are made by a request to Clerk, and there is no key for it; set CLERK_SECRET_KEY")
        })?;
        let mut call = backend.call(operation);
        call.path("session_id", id.as_str());
        if let Some(template) = template {
            call.path("template_name", template);
        }
        if let Some(time) = expires_in {
            call.field("expires_in_seconds", &time.as_secs());
        }
        let answer = call.send_json::<Json>().await?.into_value();
        match answer.get("jwt").and_then(Json::as_str) {
            Some(token) => Ok(token.into()),
            None => {
                Err(Error::new(ErrorKind::Decode, "the answer has no token in it (key jwt)")
                    .with_operation(operation.id()))
            }
        }
    }
}
