//! The client: which instance requests go to, and on behalf of which device.

use clerk_core::{Endpoint, EndpointBuilder, Error, PublishableKey, Secret, Transport};

use crate::API_VERSION;

/// Speaks the Frontend API; every operation is a method.
///
/// Cheap to clone: clones share the transport.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) endpoint: Endpoint,
}

impl Client {
    /// A client of the instance that the key names, over the transport that comes with the crate.
    ///
    /// # Errors
    ///
    /// No transport is compiled in (feature `reqwest`), or it cannot start.
    pub fn new(key: &PublishableKey) -> Result<Self, Error> {
        Self::builder(key).build()
    }

    /// A client with another transport, a token, a proxy.
    pub fn builder(key: &PublishableKey) -> ClientBuilder {
        Self::builder_for(&key.frontend_url())
    }

    /// A client of the Frontend API at this URL: an origin, and the path of a proxy if there is one, without the `/v1`.
    ///
    /// It must be https; plain http is for loopback addresses, or for those who [allow it](ClientBuilder::allow_http).
    pub fn builder_for(frontend_url: &str) -> ClientBuilder {
        // The server reads the token from the header only of those who say that they are native.
        let endpoint = Endpoint::builder(frontend_url).query("_is_native", "true").header("x-mobile", "1");
        ClientBuilder { endpoint }
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

    /// The same client with another client token: the server rotates it in the `Authorization` header of its answers.
    ///
    /// # Errors
    ///
    /// The token holds characters that no header can have.
    pub fn with_client_token(&self, token: &Secret) -> Result<Self, Error> {
        Ok(Self { endpoint: self.endpoint.with_authorization(token.clone())? })
    }
}

/// Makes a [`Client`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientBuilder {
    endpoint: EndpointBuilder,
}

impl ClientBuilder {
    /// The token that an earlier answer carried in its `Authorization` header, exactly as it came.
    pub fn client_token(mut self, token: &Secret) -> Self {
        self.endpoint = self.endpoint.authorization(token.clone());
        self
    }

    /// A proxy in front of the Frontend API: its URL without the `/v1`.
    pub fn proxy_url(mut self, url: &str) -> Self {
        self.endpoint = self.endpoint.base_url(url);
        self
    }

    /// Allows plain http to any host: whoever is in between reads the token.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.endpoint = self.endpoint.allow_http(allow);
        self
    }

    /// What carries the requests.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.endpoint = self.endpoint.transport(transport);
        self
    }

    /// Another `User-Agent`; people see it in the list of their devices.
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        self.endpoint = self.endpoint.user_agent(user_agent);
        self
    }

    /// A header on every request.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.endpoint = self.endpoint.header(name, value);
        self
    }

    /// A query parameter on every request.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.endpoint = self.endpoint.query(name, value);
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// The URL is not one to send a token to, a header is not a header, or there is no transport.
    pub fn build(self) -> Result<Client, Error> {
        Ok(Client { endpoint: self.endpoint.api_version(API_VERSION).build()? })
    }
}
