mod body;

use std::{borrow::Cow, fmt};

use clerk_core::{
    Bytes,
    http::{
        HeaderValue, Response, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE},
        request::Parts,
    },
};

use super::{Checked, Rejection, page};
use crate::auth::{Auth, Reason, Reverification, TokenType};

/// Why a request is not let in.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RefusalKind {
    /// Nobody is signed in.
    SignedOut,
    /// Somebody is, and has tasks to finish first, such as choosing an organization.
    Pending,
    /// No program is known, and only programs get in here.
    NotAMachine,
    /// Whoever it is may not do this.
    Forbidden,
    /// They may, after they have proved once more who they are.
    Reverification(Reverification),
    /// Nobody knows who it is, because Clerk could not be asked.
    Unavailable,
    /// The server is put together wrongly: there is no [`ClerkLayer`](super::ClerkLayer) outside.
    Misconfigured,
}

/// What kept a request out, with words for the log.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) kind: RefusalKind,
    pub(super) why: Cow<'static, str>,
}

impl From<RefusalKind> for Refused {
    fn from(kind: RefusalKind) -> Self {
        Self { why: Cow::Borrowed(kind.message()), kind }
    }
}

impl RefusalKind {
    /// The code in the body of the answer.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::SignedOut | Self::NotAMachine => "unauthenticated",
            Self::Pending => "session_pending",
            Self::Forbidden => "forbidden",
            Self::Reverification(_) => "reverification",
            Self::Unavailable => "unavailable",
            Self::Misconfigured => "misconfigured",
        }
    }

    fn message(&self) -> &'static str {
        match self {
            Self::SignedOut => "sign in first",
            Self::NotAMachine => "send the token of a machine, an API key or an OAuth access token",
            Self::Pending => "finish the tasks of the session first",
            Self::Forbidden => "you may not do this",
            Self::Reverification(_) => "prove once more who you are",
            Self::Unavailable => "who you are cannot be checked at the moment; try again",
            Self::Misconfigured => "the server is not set up to check who is signed in",
        }
    }
}

/// A request that is not let in, and what it is told.
///
/// A page request goes to where people sign in and back. Everybody else gets JSON: 401 with the reason, 403, or the 403
/// that makes Clerk's browser libraries ask for a second factor and try again. No answer is cached.
///
/// ```
/// use axum::{Router, routing::get};
/// use clerk_ext::{Bytes, http::Response, web::{ClerkLayer, Guard, Refusal, RefusalKind}};
///
/// /// Problem details in place of Clerk's JSON.
/// fn refuse(refusal: &Refusal<'_>) -> Response<Bytes> {
///     let RefusalKind::SignedOut = refusal.kind() else { return refusal.response() };
///     let mut answer = refusal.api_response(); // status and headers stay
///     *answer.body_mut() = Bytes::from_static(br#"{"title":"sign in first"}"#);
///     answer
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use tower_service::Service as _;
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// let closed = Router::new().route("/closed", get(|| async { "closed" })).layer(Guard::signed_in());
/// let mut app = closed.layer(ClerkLayer::new(clerk).refusals(refuse));
/// # let request = axum::http::Request::get("/closed").body(axum::body::Body::empty())?;
/// let answer = app.call(request).await?; // with no token
/// assert_eq!(answer.status(), 401);
/// assert_eq!(axum::body::to_bytes(answer.into_body(), 1000).await?, r#"{"title":"sign in first"}"#);
/// # Ok(()) }
/// ```
pub struct Refusal<'r> {
    kind: &'r RefusalKind,
    checked: &'r Checked,
    request: &'r Parts,
}

impl<'r> Refusal<'r> {
    pub(super) fn new(kind: &'r RefusalKind, checked: &'r Checked, request: &'r Parts) -> Self {
        Self { kind, checked, request }
    }

    /// What is amiss.
    #[must_use]
    pub fn kind(&self) -> &RefusalKind {
        self.kind
    }

    /// Why nobody is signed in, where nobody is.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        const OTHER_KIND: &Reason = &Reason::TOKEN_TYPE_MISMATCH;
        let state = self.checked.state();
        match (self.kind, state.auth()) {
            (RefusalKind::SignedOut, Some(Auth::Machine(_))) | (RefusalKind::NotAMachine, Some(_)) => Some(OTHER_KIND),
            (RefusalKind::SignedOut | RefusalKind::NotAMachine | RefusalKind::Unavailable, None) => state.reason(),
            _ => None,
        }
    }

    /// What was found out about the request.
    #[must_use]
    pub fn checked(&self) -> &Checked {
        self.checked
    }

    /// The request, with its address as it came; without extensions.
    #[must_use]
    pub fn request(&self) -> &Parts {
        self.request
    }

    /// Whether a browser will show the answer as a page.
    #[must_use]
    pub fn is_page(&self) -> bool {
        page::is_page(self.request)
    }

    /// Where to send the person who sees the page: to sign in, or to finish the tasks of their session.
    ///
    /// `None` where signing in is of no use, or where that is this very page.
    #[must_use]
    pub fn sign_in_url(&self) -> Option<String> {
        let is_pending = match self.kind {
            RefusalKind::SignedOut => false,
            RefusalKind::Pending => true,
            _ => return None,
        };
        let accepts = &self.checked.clerk().inner().settings.accepts;
        if accepts.accepts(TokenType::Session) {
            page::sign_in_url(self.checked, self.request, is_pending)
        } else {
            None
        }
    }

    /// The usual answer.
    #[must_use]
    pub fn response(&self) -> Response<Bytes> {
        if !self.is_page() {
            return self.api_response();
        }
        if let Some(location) = self.sign_in_url().and_then(|url| HeaderValue::try_from(url).ok()) {
            let mut response = answer(StatusCode::TEMPORARY_REDIRECT, Bytes::new());
            response.headers_mut().insert(LOCATION, location);
            return response;
        }
        match (self.kind, self.checked.layer().page_for_the_forbidden()) {
            (RefusalKind::Forbidden, Some(html)) => {
                let mut response = answer(StatusCode::FORBIDDEN, html.clone());
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
                response
            }
            _ => self.api_response(),
        }
    }

    /// The answer that programs and scripts get, whatever the request looks like.
    #[must_use]
    pub fn api_response(&self) -> Response<Bytes> {
        api_response(self.kind, self.reason())
    }

    pub(super) fn answer(&self) -> Rejection {
        let mut response = self.checked.layer().answer(self);
        response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        Rejection::new(response)
    }
}

impl fmt::Debug for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal").field("kind", self.kind).field("checked", self.checked).finish_non_exhaustive()
    }
}

pub(super) fn api_response(kind: &RefusalKind, reason: Option<&Reason>) -> Response<Bytes> {
    let status = match kind {
        RefusalKind::SignedOut | RefusalKind::Pending | RefusalKind::NotAMachine => StatusCode::UNAUTHORIZED,
        RefusalKind::Forbidden | RefusalKind::Reverification(_) => StatusCode::FORBIDDEN,
        RefusalKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        RefusalKind::Misconfigured => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let body = match kind {
        RefusalKind::Reverification(wanted) => body::reverification(wanted),
        _ => body::errors(kind.code(), kind.message(), reason),
    };
    let mut response = answer(status, body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

fn answer(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
