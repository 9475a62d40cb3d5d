//! What a program is told from outside: keys, hosts, addresses.
//!
//! [`Config::from_env`] reads the variables that Clerk's dashboard and its other SDKs name; [`Config::builder`] takes
//! the same values from anywhere else. Either way a [`Config`] was checked whole when you have it, and a mistake is
//! found when the program starts instead of when the first user comes.
//!
//! | variable | what it is | also with `NEXT_PUBLIC_` |
//! |---|---|---|
//! | `CLERK_PUBLISHABLE_KEY` | [`publishable_key`](Config::publishable_key) | yes |
//! | `CLERK_SECRET_KEY` | [`secret_key`](Config::secret_key) | |
//! | `CLERK_JWT_KEY` | [`jwt_key`](Config::jwt_key) | |
//! | `CLERK_MACHINE_SECRET_KEY` | [`machine_secret_key`](Config::machine_secret_key) | |
//! | `CLERK_WEBHOOK_SIGNING_SECRET`, else `CLERK_WEBHOOK_SECRET` | [`webhook_signing_secret`](Config::webhook_signing_secret) | |
//! | `CLERK_API_URL` | [`api_url`](Config::api_url) | yes |
//! | `CLERK_PROXY_URL` | [`proxy_url`](Config::proxy_url) | yes |
//! | `CLERK_DOMAIN` | [`domain`](Config::domain) | yes |
//! | `CLERK_IS_SATELLITE` | [`is_satellite`](Config::is_satellite): `true`, `false`, `1` or `0` | yes |
//! | `CLERK_SIGN_IN_URL` | [`sign_in_url`](Config::sign_in_url) | yes |
//! | `CLERK_SIGN_UP_URL` | [`sign_up_url`](Config::sign_up_url) | yes |
//! | `CLERK_AFTER_SIGN_IN_URL` | [`after_sign_in_url`](Config::after_sign_in_url) | yes |
//! | `CLERK_AFTER_SIGN_UP_URL` | [`after_sign_up_url`](Config::after_sign_up_url) | yes |
//!
//! - None of them has to be set: who needs one asks with `require_…`, and the error names the variable.
//! - An empty variable counts as not set; an error about a missing value says that the variable is there but empty.
//! - Two names of one thing may both be set when they agree. When they differ, that is an error.
//! - Errors name variables and never show what is in them.

mod address;
mod builder;
mod environment;
mod jwt_key;
mod secrets;
#[cfg(test)]
mod tests;

use std::fmt;

use clerk_core::{Error, PublishableKey, Secret, SecretKey};

pub use self::{builder::ConfigBuilder, jwt_key::JwtKey};

/// What a program is told about its Clerk instance, checked.
///
/// Every part is optional. `Debug` shows neither secrets nor the queries of addresses.
///
/// ```
/// use clerk_ext::config::Config;
///
/// let config = Config::from_vars(|name| match name {
///     "CLERK_SECRET_KEY" => Some("sk_test_1234".to_owned()),
///     _ => None,
/// })?;
/// assert_eq!(config.require_secret_key()?.expose(), "sk_test_1234");
///
/// let error = config.require_publishable_key().unwrap_err();
/// assert!(error.to_string().contains("CLERK_PUBLISHABLE_KEY"));
/// # Ok::<(), clerk_ext::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Config {
    publishable_key: Option<PublishableKey>,
    secret_key: Option<SecretKey>,
    jwt_key: Option<JwtKey>,
    machine_secret_key: Option<Secret>,
    webhook_signing_secret: Option<Secret>,
    api_url: Option<String>,
    proxy_url: Option<String>,
    domain: Option<String>,
    is_satellite: bool,
    sign_in_url: Option<String>,
    sign_up_url: Option<String>,
    after_sign_in_url: Option<String>,
    after_sign_up_url: Option<String>,
    /// Variables that are set to nothing; errors about missing values tell of them.
    empty: Vec<&'static str>,
}

impl Config {
    /// Reads the variables of the process.
    ///
    /// # Errors
    ///
    /// A configuration error that names every variable at fault; see [`build`](ConfigBuilder::build).
    pub fn from_env() -> Result<Self, Error> {
        environment::read(environment::of_process)
    }

    /// Reads the variables from wherever `variable` takes them, by their names.
    ///
    /// It is asked for each name once, in no particular order.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Config::from_env).
    pub fn from_vars(mut variable: impl FnMut(&str) -> Option<String>) -> Result<Self, Error> {
        environment::read(|name| Ok(variable(name)))
    }

    /// Starts a configuration by hand.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::from(Self::default())
    }

    /// Goes back to the builder, to change what the environment said.
    pub fn into_builder(self) -> ConfigBuilder {
        ConfigBuilder::from(self)
    }

    /// The key that front ends carry.
    #[must_use]
    pub fn publishable_key(&self) -> Option<&PublishableKey> {
        self.publishable_key.as_ref()
    }

    /// The key of the Backend API.
    #[must_use]
    pub fn secret_key(&self) -> Option<&SecretKey> {
        self.secret_key.as_ref()
    }

    /// The public key that session tokens are signed for, when it need not be fetched.
    #[must_use]
    pub fn jwt_key(&self) -> Option<&JwtKey> {
        self.jwt_key.as_ref()
    }

    /// The key of a machine, which mints and verifies its tokens.
    #[must_use]
    pub fn machine_secret_key(&self) -> Option<&Secret> {
        self.machine_secret_key.as_ref()
    }

    /// The secret that webhooks are signed with, with its `whsec_` in front.
    #[must_use]
    pub fn webhook_signing_secret(&self) -> Option<&Secret> {
        self.webhook_signing_secret.as_ref()
    }

    /// Where the Backend API is, when not at its usual place.
    #[must_use]
    pub fn api_url(&self) -> Option<&str> {
        self.api_url.as_deref()
    }

    /// Where the application passes requests on to the Frontend API.
    ///
    /// It may be a path, such as `/__clerk`, which belongs to the origin of each request.
    #[must_use]
    pub fn proxy_url(&self) -> Option<&str> {
        self.proxy_url.as_deref()
    }

    /// The domain of a satellite, without a scheme.
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }

    /// Whether the application is a satellite, which signs people in at another domain.
    #[must_use]
    pub fn is_satellite(&self) -> bool {
        self.is_satellite
    }

    /// Where people sign in: a URL, or a path of the application.
    #[must_use]
    pub fn sign_in_url(&self) -> Option<&str> {
        self.sign_in_url.as_deref()
    }

    /// Where people sign up: a URL, or a path of the application.
    #[must_use]
    pub fn sign_up_url(&self) -> Option<&str> {
        self.sign_up_url.as_deref()
    }

    /// Where people go once they signed in: a URL, or a path of the application.
    #[must_use]
    pub fn after_sign_in_url(&self) -> Option<&str> {
        self.after_sign_in_url.as_deref()
    }

    /// Where people go once they signed up: a URL, or a path of the application.
    #[must_use]
    pub fn after_sign_up_url(&self) -> Option<&str> {
        self.after_sign_up_url.as_deref()
    }

    /// The publishable key of a program that cannot do without.
    ///
    /// # Errors
    ///
    /// A configuration error that names the variable to set; so with all that is required.
    pub fn require_publishable_key(&self) -> Result<&PublishableKey, Error> {
        self.require(self.publishable_key(), "publishable key", &environment::PUBLISHABLE_KEY)
    }

    /// The secret key of a program that cannot do without.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn require_secret_key(&self) -> Result<&SecretKey, Error> {
        self.require(self.secret_key(), "secret key", &environment::SECRET_KEY)
    }

    /// The JWT key of a program that cannot do without.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn require_jwt_key(&self) -> Result<&JwtKey, Error> {
        self.require(self.jwt_key(), "JWT key", &environment::JWT_KEY)
    }

    /// The machine secret key of a program that cannot do without.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn require_machine_secret_key(&self) -> Result<&Secret, Error> {
        self.require(self.machine_secret_key(), "machine secret key", &environment::MACHINE_SECRET_KEY)
    }

    /// The webhook signing secret of a program that cannot do without.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn require_webhook_signing_secret(&self) -> Result<&Secret, Error> {
        self.require(self.webhook_signing_secret(), "webhook signing secret", &environment::WEBHOOK_SIGNING_SECRET)
    }

    /// The sign-in address of a program that cannot do without.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn require_sign_in_url(&self) -> Result<&str, Error> {
        self.require(self.sign_in_url(), "sign-in URL", &environment::SIGN_IN_URL)
    }

    fn require<T>(&self, value: Option<T>, what: &str, names: &[&'static str]) -> Result<T, Error> {
        value.ok_or_else(|| {
            let usual = names.first().copied().unwrap_or_default();
            let why = match names.iter().find(|name| self.empty.contains(name)) {
                Some(name) => format!("{name} is set but empty; give it a value"),
                None => format!("set {usual}, or give one to Config::builder()"),
            };
            Error::config(format!("there is no {what}: {why}"))
        })
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |url: &Option<String>| url.as_deref().map(address::without_query).map(str::to_owned);
        f.debug_struct("Config")
            .field("publishable_key", &self.publishable_key)
            .field("secret_key", &self.secret_key)
            .field("jwt_key", &self.jwt_key)
            .field("machine_secret_key", &self.machine_secret_key)
            .field("webhook_signing_secret", &self.webhook_signing_secret)
            .field("api_url", &self.api_url)
            .field("proxy_url", &self.proxy_url)
            .field("domain", &self.domain)
            .field("is_satellite", &self.is_satellite)
            .field("sign_in_url", &shown(&self.sign_in_url))
            .field("sign_up_url", &shown(&self.sign_up_url))
            .field("after_sign_in_url", &shown(&self.after_sign_in_url))
            .field("after_sign_up_url", &shown(&self.after_sign_up_url))
            .finish()
    }
}
