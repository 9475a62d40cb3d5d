use std::{fmt, marker::PhantomData, time::Duration};

use clerk_bapi::{Client, ClientBuilder};
use clerk_core::{Error, InstanceKind, Json, Secret, SecretKey, Transport};

use crate::{
    config::Config,
    metadata::Metadata,
    transport::{Network, RateLimiter, default_transport, defaults},
};

/// The Backend API, for servers: users, organizations and all that belongs to them.
///
/// `M` says what types the application's metadata has; [`typed`](Self::typed) sets it. Everything hangs on handles by
/// subject, such as [`users`](Self::users). Cheap to clone: clones share connections and limits.
///
/// ```
/// use clerk_ext::{backend::Backend, config::Config};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let config = Config::builder().secret_key(local.secret_key()).api_url(local.backend_url()).build()?;
/// // In production: `Backend::from_env()`, which reads CLERK_SECRET_KEY.
/// let clerk = Backend::from_config(&config)?;
///
/// let ann = clerk.users().get("user_ann").await?;
/// assert_eq!(ann.email_addresses[0].email_address, "ann@example.com");
///
/// // What has no method of its own: the generated client, on the same connections and limits.
/// assert_eq!(clerk.raw().get_user("user_ann").send().await?.id, ann.id);
/// # Ok(()) }
/// ```
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

    /// What the environment says: `CLERK_SECRET_KEY`, and `CLERK_API_URL` where it is set.
    ///
    /// # Errors
    ///
    /// The key is missing, or something in the environment is not as it should be: see [`Config::from_env`].
    pub fn from_env() -> Result<Self, Error> {
        Self::from_config(&Config::from_env()?)
    }

    /// What a configuration says: its secret key, and its API URL where it has one.
    ///
    /// # Errors
    ///
    /// The configuration has no secret key, or no transport can be set up.
    pub fn from_config(config: &Config) -> Result<Self, Error> {
        BackendBuilder::from_config(config)?.build()
    }

    /// A backend with another transport, or at another server.
    pub fn builder() -> BackendBuilder {
        BackendBuilder {
            client: Client::builder(),
            transport: None,
            connect_timeout: defaults::CONNECT_TIMEOUT,
            kind: None,
        }
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

    /// The same backend with requests that travel otherwise: other retries and deadlines, for all calls or for one.
    ///
    /// Connections and limits stay shared.
    ///
    /// ```
    /// use clerk_ext::transport::RetryPolicy;
    /// use clerk_local::{Api, Fault};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let once = clerk.with_network(|network| network.retry(RetryPolicy::none()));
    ///
    /// local.faults().add(Fault::status(503).on("GetUser").times(2));
    /// assert!(once.users().get("user_ann").await.is_err(), "it is not tried again");
    /// assert!(clerk.users().get("user_ann").await.is_ok(), "it is");
    /// # assert_eq!(local.calls(Api::Backend).get("GetUser"), Some(&3));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_network(&self, change: impl FnOnce(Network) -> Network) -> Self {
        let network = change(self.network.clone());
        let client = self.client.with_transport(network.layered());
        Self { client, network, metadata: PhantomData }
    }

    /// The same backend in the name of a machine, for the operations that take its own secret.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let billing = clerk.machines().create("Billing").await?;
    /// let shop = clerk.machines().create("Shop").scoped_machines([&billing.id]).await?;
    /// let token = clerk.as_machine(&shop.secret_key)?.m2m_tokens().create().await?;
    /// assert_eq!(token.subject, shop.id.as_str());
    /// # Ok(()) }
    /// ```
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
///
/// ```
/// use std::time::Duration;
///
/// use clerk_ext::backend::Backend;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// let clerk = Backend::builder()
///     .secret_key(&local.secret_key())
///     .api_url(local.backend_url()) // https, or this machine
///     .connect_timeout(Duration::from_secs(3))
///     .build()?;
/// assert_eq!(clerk.users().list().count().await?, 0);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct BackendBuilder {
    client: ClientBuilder,
    transport: Option<Transport>,
    connect_timeout: Duration,
    kind: Option<InstanceKind>,
}

impl BackendBuilder {
    /// What a configuration says, with a transport and all else still to be chosen.
    ///
    /// # Errors
    ///
    /// The configuration has no secret key.
    pub fn from_config(config: &Config) -> Result<Self, Error> {
        let builder = Backend::builder().secret_key(config.require_secret_key()?);
        Ok(match config.api_url() {
            Some(url) => builder.api_url(url),
            None => builder,
        })
    }

    /// The instance's secret key.
    pub fn secret_key(mut self, key: &SecretKey) -> Self {
        self.client = self.client.secret_key(key);
        self.kind = Some(key.instance_kind());
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

    /// How long connecting may take, TLS included: 10 seconds unless told otherwise. A transport that was given has its
    /// own.
    pub fn connect_timeout(mut self, longest: Duration) -> Self {
        self.connect_timeout = longest;
        self
    }

    /// The backend, which keeps to the request limits of the instance that the key belongs to.
    ///
    /// With a server on this machine, such as a local Clerk, the limits hold only once it has refused a request.
    ///
    /// # Errors
    ///
    /// The URL is not one to send a key to, or no transport can be set up.
    pub fn build(self) -> Result<Backend, Error> {
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport(self.connect_timeout)?,
        };
        let client = self.client.transport(transport.clone()).build()?;
        let limiter = self.kind.map(RateLimiter::for_instance);
        // A Clerk on this machine has the limits that its tests gave it, if any.
        let is_here = client.endpoint().is_loopback();
        let limiter = limiter.map(|limiter| if is_here { limiter.when_refused() } else { limiter });
        let network = Network::new(transport).limiter(limiter);
        let client = client.with_transport(network.layered());
        Ok(Backend { client, network, metadata: PhantomData })
    }
}
