//! Starting, asking and stopping a local Clerk.

pub(crate) mod shortcuts;

pub use shortcuts::SignedIn;

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clerk_core::{BoxError, Bytes, PublishableKey, SecretKey, Transport, http};
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;

use crate::{
    Api,
    app::{App, Beginning},
    bapi,
    clock::Clock,
    crypto::{encoding, signing::SigningKey},
    fapi,
    faults::Faults,
    inbox::Inbox,
    journal::Journal,
    operation::Operation,
    provider::Provider,
    seed::Seed,
    server::{self, Handler, Peer, Reply, Server},
    settings::{Environment, Settings},
    state::{Addresses, Keys, State},
    webhooks::{Deliverer, LoggedEvent, Webhooks},
};

/// A running local Clerk; dropping it stops it.
#[derive(Debug)]
pub struct LocalClerk {
    app: Arc<App>,
    server: Server,
    deliverer: Deliverer,
    addresses: Addresses,
    publishable_key: PublishableKey,
    secret_key: SecretKey,
    /// The last field: what is still under way when the others are dropped is kept.
    _closing: Closing,
}

/// Closes the data file when it is dropped, even while a transport of this local Clerk lives on.
#[derive(Debug)]
struct Closing(Arc<App>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// How a local Clerk is to be started.
#[derive(Clone, Debug)]
#[must_use = "nothing runs until it is started"]
pub struct Builder {
    host: IpAddr,
    port: Option<u16>,
    settings: Option<Settings>,
    /// Whether they go before those of a data file.
    settings_win: bool,
    seed: Seed,
    data: Option<PathBuf>,
    clock: Clock,
}

impl LocalClerk {
    /// A local Clerk to be set up and started.
    pub fn builder() -> Builder {
        Builder {
            host: Ipv4Addr::LOCALHOST.into(),
            port: None,
            settings: None,
            settings_win: false,
            seed: Seed::default(),
            data: None,
            clock: Clock::system(),
        }
    }

    /// The key that front ends are configured with; it holds the address of the Frontend API.
    #[must_use]
    pub fn publishable_key(&self) -> PublishableKey {
        self.publishable_key.clone()
    }

    /// The key that back ends are configured with.
    #[must_use]
    pub fn secret_key(&self) -> SecretKey {
        self.secret_key.clone()
    }

    /// Where the Frontend API is, without a path.
    #[must_use]
    pub fn frontend_url(&self) -> &str {
        &self.addresses.frontend
    }

    /// Where the Backend API is, without a path.
    #[must_use]
    pub fn backend_url(&self) -> &str {
        &self.addresses.backend
    }

    /// The clock that every expiry follows.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.app.clock
    }

    /// Faults on demand.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.app.faults
    }

    /// The mails and text messages that would have been sent.
    #[must_use]
    pub fn inbox(&self) -> Inbox {
        Inbox::new(&self.app)
    }

    /// Endpoints, and what was delivered to them.
    #[must_use]
    pub fn webhooks(&self) -> Webhooks {
        Webhooks::new(&self.app)
    }

    /// What happened, the oldest first; the last 10,000 events are kept, whether there is an endpoint or not.
    #[must_use]
    pub fn events(&self) -> Vec<LoggedEvent> {
        self.app.read(LoggedEvent::all)
    }

    /// How often each operation of an API was asked for since this started or was reset, by the operation's id.
    ///
    /// Every request counts that has the method and the path of an operation, whatever its answer: refusals, faults and
    /// the 501 of what is not there too. An operation that nobody asked for is not among them.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use clerk_local::{Api, LocalClerk};
    ///
    /// let local = LocalClerk::builder().start().await?;
    /// let clerk = clerk_bapi::Client::builder().api_url(local.backend_url()).secret_key(&local.secret_key()).build()?;
    /// clerk.get_user_list().await?;
    /// assert_eq!(local.calls(Api::Backend).get("GetUserList"), Some(&1));
    /// assert!(local.calls(Api::Frontend).is_empty());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn calls(&self, api: Api) -> BTreeMap<&'static str, u64> {
        self.app.calls.list(api)
    }

    /// The public key of session tokens as PEM, for verifying without a request.
    #[must_use]
    pub fn jwt_key(&self) -> String {
        self.app.read(|state| state.signing_key().map(|key| key.public_pem()).unwrap_or_default())
    }

    /// Changes the settings while it runs.
    pub fn update_settings(&self, change: impl FnOnce(&mut Settings)) {
        self.app.with(|state| change(state.settings_mut()));
    }

    /// Adds what a seed describes to what is there.
    ///
    /// # Errors
    ///
    /// The seed contradicts itself or what is there, such as two users with one address.
    pub fn seed(&self, seed: &Seed) -> Result<(), String> {
        let now = self.app.clock.now();
        self.app.with(|state| seed.apply(state, now))
    }

    /// Throws away what there is and begins anew with the settings and the seed it was started with.
    ///
    /// The keys, the addresses and the clock stay; tokens of before are no longer taken.
    ///
    /// # Errors
    ///
    /// The seed contradicts itself, which it did not when this started.
    pub fn reset(&self) -> Result<(), String> {
        self.app.reset()
    }

    /// Whether a request panicked while it held the state, which is a defect of this program; for its own tests.
    #[doc(hidden)]
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.app.is_poisoned()
    }

    /// The provider behind every social and enterprise sign-in.
    #[must_use]
    pub fn provider(&self) -> Provider<'_> {
        Provider::new(&self.app)
    }

    /// A way to both APIs that uses no socket: requests to the URLs of this local Clerk are answered in-process.
    #[must_use]
    pub fn transport(&self) -> Transport {
        Transport::new(InProcess { app: Arc::clone(&self.app), addresses: self.addresses.clone() })
    }

    /// Stops it: when this returns, the ports are free.
    pub async fn stop(self) {
        self.deliverer.stop().await;
        self.server.stop().await;
        self.app.close();
    }
}

impl Builder {
    /// How the instance behaves; without it as a new application does, or as the data file says.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = Some(settings);
        self.settings_win = true;
        self
    }

    /// Changes the settings from what they are.
    pub fn configure(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(self.settings.get_or_insert_default());
        self.settings_win = true;
        self
    }

    /// What is there from the start; with a data file only when that is new.
    pub fn seed(mut self, seed: Seed) -> Self {
        if let Some(settings) = &seed.settings {
            self.settings = Some(settings.clone());
        }
        self.seed = seed;
        self
    }

    /// The port of the Frontend API, the next one being that of the Backend API; without it, or with 0, both are free ones.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The address to listen on instead of 127.0.0.1.
    ///
    /// Whoever can reach it may do everything: there is no protection of any kind.
    pub fn host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// The file that keeps the state; it is made where it is not there.
    pub fn data(mut self, file: impl AsRef<Path>) -> Self {
        self.data = Some(file.as_ref().to_owned());
        self
    }

    /// The clock to go by.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Starts it on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// A port is taken, the data file is not readable, or the seed contradicts itself.
    pub async fn start(self) -> io::Result<LocalClerk> {
        let invalid = |message: String| io::Error::new(io::ErrorKind::InvalidInput, message);
        let next = match self.port {
            Some(port @ 1..) => port.checked_add(1).ok_or_else(|| invalid(format!("there is no port after {port}")))?,
            Some(0) | None => 0,
        };
        let frontend = TcpListener::bind(SocketAddr::new(self.host, self.port.unwrap_or(0))).await?;
        let backend = TcpListener::bind(SocketAddr::new(self.host, next)).await?;
        let addresses = Addresses {
            frontend: format!("http://{}", reachable(frontend.local_addr()?)),
            backend: format!("http://{}", reachable(backend.local_addr()?)),
        };
        let signing_key = SigningKey::cached("signing").map_err(|error| io::Error::other(error.to_string()))?;
        let settings = self.settings.unwrap_or_default();
        let keys = keys(&settings, &self.seed, &addresses, &signing_key);
        let now = self.clock.now();
        let mut state = State::new(settings.clone(), addresses.clone(), keys, Arc::new(signing_key));
        let is_new = self.data.as_ref().is_none_or(|file| Journal::is_new(file));
        if is_new {
            // Before the file is there: one that a kill left without its seed would never get it.
            state.found(now);
            self.seed.apply(&mut state, now).map_err(invalid)?;
        }
        let journal = self.data.as_deref().map(|file| Journal::open(file, &mut state)).transpose()?;
        if !is_new && self.settings_win {
            state.settings_mut().clone_from(&settings);
        }
        // The file may be of another kind of instance than what was guessed before it was read.
        state.keys.publishable = publishable_key(state.settings().environment, &addresses);
        let publishable_key = state.keys.publishable.parse().map_err(|error| invalid(format!("{error}")))?;
        let secret_key = state.keys.secret.parse().map_err(|error| invalid(format!("{error}")))?;
        let beginning = Beginning { settings, seed: self.seed };
        let app = Arc::new(App::new(state, self.clock, journal, beginning));
        app.with(|_| ());
        let deliverer = Deliverer::start(Arc::clone(&app));
        let server = Server::start(frontend, backend, Arc::clone(&app) as Arc<dyn Handler>);
        let closing = Closing(Arc::clone(&app));
        Ok(LocalClerk { app, server, deliverer, addresses, publishable_key, secret_key, _closing: closing })
    }
}

/// An address that clients can connect to: listening on all interfaces is reached on loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() { SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()) } else { address }
}

fn keys(settings: &Settings, seed: &Seed, addresses: &Addresses, signing_key: &SigningKey) -> Keys {
    // The same from one start to the next on one machine, so that what was configured once goes on working.
    let private = signing_key.pkcs8().unwrap_or_default();
    let derived = encoding::hex(&encoding::sha256(&[b"clerk-local secret key", &private]));
    Keys {
        publishable: publishable_key(settings.environment, addresses),
        secret: match seed.keys.as_ref().and_then(|keys| keys.secret_key.clone()) {
            Some(secret) => secret,
            None => format!("sk_{}_{}", kind(settings.environment), derived.get(..48).unwrap_or_default()),
        },
        instance_id: signing_key.kid().to_owned(),
    }
}

fn publishable_key(environment: Environment, addresses: &Addresses) -> String {
    let host = addresses.frontend.strip_prefix("http://").unwrap_or_default();
    format!("pk_{}_{}", kind(environment), STANDARD.encode(format!("{host}$")))
}

/// How keys tell what they are of.
fn kind(environment: Environment) -> &'static str {
    match environment {
        Environment::Development => "test",
        Environment::Production => "live",
    }
}

impl Handler for App {
    fn handle<'a>(&'a self, api: Api, request: http::Request<Bytes>) -> BoxFuture<'a, Reply> {
        let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
        Box::pin(self.answer(api, peer, request))
    }
}

/// Answers in-process.
#[derive(Clone, Debug)]
struct InProcess {
    app: Arc<App>,
    addresses: Addresses,
}

impl tower_service::Service<http::Request<Bytes>> for InProcess {
    type Response = http::Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _context: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        let Self { app, addresses } = self.clone();
        Box::pin(async move {
            let authority = request.uri().authority().map(http::uri::Authority::as_str).unwrap_or_default();
            let at = |address: &str| address.strip_prefix("http://") == Some(authority);
            let api = match authority {
                _ if at(&addresses.frontend) => Api::Frontend,
                _ if at(&addresses.backend) => Api::Backend,
                _ => return Err(format!("{authority} is not an address of this local Clerk").into()),
            };
            if request.body().len() > server::BODY_LIMIT {
                return Ok(server::too_large());
            }
            Ok(app.answer(api, Some(Ipv4Addr::LOCALHOST.into()), request).await.whole().await?)
        })
    }
}

/// What is known of an operation of the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationInfo {
    /// Which API it is of.
    pub api: Api,
    /// Its id in the document.
    pub id: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path, with its parameters as `{name}`.
    pub path: &'static str,
    /// The module of the generated crates that it is in.
    pub tag: &'static str,
    /// Whether it is answered; otherwise it is 501.
    pub implemented: bool,
}

/// Every operation of both APIs.
#[must_use]
pub fn operations() -> Vec<OperationInfo> {
    let info = |api, operation: &Operation, implemented| OperationInfo {
        api,
        id: operation.id,
        method: operation.method,
        path: operation.path,
        tag: operation.tag,
        implemented,
    };
    let frontend = crate::generated::fapi::OPERATIONS.iter();
    let backend = crate::generated::bapi::OPERATIONS.iter();
    let frontend = frontend.map(|it| info(Api::Frontend, it, fapi::handler(it.id).is_some()));
    frontend.chain(backend.map(|it| info(Api::Backend, it, bapi::handler(it.id).is_some()))).collect()
}
