use clerk_bapi::email_addresses::{
    AttemptEmailAddressVerification, CreateEmailAddress, DeleteEmailAddress, GetEmailAddress,
    PrepareEmailAddressVerification, ReplaceUserEmailAddress, UpdateEmailAddress,
};
use clerk_core::{EmailAddressId, Secret, UserId, VerificationId};

use crate::backend::handle::handle;

handle! {
    /// The email addresses of users: add, verify, make primary, remove.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let ann = clerk.users().create().email_address(["ann@example.com"]).skip_password_requirement(true).await?;
    /// let work = clerk.email_addresses().create(&ann.id, "ann@acme.example").verified(true).primary(true).await?;
    /// assert_eq!(clerk.users().get(&ann.id).await?.primary_email_address_id, work.id);
    /// # Ok(()) }
    /// ```
    EmailAddresses = email_addresses
}

impl EmailAddresses {
    /// Gives a user one more address; it has to be proven unless `verified` is set.
    pub fn create(&self, user: impl Into<UserId>, email_address: impl Into<String>) -> CreateEmailAddress {
        self.client.create_email_address(user, email_address)
    }

    /// Reads one address and how far its verification is.
    pub fn get(&self, email_address: impl Into<EmailAddressId>) -> GetEmailAddress {
        self.client.get_email_address(email_address)
    }

    /// Says that an address is verified or is not, or makes it its user's primary one.
    ///
    /// The user is told of it only with `notify_primary_email_address_changed`.
    pub fn update(&self, email_address: impl Into<EmailAddressId>) -> UpdateEmailAddress {
        self.client.update_email_address(email_address)
    }

    /// Takes an address away from its user.
    ///
    /// The API refuses it where the user would have none left of what the instance requires.
    pub fn delete(&self, email_address: impl Into<EmailAddressId>) -> DeleteEmailAddress {
        self.client.delete_email_address(email_address)
    }

    /// Puts an address in place of all that a user has; it counts as verified.
    pub fn replace(&self, user: impl Into<UserId>, email_address: impl Into<String>) -> ReplaceUserEmailAddress {
        self.client.replace_user_email_address(user, email_address)
    }

    /// Mails a code to an address; the answer's id is what [`attempt_verification`](Self::attempt_verification) takes.
    pub fn prepare_verification(&self, email_address: impl Into<EmailAddressId>) -> PrepareEmailAddressVerification {
        self.client.prepare_email_address_verification(email_address)
    }

    /// Tries the code that the user has read.
    pub fn attempt_verification(
        &self,
        email_address: impl Into<EmailAddressId>,
        verification: impl Into<VerificationId>,
        code: impl Into<Secret>,
    ) -> AttemptEmailAddressVerification {
        self.client.attempt_email_address_verification(email_address, verification, code)
    }
}
