use std::fmt;

use clerk_fapi::types;

/// A sign-up that cannot be gone on with: it was abandoned, or is in a state that this version does not know.
///
/// ```
/// use clerk_ext::frontend::SignUp;
/// use clerk_local::Fault;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// // A Clerk that is newer than this version of the crate.
/// local.faults().add(Fault::unknown_enum_values().on("createSignUps").times(1));
/// let SignUp::Unknown(state) = clerk.sign_up().email_address("bob@example.com").await? else {
///     return Err("the state is known".into());
/// };
/// assert_eq!(state.raw().email_address.as_deref(), Some("bob@example.com"));
/// # Ok(()) }
/// ```
pub struct UnfinishedSignUp {
    raw: Box<types::SignUp>,
}

impl UnfinishedSignUp {
    pub(super) fn new(raw: types::SignUp) -> Self {
        Self { raw: Box::new(raw) }
    }

    /// All that Clerk says of it.
    ///
    /// With [`Frontend::raw`](crate::frontend::Frontend::raw) a program can do what this version does not know.
    #[must_use]
    pub fn raw(&self) -> &types::SignUp {
        &self.raw
    }
}

impl fmt::Debug for UnfinishedSignUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnfinishedSignUp").field("id", &self.raw.id).field("status", &self.raw.status).finish()
    }
}
