use std::{fmt, sync::Arc};

use clerk_core::http::{Uri, request::Parts};

use super::{ClerkLayer, Refusal, RefusalKind, Rejection, log, refusal::Refused};
use crate::auth::{Auth, Clerk, RequestState};

/// The answer that [`ClerkLayer`] attached to a request.
///
/// It lies in the extensions of the request, and nothing that a client sends gets there. Cloning is cheap.
///
/// ```
/// use axum::{Extension, Router, routing::get};
/// use clerk_ext::web::{Checked, ClerkLayer};
///
/// /// For whoever wants to know more than an extractor says.
/// async fn why(Extension(checked): Extension<Checked>) -> String {
///     match checked.state().reason() {
///         Some(reason) => reason.to_string(),
///         None => "signed in".to_owned(),
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use tower_service::Service as _;
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// let mut app = Router::new().route("/why", get(why)).layer(ClerkLayer::new(clerk));
/// # let request = axum::http::Request::get("/why").header("authorization", "Bearer test").body(axum::body::Body::empty())?;
/// let answer = app.call(request).await?; // with `Authorization: Bearer test`
/// assert_eq!(axum::body::to_bytes(answer.into_body(), 1000).await?, "token-invalid");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Checked(Arc<Inner>);

struct Inner {
    state: RequestState,
    layer: ClerkLayer,
    /// As the request came: routers cut off the part that they matched.
    uri: Uri,
    #[cfg(all(feature = "backend", any(feature = "actix", feature = "axum", feature = "poem", feature = "rocket")))]
    user: super::extractors::UserOnce,
}

impl Checked {
    pub(super) fn new(state: RequestState, layer: ClerkLayer, uri: Uri) -> Self {
        Self(Arc::new(Inner {
            state,
            layer,
            uri,
            #[cfg(all(
                feature = "backend",
                any(feature = "actix", feature = "axum", feature = "poem", feature = "rocket")
            ))]
            user: super::extractors::UserOnce::default(),
        }))
    }

    /// Who sent the request, or why nobody knows.
    #[must_use]
    pub fn state(&self) -> &RequestState {
        &self.0.state
    }

    /// What checked it.
    #[must_use]
    pub fn clerk(&self) -> &Clerk {
        self.0.layer.clerk()
    }

    /// Who sent the request: a machine, or a person with nothing left to do for their session.
    #[must_use]
    pub fn auth(&self) -> Option<&Auth> {
        self.0.state.auth().filter(|auth| !matches!(auth, Auth::Session(session) if session.is_pending()))
    }

    pub(super) fn layer(&self) -> &ClerkLayer {
        &self.0.layer
    }

    #[cfg(all(feature = "backend", any(feature = "actix", feature = "axum", feature = "poem", feature = "rocket")))]
    pub(super) fn user(&self) -> &super::extractors::UserOnce {
        &self.0.user
    }

    /// What kept the person from being signed in.
    pub(super) fn no_person(&self) -> RefusalKind {
        let state = self.state();
        match state.auth() {
            Some(Auth::Session(session)) if session.is_pending() => RefusalKind::Pending,
            None if state.is_outage() => RefusalKind::Unavailable,
            _ => RefusalKind::SignedOut,
        }
    }

    /// What kept the program from being known.
    pub(super) fn no_machine(&self) -> RefusalKind {
        match self.no_person() {
            RefusalKind::Unavailable => RefusalKind::Unavailable,
            _ => RefusalKind::NotAMachine,
        }
    }

    /// The answer to a request that is not let in.
    pub(super) fn refuse(&self, refused: &Refused, request: &Parts) -> Rejection {
        log::refused(refused.kind.code(), &refused.why);
        let mut original = copy(request);
        original.uri = self.0.uri.clone();
        Refusal::new(&refused.kind, self, &original).answer()
    }
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked")
            .field("status", &self.state().status())
            .field("reason", &self.state().reason())
            .field("auth", &self.state().auth())
            .finish_non_exhaustive()
    }
}

/// The parts of a request without its extensions, which nobody needs to refuse it.
fn copy(request: &Parts) -> Parts {
    let (mut parts, ()) = clerk_core::http::Request::new(()).into_parts();
    parts.method = request.method.clone();
    parts.uri = request.uri.clone();
    parts.version = request.version;
    parts.headers = request.headers.clone();
    parts
}
