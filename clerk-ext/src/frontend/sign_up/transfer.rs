use std::fmt;

use super::{Requirements, SavedSignUp};
use crate::frontend::{sign_in::SignIn, step::StepError};

/// A sign-up of somebody who has an account: the same account of the provider signs them in.
///
/// ```
/// use clerk_ext::frontend::{BrowserOutcome, Provider, SignUp};
/// # use clerk_local::ProviderAccount;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # local.provider().add(&ProviderAccount::new("google", "ann@example.com"));
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let back = "com.example.app://callback";
/// let pending = clerk.sign_up().oauth(Provider::GOOGLE, back).without_transfer().start().await?;
/// # let came_back = local.provider().approve(pending.url()).await?;
/// match pending.finish(&came_back).await? {
///     // She has an account here.
///     BrowserOutcome::SignUp(SignUp::Transfer(step)) => {
///         let session = step.sign_in().await?.session()?;
///         assert_eq!(session.user().map(|user| user.id.to_string()).as_deref(), Some("user_ann"));
///     }
///     other => return Err(format!("{other:?}").into()),
/// }
/// # Ok(()) }
/// ```
pub struct TransferToSignIn {
    step: Requirements,
}

impl TransferToSignIn {
    pub(super) fn new(step: Requirements) -> Self {
        Self { step }
    }

    /// Signs in with what the sign-up has proven.
    ///
    /// # Errors
    ///
    /// Clerk refuses, such as with `user_locked`, or was not reached.
    pub async fn sign_in(self) -> Result<SignIn, StepError<Self>> {
        let mut transfer = self.step.device.raw().create_sign_in().transfer(true);
        if let Some(locale) = &self.step.device.core().locale {
            transfer = transfer.locale(locale);
        }
        let signed_in = match transfer.send().await {
            Ok(answer) => SignIn::of(&self.step.device, answer.response).await,
            Err(error) => Err(error),
        };
        signed_in.map_err(|error| StepError::new(self, error))
    }

    /// What another run of the program needs to go on.
    #[must_use]
    pub fn save(&self) -> SavedSignUp {
        self.step.save()
    }

    /// All that Clerk says of the sign-up.
    #[must_use]
    pub fn raw(&self) -> &clerk_fapi::types::SignUp {
        self.step.raw()
    }
}

impl fmt::Debug for TransferToSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransferToSignIn").field("id", self.step.id()).finish_non_exhaustive()
    }
}
