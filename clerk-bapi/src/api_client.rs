//! The client: where requests go, and with which key.

use clerk_core::{Endpoint, EndpointBuilder, Error, Secret, SecretKey, Transport};

use crate::API_VERSION;

/// Where the Backend API is, unless told otherwise.
const API_URL: &str = "https://api.clerk.com";

/// Speaks the Backend API; every operation is a method.
///
/// Cheap to clone: clones share the transport.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) endpoint: Endpoint,
}

impl Client {
    /// A client of Clerk's own servers, over the transport that comes with the crate.
    ///
    /// # Errors
    ///
    /// No transport is compiled in (feature `reqwest`), or it cannot start.
    pub fn new(key: &SecretKey) -> Result<Self, Error> {
        Self::builder().secret_key(key).build()
    }

    /// A client of another server, with another transport, with more headers.
    pub fn builder() -> ClientBuilder {
        ClientBuilder { api_url: API_URL.to_owned(), endpoint: Endpoint::builder(API_URL) }
    }

    /// A client of an endpoint that was set up otherwise.
    ///
    /// What the builder adds to every request, the API version first of all, the endpoint has to bring itself.
    #[must_use]
    pub fn from_endpoint(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }

    /// Where this client's requests go, and what each carries.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The same client over another transport, such as this one with layers around it.
    #[must_use]
    pub fn with_transport(&self, transport: Transport) -> Self {
        Self { endpoint: self.endpoint.with_transport(transport) }
    }

    /// The same client with another key, for the operations that take a machine's own secret.
    ///
    /// # Errors
    ///
    /// The key holds characters that no header can have.
    pub fn with_bearer(&self, key: &Secret) -> Result<Self, Error> {
        Ok(Self { endpoint: self.endpoint.with_authorization(bearer(key.expose()))? })
    }
}

/// Makes a [`Client`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientBuilder {
    api_url: String,
    endpoint: EndpointBuilder,
}

impl ClientBuilder {
    /// The instance's secret key.
    pub fn secret_key(mut self, key: &SecretKey) -> Self {
        self.endpoint = self.endpoint.authorization(bearer(key.expose()));
        self
    }

    /// Another key to present, such as a machine's secret.
    pub fn bearer(mut self, key: &Secret) -> Self {
        self.endpoint = self.endpoint.authorization(bearer(key.expose()));
        self
    }

    /// Another server, without the `/v1`.
    ///
    /// It must be https; plain http is for loopback addresses, or for those who [allow it](Self::allow_http).
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.api_url = url.into();
        self
    }

    /// Allows plain http to any host: whoever is in between reads the key.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.endpoint = self.endpoint.allow_http(allow);
        self
    }

    /// What carries the requests.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.endpoint = self.endpoint.transport(transport);
        self
    }

    /// Another `User-Agent`.
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        self.endpoint = self.endpoint.user_agent(user_agent);
        self
    }

    /// A header on every request.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.endpoint = self.endpoint.header(name, value);
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// The URL is not one to send a key to, a header is not a header, or there is no transport.
    pub fn build(self) -> Result<Client, Error> {
        let base = format!("{}/v1", self.api_url.trim_end_matches('/'));
        let endpoint = self.endpoint.base_url(&base).api_version(API_VERSION).build()?;
        Ok(Client { endpoint })
    }
}

fn bearer(key: &str) -> Secret {
    Secret::from(format!("Bearer {key}"))
}
