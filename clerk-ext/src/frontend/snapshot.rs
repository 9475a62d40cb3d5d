use std::{fmt, sync::Arc};

use clerk_core::{OrganizationId, SessionId, Timestamp};
use clerk_fapi::types;

use super::record::is_signed_in;

/// Who is signed in on this device, at one moment: all parts belong together.
///
/// Cheap to clone; it does not change. [`revision`](Self::revision) goes up with every change.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// let before = clerk.snapshot();
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let after = clerk.snapshot();
/// assert_eq!(after.user().map(|user| user.id.as_str()), Some("user_ann"));
/// assert_eq!(after.sessions().count(), 1);
/// assert!(before.user().is_none(), "it does not change");
/// assert!(after.revision() > before.revision());
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct Snapshot {
    client: Option<Arc<types::Client>>,
    revision: u64,
    learned_at: Option<Timestamp>,
    is_live: bool,
}

impl Snapshot {
    pub(super) fn new(client: Option<Arc<types::Client>>, learned_at: Option<Timestamp>, is_live: bool) -> Self {
        Self { client, revision: 0, learned_at, is_live }
    }

    /// The same, as the one that comes after another.
    pub(super) fn after(mut self, other: &Self) -> Self {
        self.revision = other.revision + 1;
        self
    }

    /// Whether the other shows the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let written = |client: &types::Client| serde_json::to_vec(client).ok();
        let same_client = match (&self.client, &other.client) {
            (None, None) => true,
            (Some(this), Some(other)) => Arc::ptr_eq(this, other) || written(this) == written(other),
            _ => false,
        };
        self.is_live == other.is_live && self.learned_at == other.learned_at && same_client
    }

    /// Which state it is, counted since the program began.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether Clerk said it to this process; otherwise it is what was kept from an earlier run or came from another
    /// process.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.is_live
    }

    /// When Clerk said it.
    #[must_use]
    pub fn learned_at(&self) -> Option<Timestamp> {
        self.learned_at
    }

    /// What Clerk knows of this device; nothing before the first sign-in.
    #[must_use]
    pub fn client(&self) -> Option<&Arc<types::Client>> {
        self.client.as_ref()
    }

    /// Everybody who is signed in here, those with tasks left included.
    pub fn sessions(&self) -> impl Iterator<Item = &types::Session> {
        self.client.iter().flat_map(|client| &client.sessions).filter(|session| is_signed_in(session))
    }

    /// The session in the foreground; nothing where nobody is signed in.
    #[must_use]
    pub fn session(&self) -> Option<&types::Session> {
        let active = self.client.as_ref()?.last_active_session_id.as_ref();
        let named = active.and_then(|id| self.sessions().find(|session| session.id == *id));
        named.or_else(|| self.sessions().next())
    }

    /// One of the sessions by its id, in the foreground or not.
    #[must_use]
    pub fn session_by_id(&self, id: &SessionId) -> Option<&types::Session> {
        self.sessions().find(|session| session.id == *id)
    }

    /// The user in the foreground; nothing where nobody is signed in.
    #[must_use]
    pub fn user(&self) -> Option<&types::User> {
        self.session()?.user.as_ref()
    }

    /// The organization that the user in the foreground works in; nothing in their personal account.
    #[must_use]
    pub fn organization_id(&self) -> Option<&OrganizationId> {
        self.session()?.last_active_organization_id.as_ref()
    }

    /// The membership in that organization, and the organization with it.
    #[must_use]
    pub fn membership(&self) -> Option<&types::OrganizationMembership> {
        let id = self.organization_id()?;
        let of = |one: &&types::OrganizationMembership| one.organization.as_ref().is_some_and(|org| org.id == *id);
        self.user()?.organization_memberships.iter().find(of)
    }

    /// The organization that the user in the foreground works in, where it is known.
    #[must_use]
    pub fn organization(&self) -> Option<&types::Organization> {
        self.membership()?.organization.as_ref()
    }

    /// The sign-in that is under way.
    #[must_use]
    pub fn sign_in(&self) -> Option<&types::SignIn> {
        self.client.as_ref()?.sign_in.as_ref()
    }

    /// The sign-up that is under way.
    #[must_use]
    pub fn sign_up(&self) -> Option<&types::SignUp> {
        self.client.as_ref()?.sign_up.as_ref()
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("revision", &self.revision)
            .field("is_live", &self.is_live)
            .field("session", &self.session().map(|session| &session.id))
            .field("user", &self.user().map(|user| &user.id))
            .field("organization", &self.organization_id())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
