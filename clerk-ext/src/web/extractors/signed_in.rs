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
/// use clerk_ext::web::SignedIn;
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
/// use clerk_ext::web::MaybeSignedIn;
///
/// async fn greeting(MaybeSignedIn(person): MaybeSignedIn) -> String {
///     person.map_or("Hello".to_owned(), |person| format!("Hello, {}", person.user_id()))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct MaybeSignedIn<C = ()>(pub Option<SignedIn<C>>);

impl<C> Deref for MaybeSignedIn<C> {
    type Target = Option<SignedIn<C>>;

    fn deref(&self) -> &Option<SignedIn<C>> {
        &self.0
    }
}
