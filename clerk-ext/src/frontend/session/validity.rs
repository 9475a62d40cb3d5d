use clerk_core::{Error, ErrorKind};
use clerk_fapi::types;

use super::Session;
use crate::frontend::events::EndReason;

/// How a session stands, as Clerk just said.
///
/// ```
/// use clerk_ext::frontend::Validity;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// assert!(matches!(session.validate().await?, Validity::Active));
///
/// // Somebody revokes it elsewhere.
/// # let backend = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
/// backend.sessions().revoke(session.id()).await?;
/// assert!(session.is_signed_in(), "this device has not heard of it");
/// assert!(matches!(session.validate().await?, Validity::Over(_)));
/// assert!(!session.is_signed_in());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Validity {
    /// Somebody is signed in with it.
    Active,
    /// Somebody is, but has to do these first, in this order.
    Pending(Vec<String>),
    /// It is over.
    Over(EndReason),
    /// It stands in a way that this crate does not know, by the name that Clerk has for it.
    Unknown(String),
}

impl Session {
    /// Asks Clerk how it stands.
    ///
    /// What is known of this device changes accordingly.
    ///
    /// # Errors
    ///
    /// Clerk cannot be reached or fails: nothing is known then.
    pub async fn validate(&self) -> Result<Validity, Error> {
        let session = match self.device.raw().get_session(&self.id).send().await {
            Ok(answer) => answer.response,
            Err(error) => {
                let told = error.errors().iter().find_map(|one| EndReason::of_code(one.code.as_str()));
                let is_gone = matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::NotFound);
                return match told {
                    Some(reason) => Ok(Validity::Over(reason)),
                    None if is_gone && !self.is_signed_in() => Ok(Validity::Over(EndReason::Unknown)),
                    None => Err(error),
                };
            }
        };
        Ok(match session.status {
            types::SessionStatus::Active => Validity::Active,
            types::SessionStatus::Pending => {
                Validity::Pending(session.tasks.into_iter().map(|task| task.key).collect())
            }
            types::SessionStatus::Unknown(status) => Validity::Unknown(status),
            over => {
                if self.is_signed_in() {
                    // Only the state of the device ends it here.
                    self.device.raw().get_client().send().await?;
                }
                Validity::Over(EndReason::of_status(&over))
            }
        })
    }
}
