use std::fmt;

use clerk_fapi::types;

use super::attempt::Attempt;

/// A sign-in that cannot be gone on with: it was abandoned, or is in a state that this version does not know.
///
/// ```
/// use clerk_ext::frontend::SignIn;
/// use clerk_local::Fault;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// // A Clerk that is newer than this version of the crate.
/// local.faults().add(Fault::unknown_enum_values().on("createSignIn").times(1));
/// let SignIn::Unknown(state) = clerk.sign_in().identifier("ann@example.com").await? else {
///     return Err("the state is known".into());
/// };
/// println!("update this program: {}", state.raw().status);
/// # Ok(()) }
/// ```
pub struct UnfinishedSignIn {
    attempt: Attempt,
}

impl UnfinishedSignIn {
    pub(super) fn new(attempt: Attempt) -> Self {
        Self { attempt }
    }

    /// All that Clerk says of it.
    ///
    /// With [`Frontend::raw`](crate::frontend::Frontend::raw) a program can do what this version does not know.
    #[must_use]
    pub fn raw(&self) -> &types::SignIn {
        &self.attempt.raw
    }
}

impl fmt::Debug for UnfinishedSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnfinishedSignIn").field("id", self.attempt.id()).field("status", &self.raw().status).finish()
    }
}
