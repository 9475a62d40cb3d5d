use clerk_bapi::miscellaneous::{CompleteAccountlessApplication, CreateAccountlessApplication, GetPublicInterstitial};

use crate::backend::handle::handle;

handle! {
    /// What fits nowhere else: instances for tools to begin with, and a page of the past.
    ///
    /// ```
    /// # async fn example(clerk: &clerk_ext::backend::Backend) -> Result<(), clerk_ext::Error> {
    /// let instance = clerk.miscellaneous().create_accountless_application().source("cli").await?;
    /// println!("{:?}", instance.claim_url);
    /// # Ok(()) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// # // A local Clerk has nothing of it, and says so.
    /// # let refused = example(&clerk).await.err().and_then(|error| error.status());
    /// # assert_eq!(refused.map(|status| status.as_u16()), Some(501));
    /// # Ok(()) }
    /// ```
    Miscellaneous = miscellaneous
}

impl Miscellaneous {
    /// Makes an instance for a while, with keys to develop with, before anybody has an account.
    ///
    /// It belongs to whoever opens `claim_url` of the answer.
    pub fn create_accountless_application(&self) -> CreateAccountlessApplication {
        self.client.create_accountless_application()
    }

    /// Says that the instance of the key is set up; the answer has its keys.
    pub fn complete_accountless_application(&self) -> CompleteAccountlessApplication {
        self.client.complete_accountless_application()
    }

    /// The page that was shown while a browser got itself a new session token.
    ///
    /// Nothing new has a use for it: the handshake has taken its place.
    pub fn public_interstitial(&self) -> GetPublicInterstitial {
        self.client.get_public_interstitial()
    }
}
