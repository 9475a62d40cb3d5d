use clerk_bapi::{
    clients::{GetClient, GetClientList, GetHandshakePayload, VerifyClient},
    types::Client,
};
use clerk_core::{ClientId, Secret};

use crate::backend::{List, handle::handle};

handle! {
    /// Browsers and devices, each with the sessions of all who are signed in on it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// # clerk.users().create().email_address(["ann@example.com"]).skip_password_requirement(true).await?;
    /// # let cookie = local.sign_in_as("ann@example.com").ok_or("there is no Ann")?.client_token;
    /// // `cookie` is what the browser sent as `__client`.
    /// let browser = clerk.clients().verify(cookie).await?;
    /// assert_eq!(clerk.clients().get(&browser.id).await?.sessions.len(), 1);
    /// # Ok(()) }
    /// ```
    Clients = clients
}

impl Clients {
    /// All clients of the instance.
    ///
    /// The API may answer that it is gone (410).
    #[deprecated = "the API keeps it for older callers: list the sessions of a user"]
    pub fn list(&self) -> List<GetClientList, Client> {
        #[allow(deprecated, reason = "it is deprecated here too")]
        List::new(self.client.get_client_list())
    }

    /// Reads one client with its sessions.
    pub fn get(&self, client: impl Into<ClientId>) -> GetClient {
        self.client.get_client(client)
    }

    /// The client that a token is of: what a browser sends as the cookie `__client`.
    pub fn verify(&self, token: impl Into<Secret>) -> VerifyClient {
        self.client.verify_client(token)
    }

    /// The cookies that a handshake has left under a nonce, once.
    ///
    /// For whoever answers handshakes without this crate: each is the value of a `Set-Cookie` header for the browser.
    pub fn handshake_payload(&self, nonce: impl Into<Secret>) -> GetHandshakePayload {
        self.client.get_handshake_payload(nonce)
    }
}
