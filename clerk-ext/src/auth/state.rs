use std::sync::Arc;

use clerk_core::http::{HeaderMap, HeaderName, HeaderValue, header::LOCATION};

use super::{Machine, Reason, Session, TokenType};

/// Who sent a request, checked.
///
/// ```
/// use clerk_ext::auth::{Auth, Clerk, TokenType};
///
/// /// Whom a log line is about.
/// fn who(auth: &Auth) -> String {
///     match auth {
///         Auth::Session(session) => session.user_id().to_string(),
///         Auth::Machine(machine) => format!("a program of {}", machine.subject()),
///         _ => "somebody".to_owned(),
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// # let backend = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
/// # let key = backend.api_keys().create("Deploy", "user_ann").await?.secret;
/// # let request = clerk_ext::http::Request::get("/").header("authorization", format!("Bearer {}", key.expose()));
/// # let (parts, ()) = request.body(())?.into_parts();
/// let state = clerk.accepting(TokenType::ApiKey).authenticate(&parts).await?;
/// assert_eq!(state.auth().map(who).as_deref(), Some("a program of user_ann"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Auth {
    /// A person, by a session.
    Session(Session),
    /// A program, by an API key, a machine's token or an OAuth access token.
    Machine(Arc<Machine>),
}

impl Auth {
    /// The kind of token it came with.
    #[must_use]
    pub fn token_type(&self) -> TokenType {
        match self {
            Self::Session(_) => TokenType::Session,
            Self::Machine(machine) => machine.token_type(),
        }
    }
}

/// What a request turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It comes from somebody who is known.
    SignedIn,
    /// It comes from nobody, or from nobody who can be trusted.
    SignedOut,
    /// Who sent it is known only after the browser was sent to Clerk and back.
    Handshake,
}

impl Status {
    /// The status as Clerk's SDKs write it, such as `signed-in`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed-in",
            Self::SignedOut => "signed-out",
            Self::Handshake => "handshake",
        }
    }
}

/// The answer to the question who sent a request.
///
/// Its [`headers`](Self::headers) belong on the response, whatever the status is. The layers of
/// [`web`](crate::web) do that.
///
/// ```
/// use clerk_ext::{auth::{RequestState, Status}, http::{Response, StatusCode}};
///
/// fn answer(state: &RequestState) -> Response<String> {
///     let (status, text) = match state.status() {
///         Status::SignedIn => (StatusCode::OK, "Welcome back".to_owned()),
///         Status::SignedOut => (StatusCode::UNAUTHORIZED, state.message().to_owned()),
///         // Its headers say where to.
///         Status::Handshake => (StatusCode::TEMPORARY_REDIRECT, String::new()),
///     };
///     let mut response = Response::new(text);
///     *response.status_mut() = status;
///     for (name, value) in state.headers() {
///         response.headers_mut().append(name, value.clone());
///     }
///     response
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// // A browser that has never been here asks for a page.
/// let page = clerk_ext::http::Request::get("/").header("host", "example.com").header("sec-fetch-dest", "document");
/// let state = clerk.authenticate(&page.body(())?.into_parts().0).await?;
/// assert_eq!(answer(&state).headers().get("location"), state.location());
/// assert!(state.location().is_some());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct RequestState {
    status: Status,
    token_type: Option<TokenType>,
    reason: Option<Reason>,
    message: String,
    auth: Option<Auth>,
    headers: HeaderMap,
    is_outage: bool,
}

/// What the response is told about a request that is not signed in.
mod told {
    use clerk_core::http::HeaderName;

    pub(super) const STATUS: HeaderName = HeaderName::from_static("x-clerk-auth-status");
    pub(super) const REASON: HeaderName = HeaderName::from_static("x-clerk-auth-reason");
    pub(super) const MESSAGE: HeaderName = HeaderName::from_static("x-clerk-auth-message");
}

impl RequestState {
    /// Signed in; the headers are cookies that were refreshed on the way.
    pub(crate) fn signed_in(auth: Auth, headers: HeaderMap) -> Self {
        Self {
            status: Status::SignedIn,
            token_type: Some(auth.token_type()),
            reason: None,
            message: String::new(),
            auth: Some(auth),
            headers,
            is_outage: false,
        }
    }

    /// Signed out; without a kind of token where none of the accepted ones came.
    pub(crate) fn signed_out(
        token_type: Option<TokenType>,
        reason: Reason,
        message: impl Into<String>,
        headers: HeaderMap,
    ) -> Self {
        Self::told(Status::SignedOut, token_type, reason, message.into(), headers)
    }

    /// A redirect to Clerk; the headers say where to.
    pub(crate) fn handshake(reason: Reason, message: impl Into<String>, headers: HeaderMap) -> Self {
        Self::told(Status::Handshake, Some(TokenType::Session), reason, message.into(), headers)
    }

    fn told(
        status: Status,
        token_type: Option<TokenType>,
        reason: Reason,
        message: String,
        mut headers: HeaderMap,
    ) -> Self {
        let mut tell = |name: HeaderName, text: &str| {
            // What no header can hold is left out.
            if let (false, Ok(value)) = (text.is_empty(), HeaderValue::from_str(text)) {
                headers.insert(name, value);
            }
        };
        tell(told::STATUS, status.as_str());
        tell(told::REASON, reason.as_str());
        tell(told::MESSAGE, &message);
        let is_outage = reason == Reason::JWK_REMOTE_FAILED_TO_LOAD || reason == Reason::UNEXPECTED_ERROR;
        Self { status, token_type, reason: Some(reason), message, auth: None, headers, is_outage }
    }

    /// The same, where nobody could say whether the token is good; not every reason tells.
    pub(crate) fn or_outage(mut self, is_outage: bool) -> Self {
        self.is_outage |= is_outage;
        self
    }

    /// Whether the request is signed in, signed out, or has to be sent to Clerk first.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Why it is not signed in.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        self.reason.as_ref()
    }

    /// Whether nothing is known about who sent the request, because Clerk could not be asked.
    ///
    /// Answer such a request with a 503: nobody gets any further by signing in again.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        self.is_outage
    }

    /// What happened, in words for a log.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The kind of token that this is about; `None` when one came that is not accepted.
    #[must_use]
    pub fn token_type(&self) -> Option<TokenType> {
        self.token_type
    }

    /// Who sent it, where that is known.
    ///
    /// A session with tasks to finish is in here too; [`session`](Self::session) leaves it out.
    #[must_use]
    pub fn auth(&self) -> Option<&Auth> {
        self.auth.as_ref()
    }

    /// The session of a person who is signed in, with nothing left to do for it.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        match &self.auth {
            Some(Auth::Session(session)) if !session.is_pending() => Some(session),
            _ => None,
        }
    }

    /// The program that sent it.
    #[must_use]
    pub fn machine(&self) -> Option<&Machine> {
        match &self.auth {
            Some(Auth::Machine(machine)) => Some(machine),
            _ => None,
        }
    }

    /// What to put on the response: append, because there may be several `Set-Cookie`.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Where the browser has to go: answer with a 307 to it, and with all [`headers`](Self::headers).
    #[must_use]
    pub fn location(&self) -> Option<&HeaderValue> {
        self.headers.get(LOCATION)
    }
}
