use std::{error::Error as StdError, fmt};

use clerk_core::{
    Bytes,
    http::{Response, StatusCode},
};

use super::{RefusalKind, log, refusal};

/// The answer to a request that an extractor did not let in.
///
/// Frameworks send it by themselves. `Debug` and `Display` show its status alone.
///
/// ```
/// use axum::{Router, routing::get};
/// use clerk_ext::web::{ClerkLayer, Rejection, SignedIn};
///
/// /// Takes what is not let in into its own hands.
/// async fn me(person: Result<SignedIn, Rejection>) -> Result<String, Rejection> {
///     match person {
///         Ok(person) => Ok(person.user_id().to_string()),
///         Err(rejection) if rejection.status() == 401 => Ok("a guest".to_owned()),
///         Err(rejection) => Err(rejection),
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use tower_service::Service as _;
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// let mut app = Router::new().route("/me", get(me)).layer(ClerkLayer::new(clerk));
/// # let request = axum::http::Request::get("/me").body(axum::body::Body::empty())?;
/// let answer = app.call(request).await?; // with no token
/// assert_eq!(axum::body::to_bytes(answer.into_body(), 1000).await?, "a guest");
/// # Ok(()) }
/// ```
pub struct Rejection(Box<Response<Bytes>>);

impl Rejection {
    pub(super) fn new(response: Response<Bytes>) -> Self {
        Self(Box::new(response))
    }

    /// Nothing has checked the request.
    pub(super) fn without_layer(who: &str) -> Self {
        log::misconfigured(&format!(
            "{who} was asked who sent a request, and no ClerkLayer has checked it; put ClerkLayer around everything that asks"
        ));
        Self::new(refusal::api_response(&RefusalKind::Misconfigured, None))
    }

    /// Nothing can check the webhook.
    #[cfg(all(feature = "webhooks", any(feature = "actix", feature = "rocket", feature = "poem")))]
    pub(super) fn without_webhook() -> Self {
        log::misconfigured("a webhook came, and the data of the application has no Webhook to check it with; add one");
        Self::new(refusal::api_response(&RefusalKind::Misconfigured, None))
    }

    /// The answer, for frameworks that look at errors before they send them.
    #[cfg(any(feature = "actix", feature = "rocket", feature = "poem"))]
    pub(super) fn as_response(&self) -> &Response<Bytes> {
        &self.0
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// The answer.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        *self.0
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rejection").field(&self.status()).finish()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the request was refused with {}", self.status())
    }
}

impl StdError for Rejection {}
