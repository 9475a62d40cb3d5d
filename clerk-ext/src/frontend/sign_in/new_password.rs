use std::fmt;

use clerk_core::Secret;

use super::{SavedSignIn, SignIn, attempt::Attempt};
use crate::frontend::step::StepError;

/// A sign-in of somebody who has proven who they are and needs another password.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let ask_for = |_: &str| local.inbox().latest_code("ann@example.com").unwrap();
/// use clerk_ext::frontend::SignIn;
///
/// let SignIn::NeedsCode(sent) = clerk.sign_in().reset_password_by_email("ann@example.com").await? else { return Ok(()) };
/// let SignIn::NeedsNewPassword(step) = sent.attempt(ask_for("the code in the mail")).await? else { return Ok(()) };
/// let session = step.sign_out_of_other_sessions(true).reset("test-another-one").await?.session()?;
/// # _ = session;
/// # Ok(()) }
/// ```
pub struct NewPassword {
    pub(in crate::frontend) attempt: Attempt,
    ends_others: bool,
}

impl NewPassword {
    pub(super) fn new(attempt: Attempt) -> Self {
        Self { attempt, ends_others: false }
    }

    /// Whether to end the account's sessions elsewhere; they go on unless told otherwise.
    #[must_use]
    pub fn sign_out_of_other_sessions(mut self, end: bool) -> Self {
        self.ends_others = end;
        self
    }

    /// Sets the password, and goes on signing in.
    ///
    /// # Errors
    ///
    /// The instance does not take it: it is too short, too weak, or was leaked. [`Error::errors`](clerk_core::Error::errors)
    /// names all that is wrong with it.
    pub async fn reset(self, password: impl Into<Secret>) -> Result<SignIn, StepError<Self>> {
        let call = self.attempt.client().reset_password(self.attempt.id(), password);
        let call = if self.ends_others { call.sign_out_of_other_sessions(true) } else { call };
        self.attempt.go_on(call).await.map_err(|error| StepError::new(self, error))
    }

    /// What another run of the program needs to go on.
    #[must_use]
    pub fn save(&self) -> SavedSignIn {
        SavedSignIn::of(&self.attempt.raw, None)
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NewPassword").field(self.attempt.id()).finish()
    }
}
