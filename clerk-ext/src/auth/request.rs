//! Whole requests: the header, the cookies, and what the browser has to do first.
//!
//! ```text
//! Parts ─► Incoming ─► dispatch ─► header token ───────────────► RequestState
//!                         └─► Context ─► cookie flow ─► handshake ─┘
//! ```

mod configuration;
mod context;
mod cookie_flow;
mod dispatch;
mod failed_token;
mod handshake;
mod log;
mod organization;
mod referer;
mod refresh;
mod returned;
mod satellite;
mod suffixed;

use clerk_core::{
    Error,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};

pub(super) use self::{context::Context, dispatch::is_of_other_kind};
use super::{Auth, Clerk, RequestState, TokenType, incoming::Incoming};

impl Clerk {
    /// Checks who sent a request.
    ///
    /// All of it is looked at, and what was found to be wrong decides: a request with a bad token in its header is signed
    /// out although it has good cookies. Clerk is asked only where that is needed: for keys that are not at hand, for
    /// a token that is over and can be refreshed, after a handshake, and for tokens of machines.
    ///
    /// The answer's [`headers`](RequestState::headers) belong on the response, and where it has a
    /// [`location`](RequestState::location), the response is a redirect to it.
    ///
    /// ```
    /// use clerk_ext::{auth::Status, http::Request};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
    /// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
    /// # let clerk = clerk.api_url(local.backend_url()).build()?;
    /// let request = Request::get("/me").header("authorization", format!("Bearer {}", token.expose())).body(())?;
    /// let state = clerk.authenticate(&request.into_parts().0).await?;
    /// assert_eq!(state.session().map(|session| session.user_id().as_str()), Some("user_ann"));
    ///
    /// let nobody = clerk.authenticate(&Request::get("/me").body(())?.into_parts().0).await?;
    /// assert_eq!(nobody.status(), Status::SignedOut);
    /// assert!(nobody.session().is_none() && nobody.reason().is_some());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Something is not configured that this request needs; in development also a handshake that came back with a token
    /// of other keys. A request that is not signed in is no error.
    pub async fn authenticate(&self, parts: &Parts) -> Result<RequestState, Error> {
        configuration::check(self, parts)?;
        let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
        if let (Some(only), None) = (headers.next(), headers.next())
            && let Some(state) = self.known_bearer(only.as_bytes())
        {
            return Ok(state);
        }
        let state = dispatch::decide(self, parts, &Incoming::new(parts)).await;
        state.inspect(log::decided)
    }

    /// The answer for an `Authorization` header whose session token was checked before, without waiting for anything.
    ///
    /// `None` says nothing about the request: ask [`authenticate`](Self::authenticate), which does the same first.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
    /// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
    /// # let clerk = clerk.api_url(local.backend_url()).build()?;
    /// let bearer = format!("Bearer {}", token.expose());
    /// assert!(clerk.authenticate_now(Some(bearer.as_bytes())).is_none(), "it was never seen");
    ///
    /// let request = clerk_ext::http::Request::get("/me").header("authorization", &bearer).body(())?;
    /// clerk.authenticate(&request.into_parts().0).await?;
    /// let state = clerk.authenticate_now(Some(bearer.as_bytes())).ok_or("it was seen a moment ago")?;
    /// assert!(state.session().is_some());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn authenticate_now(&self, authorization: Option<&[u8]>) -> Option<RequestState> {
        // What is wrong with the configuration is told by the other way.
        if !configuration::needs_no_request(self) {
            return None;
        }
        self.known_bearer(authorization?)
    }

    fn known_bearer(&self, authorization: &[u8]) -> Option<RequestState> {
        if !self.inner().settings.accepts.accepts(TokenType::Session) {
            return None;
        }
        let token = authorization.strip_prefix(b"Bearer ")?;
        // What has blanks in it is read by the longer way.
        let token = std::str::from_utf8(token).ok().filter(|token| !token.contains(' '))?;
        let session = self.verified(token)?.ok()?;
        // A machine's token passes as a token, and not as a session.
        if session.user_id().as_str().starts_with("mch_") {
            return None;
        }
        let state = RequestState::signed_in(Auth::Session(session), HeaderMap::new());
        log::decided(&state);
        Some(state)
    }
}
