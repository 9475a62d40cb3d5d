use clerk_bapi::sign_ups::{GetSignUp, UpdateSignUp};
use clerk_core::SignUpId;

use crate::backend::{Request, SignUp, handle::handle};
use crate::metadata::Metadata;

handle! {
    /// Attempts to sign up, from the first step until there is a user.
    ///
    /// Only front ends begin one; a server reads it and adds to it.
    ///
    /// ```no_run
    /// # async fn example(clerk: clerk_ext::backend::Backend) -> Result<(), clerk_ext::Error> {
    /// let sign_up = clerk.sign_ups().get("sua_1").await?;
    /// if sign_up.missing_fields.iter().any(|field| field == "custom_action") {
    ///     clerk.sign_ups().update(&sign_up.id).custom_action(true).await?;
    /// }
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
