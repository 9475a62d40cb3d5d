//! Serves both APIs over HTTP/1.1, each on a listener of its own.

mod body;
mod socket;
#[cfg(test)]
mod tests;

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};

use self::{
    body::{Sent, Unread},
    socket::Socket,
};
use crate::{Api, failure::Failure};

/// What a request's body may hold; images are the largest that the API takes.
pub(crate) const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// Connections at a time, of both APIs together; more wait in the backlog of the listener.
const CONNECTIONS: usize = 4096;

/// How long a client may take for a request's head, and how long a connection may idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long to wait before accepting again when the machine is out of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Answers the requests.
pub(crate) trait Handler: Send + Sync + 'static {
    /// Answers one request; the sender's address is among the request's extensions as [`Peer`].
    fn handle<'a>(&'a self, api: Api, request: Request<Bytes>) -> BoxFuture<'a, Reply>;
}

/// Who sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// What a request gets.
#[derive(Debug)]
pub(crate) struct Reply {
    /// How long to keep the client waiting first.
    pub(crate) delay: Duration,
    pub(crate) ending: Ending,
}

/// How an exchange ends.
#[derive(Debug)]
pub(crate) enum Ending {
    /// With an answer.
    Whole(Response<Bytes>),
    /// With the beginning of an answer and a closed connection.
    Truncated(Response<Bytes>),
    /// With a TCP reset and no answer.
    Reset,
}

impl Reply {
    pub(crate) fn truncated(response: Response<Bytes>) -> Self {
        Self { delay: Duration::ZERO, ending: Ending::Truncated(response) }
    }

    pub(crate) fn reset() -> Self {
        Self { delay: Duration::ZERO, ending: Ending::Reset }
    }

    /// The answer, once its delay is over, for those who ask without a socket.
    pub(crate) async fn whole(self) -> Result<Response<Bytes>, Broken> {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        match self.ending {
            Ending::Whole(response) => Ok(response),
            Ending::Truncated(_) | Ending::Reset => Err(Broken),
        }
    }

    pub(crate) fn delayed(mut self, delay: Duration) -> Self {
        self.delay = self.delay.saturating_add(delay);
        self
    }
}

impl From<Response<Bytes>> for Reply {
    fn from(response: Response<Bytes>) -> Self {
        Self { delay: Duration::ZERO, ending: Ending::Whole(response) }
    }
}

/// The connection ends without a whole answer; hyper closes it when it sees this.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the exchange ended without a whole answer")
    }
}

impl std::error::Error for Broken {}

/// A running server; dropping it aborts everything it started.
#[derive(Debug)]
pub(crate) struct Server {
    /// Dropping it tells the loops to end.
    running: watch::Sender<()>,
    loops: JoinSet<()>,
}

impl Server {
    /// Serves until it is stopped or dropped; call it inside a runtime.
    pub(crate) fn start(frontend: TcpListener, backend: TcpListener, handler: Arc<dyn Handler>) -> Self {
        let (running, _) = watch::channel(());
        let slots = Arc::new(Semaphore::new(CONNECTIONS));
        let mut loops = JoinSet::new();
        for (api, listener) in [(Api::Frontend, frontend), (Api::Backend, backend)] {
            loops.spawn(accept(listener, api, Arc::clone(&handler), Arc::clone(&slots), running.subscribe()));
        }
        Self { running, loops }
    }

    /// Stops: when this returns, the ports are free and no task is left.
    ///
    /// Exchanges that are under way are cut off, so that no slow client can hold it up.
    pub(crate) async fn stop(self) {
        let Self { running, mut loops } = self;
        drop(running);
        while loops.join_next().await.is_some() {}
    }
}

/// Takes connections until told to end; owns their tasks, so aborting it aborts them.
async fn accept(
    listener: TcpListener,
    api: Api,
    handler: Arc<dyn Handler>,
    slots: Arc<Semaphore>,
    mut running: watch::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = running.changed() => break,
            accepted = next(&listener, &slots) => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Some((stream, peer, slot)) => {
                connections.spawn(serve(stream, peer, api, Arc::clone(&handler), slot));
            }
            None => break,
        }
    }
    drop(listener);
    connections.shutdown().await;
}

/// The next connection; nothing only if there will never be another.
async fn next(listener: &TcpListener, slots: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return Some((stream, peer, slot)),
            // The client gave up meanwhile; the others are waiting.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// Serves one connection to its end, which also frees its slot.
async fn serve(stream: TcpStream, peer: SocketAddr, api: Api, handler: Arc<dyn Handler>, slot: OwnedSemaphorePermit) {
    // Without it small answers wait for the acknowledgement of the one before; with it failing they only come later.
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let socket = TokioIo::new(Socket::new(stream, Arc::clone(&reset)));
    let service = service_fn(move |request| {
        let (handler, reset) = (Arc::clone(&handler), Arc::clone(&reset));
        async move { exchange(request, peer, api, &*handler, &reset).await }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    // What ends a connection concerns that client alone, and it sees it.
    let _ = http.serve_connection(socket, service).await;
    drop(slot);
}

async fn exchange(
    request: Request<Incoming>,
    peer: SocketAddr,
    api: Api,
    handler: &dyn Handler,
    reset: &AtomicBool,
) -> Result<Response<Sent>, Broken> {
    let (parts, incoming) = request.into_parts();
    let body = match body::read(&parts.headers, incoming).await {
        Ok(body) => body,
        Err(Unread::TooLarge) => return Ok(whole(too_large())),
        Err(Unread::Lost) => return Err(Broken),
    };
    let head_only = parts.method == Method::HEAD;
    let mut request = Request::from_parts(parts, body);
    request.extensions_mut().insert(Peer(peer));
    let reply = handler.handle(api, request).await;
    if !reply.delay.is_zero() {
        tokio::time::sleep(reply.delay).await;
    }
    match reply.ending {
        Ending::Whole(response) => Ok(whole(response)),
        // An answer to HEAD has no body to halve.
        Ending::Truncated(_) if head_only => Err(Broken),
        Ending::Truncated(response) => truncated(response),
        Ending::Reset => {
            reset.store(true, Ordering::Release);
            Err(Broken)
        }
    }
}

fn whole(mut response: Response<Bytes>) -> Response<Sent> {
    // hyper writes the length of what is really sent.
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().remove(header::TRANSFER_ENCODING);
    response.map(Sent::whole)
}

/// Half of an answer that promises all of it; one without a body cannot be halved and is not sent at all.
fn truncated(mut response: Response<Bytes>) -> Result<Response<Sent>, Broken> {
    let bodiless = matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if bodiless || response.body().is_empty() {
        return Err(Broken);
    }
    let length = HeaderValue::from(response.body().len());
    response.headers_mut().remove(header::TRANSFER_ENCODING);
    response.headers_mut().insert(header::CONTENT_LENGTH, length);
    Ok(response.map(Sent::part))
}

/// What a body beyond the [limit](BODY_LIMIT) gets.
pub(crate) fn too_large() -> Response<Bytes> {
    let megabytes = BODY_LIMIT / (1024 * 1024);
    let failure = Failure::new(413, "request_body_too_large", "request body too large")
        .explained(format!("the body of the request is larger than {megabytes} MiB"));
    refusal(&failure)
}

/// An error answer of what stands outside the handlers.
pub(crate) fn refusal(failure: &Failure) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(failure.body(&trace())));
    *response.status_mut() = StatusCode::from_u16(failure.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in &failure.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.append(*name, value);
        }
    }
    response
}

/// A trace id of the length that Clerk's have.
fn trace() -> String {
    use std::hash::{BuildHasher, RandomState};
    // Each `RandomState` has keys of its own, which is random enough to tell two answers apart.
    format!("{:016x}{:016x}", RandomState::new().hash_one(0), RandomState::new().hash_one(1))
}
