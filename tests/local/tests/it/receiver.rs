//! A server that receives webhooks, and says what came.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use clerk_core::{Bytes, http};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinSet};

/// A receiver on a port of its own; it ends when it is dropped.
#[derive(Debug)]
pub struct Receiver {
    pub url: String,
    inner: Arc<Inner>,
    _server: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Inner {
    came: Mutex<Vec<Came>>,
    /// What the next requests are answered, before all others are 200.
    answers: Mutex<VecDeque<u16>>,
    hangs: Mutex<bool>,
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Came {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Came {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks?from=clerk", listener.local_addr().unwrap());
        let inner = Arc::new(Inner::default());
        let mut server = JoinSet::new();
        let shared = Arc::clone(&inner);
        server.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let inner = Arc::clone(&shared);
                let service = service_fn(move |request| answer(Arc::clone(&inner), request));
                connections.spawn(async move {
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self { url, inner, _server: server }
    }

    /// Answers the next requests so.
    pub fn answer(&self, statuses: impl IntoIterator<Item = u16>) {
        self.inner.answers.lock().unwrap().extend(statuses);
    }

    /// Answers nothing from now on, and keeps the connection open.
    pub fn hang(&self) {
        *self.inner.hangs.lock().unwrap() = true;
    }

    /// What came so far.
    pub fn came(&self) -> Vec<Came> {
        self.inner.came.lock().unwrap().clone()
    }

    /// Waits until so many requests have come, in real time.
    pub async fn wait_for(&self, number: usize) -> Vec<Came> {
        for _ in 0..1000 {
            let came = self.came();
            if came.len() >= number {
                return came;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} of {number} requests came within 10 s", self.came().len());
    }
}

async fn answer(inner: Arc<Inner>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    assert_eq!((parts.method.as_str(), parts.uri.to_string().as_str()), ("POST", "/hooks?from=clerk"));
    let body = body.collect().await.unwrap().to_bytes();
    inner.came.lock().unwrap().push(Came { headers: parts.headers, body });
    let hangs = *inner.hangs.lock().unwrap();
    if hangs {
        std::future::pending::<()>().await;
    }
    let status = inner.answers.lock().unwrap().pop_front().unwrap_or(200);
    let mut response = Response::new(Full::new(Bytes::from_static(b"told")));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    Ok(response)
}
