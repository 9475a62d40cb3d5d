use std::{
    any::{type_name, type_name_of_val},
    fmt,
    marker::PhantomData,
    sync::Arc,
    time::Duration,
};

use clerk_core::{Endpoint, Error, InstanceKind, Json, PublishableKey, Secret, SessionId, Transport};
use tokio::sync::watch;

use super::{
    core::{Core, Parts},
    device::Device,
    events::Events,
    session::Session,
    snapshot::Snapshot,
    store::{CredentialStore, MemoryStore},
    tasks::Tasks,
    wire::Wire,
};
use crate::{
    clock::{Clock, SystemClock},
    config::Config,
    metadata::Metadata,
    random::{Random, SystemRandom},
    transport::{Network, RetryPolicy, default_transport, defaults},
};

/// How old a state may be that Clerk could not confirm, unless told otherwise.
const MAX_AGE: Duration = Duration::from_secs(60 * 60);

/// Signs people in on this device, with the Frontend API.
///
/// `M` says what types the application's metadata has; [`typed`](Self::typed) sets it. Cheap to clone: clones are the
/// same device. What is under way in its name ends when the last of them, of its sessions and of its steps is dropped.
///
/// ```
/// use clerk_ext::{config::Config, frontend::Frontend};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let config = Config::builder().publishable_key(local.publishable_key()).build()?;
/// // In a program for people: `Frontend::from_env()`, which reads CLERK_PUBLISHABLE_KEY.
/// let clerk = Frontend::from_config(&config)?;
/// assert!(clerk.session().is_none());
///
/// clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let ann = clerk.snapshot().user().cloned().ok_or("nobody is signed in")?;
/// assert_eq!(ann.id.as_str(), "user_ann");
///
/// // What has no method of its own: the generated client, under the same rules.
/// assert_eq!(clerk.raw().get_user().send().await?.response.id, ann.id);
/// clerk.sign_out().await?;
/// # Ok(()) }
/// ```
pub struct Frontend<M: Metadata = Json> {
    device: Device,
    kind: Option<InstanceKind>,
    metadata: PhantomData<fn() -> M>,
}

impl Frontend<Json> {
    /// A device of the instance that the key names, which remembers nothing when the program ends.
    ///
    /// # Errors
    ///
    /// No transport can be set up.
    pub fn new(key: &PublishableKey) -> Result<Self, Error> {
        Self::builder(key).build()
    }

    /// A device with a store, another transport, a proxy.
    pub fn builder(key: &PublishableKey) -> FrontendBuilder {
        let mut builder = Self::builder_for(&key.frontend_url());
        builder.kind = Some(key.instance_kind());
        builder
    }

    /// A device of the Frontend API at this URL, such as `https://clerk.example.com`, where no publishable key is at
    /// hand.
    ///
    /// Whether the instance is a production one is not known then: see [`instance_kind`](Frontend::instance_kind).
    pub fn builder_for(frontend_url: &str) -> FrontendBuilder {
        FrontendBuilder::new(frontend_url)
    }

    /// What the environment says: `CLERK_PUBLISHABLE_KEY`, and `CLERK_PROXY_URL` where it is set.
    ///
    /// # Errors
    ///
    /// The key is missing, or something in the environment is not as it should be: see [`Config::from_env`].
    pub fn from_env() -> Result<Self, Error> {
        Self::from_config(&Config::from_env()?)
    }

    /// What a configuration says: its publishable key, and its proxy where it has one.
    ///
    /// # Errors
    ///
    /// The configuration has no publishable key, or no transport can be set up.
    pub fn from_config(config: &Config) -> Result<Self, Error> {
        FrontendBuilder::from_config(config)?.build()
    }
}

impl<M: Metadata> Frontend<M> {
    /// The same device with metadata of other types.
    #[must_use]
    pub fn typed<N: Metadata>(&self) -> Frontend<N> {
        Frontend { device: self.device.clone(), kind: self.kind, metadata: PhantomData }
    }

    /// The generated client with every operation of the API.
    ///
    /// All rules hold for its requests too: they carry this device's token, and what their answers say of the device is
    /// taken up.
    #[must_use]
    pub fn raw(&self) -> &clerk_fapi::Client {
        self.device.raw()
    }

    /// Whether the instance is for development or production; nothing when only its address was given.
    #[must_use]
    pub fn instance_kind(&self) -> Option<InstanceKind> {
        self.kind
    }

    /// Who is signed in, as far as is known.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.device.snapshot()
    }

    /// The state as it changes: the receiver always shows the latest, and can wait for the next.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Snapshot> {
        self.device.watch()
    }

    /// What happens from now on.
    #[must_use]
    pub fn events(&self) -> Events {
        self.device.events()
    }

    /// The session in the foreground; nothing where nobody is signed in.
    #[must_use]
    pub fn session(&self) -> Option<Session> {
        let id = self.snapshot().session()?.id.clone();
        Some(Session::new(self.device.clone(), id))
    }

    /// All sessions of this device.
    #[must_use]
    pub fn sessions(&self) -> Vec<Session> {
        let session = |id: &SessionId| Session::new(self.device.clone(), id.clone());
        self.snapshot().sessions().map(|one| session(&one.id)).collect()
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }
}

impl<M: Metadata> Clone for Frontend<M> {
    fn clone(&self) -> Self {
        self.typed()
    }
}

impl<M: Metadata> fmt::Debug for Frontend<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Frontend").field(&self.device).finish()
    }
}

/// Makes a [`Frontend`].
///
/// ```
/// use std::time::Duration;
///
/// use clerk_ext::{frontend::{FileStore, Frontend}, transport::Timeouts};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path().join("clerk");
/// let clerk = Frontend::builder(&local.publishable_key())
///     .store(FileStore::new(&folder))
///     .user_agent("shop/1.0")
///     .locale("de-CH")
///     .network(|network| network.timeouts(Timeouts { overall: Some(Duration::from_secs(20)), ..Timeouts::default() }))
///     .build()?;
/// clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
///
/// // Another run of the program finds her there.
/// let again = Frontend::builder(&local.publishable_key()).store(FileStore::new(&folder)).build()?;
/// assert!(again.load().await?.user().is_some());
/// # Ok(()) }
/// ```
#[must_use]
pub struct FrontendBuilder {
    client: clerk_fapi::ClientBuilder,
    /// The Frontend API itself, also where requests go over a proxy.
    frontend_url: String,
    store: Arc<dyn CredentialStore>,
    store_type: &'static str,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    transport: Option<Transport>,
    connect_timeout: Duration,
    network: Option<Box<dyn FnOnce(Network) -> Network + Send>>,
    locale: Option<String>,
    device_id: Option<String>,
    max_age: Duration,
    kind: Option<InstanceKind>,
}

impl FrontendBuilder {
    fn new(frontend_url: &str) -> Self {
        Self {
            client: clerk_fapi::Client::builder_for(frontend_url),
            frontend_url: frontend_url.trim_end_matches('/').to_owned(),
            store: Arc::new(MemoryStore::default()),
            store_type: type_name::<MemoryStore>(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            transport: None,
            connect_timeout: defaults::CONNECT_TIMEOUT,
            network: None,
            locale: None,
            device_id: None,
            max_age: MAX_AGE,
            kind: None,
        }
    }

    /// What a configuration says, with a store and all else still to be chosen.
    ///
    /// ```
    /// use clerk_ext::{config::Config, frontend::{FileStore, FrontendBuilder}};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let config = Config::builder().publishable_key(local.publishable_key()).build()?; // Config::from_env()?
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path().join("clerk");
    /// let clerk = FrontendBuilder::from_config(&config)?.store(FileStore::new(folder)).build()?;
    /// assert!(clerk.load().await?.user().is_none());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The configuration has no publishable key.
    pub fn from_config(config: &Config) -> Result<Self, Error> {
        let builder = Frontend::builder(config.require_publishable_key()?);
        Ok(match config.proxy_url() {
            Some(url) => builder.proxy_url(url),
            None => builder,
        })
    }

    /// Where the device remembers who is signed in, between runs and between processes; in memory unless told otherwise.
    pub fn store(mut self, store: impl CredentialStore) -> Self {
        self.store_type = type_name_of_val(&store);
        self.store = Arc::new(store);
        self
    }

    /// A proxy in front of the Frontend API: its URL without the `/v1`.
    pub fn proxy_url(mut self, url: &str) -> Self {
        self.client = self.client.proxy_url(url);
        self
    }

    /// Allows plain http to any host: whoever is in between reads the token.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.client = self.client.allow_http(allow);
        self
    }

    /// Another transport, below retries and timeouts. It must not keep cookies, and must not send an `Origin`.
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

    /// Other retries and deadlines.
    pub fn network(mut self, change: impl FnOnce(Network) -> Network + Send + 'static) -> Self {
        self.network = Some(Box::new(change));
        self
    }

    /// What expiry and waits go by.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where the secrets of flows come from.
    pub fn random(mut self, random: impl Random) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// What to call itself; people see it in the list of their devices.
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        self.client = self.client.user_agent(user_agent);
        self
    }

    /// In which language Clerk writes to people who sign in or up, such as `de-CH`.
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    /// What this device is called towards Clerk; a random one, kept in the store, unless told otherwise.
    pub fn device_id(mut self, id: impl Into<String>) -> Self {
        self.device_id = Some(id.into());
        self
    }

    /// A testing token of the Backend API, which waives protection against bots.
    pub fn testing_token(mut self, token: &Secret) -> Self {
        self.client = self.client.query("__clerk_testing_token", token.expose());
        self
    }

    /// How old a state may be that Clerk could not confirm, before this device counts as one of which nothing is known:
    /// one hour unless told otherwise.
    pub fn max_age(mut self, longest: Duration) -> Self {
        self.max_age = longest;
        self
    }

    /// The device. Nothing is sent and nothing read before [`load`](Frontend::load) or another call.
    ///
    /// # Errors
    ///
    /// The URL is not one to send a token to, or no transport can be set up.
    pub fn build(self) -> Result<Frontend, Error> {
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport(self.connect_timeout)?,
        };
        let network = Network::new(transport).clock(self.clock.clone()).random(self.random.clone());
        let network = match self.network {
            Some(change) => change(network),
            None => network,
        };
        let client = self.client.transport(network.layered()).build()?;
        let endpoint: Endpoint = client.endpoint().clone();
        let device_id = match self.device_id {
            Some(id) => id,
            None => random_id(self.random.as_ref())?,
        };
        let core = Arc::new(Core::new(Parts {
            name: self.frontend_url,
            endpoint: endpoint.clone(),
            once: network.retry(RetryPolicy::none()).layered(),
            store: self.store,
            store_type: self.store_type,
            clock: self.clock,
            random: self.random,
            device_id,
            locale: self.locale,
            max_age: self.max_age,
        }));
        let tasks = Arc::new(Tasks::default());
        let wire = Transport::new(Wire::new(core.clone(), tasks.clone()));
        let raw = clerk_fapi::Client::from_endpoint(endpoint.with_transport(wire));
        Ok(Frontend { device: Device::new(core, raw, tasks), kind: self.kind, metadata: PhantomData })
    }
}

impl fmt::Debug for FrontendBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FrontendBuilder")
    }
}

/// A random UUID, of version 4.
fn random_id(random: &dyn Random) -> Result<String, Error> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    let number = u128::from_be_bytes(bytes);
    let number = number & !(0xf000 << 64) & !(0b11 << 62) | (0x4000 << 64) | (0b10 << 62);
    let text = format!("{number:032x}");
    let parts = [text.get(..8), text.get(8..12), text.get(12..16), text.get(16..20), text.get(20..)];
    Ok(parts.map(Option::unwrap_or_default).join("-"))
}
