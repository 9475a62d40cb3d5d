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
    /// ```no_run
    /// # use clerk_ext::auth::{Clerk, Session};
    /// # async fn example(clerk: &Clerk, session: &Session) -> Result<(), clerk_ext::Error> {
    /// let for_the_database = clerk.session_token(session, Some("hasura"), None).await?;
    /// # _ = for_the_database; Ok(()) }
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
