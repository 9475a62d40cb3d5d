use clerk_bapi::phone_numbers::{
    AttemptPhoneNumberVerification, CreatePhoneNumber, DeletePhoneNumber, GetPhoneNumber,
    PreparePhoneNumberVerification, ReplaceUserPhoneNumber, UpdatePhoneNumber,
};
use clerk_core::{PhoneNumberId, Secret, UserId, VerificationId};

use crate::backend::handle::handle;

handle! {
    /// The telephone numbers of users, in E.164 form such as `+15555550100`: add, verify, use as a second factor, remove.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let ann = clerk.users().create().email_address(["ann@example.com"]).skip_password_requirement(true).await?;
    /// let number = clerk.phone_numbers().create(&ann.id, "+15555550100").verified(true).await?;
    /// assert_eq!(number.phone_number, "+15555550100");
    /// # Ok(()) }
    /// ```
    PhoneNumbers = phone_numbers
}

impl PhoneNumbers {
    /// Gives a user one more number; it has to be proven unless `verified` is set.
    pub fn create(&self, user: impl Into<UserId>, phone_number: impl Into<String>) -> CreatePhoneNumber {
        self.client.create_phone_number(user, phone_number)
    }

    /// Reads one number, how far its verification is and whether it is a second factor.
    pub fn get(&self, phone_number: impl Into<PhoneNumberId>) -> GetPhoneNumber {
        self.client.get_phone_number(phone_number)
    }

    /// Says whether a number is verified, its user's primary one, or a second factor.
    pub fn update(&self, phone_number: impl Into<PhoneNumberId>) -> UpdatePhoneNumber {
        self.client.update_phone_number(phone_number)
    }

    /// Takes a number away from its user.
    ///
    /// The API refuses to take the last one where the instance requires a number.
    pub fn delete(&self, phone_number: impl Into<PhoneNumberId>) -> DeletePhoneNumber {
        self.client.delete_phone_number(phone_number)
    }

    /// Puts a number in place of all that a user has.
    pub fn replace(&self, user: impl Into<UserId>, phone_number: impl Into<String>) -> ReplaceUserPhoneNumber {
        self.client.replace_user_phone_number(user, phone_number)
    }

    /// Texts a code to a number; the answer's id is what [`attempt_verification`](Self::attempt_verification) takes.
    pub fn prepare_verification(&self, phone_number: impl Into<PhoneNumberId>) -> PreparePhoneNumberVerification {
        self.client.prepare_phone_number_verification(phone_number)
    }

    /// Tries the code that the user has read.
    ///
    /// Wrong ones are counted: after some of them another code has to be sent.
    pub fn attempt_verification(
        &self,
        phone_number: impl Into<PhoneNumberId>,
        verification: impl Into<VerificationId>,
        code: impl Into<Secret>,
    ) -> AttemptPhoneNumberVerification {
        self.client.attempt_phone_number_verification(phone_number, verification, code)
    }
}
