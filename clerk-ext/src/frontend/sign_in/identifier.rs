use std::fmt;

use clerk_fapi::types;

use super::{SavedSignIn, SignIn, SignIns, attempt::Attempt};
use crate::frontend::step::StepError;

/// A sign-in of which nobody has said whose it is.
///
/// ```
/// use clerk_ext::frontend::SignIn;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.raw().create_sign_in().send().await?;
/// let Some(SignIn::NeedsIdentifier(step)) = clerk.sign_in().resume().await? else {
///     return Err("there is none that waits for a name".into());
/// };
/// let SignIn::NeedsFirstFactor(step) = step.identifier("ann@example.com").await? else {
///     return Err("she has nothing to prove".into());
/// };
/// assert!(step.password("test-hunter2-and-more").await?.session()?.is_signed_in());
/// # Ok(()) }
/// ```
pub struct NeedsIdentifier {
    pub(in crate::frontend) attempt: Attempt,
}

impl NeedsIdentifier {
    pub(super) fn new(attempt: Attempt) -> Self {
        Self { attempt }
    }

    /// What people of this instance go by.
    #[must_use]
    pub fn supported_identifiers(&self) -> &[types::SignInSupportedIdentifier] {
        &self.attempt.raw.supported_identifiers
    }

    /// Says who wants to sign in: an address, a number, a name.
    ///
    /// # Errors
    ///
    /// As for [`SignIns::identifier`].
    pub async fn identifier(self, identifier: impl Into<String>) -> Result<SignIn, StepError<Self>> {
        let sign_ins = SignIns { device: self.attempt.device.clone(), sign_up_if_missing: false };
        sign_ins.identifier(identifier).await.map_err(|error| StepError::new(self, error))
    }

    /// What another run of the program needs to go on.
    #[must_use]
    pub fn save(&self) -> SavedSignIn {
        SavedSignIn::of(&self.attempt.raw, None)
    }
}

impl fmt::Debug for NeedsIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NeedsIdentifier").field(self.attempt.id()).finish()
    }
}
