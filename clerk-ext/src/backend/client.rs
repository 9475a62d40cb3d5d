use std::{fmt, marker::PhantomData};

use clerk_bapi::{Client, ClientBuilder};
use clerk_core::{Error, Json, Secret, SecretKey, Transport};

use crate::{metadata::Metadata, transport::Network};

/// The Backend API, for servers: users, organizations and all that belongs to them.
///
/// `M` says what types the application's metadata has; [`typed`](Self::typed) sets it. Everything hangs on handles by
/// subject, such as [`users`](Self::users). Cheap to clone: clones share connections and limits.
pub struct Backend<M: Metadata = Json> {
    client: Client,
    network: Network,
    metadata: PhantomData<fn() -> M>,
}

impl Backend<Json> {
    /// Clerk's own servers, with this key.
    ///
    /// # Errors
    ///
    /// No transport can be set up.
    pub fn new(key: &SecretKey) -> Result<Self, Error> {
        Self::builder().secret_key(key).build()
    }

    /// A backend with another transport, another server, other policies.
    pub fn builder() -> BackendBuilder {
        BackendBuilder { client: Client::builder(), transport: None, network: None }
    }
}

impl<M: Metadata> Backend<M> {
    /// The same backend with metadata of other types.
    #[must_use]
    pub fn typed<N: Metadata>(&self) -> Backend<N> {
        Backend { client: self.client.clone(), network: self.network.clone(), metadata: PhantomData }
    }

    /// The generated client with every operation of the API, on the same transport.
    #[must_use]
    pub fn raw(&self) -> &Client {
        &self.client
    }

    /// The same backend with requests that travel otherwise: with other retries or deadlines for one call, say.
    ///
    /// Connections and limits stay shared.
    #[must_use]
    pub fn with_network(&self, change: impl FnOnce(Network) -> Network) -> Self {
        let network = change(self.network.clone());
        let client = self.client.with_transport(network.layered());
        Self { client, network, metadata: PhantomData }
    }

    /// The same backend in the name of a machine, for the operations that take its own secret.
    ///
    /// # Errors
    ///
    /// The secret holds characters that no header can have.
    pub fn as_machine(&self, secret: &Secret) -> Result<Self, Error> {
        let client = self.client.with_bearer(secret)?;
        Ok(Self { client, network: self.network.clone(), metadata: PhantomData })
    }
}

impl<M: Metadata> Clone for Backend<M> {
    fn clone(&self) -> Self {
        self.typed()
    }
}

impl<M: Metadata> fmt::Debug for Backend<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Backend").field(&self.client).finish()
    }
}

/// Makes a [`Backend`].
#[derive(Clone, Debug)]
#[must_use]
pub struct BackendBuilder {
    client: ClientBuilder,
    transport: Option<Transport>,
    network: Option<Network>,
}

impl BackendBuilder {
    /// The instance's secret key.
    pub fn secret_key(mut self, key: &SecretKey) -> Self {
        self.client = self.client.secret_key(key);
        self
    }

    /// Another server, without the `/v1`: https, or plain http on this machine.
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.client = self.client.api_url(url);
        self
    }

    /// Another transport, below the retries and limits.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// The backend.
    ///
    /// # Errors
    ///
    /// The URL is not one to send a key to, or no transport can be set up.
    pub fn build(self) -> Result<Backend, Error> {
        let transport = match self.transport {
            Some(transport) => transport,
            None => Transport::reqwest()?,
        };
        let network = self.network.unwrap_or_else(|| Network::new(transport));
        let client = self.client.transport(network.layered()).build()?;
        Ok(Backend { client, network, metadata: PhantomData })
    }
}
