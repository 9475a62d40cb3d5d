use clerk_bapi::{
    emails::{CreateEmail, CreateEmailBatch, GetEmail},
    types::{EmailMessage, EmailRecipient, EmailSender},
};
use clerk_core::{EmailId, UserId};

use crate::backend::handle::handle;

handle! {
    /// Messages of your own, sent the way the instance's emails are; the API calls this experimental.
    ///
    /// ```
    /// # async fn example(clerk: &clerk_ext::backend::Backend) -> Result<(), clerk_ext::Error> {
    /// let email = clerk
    ///     .emails()
    ///     .create_for_user("user_1", "billing@example.com", "Your invoice")
    ///     .text("You will find it in your account.")
    ///     .idempotency_key("invoice-1")
    ///     .await?;
    /// println!("{:?}", clerk.emails().get(email.id).await?.status);
    /// # Ok(()) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// # // A local Clerk has nothing of it, and says so.
    /// # let refused = example(&clerk).await.err().and_then(|error| error.status());
    /// # assert_eq!(refused.map(|status| status.as_u16()), Some(501));
    /// # Ok(()) }
    /// ```
    Emails = emails
}

impl Emails {
    /// Sends a message to an address.
    ///
    /// That it is accepted does not mean that it arrived. It may be sent again with the same `idempotency_key`: nobody
    /// gets it twice.
    pub fn create(&self, to: impl Into<String>, from: impl Into<String>, subject: impl Into<String>) -> CreateEmail {
        let mut recipient = EmailRecipient::new();
        recipient.address = Some(to.into());
        self.client.create_email(recipient, EmailSender::new(from), subject)
    }

    /// Sends a message to a user, wherever their primary address is by now.
    pub fn create_for_user(
        &self,
        user: impl Into<UserId>,
        from: impl Into<String>,
        subject: impl Into<String>,
    ) -> CreateEmail {
        let mut recipient = EmailRecipient::new();
        recipient.user_id = Some(user.into());
        self.client.create_email(recipient, EmailSender::new(from), subject)
    }

    /// Sends up to a hundred messages, each for itself.
    ///
    /// The answer has what came of each, in their order. What failed is sent again by sending all of them again, if
    /// each has an idempotency key.
    pub fn create_all(&self, messages: impl IntoIterator<Item = impl Into<EmailMessage>>) -> CreateEmailBatch {
        self.client.create_email_batch(messages)
    }

    /// How far a message has got.
    pub fn get(&self, email: impl Into<EmailId>) -> GetEmail {
        self.client.get_email(email)
    }
}
