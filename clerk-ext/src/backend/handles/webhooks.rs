use clerk_bapi::webhooks::{CreateSvixApp, DeleteSvixApp, GenerateSvixAuthUrl};

use crate::backend::handle::handle;

handle! {
    /// The set-up of webhooks, that is of the Svix application that sends them.
    ///
    /// ```
    /// # async fn example(clerk: &clerk_ext::backend::Backend) -> Result<(), clerk_ext::Error> {
    /// let page = clerk.webhooks().create_app().await?;
    /// println!("{:?}", page.svix_url);
    /// # Ok(()) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// # // A local Clerk has nothing of it, and says so.
    /// # let refused = example(&clerk).await.err().and_then(|error| error.status());
    /// # assert_eq!(refused.map(|status| status.as_u16()), Some(501));
    /// # Ok(()) }
    /// ```
    Webhooks = webhooks
}

impl Webhooks {
    /// Sets webhooks up, once; the answer has the address of the page where they are managed.
    ///
    /// Where that is done already it is an error.
    pub fn create_app(&self) -> CreateSvixApp {
        self.client.create_svix_app()
    }

    /// Takes webhooks away, with all endpoints and all that is known of deliveries.
    pub fn delete_app(&self) -> DeleteSvixApp {
        self.client.delete_svix_app()
    }

    /// An address that opens the page where webhooks are managed, for whoever has it.
    pub fn generate_auth_url(&self) -> GenerateSvixAuthUrl {
        self.client.generate_svix_auth_url()
    }
}
