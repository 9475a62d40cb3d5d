use std::{fmt, sync::Arc};

use clerk_core::{
    Bytes,
    http::{HeaderValue, Response, StatusCode, Uri, header::CACHE_CONTROL, request::Parts},
};

use super::{Checked, Refusal, log};
use crate::auth::{Clerk, Status};

/// Checks who sent each request, and attaches the answer for [`Guard`](super::Guard) and the extractors.
///
/// It refuses nobody. It answers by itself only where the browser has to go to Clerk and come back before anybody knows who
/// it is, and puts on every response what Clerk wants there, such as refreshed cookies. It belongs outside of everything
/// that asks who is signed in: without it that is answered with a 500.
///
/// It is a tower layer, a middleware of actix-web and poem, and a fairing of Rocket; see [`web`](super) for an example of
/// each. Where two of them stand around a handler, the inner one counts; Rocket knows only one.
///
/// ```
/// use axum::{Router, routing::get};
/// use clerk_ext::web::{ClerkLayer, Guard};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use tower_service::Service as _;
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// # let bearer = format!("Bearer {}", token.expose());
/// let mut app = Router::new()
///     .route("/closed", get(|| async { "for those who are signed in" }))
///     .layer(Guard::signed_in())
///     .route("/open", get(|| async { "for everybody" }))
///     .layer(ClerkLayer::new(clerk)); // the last is outermost
/// # let request = |path: &str| axum::http::Request::get(path).body(axum::body::Body::empty());
/// assert_eq!(app.call(request("/open")?).await?.status(), 200);
/// assert_eq!(app.call(request("/closed")?).await?.status(), 401);
/// # let mut request = request("/closed")?;
/// request.headers_mut().insert("authorization", bearer.parse()?); // her session token
/// assert_eq!(app.call(request).await?.status(), 200);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct ClerkLayer(Arc<Front>);

#[derive(Clone)]
struct Front {
    clerk: Clerk,
    refusals: Option<Arc<Refusals>>,
    forbidden_page: Option<Bytes>,
}

type Refusals = dyn Fn(&Refusal<'_>) -> Response<Bytes> + Send + Sync;

/// What becomes of a request that was checked.
pub(super) enum Verdict {
    Proceed(Checked),
    Answer(Response<()>),
}

impl ClerkLayer {
    /// Checks requests with this.
    #[must_use]
    pub fn new(clerk: Clerk) -> Self {
        Self(Arc::new(Front { clerk, refusals: None, forbidden_page: None }))
    }

    /// Answers refused requests otherwise.
    ///
    /// [`Refusal::response`] gives the usual answer, for the cases that stay as they are. The answer is never cached unless
    /// it says itself that it may be.
    ///
    /// ```
    /// use clerk_ext::web::{ClerkLayer, RefusalKind};
    /// # use axum::{Router, http::Request, routing::get};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use tower_service::Service as _;
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
    /// # let clerk = clerk.api_url(local.backend_url()).build()?;
    /// let layer = ClerkLayer::new(clerk).refusals(|refusal| match refusal.kind() {
    ///     // Our pages open a dialog by themselves.
    ///     RefusalKind::SignedOut => refusal.api_response(),
    ///     _ => refusal.response(),
    /// });
    /// # let mut app = Router::new().route("/", get(|| async { "" })).layer(clerk_ext::web::Guard::signed_in()).layer(layer);
    /// # let page = Request::get("/").header("authorization", "Bearer test").header("sec-fetch-dest", "document");
    /// # let answer = app.call(page.body(axum::body::Body::empty())?).await?; // whoever asks for a page
    /// # assert_eq!(answer.status(), 401, "is not sent away");
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn refusals(mut self, answer: impl Fn(&Refusal<'_>) -> Response<Bytes> + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.0).refusals = Some(Arc::new(answer));
        self
    }

    /// The HTML that people see on a page that they may not.
    #[must_use]
    pub fn forbidden_page(mut self, html: impl Into<Bytes>) -> Self {
        Arc::make_mut(&mut self.0).forbidden_page = Some(html.into());
        self
    }

    pub(super) fn clerk(&self) -> &Clerk {
        &self.0.clerk
    }

    pub(super) fn page_for_the_forbidden(&self) -> Option<&Bytes> {
        self.0.forbidden_page.as_ref()
    }

    pub(super) fn answer(&self, refusal: &Refusal<'_>) -> Response<Bytes> {
        self.0.refusals.as_ref().map_or_else(|| refusal.response(), |answer| answer(refusal))
    }

    /// A request with a token that was checked before, by its `Authorization` headers: no need to wait for anything.
    pub(super) fn known<'h>(
        &self,
        mut authorization: impl Iterator<Item = &'h [u8]>,
        uri: impl FnOnce() -> Uri,
    ) -> Option<Checked> {
        let (Some(only), None) = (authorization.next(), authorization.next()) else { return None };
        let state = self.0.clerk.authenticate_now(Some(only))?;
        Some(Checked::new(state, self.clone(), uri()))
    }

    pub(super) async fn check(&self, request: &Parts) -> Verdict {
        let state = match self.0.clerk.authenticate(request).await {
            Ok(state) => state,
            Err(error) => {
                log::misconfigured(&format!("a request cannot be checked: {error}"));
                return Verdict::Answer(broken());
            }
        };
        if state.location().is_some() {
            let mut response = Response::new(());
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            *response.headers_mut() = state.headers().clone();
            return Verdict::Answer(response);
        }
        if state.status() == Status::Handshake {
            log::misconfigured("a handshake has no address to send the browser to");
            return Verdict::Answer(broken());
        }
        Verdict::Proceed(Checked::new(state, self.clone(), request.uri.clone()))
    }
}

fn broken() -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl fmt::Debug for ClerkLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClerkLayer").field("clerk", &self.0.clerk).finish_non_exhaustive()
    }
}
