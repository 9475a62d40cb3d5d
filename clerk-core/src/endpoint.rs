use std::{fmt, net::Ipv4Addr, sync::Arc};

use http::{
    HeaderMap, HeaderName, HeaderValue, Uri,
    header::{AUTHORIZATION, USER_AGENT},
};

use crate::{call::Call, error::Error, headers::is_secret, operation::Operation, secret::Secret, transport::Transport};

/// Where requests go, and what every one of them carries.
///
/// Cloning is cheap. `Debug` shows the base URL only.
#[derive(Clone)]
pub struct Endpoint(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    base_url: String,
    headers: HeaderMap,
    query: Vec<(String, String)>,
    transport: Transport,
}

impl Endpoint {
    /// Starts an endpoint at a base URL, which may hold a path prefix.
    ///
    /// It must be `https`; plain `http` is accepted for this machine only, unless
    /// [`allow_http`](EndpointBuilder::allow_http) says otherwise.
    pub fn builder(base_url: &str) -> EndpointBuilder {
        EndpointBuilder::default().base_url(base_url)
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// Whether the base URL names this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0.base_url.parse::<Uri>().is_ok_and(|url| url.host().is_some_and(is_loopback))
    }

    /// What carries the requests.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.0.transport
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    pub(crate) fn query(&self) -> &[(String, String)] {
        &self.0.query
    }

    /// The same endpoint with another `Authorization`, raw as it is sent.
    ///
    /// # Errors
    ///
    /// A configuration error when it holds characters that no header can have, such as a line break.
    pub fn with_authorization(&self, authorization: Secret) -> Result<Self, Error> {
        let mut value =
            HeaderValue::try_from(authorization.expose()).map_err(|_| Error::config(unsendable(&AUTHORIZATION)))?;
        value.set_sensitive(true);
        let mut inner = (*self.0).clone();
        inner.headers.insert(AUTHORIZATION, value);
        Ok(Self(Arc::new(inner)))
    }

    /// The same endpoint over another transport.
    #[must_use]
    pub fn with_transport(&self, transport: Transport) -> Self {
        Self(Arc::new(Inner { transport, ..(*self.0).clone() }))
    }

    /// Starts a request.
    #[must_use]
    pub fn call(&self, operation: &'static Operation) -> Call {
        Call::new(self.clone(), operation)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("base_url", &self.0.base_url).finish_non_exhaustive()
    }
}

/// An [`Endpoint`] under construction; mistakes come out of [`build`](EndpointBuilder::build).
#[derive(Clone)]
#[must_use = "an endpoint comes out of build()"]
pub struct EndpointBuilder {
    base_url: String,
    headers: HeaderMap,
    query: Vec<(String, String)>,
    transport: Option<Transport>,
    allow_http: bool,
    mistake: Option<String>,
}

impl Default for EndpointBuilder {
    fn default() -> Self {
        let empty = Self {
            base_url: String::new(),
            headers: HeaderMap::new(),
            query: Vec::new(),
            transport: None,
            allow_http: false,
            mistake: None,
        };
        empty.user_agent(concat!("clerk-rust/", env!("CARGO_PKG_VERSION")))
    }
}

impl EndpointBuilder {
    /// Where requests go; see [`Endpoint::builder`].
    pub fn base_url(mut self, base_url: &str) -> Self {
        base_url.clone_into(&mut self.base_url);
        self
    }

    /// Which version of the API to speak.
    pub fn api_version(self, version: &'static str) -> Self {
        self.header("clerk-api-version", version)
    }

    /// What to call itself.
    pub fn user_agent(self, user_agent: &str) -> Self {
        self.header(USER_AGENT.as_str(), user_agent)
    }

    /// The `Authorization` header, raw as it is sent.
    pub fn authorization(self, authorization: Secret) -> Self {
        self.header(AUTHORIZATION.as_str(), authorization.expose())
    }

    /// A header that every request carries.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(mut value)) => {
                value.set_sensitive(is_secret(&name));
                self.headers.insert(name, value);
            }
            (Ok(name), Err(_)) => {
                self.mistake.get_or_insert_with(|| unsendable(&name));
            }
            (Err(_), _) => {
                self.mistake.get_or_insert_with(|| "a header has a name that no header can have".into());
            }
        }
        self
    }

    /// A query parameter that every request carries, unless the request sets it itself.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.retain(|(known, _)| known != name);
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What carries the requests.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Whether plain `http` may go to other machines than this one.
    ///
    /// Keys and tokens then travel readably: for a test network only.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// The endpoint.
    ///
    /// # Errors
    ///
    /// A configuration error when the base URL is not fit, a header cannot be sent, or there is no transport.
    pub fn build(self) -> Result<Endpoint, Error> {
        if let Some(mistake) = self.mistake {
            return Err(Error::config(mistake));
        }
        let base_url = check_base_url(&self.base_url, self.allow_http)?;
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport()?,
        };
        Ok(Endpoint(Arc::new(Inner { base_url, headers: self.headers, query: self.query, transport })))
    }
}

impl fmt::Debug for EndpointBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EndpointBuilder")
    }
}

fn unsendable(name: &HeaderName) -> String {
    format!("the value of the header `{name}` holds characters that no header can have")
}

#[cfg(feature = "reqwest")]
fn default_transport() -> Result<Transport, Error> {
    Transport::reqwest()
}

#[cfg(not(feature = "reqwest"))]
fn default_transport() -> Result<Transport, Error> {
    Err(Error::config("there is no transport: turn on the feature `rustls`, or give one with `transport(...)`"))
}

/// The base URL without its slash at the end. Errors do not print it: it may hold a password.
fn check_base_url(base_url: &str, allow_http: bool) -> Result<String, Error> {
    if base_url.is_empty() {
        return Err(Error::config("the base URL is not set"));
    }
    if base_url.contains('#') {
        return Err(Error::config("the base URL must not have a fragment"));
    }
    let url: Uri = base_url.parse().map_err(|_| Error::config("the base URL is not a URL"))?;
    let (Some(scheme), Some(authority)) = (url.scheme_str(), url.authority()) else {
        return Err(Error::config("the base URL must be absolute, such as https://api.example.com"));
    };
    if authority.as_str().contains('@') {
        return Err(Error::config("the base URL must not have a user or a password in it"));
    }
    if url.query().is_some() {
        return Err(Error::config("the base URL must not have a query"));
    }
    if authority.host().is_empty() {
        return Err(Error::config("the base URL has no host"));
    }
    match scheme {
        "https" => {}
        "http" if allow_http || is_loopback(authority.host()) => {}
        "http" => {
            return Err(Error::config(
                "the base URL is plain http to another machine; use https, or allow http if this is a test network",
            ));
        }
        _ => return Err(Error::config("the base URL must start with https://")),
    }
    Ok(base_url.trim_end_matches('/').to_owned())
}

/// Whether a host, as a URL writes it, is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host == "[::1]"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn transport() -> Transport {
        crate::call::tests::answering(200, "")
    }

    fn build(base_url: &str) -> Result<Endpoint, Error> {
        Endpoint::builder(base_url).transport(transport()).build()
    }

    #[test]
    fn https_goes_anywhere_and_plain_http_to_this_machine_only() {
        for (base_url, kept) in [
            ("https://api.clerk.com/v1", "https://api.clerk.com/v1"),
            ("https://api.clerk.com/v1/", "https://api.clerk.com/v1"),
            ("https://api.clerk.com", "https://api.clerk.com"),
            ("https://api.clerk.com/", "https://api.clerk.com"),
            ("https://example.com/__clerk/v1", "https://example.com/__clerk/v1"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
            ("http://127.9.9.9", "http://127.9.9.9"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(build(base_url).unwrap().base_url(), kept);
        }
        for base_url in [
            "http://api.clerk.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://128.0.0.1",
            "http://[::2]",
            "ftp://api.clerk.com",
            "https://ann:hunter2@example.com",
            "https://ann@example.com",
            "https://example.com?x=hunter2",
            "https://example.com/#hunter2",
            "https://",
            "api.clerk.com",
            "/v1",
            "",
            "https://exa mple.com",
        ] {
            let error = build(base_url).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{base_url}");
            assert!(!format!("{error:?}").contains("hunter2"));
        }
        let allowed = Endpoint::builder("http://api.internal").transport(transport()).allow_http(true).build();
        assert_eq!(allowed.unwrap().base_url(), "http://api.internal");
    }

    #[test]
    fn a_header_that_cannot_be_sent_is_told_by_name_only() {
        let builder = Endpoint::builder("https://example.com").transport(transport());
        let error = builder.authorization(Secret::from("hunter2\n")).build().unwrap_err();
        assert!(error.to_string().contains("`authorization`") && !error.to_string().contains("hunter2"), "{error}");
        let endpoint = build("https://example.com").unwrap();
        let error = endpoint.with_authorization("hunter2\n".into()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("`authorization`") && !format!("{error:?}").contains("hunter2"), "{error}");
    }

    #[test]
    fn an_endpoint_prints_its_base_url_only() {
        let endpoint = build("https://example.com").unwrap().with_authorization("hunter2".into()).unwrap();
        assert_eq!(format!("{endpoint:?}"), r#"Endpoint { base_url: "https://example.com", .. }"#);
    }

    #[cfg(not(feature = "reqwest"))]
    #[test]
    fn without_a_transport_the_error_says_what_to_do() {
        let error = Endpoint::builder("https://example.com").build().unwrap_err();
        assert!(error.to_string().contains("feature `rustls`"), "{error}");
    }
}
