use clerk_core::SignInId;
use clerk_fapi::types;
use serde::{Deserialize, Serialize};

use super::attempt::Asked;

/// A sign-in under way, to be gone on with by another run of the program.
///
/// It holds the id of the sign-in and what was sent where: no secret, but addresses as far as the person typed them.
/// [`SignIns::resume_from`](super::SignIns::resume_from) takes it. The device has to be the same: its
/// [store](crate::frontend::CredentialStore) must have been kept too.
///
/// ```
/// use clerk_ext::frontend::{Frontend, MemoryStore, SavedSignIn, SignIn};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let store = MemoryStore::default();
/// # let clerk = Frontend::builder(&local.publishable_key()).store(store.clone()).build()?;
/// let SignIn::NeedsCode(step) = clerk.sign_in().email_code("ann@example.com").await? else {
///     return Err("no code was sent".into());
/// };
/// let kept = serde_json::to_string(&step.save())?;
/// # let code = local.inbox().latest_code("ann@example.com").ok_or("nothing was mailed")?;
/// # drop((step, clerk));
///
/// // Another run of the program, on the same store.
/// let clerk = Frontend::builder(&local.publishable_key()).store(store).build()?;
/// let saved: SavedSignIn = serde_json::from_str(&kept)?;
/// let SignIn::NeedsCode(step) = clerk.sign_in().resume_from(saved).await? else {
///     return Err("it waits for no code".into());
/// };
/// assert!(step.attempt(code).await?.session()?.is_signed_in(), "no other code was sent");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedSignIn {
    id: SignInId,
    /// How the sign-in stood: what was sent is answered once that has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<types::SignInStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<Asked>,
}

impl SavedSignIn {
    pub(super) fn of(raw: &types::SignIn, asked: Option<&Asked>) -> Self {
        Self { id: raw.id.clone(), status: Some(raw.status.clone()), asked: asked.cloned() }
    }

    /// Which sign-in it is.
    #[must_use]
    pub fn id(&self) -> &SignInId {
        &self.id
    }

    /// What was sent, and is waited for still as the sign-in stands now.
    pub(super) fn asked_at(self, now: &types::SignInStatus) -> Option<Asked> {
        self.asked.filter(|_| self.status.is_none_or(|status| status == *now))
    }
}
