use clerk_core::{Error, WaitlistEntryId};

use super::{client::Frontend, device::Device};
use crate::metadata::Metadata;

/// The waitlist of an instance that lets people in one after the other.
///
/// There, a sign-up without an invitation is refused with `sign_up_restricted_waitlist`.
///
/// ```
/// use clerk_ext::{ErrorCode, frontend::Frontend};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder();
/// # let local = local.configure(|it| it.sign_up.mode = clerk_local::SignUpMode::Waitlist).start().await?;
/// # let clerk = Frontend::new(&local.publishable_key())?;
/// match clerk.sign_up().email_address("ann@example.com").await {
///     Err(error) if error.has_code(ErrorCode::SIGN_UP_RESTRICTED_WAITLIST) => {
///         clerk.waitlist().join("ann@example.com").await?;
///         println!("you will hear from us");
///     }
///     other => panic!("{other:?}"),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Waitlist {
    device: Device,
}

impl<M: Metadata> Frontend<M> {
    /// The waitlist, of instances that let people in one after the other.
    #[must_use]
    pub fn waitlist(&self) -> Waitlist {
        Waitlist { device: self.device().clone() }
    }
}

impl Waitlist {
    /// Puts an address on it, which is mailed an invitation when its turn has come; gives the id of the entry.
    ///
    /// Nobody has to be signed in, and nothing on this device changes.
    ///
    /// # Errors
    ///
    /// The instance has no waitlist (`waitlist_not_accepting_entries`), or the address is one of a user.
    pub async fn join(&self, address: impl Into<String>) -> Result<WaitlistEntryId, Error> {
        Ok(self.device.raw().join_waitlist(address).send().await?.id)
    }
}
