use clerk_core::{Error, SessionId};
use clerk_fapi::types;

use crate::{
    frontend::{client::Frontend, device::Device},
    metadata::Metadata,
};

/// The devices that the user in the foreground is signed in on, this one included.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # let elsewhere = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?;
/// let devices = clerk.devices().list().await?;
/// assert_eq!(devices.len(), 2);
///
/// // The one that she lost.
/// clerk.devices().revoke(elsewhere.session_id).await?;
/// assert_eq!(clerk.devices().list().await?.len(), 1);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Devices(Device);

impl<M: Metadata> Frontend<M> {
    /// The devices that the user is signed in on.
    #[must_use]
    pub fn devices(&self) -> Devices {
        Devices(self.device().clone())
    }
}

impl Devices {
    /// Where the user is signed in, with what is known of the device and its place.
    ///
    /// # Errors
    ///
    /// Nobody is signed in, or Clerk cannot be reached.
    pub async fn list(&self) -> Result<Vec<types::ActiveSession>, Error> {
        self.0.raw().get_active_sessions().send().await
    }

    /// Every session that the user has or had, those that are over included.
    ///
    /// # Errors
    ///
    /// As for [`list`](Self::list).
    pub async fn history(&self) -> Result<Vec<types::Session>, Error> {
        self.0.raw().get_user_sessions().send().await
    }

    /// Signs the user out elsewhere.
    ///
    /// # Errors
    ///
    /// There is no such session or it is over already, the user has to prove who they are first
    /// ([`reverification::required_by`](super::super::reverification::required_by)), or Clerk cannot be reached.
    pub async fn revoke(&self, session: impl Into<SessionId>) -> Result<(), Error> {
        self.0.raw().revoke_session(session).send().await.map(drop)
    }
}
