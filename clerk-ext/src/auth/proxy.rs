//! The Frontend API under an address of the application, for browsers that do not reach or trust Clerk's own hosts.

mod builder;
mod fields;

use std::{fmt, sync::Arc};

use clerk_core::{
    Bytes, OperationInfo, SecretKey, Transport,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode,
        header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_TYPE, HOST, LOCATION},
        request::Parts,
    },
};
use serde_json::json;
use tower_service::Service as _;
use url::Url;

pub use self::builder::FrontendProxyBuilder;
use super::incoming::{FORWARDED_HOST, FORWARDED_PROTO, Incoming, header};

const PROXY_URL: HeaderName = HeaderName::from_static("clerk-proxy-url");
const SECRET_KEY: HeaderName = HeaderName::from_static("clerk-secret-key");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Who says where a request comes from, the best informed first.
const CLIENT_ADDRESS: [HeaderName; 3] =
    [HeaderName::from_static("cf-connecting-ip"), HeaderName::from_static("x-real-ip"), FORWARDED_FOR];

/// Proxied requests are not sent twice: nobody here knows what they do.
const OPERATION: OperationInfo = OperationInfo::new("ProxyFrontendApi", false);

/// Passes requests on to the Frontend API, so that browsers speak to the application's own domain only.
///
/// It serves everything below its path, `/__clerk` unless told otherwise, and adds to each request which application it
/// comes from. Set the address of that path as the proxy URL of the domain in the dashboard, and as
/// [`proxy_url`](super::ClerkBuilder::proxy_url) here. With the feature `tower` it is a layer for any router; anywhere
/// else [`forward`](Self::forward) does it all.
///
/// Requests are read whole before they go on, up to [`largest_body`](FrontendProxyBuilder::largest_body).
///
/// ```
/// use clerk_ext::{Bytes, auth::FrontendProxy, http::Request};
/// # use clerk_ext::config::Config;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let transport = local.transport();
/// # let config = Config::builder().publishable_key(local.publishable_key()).secret_key(local.secret_key());
/// # let config = config.proxy_url("https://example.com/__clerk").build()?;
/// let proxy = FrontendProxy::builder().config(&config).transport(transport).build()?;
/// assert!(proxy.serves("/__clerk/v1/client") && !proxy.serves("/__clerks"));
///
/// // What a server does with a request that the proxy serves.
/// let request = Request::get("/__clerk/v1/environment").header("host", "example.com").body(Bytes::new())?;
/// assert_eq!(proxy.forward(request).await.status(), 200);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct FrontendProxy(Arc<Inner>);

struct Inner {
    /// Where it is in the application, without a slash at its end.
    path: String,
    /// The whole address of that, where it was told and need not be read from requests.
    public_url: Option<String>,
    /// Without a slash at its end.
    frontend_api: Url,
    secret_key: SecretKey,
    largest_body: usize,
    transport: Transport,
}

impl FrontendProxy {
    /// Starts with the usual path; keys are needed.
    pub fn builder() -> FrontendProxyBuilder {
        FrontendProxyBuilder::default()
    }

    /// Whether requests to this path are for the proxy.
    #[must_use]
    pub fn serves(&self, path: &str) -> bool {
        below(path, &self.0.path).is_some()
    }

    /// The largest body of a request that is passed on, in bytes.
    #[must_use]
    pub fn largest_body(&self) -> usize {
        self.0.largest_body
    }

    /// Passes a request on, and gives back what the Frontend API answers.
    ///
    /// There is always an answer. What goes wrong here is told in the form of Clerk's errors: 400 with the code
    /// `proxy_path_mismatch` when the path is none of the proxy's; with `proxy_request_failed` 405 to `TRACE` and `CONNECT`, 413
    /// when the body is too large, and 502 when the Frontend API could not be reached.
    pub async fn forward(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (mut parts, body) = request.into_parts();
        // What answers TRACE sends back what it got, the secret key included.
        if [Method::TRACE, Method::CONNECT].contains(&parts.method) || parts.method == "TRACK" {
            return failure(StatusCode::METHOD_NOT_ALLOWED, FAILED, "the proxy passes on no request of this method");
        }
        if body.len() > self.0.largest_body {
            return too_large();
        }
        let (target, public_url) = match self.addresses(&parts) {
            Ok(addresses) => addresses,
            Err(refused) => return *refused,
        };
        self.prepare(&mut parts, &public_url);
        let Ok(uri) = target.as_str().parse() else {
            return failure(StatusCode::BAD_REQUEST, FAILED, "the request has an address that cannot be passed on");
        };
        parts.uri = uri;
        parts.extensions.clear();
        parts.extensions.insert(OPERATION);
        parts.version = clerk_core::http::Version::default();
        match self.0.transport.clone().call(Request::from_parts(parts, body)).await {
            Ok(answer) => self.answered(answer, &public_url),
            Err(_) => failure(StatusCode::BAD_GATEWAY, FAILED, "the Frontend API of Clerk could not be reached"),
        }
    }

    /// Where the request goes, and where the proxy is for its browser.
    fn addresses(&self, parts: &Parts) -> Result<(Url, String), Box<Response<Bytes>>> {
        let incoming = Incoming::new(parts);
        // Without dot segments, which would leave the proxy's path again.
        let plain = incoming.unforwarded_url();
        let rest = plain.as_ref().and_then(|url| below(url.path(), &self.0.path)).ok_or_else(|| {
            let message = format!("the path of the request is not below {}", self.0.path);
            Box::new(failure(StatusCode::BAD_REQUEST, "proxy_path_mismatch", &message))
        })?;
        // Text is put to text: resolved, a path such as `//evil.example` would be another host.
        let base = self.0.frontend_api.as_str().trim_end_matches('/');
        let target = Url::parse(&format!("{base}{}", if rest.is_empty() { "/" } else { rest }));
        let target = target.ok().filter(|target| target.origin() == self.0.frontend_api.origin()).map(|mut target| {
            target.set_query(plain.as_ref().and_then(Url::query));
            target
        });
        let target = target.ok_or_else(|| {
            let message = "the path of the request leads away from the Frontend API";
            Box::new(failure(StatusCode::BAD_REQUEST, FAILED, message))
        })?;
        Ok((target, self.public_url(&incoming, plain.as_ref())))
    }

    /// A host that proxies tell counts together with a scheme only: one alone is left over from somebody else.
    fn public_url(&self, incoming: &Incoming<'_>, plain: Option<&Url>) -> String {
        if let Some(url) = &self.0.public_url {
            return url.clone();
        }
        let is_told = incoming.has_forwarded_proto() || !incoming.has_forwarded_host();
        let url = if is_told { incoming.url() } else { plain };
        let origin = url.map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        format!("{origin}{}", self.0.path)
    }

    fn prepare(&self, parts: &mut Parts, public_url: &str) {
        let plain = Incoming::new(parts).unforwarded_url();
        let client = CLIENT_ADDRESS.iter().find_map(|name| {
            let told = header(&parts.headers, name)?;
            let address = if *name == FORWARDED_FOR { told.split(',').next().unwrap_or_default() } else { &told };
            Some(address.trim().to_owned()).filter(|address| !address.is_empty())
        });
        let mut headers = fields::passed_on(&parts.headers);
        put(&mut headers, PROXY_URL, public_url);
        put(&mut headers, HOST, &authority(&self.0.frontend_api));
        put(&mut headers, ACCEPT_ENCODING, "identity");
        if let Some(url) = plain {
            if !headers.contains_key(FORWARDED_HOST) {
                put(&mut headers, FORWARDED_HOST, &authority(&url));
            }
            if !headers.contains_key(FORWARDED_PROTO) {
                put(&mut headers, FORWARDED_PROTO, url.scheme());
            }
        }
        if let Some(client) = client {
            put(&mut headers, FORWARDED_FOR, &client);
        }
        put(&mut headers, SECRET_KEY, self.0.secret_key.expose());
        if let Some(key) = headers.get_mut(SECRET_KEY) {
            key.set_sensitive(true);
        }
        parts.headers = headers;
    }

    fn answered(&self, answer: Response<Bytes>, public_url: &str) -> Response<Bytes> {
        let (mut parts, body) = answer.into_parts();
        let mut headers = fields::passed_on(&parts.headers);
        if let Some(location) = self.relocated(&headers, public_url) {
            headers.insert(LOCATION, location);
        }
        parts.headers = headers;
        parts.extensions.clear();
        parts.version = clerk_core::http::Version::default();
        Response::from_parts(parts, body)
    }

    /// A redirect within the Frontend API is one within the proxy.
    fn relocated(&self, headers: &HeaderMap, public_url: &str) -> Option<HeaderValue> {
        let base = &self.0.frontend_api;
        let location = base.join(headers.get(LOCATION)?.to_str().ok()?).ok()?;
        if authority(&location) != authority(base) {
            return None;
        }
        let path = location.path();
        let path = below(path, base.path().trim_end_matches('/')).unwrap_or(path);
        let query = location.query().map(|query| format!("?{query}")).unwrap_or_default();
        let fragment = location.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
        HeaderValue::from_str(&format!("{public_url}{path}{query}{fragment}")).ok()
    }
}

impl fmt::Debug for FrontendProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrontendProxy")
            .field("path", &self.0.path)
            .field("frontend_api", &self.0.frontend_api.as_str())
            .finish_non_exhaustive()
    }
}

const FAILED: &str = "proxy_request_failed";

/// A body that is larger than the proxy takes.
pub(crate) fn too_large() -> Response<Bytes> {
    failure(StatusCode::PAYLOAD_TOO_LARGE, FAILED, "the body of the request is larger than the proxy takes")
}

/// A body that broke off.
#[cfg(feature = "tower")]
pub(crate) fn unreadable() -> Response<Bytes> {
    failure(StatusCode::BAD_REQUEST, FAILED, "the body of the request could not be read")
}

/// An error in the form of Clerk's own.
fn failure(status: StatusCode, code: &str, message: &str) -> Response<Bytes> {
    let body = json!({ "errors": [{ "code": code, "message": message }] }).to_string();
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What follows a path that others are below of.
fn below<'p>(path: &'p str, above: &str) -> Option<&'p str> {
    path.strip_prefix(above).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// In the place of whatever the sender wrote there; what no header can hold leaves none.
fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    headers.remove(&name);
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Host and port, as in `Host`.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
