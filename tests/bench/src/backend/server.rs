//! A server that answers with what it has ready, so that the client is nearly all that is measured.

use std::{
    convert::Infallible,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use clerk_core::{
    Bytes,
    http::{HeaderMap, Method, Request, Response, StatusCode, header},
};
use clerk_local::{LocalClerk, Seed, SeedUser};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tower_service::Service as _;

/// Users on a page.
pub(super) const PAGE: usize = 100;

/// A user of clerk-local, as JSON, and what its id is there.
pub(super) struct Canned {
    json: String,
    id: String,
}

impl Canned {
    /// One with what most users have.
    pub(super) async fn new() -> Result<Self> {
        let mut user = SeedUser::new("ann@example.com").name("Ann", "Ash").password("correct horse battery");
        user.username = Some("ann_ash".to_owned());
        user.phone_numbers.push("+14155550100".to_owned());
        user.external_accounts.push(("google".to_owned(), "108450000000000000001".to_owned()));
        user.public_metadata = public().as_object().cloned().unwrap_or_default();
        let local = LocalClerk::builder().seed(Seed::default().user(user)).start().await?;
        let request = Request::get(format!("{}/v1/users", local.backend_url()))
            .header(header::AUTHORIZATION, format!("Bearer {}", local.secret_key().expose()))
            .body(Bytes::new())?;
        let response = local.transport().call(request).await.map_err(|error| anyhow::anyhow!("{error}"))?;
        ensure!(response.status() == 200, "the list of users answered {}", response.status());
        let page = String::from_utf8(response.into_body().into())?;
        local.stop().await;
        let users: Value = serde_json::from_str(&page)?;
        let id = users[0]["id"].as_str().context("the user has no id")?.to_owned();
        // Its own text, since another order of the keys could be easier or harder to read.
        let json = page.strip_prefix('[').and_then(|page| page.strip_suffix(']')).context("the answer is no list")?;
        Ok(Self { json: json.to_owned(), id })
    }

    fn user(&self, number: usize) -> String {
        self.json.replace(&self.id, &id(number))
    }

    /// The pages of a list of so many users.
    pub(super) fn pages(&self, users: usize) -> Vec<Bytes> {
        let page = |start: usize| {
            let users: Vec<_> = (start..users.min(start + PAGE)).map(|number| self.user(number)).collect();
            format!("[{}]", users.join(",")).into()
        };
        (0..users).step_by(PAGE).map(page).collect()
    }
}

/// The id of one of the users, as long as Clerk's are.
pub(super) fn id(number: usize) -> String {
    format!("user_{number:027}")
}

/// The public metadata of each user.
pub(super) fn public() -> Value {
    json!({ "plan": "business", "seats": 25, "beta": true, "team": "Research", "tags": ["early", "paying"] })
}

/// The server, on a thread with a runtime of its own; dropping it ends it.
pub(super) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    user: Bytes,
    pages: Vec<Bytes>,
    latency: Duration,
    listens: AtomicBool,
    heard: Mutex<Option<Sent>>,
}

/// What a request carried.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sent {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Option<Value>,
}

impl Sent {
    /// Whether both ask for the same, whatever their headers say of who asks.
    pub(super) fn asks_as(&self, other: &Self) -> bool {
        (&self.method, &self.path, &self.body) == (&other.method, &other.path, &other.body)
    }
}

impl Server {
    /// Starts one that has these pages, and answers each request after so long.
    pub(super) fn start(canned: &Canned, pages: &[Bytes], latency: Duration) -> Result<Self> {
        let shared = Arc::new(Shared {
            user: canned.user(0).into(),
            pages: pages.to_vec(),
            latency,
            listens: AtomicBool::new(false),
            heard: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let answers = shared.clone();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    ended = accept(listener, answers) => if let Err(error) = ended {
                        eprintln!("the server takes no more connections: {error}");
                    },
                }
            });
        });
        Ok(Self { address, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it is, without the `/v1`.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Remembers the requests from now on, which takes time.
    pub(super) fn listen(&self, on: bool) {
        self.shared.listens.store(on, Ordering::Relaxed);
    }

    /// The last request that was remembered.
    pub(super) fn heard(&self) -> Option<Sent> {
        self.shared.heard.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Nothing is to be done about a server that has panicked.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let shared = shared.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer(shared.clone(), request));
            // A client may go away in the middle.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let answer = match (&parts.method, path) {
        (&Method::GET, "/v1/users") => page(&shared.pages, query),
        (&Method::POST, "/v1/users") => Some(shared.user.clone()),
        (&Method::GET, path) if path.starts_with("/v1/users/user_") => Some(shared.user.clone()),
        _ => None,
    };
    if shared.listens.load(Ordering::Relaxed) {
        let path = parts.uri.to_string();
        let body = serde_json::from_slice(&body).ok();
        let sent = Sent { method: parts.method, path, headers: parts.headers, body };
        *shared.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(sent);
    }
    if !shared.latency.is_zero() {
        tokio::time::sleep(shared.latency).await;
    }
    let mut response = Response::new(Full::new(answer.clone().unwrap_or_default()));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    if answer.is_none() {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    Ok(response)
}

/// The page that a query asks for; none where it asks for one that does not begin where one is ready.
fn page(pages: &[Bytes], query: &str) -> Option<Bytes> {
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let limit: usize = value("limit")?.parse().ok()?;
    let start = match (value("offset"), value("starting_after")) {
        (Some(offset), _) => offset.parse().ok()?,
        (None, Some(after)) => after.strip_prefix("user_")?.parse::<usize>().ok()? + 1,
        (None, None) => 0,
    };
    let fits = limit == PAGE && start % PAGE == 0;
    fits.then(|| pages.get(start / PAGE).cloned().unwrap_or_else(|| Bytes::from_static(b"[]")))
}
