use clerk_bapi::sign_ups::{GetSignUp, UpdateSignUp};
use clerk_core::SignUpId;

use crate::backend::{Request, SignUp, handle::handle};
use crate::metadata::Metadata;

handle! {
    /// Attempts to sign up, from the first step until there is a user.
    ///
    /// Only front ends begin one; a server reads it and adds to it.
    ///
    /// ```
    /// # // The step of one's own is asked for by the settings of the instance.
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().configure(|it| it.sign_up.custom_action_required = true).start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// # let device = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// # device.sign_up().email_address("bob@example.com").password("test-hunter2-and-more").await?;
    /// # let id = device.snapshot().sign_up().ok_or("no sign-up is under way")?.id.clone();
    /// // The id comes from the front end.
    /// let sign_up = clerk.sign_ups().get(id).await?;
    /// assert!(sign_up.missing_fields.iter().any(|field| field == "custom_action"));
    /// let sign_up = clerk.sign_ups().update(&sign_up.id).custom_action(true).await?;
    /// assert!(sign_up.missing_fields.is_empty());
    /// # Ok(()) }
    /// ```
    SignUps<M> = sign_ups
}

impl<M: Metadata> SignUps<M> {
    /// Reads one: what it has and what is missing.
    pub fn get(&self, sign_up: impl Into<SignUpId>) -> Request<GetSignUp, SignUp<M>> {
        Request::new(self.client.get_sign_up(sign_up))
    }

    /// Gives the user-to-be an id of your own, or says that your own step is done.
    ///
    /// When nothing else is missing then, the answer's `created_user_id` is the new user.
    pub fn update(&self, sign_up: impl Into<SignUpId>) -> Request<UpdateSignUp, SignUp<M>> {
        Request::new(self.client.update_sign_up(sign_up))
    }
}
