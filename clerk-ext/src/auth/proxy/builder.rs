use std::{sync::Arc, time::Duration};

use clerk_core::{Error, PublishableKey, SecretKey, Transport};
use url::{Host, Url};

use super::{FrontendProxy, Inner};
use crate::{
    auth::instance_urls::shared_frontend_api,
    config::Config,
    transport::{Network, RetryPolicy, Timeouts, default_transport, defaults},
};

/// Where the proxy is, unless told otherwise.
const PATH: &str = "/__clerk";

/// Pictures of profiles are the largest that browsers send.
const LARGEST_BODY: usize = 16 << 20;

/// A browser waits, and asks again by itself.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A [`FrontendProxy`] under construction; mistakes come out of [`build`](FrontendProxyBuilder::build).
///
/// [`FrontendProxy`] has an example.
#[derive(Clone)]
#[must_use = "a FrontendProxy comes out of build()"]
pub struct FrontendProxyBuilder {
    publishable_key: Option<PublishableKey>,
    secret_key: Option<SecretKey>,
    proxy_url: String,
    frontend_api: Option<String>,
    largest_body: usize,
    transport: Option<Transport>,
}

impl Default for FrontendProxyBuilder {
    fn default() -> Self {
        Self {
            publishable_key: None,
            secret_key: None,
            proxy_url: PATH.to_owned(),
            frontend_api: None,
            largest_body: LARGEST_BODY,
            transport: None,
        }
    }
}

impl FrontendProxyBuilder {
    /// The keys and the proxy URL of a configuration.
    pub fn config(mut self, config: &Config) -> Self {
        self.publishable_key = config.publishable_key().cloned().or(self.publishable_key);
        self.secret_key = config.secret_key().cloned().or(self.secret_key);
        self.proxy_url = config.proxy_url().map_or(self.proxy_url, str::to_owned);
        self
    }

    /// The publishable key, which tells the Frontend API.
    pub fn publishable_key(mut self, key: &PublishableKey) -> Self {
        self.publishable_key = Some(key.clone());
        self
    }

    /// The secret key, by which the Frontend API knows the application. Browsers do not get to see it.
    pub fn secret_key(mut self, key: &SecretKey) -> Self {
        self.secret_key = Some(key.clone());
        self
    }

    /// Where the proxy is: a path of the application, or better its whole address.
    ///
    /// With a path alone the host is taken from each request, which whoever sends it may choose. The Frontend API refuses
    /// hosts that are none of the instance's.
    pub fn proxy_url(mut self, url: impl Into<String>) -> Self {
        self.proxy_url = url.into();
        self
    }

    /// Another Frontend API than the one that the publishable key tells.
    pub fn frontend_api(mut self, url: impl Into<String>) -> Self {
        self.frontend_api = Some(url.into());
        self
    }

    /// The largest body of a request, in bytes: 16 MiB unless told otherwise.
    pub fn largest_body(mut self, bytes: usize) -> Self {
        self.largest_body = bytes;
        self
    }

    /// What carries the requests. It must not follow redirects.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// The finished proxy.
    ///
    /// # Errors
    ///
    /// A key is missing, an address is not as it should be, or no transport can be set up.
    pub fn build(self) -> Result<FrontendProxy, Error> {
        let publishable_key = self.publishable_key.ok_or_else(|| {
            Error::config("the proxy needs the publishable key; set CLERK_PUBLISHABLE_KEY or give it to the builder")
        })?;
        let secret_key = self.secret_key.ok_or_else(|| {
            Error::config("the proxy needs the secret key; set CLERK_SECRET_KEY or give it to the builder")
        })?;
        let frontend_api = frontend_api(&self.frontend_api.unwrap_or_else(|| shared_frontend_api(&publishable_key)))?;
        let (path, public_url) = proxy_url(&self.proxy_url)?;
        let carrier = match self.transport {
            Some(transport) => transport,
            None => default_transport(defaults::CONNECT_TIMEOUT)?,
        };
        let timeouts = Timeouts { request: Some(TIMEOUT), overall: Some(TIMEOUT) };
        let transport = Network::new(carrier).retry(RetryPolicy::none()).timeouts(timeouts).layered();
        let largest_body = self.largest_body;
        Ok(FrontendProxy(Arc::new(Inner { path, public_url, frontend_api, secret_key, largest_body, transport })))
    }
}

/// The secret key goes there.
fn frontend_api(url: &str) -> Result<Url, Error> {
    let wrong = |problem: &str| Error::config(format!("the address of the Frontend API {problem}"));
    let url = Url::parse(url).map_err(|_| wrong("is no URL; give one such as https://frontend-api.clerk.dev"))?;
    let stays_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if stays_here => {}
        _ => return Err(wrong("is neither https nor plain http to this machine")),
    }
    let is_bare =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if is_bare { Ok(url) } else { Err(wrong("has a user, a query or a fragment in it; remove them")) }
}

/// The path, and the whole address where it is one.
fn proxy_url(given: &str) -> Result<(String, Option<String>), Error> {
    let wrong =
        || Error::config("the proxy URL is neither a path nor a web address with a path; give one such as /__clerk");
    let is_path = given.starts_with('/') && !given.starts_with("//");
    let whole = if is_path { format!("http://localhost{given}") } else { given.to_owned() };
    let url = Url::parse(&whole).map_err(|_| wrong())?;
    let is_bare =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if !matches!(url.scheme(), "http" | "https") || !is_bare {
        return Err(wrong());
    }
    let path = url.path().trim_end_matches('/').to_owned();
    if path.is_empty() && is_path {
        return Err(Error::config("the proxy URL is the root of the application; give a path such as /__clerk"));
    }
    let public_url = (!is_path).then(|| format!("{}{path}", url.origin().ascii_serialization()));
    Ok((path, public_url))
}
