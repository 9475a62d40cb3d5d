use std::fmt;

use clerk_core::{Error, InstanceKind, PublishableKey, Secret, SecretKey};

use super::{Config, JwtKey, address, secrets};

/// A [`Config`] under construction; mistakes come out of [`build`](ConfigBuilder::build).
///
/// ```
/// use clerk_ext::config::Config;
///
/// let config = Config::builder().secret_key("sk_test_1234").sign_in_url("/sign-in").build()?;
/// assert_eq!(config.sign_in_url(), Some("/sign-in"));
/// # Ok::<(), clerk_ext::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a configuration comes out of build()"]
pub struct ConfigBuilder {
    pub(super) config: Config,
    pub(super) mistakes: Vec<String>,
}

impl From<Config> for ConfigBuilder {
    fn from(config: Config) -> Self {
        Self { config, mistakes: Vec::new() }
    }
}

impl ConfigBuilder {
    /// The key that front ends carry, as text or as a key.
    pub fn publishable_key<K>(mut self, key: K) -> Self
    where
        K: TryInto<PublishableKey>,
        Error: From<K::Error>,
    {
        let key = key.try_into().map_err(Error::from);
        self.config.publishable_key = self.right("publishable_key", key);
        self
    }

    /// The key of the Backend API, as text or as a key.
    pub fn secret_key<K>(mut self, key: K) -> Self
    where
        K: TryInto<SecretKey>,
        Error: From<K::Error>,
    {
        let key = key.try_into().map_err(Error::from);
        self.config.secret_key = self.right("secret_key", key);
        self
    }

    /// The public key that session tokens are signed for, as text or as a key.
    pub fn jwt_key<K>(mut self, key: K) -> Self
    where
        K: TryInto<JwtKey>,
        Error: From<K::Error>,
    {
        let key = key.try_into().map_err(Error::from);
        self.config.jwt_key = self.right("jwt_key", key);
        self
    }

    /// The key of a machine; it starts with `ak_`.
    pub fn machine_secret_key(mut self, key: impl Into<Secret>) -> Self {
        self.config.machine_secret_key = self.right("machine_secret_key", secrets::machine_secret_key(key.into()));
        self
    }

    /// The secret that webhooks are signed with; it starts with `whsec_`.
    pub fn webhook_signing_secret(mut self, secret: impl Into<Secret>) -> Self {
        let secret = secrets::webhook_signing_secret(secret.into());
        self.config.webhook_signing_secret = self.right("webhook_signing_secret", secret);
        self
    }

    /// Where the Backend API is: `https`, and plain `http` on this machine only.
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.config.api_url = self.right("api_url", address::api_url(url.into()));
        self
    }

    /// Where the application passes requests on to the Frontend API: a URL, or a path of the application.
    pub fn proxy_url(mut self, url: impl Into<String>) -> Self {
        self.config.proxy_url = self.right("proxy_url", address::proxy_url(url.into()));
        self
    }

    /// The domain of a satellite, without a scheme.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.config.domain = self.right("domain", address::domain(domain.into()));
        self
    }

    /// Whether the application is a satellite, which signs people in at another domain.
    pub fn is_satellite(mut self, is_satellite: bool) -> Self {
        self.config.is_satellite = is_satellite;
        self
    }

    /// Where people sign in: a URL, or a path of the application; so with the other pages.
    pub fn sign_in_url(mut self, url: impl Into<String>) -> Self {
        self.config.sign_in_url = self.right("sign_in_url", address::page_url("sign-in URL", url.into()));
        self
    }

    /// Where people sign up.
    pub fn sign_up_url(mut self, url: impl Into<String>) -> Self {
        self.config.sign_up_url = self.right("sign_up_url", address::page_url("sign-up URL", url.into()));
        self
    }

    /// Where people go once they signed in.
    pub fn after_sign_in_url(mut self, url: impl Into<String>) -> Self {
        let url = address::page_url("URL after sign-in", url.into());
        self.config.after_sign_in_url = self.right("after_sign_in_url", url);
        self
    }

    /// Where people go once they signed up.
    pub fn after_sign_up_url(mut self, url: impl Into<String>) -> Self {
        let url = address::page_url("URL after sign-up", url.into());
        self.config.after_sign_up_url = self.right("after_sign_up_url", url);
        self
    }

    /// The configuration, when each value and all of them together make sense.
    ///
    /// # Errors
    ///
    /// A configuration error that tells of every value at fault, or else that
    ///
    /// - the publishable key is of a development instance and the secret key of a production instance, or the other
    ///   way round;
    /// - a satellite has neither a domain nor a proxy URL, or is one of a development instance and has no sign-in URL.
    pub fn build(mut self) -> Result<Config, Error> {
        if self.mistakes.is_empty() {
            self.mistakes = self.config.contradictions();
        }
        match self.mistakes.as_mut_slice() {
            [] => Ok(self.config),
            [mistake] => Err(Error::config(std::mem::take(mistake))),
            mistakes => Err(Error::config(format!("{} mistakes: {}", mistakes.len(), mistakes.join(" / ")))),
        }
    }

    /// A value that is right; of another one, only the mistake is kept.
    fn right<T>(&mut self, name: &str, value: Result<T, Error>) -> Option<T> {
        value.map_err(|error| self.mistakes.push(format!("{name}: {error}"))).ok()
    }
}

impl Config {
    /// What is right alone and wrong together.
    fn contradictions(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if let (Some(publishable), Some(secret)) = (&self.publishable_key, &self.secret_key) {
            let kinds = match (publishable.instance_kind(), secret.instance_kind()) {
                (InstanceKind::Development, InstanceKind::Production) => Some(("a development", "a production")),
                (InstanceKind::Production, InstanceKind::Development) => Some(("a production", "a development")),
                _ => None,
            };
            if let Some((publishable, secret)) = kinds {
                mistakes.push(format!(
                    "the publishable key is of {publishable} instance and the secret key of {secret} instance; take both from the same one",
                ));
            }
        }
        if self.is_satellite && self.domain.is_none() && self.proxy_url.is_none() {
            mistakes
                .push("a satellite needs its domain or a proxy URL: set CLERK_DOMAIN or CLERK_PROXY_URL".to_owned());
        }
        let is_development =
            self.secret_key.as_ref().is_some_and(|key| key.instance_kind() == InstanceKind::Development);
        if self.is_satellite && is_development && self.sign_in_url.is_none() {
            mistakes.push(
                "a satellite of a development instance needs the page where people sign in: set CLERK_SIGN_IN_URL"
                    .to_owned(),
            );
        }
        mistakes
    }
}

impl fmt::Debug for ConfigBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigBuilder").field("config", &self.config).field("mistakes", &self.mistakes).finish()
    }
}
