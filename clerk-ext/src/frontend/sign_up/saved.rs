use clerk_core::{SignUpId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::frontend::strategy::Strategy;

/// Which sign-up it is and when something was sent for it, to go on with it in another run of the program.
///
/// There is nothing secret in it: it is of use on the device that the sign-up was begun on, and on no other.
/// [`SignUps::resume_from`](super::SignUps::resume_from) takes it.
///
/// ```
/// use clerk_ext::frontend::{Frontend, MemoryStore, SavedSignUp, SignUp};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let store = MemoryStore::default();
/// # let clerk = Frontend::builder(&local.publishable_key()).store(store.clone()).build()?;
/// let begun = clerk.sign_up().email_address("bob@example.com").password("test-hunter2-and-more").await?;
/// let kept = serde_json::to_string(&begun.save())?;
/// # drop((begun, clerk));
///
/// // Another run of the program, on the same store.
/// let clerk = Frontend::builder(&local.publishable_key()).store(store).build()?;
/// let saved: Option<SavedSignUp> = serde_json::from_str(&kept)?;
/// let found = clerk.sign_up().resume_from(saved.ok_or("there was nothing to go on with")?).await?;
/// let SignUp::MissingRequirements(step) = found else { return Err("nothing is missing".into()) };
/// assert_eq!(step.raw().email_address.as_deref(), Some("bob@example.com"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSignUp {
    pub(super) id: SignUpId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sent: Option<Sent>,
}

impl SavedSignUp {
    /// Which sign-up it is.
    #[must_use]
    pub fn id(&self) -> &SignUpId {
        &self.id
    }
}

/// What was sent last, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sent {
    pub(super) strategy: Strategy,
    pub(super) at: Timestamp,
}
