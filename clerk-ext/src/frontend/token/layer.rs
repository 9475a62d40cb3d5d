//! Puts tokens on the requests to a program's own services.

use std::{
    collections::BTreeSet,
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
    task::{Context, Poll},
};

use clerk_core::{
    BoxError, BoxFuture, Error,
    http::{HeaderValue, Request, Response, StatusCode, Uri, header::AUTHORIZATION},
};
use tower_layer::Layer;
use tower_service::Service;

use super::{SessionToken, TokenRequest, fetch::of_foreground};
use crate::{
    frontend::{client::Frontend, device::Device, session::Session},
    metadata::Metadata,
};

/// Puts a fresh token on each request to a program's own services, for any HTTP client that is a tower service.
///
/// Only requests to the given origins get one, such as `https://api.example.com`, and none that has an `Authorization`
/// already. A request that is refused with 401 all the same goes out once more, with a token that is made then.
///
/// ```
/// use clerk_ext::{Bytes, Transport, http::Request};
/// use tower_layer::Layer as _;
/// use tower_service::Service as _;
/// # use axum::{Router, routing::get};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # async fn me(person: clerk_ext::web::SignedIn) -> String { person.user_id().to_string() }
/// # let server = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).jwt_key(local.jwt_key().parse()?);
/// # let server = Router::new().route("/me", get(me)).layer(clerk_ext::web::ClerkLayer::new(server.build()?));
/// # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let api_url = format!("http://{}", listener.local_addr()?);
/// # tokio::spawn(async { axum::serve(listener, server).await });
/// let layer = clerk.token_layer([&api_url])?; // such as https://api.example.com
/// let mut api = layer.layer(Transport::reqwest()?);
///
/// let answer = api.call(Request::get(format!("{api_url}/me")).body(Bytes::new())?).await?;
/// assert_eq!(answer.body(), "user_ann");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct TokenLayer {
    origins: Arc<BTreeSet<Origin>>,
    source: Source,
    request: TokenRequest,
}

/// Where the tokens come from.
#[derive(Clone)]
enum Source {
    Foreground(Device),
    Session(Session),
}

impl<M: Metadata> Frontend<M> {
    /// A layer that puts tokens of the session in the foreground on requests to these origins.
    ///
    /// # Errors
    ///
    /// One of them is not an origin, or is one of plain http on another machine.
    pub fn token_layer<T: AsRef<str>>(&self, origins: impl IntoIterator<Item = T>) -> Result<TokenLayer, Error> {
        TokenLayer::new(origins, Source::Foreground(self.device().clone()))
    }
}

impl Session {
    /// A layer that puts tokens of the session on requests to these origins.
    ///
    /// # Errors
    ///
    /// One of them is not an origin, or is one of plain http on another machine.
    pub fn token_layer<T: AsRef<str>>(&self, origins: impl IntoIterator<Item = T>) -> Result<TokenLayer, Error> {
        TokenLayer::new(origins, Source::Session(self.clone()))
    }
}

impl TokenLayer {
    fn new<T: AsRef<str>>(origins: impl IntoIterator<Item = T>, source: Source) -> Result<Self, Error> {
        let origins = origins.into_iter().map(|origin| Origin::allowed(origin.as_ref())).collect::<Result<_, _>>()?;
        Ok(Self { origins: Arc::new(origins), source, request: TokenRequest::new() })
    }

    /// Other tokens than those of the session as it is, such as one from a template.
    #[must_use]
    pub fn request(mut self, request: TokenRequest) -> Self {
        self.request = request;
        self
    }

    async fn token(&self, not: Option<&SessionToken>) -> Result<SessionToken, Error> {
        match &self.source {
            Source::Foreground(device) => of_foreground(device, &self.request, not).await,
            Source::Session(session) => session.fetch(&self.request, not).await,
        }
    }
}

impl fmt::Debug for TokenLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenLayer").field("origins", &self.origins).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for TokenLayer {
    type Service = TokenService<S>;

    fn layer(&self, inner: S) -> TokenService<S> {
        TokenService { layer: self.clone(), inner }
    }
}

/// A service with a [`TokenLayer`] around it.
///
/// It is always ready: each request waits for a clone of the service within.
///
/// [`TokenLayer`] has an example.
#[derive(Clone, Debug)]
pub struct TokenService<S> {
    layer: TokenLayer,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for TokenService<S>
where
    S: Service<Request<B>, Response = Response<R>, Error: Into<BoxError>, Future: Send> + Clone + Send + 'static,
    B: Clone + Send + 'static,
    R: Send + 'static,
{
    type Response = Response<R>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<R>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Self { layer, inner } = self.clone();
        Box::pin(carried(layer, inner, request))
    }
}

async fn carried<S, B, R>(layer: TokenLayer, mut inner: S, request: Request<B>) -> Result<Response<R>, BoxError>
where
    S: Service<Request<B>, Response = Response<R>, Error: Into<BoxError>, Future: Send> + Send,
    B: Clone,
{
    let is_ours = Origin::of(request.uri()).is_some_and(|origin| layer.origins.contains(&origin));
    if !is_ours || request.headers().contains_key(AUTHORIZATION) {
        return sent(&mut inner, request).await;
    }
    let token = layer.token(None).await?;
    let answer = sent(&mut inner, with(request.clone(), &token)?).await?;
    if answer.status() != StatusCode::UNAUTHORIZED {
        return Ok(answer);
    }
    match layer.token(Some(&token)).await {
        Ok(fresh) => sent(&mut inner, with(request, &fresh)?).await,
        // The answer says as much as this error, and is what the service said.
        Err(_) => Ok(answer),
    }
}

async fn sent<S, B>(inner: &mut S, request: Request<B>) -> Result<S::Response, BoxError>
where
    S: Service<Request<B>, Error: Into<BoxError>>,
{
    std::future::poll_fn(|context| inner.poll_ready(context)).await.map_err(Into::into)?;
    let answer = inner.call(request);
    answer.await.map_err(Into::into)
}

fn with<B>(mut request: Request<B>, token: &SessionToken) -> Result<Request<B>, Error> {
    let value = HeaderValue::try_from(format!("Bearer {}", token.expose()));
    let mut value = value.map_err(|_| Error::config("the session token cannot be sent in a header"))?;
    value.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(request)
}

/// Scheme, host and port of a URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Origin {
    is_https: bool,
    host: String,
    port: u16,
}

impl Origin {
    fn of(uri: &Uri) -> Option<Self> {
        let is_https = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?;
        // Whoever puts a name before the host wants it to look like another one.
        if authority.as_str().contains('@') {
            return None;
        }
        let host = authority.host().to_ascii_lowercase();
        let port = authority.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        Some(Self { is_https, host, port })
    }

    /// One that tokens may go to.
    fn allowed(origin: &str) -> Result<Self, Error> {
        let refuse = |why: &str| Error::config(format!("tokens cannot be sent to one of the given origins: {why}"));
        let uri: Uri = origin.parse().map_err(|_| refuse("it is not a URL"))?;
        let is_bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let parsed = Self::of(&uri).filter(|_| is_bare);
        let parsed = parsed.ok_or_else(|| refuse("give scheme and host, such as https://api.example.com"))?;
        if !parsed.is_https && !parsed.is_loopback() {
            return Err(refuse("whoever is in between would read them; use https"));
        }
        Ok(parsed)
    }

    fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
            || host.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_to_https_and_to_this_machine_only() {
        for (origin, allowed) in [
            ("https://api.example.com", true),
            ("https://api.example.com/", true),
            ("https://API.example.com:8443", true),
            ("http://localhost:3000", true),
            ("http://127.0.0.1:3000", true),
            ("http://[::1]:3000", true),
            ("http://api.example.com", false),
            ("http://localhost.example.com", false),
            ("https://api.example.com/v1", false),
            ("https://api.example.com?x", false),
            ("https://ann@api.example.com", false),
            ("wss://api.example.com", false),
            ("api.example.com", false),
            ("", false),
        ] {
            assert_eq!(Origin::allowed(origin).is_ok(), allowed, "{origin}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let allowed = Origin::allowed("https://api.example.com").unwrap();
        for (url, same) in [
            ("https://api.example.com/v1/things?x=1", true),
            ("https://API.EXAMPLE.COM:443/", true),
            ("https://api.example.com:444/", false),
            ("http://api.example.com/", false),
            ("http://api.example.com:443/", false),
            ("https://api.example.com.evil.example/", false),
            ("https://api.example.com@evil.example/", false),
            ("https://ann@api.example.com/", false),
            ("/v1/things", false),
        ] {
            let url: Uri = url.parse().unwrap();
            assert_eq!(Origin::of(&url).as_ref() == Some(&allowed), same, "{url}");
        }
    }
}
