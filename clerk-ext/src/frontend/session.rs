//! Somebody's session: its token, what it works in, and its end.

mod change;
mod devices;
mod upkeep;
mod validity;

use std::{fmt, sync::Arc, time::Duration};

use clerk_core::{Error, OrganizationId, SessionId};
use clerk_fapi::types;

pub use self::{devices::Devices, upkeep::Upkeep, validity::Validity};
use super::{
    client::Frontend,
    device::Device,
    token::{
        SessionToken, TokenRequest,
        cache::Slot,
        fetch::{Subject, of_foreground},
    },
};
use crate::metadata::Metadata;

/// Somebody's session on this device.
///
/// It stays the same session when another comes into the foreground, and says so when it is over. Cheap to clone.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let session = clerk.session().ok_or("nobody is signed in")?;
/// let token = session.token().await?;
/// assert_eq!(token.claims().session.as_ref(), Some(session.id()));
/// assert_eq!(session.user().map(|user| user.id), token.claims().user);
///
/// session.sign_out().await?;
/// assert!(session.token().await.is_err() && !session.is_signed_in());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Session {
    pub(super) device: Device,
    pub(super) id: SessionId,
    slot: Arc<Slot>,
}

/// How long ago somebody proved who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FactorAge {
    /// By a first factor, such as a password; nothing if never since they signed in.
    pub first: Option<Duration>,
    /// By a second factor.
    pub second: Option<Duration>,
}

impl Session {
    pub(super) fn new(device: Device, id: SessionId) -> Self {
        let slot = device.core().tokens.slot(&id);
        Self { device, id, slot }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// A token for the organization that it works in, to be sent to a program's own services.
    ///
    /// One that has more than ten seconds left is given at once, whether or not there is a network. Otherwise one is
    /// fetched, in one request for however many ask.
    ///
    /// # Errors
    ///
    /// The session is over ([`Unauthorized`](clerk_core::ErrorKind::Unauthorized)) or still has a task to be done
    /// ([`Forbidden`](clerk_core::ErrorKind::Forbidden)), or Clerk cannot be reached.
    pub async fn token(&self) -> Result<SessionToken, Error> {
        if let Some(token) = self.slot.hit(self.device.core().now()) {
            return Ok(token);
        }
        // Boxed, because it is seldom needed, and large.
        Box::pin(self.fetch(&TokenRequest::new(), None)).await
    }

    /// A token from a template, for another organization, or one that is made now.
    ///
    /// # Errors
    ///
    /// As for [`token`](Self::token).
    pub async fn token_with(&self, request: TokenRequest) -> Result<SessionToken, Error> {
        Box::pin(self.fetch(&request, None)).await
    }

    pub(super) async fn fetch(
        &self,
        request: &TokenRequest,
        not: Option<&SessionToken>,
    ) -> Result<SessionToken, Error> {
        let subject = Subject { device: self.device.clone(), session: self.id.clone(), slot: self.slot.clone() };
        subject.token(request, not).await
    }

    /// From now on only a token will do that is made from now on.
    pub(super) fn outdate_tokens(&self) {
        self.slot.purge(true);
    }

    /// What Clerk said of it last: a copy; nothing when it is over.
    #[must_use]
    pub fn data(&self) -> Option<types::Session> {
        self.device.snapshot().session_by_id(&self.id).cloned()
    }

    /// Whether somebody is signed in with it, as far as is known.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.device.snapshot().session_by_id(&self.id).is_some()
    }

    /// How it stands; nothing when it is over.
    #[must_use]
    pub fn status(&self) -> Option<types::SessionStatus> {
        self.device.snapshot().session_by_id(&self.id).map(|session| session.status.clone())
    }

    /// Whose it is: a copy.
    #[must_use]
    pub fn user(&self) -> Option<types::User> {
        self.device.snapshot().session_by_id(&self.id)?.user.clone()
    }

    /// The organization that it works in; nothing in the personal account.
    #[must_use]
    pub fn organization_id(&self) -> Option<OrganizationId> {
        self.device.snapshot().session_by_id(&self.id)?.last_active_organization_id.clone()
    }

    /// The same organization, where it is known: a copy.
    #[must_use]
    pub fn organization(&self) -> Option<types::Organization> {
        let snapshot = self.device.snapshot();
        let session = snapshot.session_by_id(&self.id)?;
        let id = session.last_active_organization_id.as_ref()?;
        let mut organizations =
            session.user.as_ref()?.organization_memberships.iter().filter_map(|one| one.organization.as_ref());
        organizations.find(|organization| organization.id == *id).cloned()
    }

    /// How long ago its user proved who they are, to the minute.
    #[must_use]
    pub fn factor_age(&self) -> FactorAge {
        let snapshot = self.device.snapshot();
        let Some(session) = snapshot.session_by_id(&self.id) else { return FactorAge::default() };
        let now = self.device.core().now().as_millis();
        let since = snapshot.learned_at().map_or(0, |learned_at| now.saturating_sub(learned_at.as_millis()));
        let since = Duration::from_millis(u64::try_from(since).unwrap_or_default());
        let age = |minutes: Option<&i64>| {
            let minutes = u64::try_from(*minutes?).ok()?;
            Some(Duration::from_secs(minutes.saturating_mul(60)).saturating_add(since))
        };
        let ages = &session.factor_verification_age;
        FactorAge { first: age(ages.first()), second: age(ages.get(1)) }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Session").field(&self.id).finish()
    }
}

impl<M: Metadata> Frontend<M> {
    /// One of the sessions of this device.
    #[must_use]
    pub fn session_by_id(&self, id: impl Into<SessionId>) -> Option<Session> {
        let id = id.into();
        self.snapshot().session_by_id(&id)?;
        Some(Session::new(self.device().clone(), id))
    }

    /// A token of the session in the foreground: see [`Session::token`].
    ///
    /// # Errors
    ///
    /// Nobody is signed in, and as for [`Session::token`].
    pub async fn token(&self) -> Result<SessionToken, Error> {
        let core = self.device().core();
        if let Some(token) = core.tokens.hit(core.now()) {
            return Ok(token);
        }
        Box::pin(of_foreground(self.device(), &TokenRequest::new(), None)).await
    }
}
