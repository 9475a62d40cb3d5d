use std::{any::TypeId, fmt, ops::Deref, time::Duration};

use clerk_core::{Error, Secret};
use serde::de::{
    DeserializeOwned, IntoDeserializer as _,
    value::{self, UnitDeserializer},
};

use crate::{
    auth::Session,
    web::{Checked, RefusalKind, refusal::Refused},
};

/// The person who sent the request, in handlers that only signed-in people get to.
///
/// It stands for the [`Session`]. `C` is the type of the claims that the application has added to its session tokens; a
/// token that does not have them is not let in. A machine's token is not let in either, nor is a session that has tasks
/// to finish.
///
/// ```
/// use axum::{Router, routing::get};
/// use clerk_ext::web::{ClerkLayer, SignedIn};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Ours {
///     tenant: String,
/// }
///
/// /// A handler of axum, of actix-web, of poem or of Rocket.
/// async fn report(person: SignedIn<Ours>) -> String {
///     format!("{} of {}", person.user_id(), person.custom().tenant)
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use tower_service::Service as _;
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # local.update_settings(|settings| drop(settings.session_claims.insert("tenant".to_owned(), "acme".into())));
/// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// # let bearer = format!("Bearer {}", token.expose());
/// let mut app = Router::new().route("/report", get(report)).layer(ClerkLayer::new(clerk));
/// # let request = axum::http::Request::get("/report").header("authorization", bearer).body(axum::body::Body::empty())?;
/// let answer = app.call(request).await?; // with `Authorization: Bearer <her session token>`
/// assert_eq!(axum::body::to_bytes(answer.into_body(), 1000).await?, "user_ann of acme");
/// # let request = axum::http::Request::get("/report").body(axum::body::Body::empty())?;
/// # assert_eq!(app.call(request).await?.status(), 401);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SignedIn<C = ()> {
    session: Session,
    custom: C,
    checked: Checked,
}

impl<C> SignedIn<C> {
    /// The claims that the application has added to its tokens.
    #[must_use]
    pub fn custom(&self) -> &C {
        &self.custom
    }

    #[cfg(feature = "backend")]
    pub(super) fn checked(&self) -> &Checked {
        &self.checked
    }

    /// A token for a service that trusts Clerk: made by a template of the instance, or valid for another time, or both.
    ///
    /// Without either it is the token that the request came with, and nothing is sent.
    ///
    /// # Errors
    ///
    /// The call to Clerk failed, or there is no secret key to make it with.
    pub async fn token_with(&self, template: Option<&str>, expires_in: Option<Duration>) -> Result<Secret, Error> {
        self.checked.clerk().session_token(&self.session, template, expires_in).await
    }
}

impl<C: DeserializeOwned + 'static> SignedIn<C> {
    pub(super) fn read(checked: &Checked) -> Result<Self, Refused> {
        let session = checked.state().session().ok_or_else(|| checked.no_person())?.clone();
        let custom = custom(&session).map_err(|error| Refused {
            kind: RefusalKind::Forbidden,
            why: format!("the session token lacks claims that the handler needs: {error}").into(),
        })?;
        Ok(Self { session, custom, checked: checked.clone() })
    }
}

/// The claims of an application; `()` stands for one that has none, for which nothing is read.
fn custom<C: DeserializeOwned + 'static>(session: &Session) -> Result<C, Error> {
    let nothing: UnitDeserializer<value::Error> = ().into_deserializer();
    match C::deserialize(nothing) {
        Ok(none) if TypeId::of::<C>() == TypeId::of::<()>() => Ok(none),
        _ => session.claims().custom(),
    }
}

impl<C> Deref for SignedIn<C> {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl<C> fmt::Debug for SignedIn<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SignedIn").field(&self.session).finish()
    }
}

/// The person who sent the request, in handlers that everybody gets to.
///
/// It is nobody where [`SignedIn`] would not let the request in, whatever the reason.
///
/// ```
/// use axum::{Router, routing::get};
/// use clerk_ext::web::{ClerkLayer, MaybeSignedIn};
///
/// async fn greeting(MaybeSignedIn(person): MaybeSignedIn) -> String {
///     person.map_or("Hello".to_owned(), |person| format!("Hello, {}", person.user_id()))
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use tower_service::Service as _;
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// # let bearer = format!("Bearer {}", token.expose());
/// let mut app = Router::new().route("/", get(greeting)).layer(ClerkLayer::new(clerk));
/// # let request = axum::http::Request::get("/").header("authorization", bearer).body(axum::body::Body::empty())?;
/// let answer = app.call(request).await?; // with a token of hers
/// assert_eq!(axum::body::to_bytes(answer.into_body(), 1000).await?, "Hello, user_ann");
/// # let request = axum::http::Request::get("/").body(axum::body::Body::empty())?;
/// let answer = app.call(request).await?; // with none
/// assert_eq!(axum::body::to_bytes(answer.into_body(), 1000).await?, "Hello");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct MaybeSignedIn<C = ()>(pub Option<SignedIn<C>>);

impl<C> Deref for MaybeSignedIn<C> {
    type Target = Option<SignedIn<C>>;

    fn deref(&self) -> &Option<SignedIn<C>> {
        &self.0
    }
}
