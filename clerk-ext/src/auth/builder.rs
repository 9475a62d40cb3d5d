use std::{sync::Arc, time::Duration};

use clerk_core::{Endpoint, EndpointBuilder, Error, InstanceKind, PublishableKey, Secret, SecretKey, Transport};

use super::{
    Accepts, Clerk, KeySet, OrganizationSync,
    clerk::Inner,
    keys::remote::{self, Remote},
    settings::Settings,
    verified_tokens::VerifiedTokens,
};
use crate::{
    clock::{Clock, SystemClock},
    config::{Config, JwtKey},
    transport::{Network, Timeouts, default_transport, defaults},
};

/// Where the Backend API is, unless told otherwise.
const API_URL: &str = "https://api.clerk.com";

/// The version of the API that is spoken.
pub(crate) const API_VERSION: &str = "2026-05-12";

/// A person waits for these requests: they are given less time than others.
const TIMEOUTS: Timeouts = Timeouts { request: Some(Duration::from_secs(5)), overall: Some(Duration::from_secs(15)) };

/// A [`Clerk`] under construction; mistakes come out of [`build`](ClerkBuilder::build).
///
/// ```
/// use clerk_ext::auth::{Clerk, TokenType};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// // What a production server sets: nothing is fetched to check a token of a session.
/// let clerk = Clerk::builder()
///     .publishable_key(&local.publishable_key())
///     .jwt_key(local.jwt_key().parse()?)
///     .secret_key(&local.secret_key())
///     .api_url(local.backend_url())
///     .accepts([TokenType::Session, TokenType::ApiKey])
///     .build()?;
/// assert!(clerk.verify_token(token.expose()).await.is_ok());
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "a Clerk comes out of build()"]
pub struct ClerkBuilder {
    settings: Settings,
    jwt_key: Option<JwtKey>,
    key_set: Option<KeySet>,
    api_url: Option<String>,
    transport: Option<Transport>,
    clock: Arc<dyn Clock>,
    keys_live_for: Duration,
    keys_outlive_outages_for: Duration,
}

impl Default for ClerkBuilder {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            jwt_key: None,
            key_set: None,
            api_url: None,
            transport: None,
            clock: Arc::new(SystemClock),
            keys_live_for: remote::TTL,
            keys_outlive_outages_for: remote::STALE_FOR,
        }
    }
}

impl ClerkBuilder {
    /// What a configuration says; what it does not say stays as it is.
    pub fn config(mut self, config: &Config) -> Self {
        let text = |value: Option<&str>| value.map(str::to_owned);
        let settings = &mut self.settings;
        settings.publishable_key = config.publishable_key().cloned().or_else(|| settings.publishable_key.take());
        settings.secret_key = config.secret_key().cloned().or_else(|| settings.secret_key.take());
        settings.machine_secret_key =
            config.machine_secret_key().cloned().or_else(|| settings.machine_secret_key.take());
        settings.proxy_url = text(config.proxy_url()).or_else(|| settings.proxy_url.take());
        settings.domain = text(config.domain()).or_else(|| settings.domain.take());
        settings.is_satellite |= config.is_satellite();
        settings.sign_in_url = text(config.sign_in_url()).or_else(|| settings.sign_in_url.take());
        settings.sign_up_url = text(config.sign_up_url()).or_else(|| settings.sign_up_url.take());
        settings.after_sign_in_url = text(config.after_sign_in_url()).or_else(|| settings.after_sign_in_url.take());
        settings.after_sign_up_url = text(config.after_sign_up_url()).or_else(|| settings.after_sign_up_url.take());
        self.jwt_key = config.jwt_key().cloned().or(self.jwt_key);
        self.api_url = text(config.api_url()).or(self.api_url);
        self
    }

    /// The publishable key: which instance this is. Cookies cannot be read without.
    pub fn publishable_key(mut self, key: &PublishableKey) -> Self {
        self.settings.publishable_key = Some(key.clone());
        self
    }

    /// The secret key: keys are fetched with it, tokens refreshed, tokens of machines verified.
    pub fn secret_key(mut self, key: &SecretKey) -> Self {
        self.settings.secret_key = Some(key.clone());
        self
    }

    /// This machine's own secret key, which tokens of other machines are verified with in the place of the secret key.
    pub fn machine_secret_key(mut self, key: impl Into<Secret>) -> Self {
        self.settings.machine_secret_key = Some(key.into());
        self
    }

    /// The public key of the instance: tokens are checked with it, and no keys are fetched.
    pub fn jwt_key(mut self, key: JwtKey) -> Self {
        self.jwt_key = Some(key);
        self
    }

    /// Other keys than those that the secret key or the public key give.
    pub fn keys(mut self, keys: KeySet) -> Self {
        self.key_set = Some(keys);
        self
    }

    /// Where the Backend API is, without a path, when not at its usual place.
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.api_url = Some(url.into());
        self
    }

    /// Where the application passes requests on to the Frontend API: an address, or a path such as `/__clerk`.
    pub fn proxy_url(mut self, url: impl Into<String>) -> Self {
        self.settings.proxy_url = Some(url.into());
        self
    }

    /// The domain of this satellite.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.settings.domain = Some(domain.into());
        self
    }

    /// Whether this is a satellite: a domain beside the primary one, on which people do not sign in.
    pub fn is_satellite(mut self, is_satellite: bool) -> Self {
        self.settings.is_satellite = is_satellite;
        self
    }

    /// Whether a satellite asks the primary domain about people it has never seen.
    ///
    /// Without it, and that is how it is unless told otherwise, it asks only about those who come back from a sign-in.
    pub fn satellite_auto_sync(mut self, on: bool) -> Self {
        self.settings.satellite_auto_sync = on;
        self
    }

    /// Where people sign in, when not in the account portal.
    pub fn sign_in_url(mut self, url: impl Into<String>) -> Self {
        self.settings.sign_in_url = Some(url.into());
        self
    }

    /// Where people sign up, when not in the account portal.
    pub fn sign_up_url(mut self, url: impl Into<String>) -> Self {
        self.settings.sign_up_url = Some(url.into());
        self
    }

    /// The origins whose tokens are accepted, such as `https://app.example.com`.
    ///
    /// Set it in production: without it a token that was issued to any origin of the instance is accepted. With it a
    /// token that names no origin is refused. An origin without a name is a mistake, and an empty list asks for nothing.
    pub fn authorized_parties<P: Into<String>>(mut self, origins: impl IntoIterator<Item = P>) -> Self {
        self.settings.checks.authorized_parties = texts(origins);
        self
    }

    /// The audiences of which a token that names any has to name one.
    pub fn audience<A: Into<String>>(mut self, audiences: impl IntoIterator<Item = A>) -> Self {
        self.settings.checks.audience = texts(audiences);
        self
    }

    /// The issuers whose tokens are accepted, such as `https://clerk.example.com`.
    pub fn issuer<I: Into<String>>(mut self, issuers: impl IntoIterator<Item = I>) -> Self {
        self.settings.checks.issuers = texts(issuers);
        self
    }

    /// How far the clocks of Clerk and of this machine may be apart: five seconds unless told otherwise.
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.settings.checks.skew = skew;
        self
    }

    /// Which kinds of tokens are accepted: those of sessions unless told otherwise.
    pub fn accepts(mut self, kinds: impl Into<Accepts>) -> Self {
        self.settings.accepts = kinds.into();
        self
    }

    /// Which addresses belong to an organization.
    pub fn organization_sync(mut self, sync: OrganizationSync) -> Self {
        self.settings.organization_sync = Some(sync);
        self
    }

    /// How long fetched keys are used before they are fetched anew: five minutes unless told otherwise.
    ///
    /// A key that was taken out of the instance is accepted no longer than this.
    pub fn keys_live_for(mut self, time: Duration) -> Self {
        self.keys_live_for = time;
        self
    }

    /// How much longer keys are used when they cannot be fetched anew: an hour unless told otherwise.
    pub fn keys_outlive_outages_for(mut self, time: Duration) -> Self {
        self.keys_outlive_outages_for = time;
        self
    }

    /// Another transport, below the retries.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Another clock, for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The finished thing.
    ///
    /// # Errors
    ///
    /// There is nothing to check tokens with, keys are of different kinds of instances, a satellite does not say where it
    /// is, or no transport can be set up.
    pub fn build(self) -> Result<Clerk, Error> {
        let Self { settings, jwt_key, key_set, api_url, transport, clock, .. } = self;
        check(&settings)?;
        let api_url = api_url.unwrap_or_else(|| API_URL.to_owned());
        let calls = settings.secret_key.is_some() || settings.machine_secret_key.is_some();
        let network = match (transport, calls) {
            (Some(transport), _) => Some(transport),
            (None, true) => Some(default_transport(defaults::CONNECT_TIMEOUT)?),
            (None, false) => None,
        };
        let network = network.map(|carrier| Network::new(carrier).timeouts(TIMEOUTS).clock(clock.clone()).layered());
        let endpoint = |key: Option<&str>| -> Result<Option<Endpoint>, Error> {
            let (Some(key), Some(transport)) = (key, &network) else { return Ok(None) };
            let builder: EndpointBuilder = Endpoint::builder(&api_url).api_version(API_VERSION);
            builder.authorization(format!("Bearer {key}").into()).transport(transport.clone()).build().map(Some)
        };
        let backend = endpoint(settings.secret_key.as_ref().map(SecretKey::expose))?;
        let machine_backend = endpoint(settings.machine_secret_key.as_ref().map(Secret::expose))?;
        let keys = match (key_set, jwt_key, &backend) {
            (Some(keys), _, _) => Some(keys),
            (None, Some(key), _) => Some(KeySet::pem(&key)?),
            (None, None, Some(backend)) => {
                let (ttl, stale_for) = (self.keys_live_for, self.keys_outlive_outages_for);
                Some(KeySet::remote(Remote::new(backend.clone(), clock.clone(), ttl, stale_for)))
            }
            (None, None, None) => None,
        };
        if keys.is_none() && machine_backend.is_none() {
            return Err(Error::config(
                "there is nothing to check tokens with; set CLERK_SECRET_KEY, or CLERK_JWT_KEY for sessions alone",
            ));
        }
        Ok(Clerk::new(Inner {
            settings,
            keys,
            backend,
            machine_backend,
            network,
            clock,
            verified: Arc::new(VerifiedTokens::new()),
        }))
    }
}

fn check(settings: &Settings) -> Result<(), Error> {
    let checks = &settings.checks;
    if [&checks.authorized_parties, &checks.audience, &checks.issuers].into_iter().flatten().any(String::is_empty) {
        return Err(Error::config(
            "an authorized party, an audience or an issuer has no name; likely it comes from a variable that is not set",
        ));
    }
    if let (Some(publishable), Some(secret)) = (&settings.publishable_key, &settings.secret_key)
        && publishable.instance_kind() != secret.instance_kind()
    {
        return Err(Error::config(
            "the publishable key and the secret key are of different kinds of instances; copy both from one",
        ));
    }
    if settings.is_satellite {
        if settings.proxy_url.is_none() && settings.domain.is_none() {
            return Err(Error::config(
                "a satellite needs its domain or its proxy address; set CLERK_DOMAIN or CLERK_PROXY_URL",
            ));
        }
        let in_development =
            settings.secret_key.as_ref().is_some_and(|key| key.instance_kind() == InstanceKind::Development);
        if in_development && settings.sign_in_url.is_none() {
            return Err(Error::config(
                "a satellite of a development instance needs the address where people sign in; set CLERK_SIGN_IN_URL",
            ));
        }
    }
    Ok(())
}

fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}

#[cfg(all(test, feature = "backend"))]
mod tests {
    #[test]
    fn the_version_of_the_api_is_that_of_the_generated_client() {
        assert_eq!(super::API_VERSION, clerk_bapi::API_VERSION);
    }
}
