use std::{
    future::ready,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use clerk_ext::{BoxError, BoxFuture, Bytes, Json, Transport};
use http::{Request, Response};
use tower_service::Service;

/// The Backend API: it answers as it was told, and remembers what it was asked. Clones are the same one.
#[derive(Clone, Default)]
pub struct Api(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// The youngest answer to a request is the one that counts.
    answers: Vec<(String, Answer)>,
    sent: Vec<Sent>,
}

#[derive(Clone)]
enum Answer {
    Json(u16, Json),
    Text(u16, &'static str, String),
    Nothing,
}

/// A request that the Backend API got.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// Method and path, such as `GET /v1/jwks`.
    pub what: String,
    pub query: String,
    pub authorization: String,
    pub body: Json,
}

impl Api {
    /// What a request is answered with from now on, whatever its query.
    pub fn answer(&self, method: &str, path: &str, status: u16, body: Json) {
        self.inner().answers.push((format!("{method} {path}"), Answer::Json(status, body)));
    }

    /// An answer that is no JSON, or says it is not.
    pub fn answer_text(&self, method: &str, path: &str, status: u16, content_type: &'static str, body: &str) {
        let answer = Answer::Text(status, content_type, body.to_owned());
        self.inner().answers.push((format!("{method} {path}"), answer));
    }

    /// From now on the connection breaks when this is asked.
    pub fn breaks(&self, method: &str, path: &str) {
        self.inner().answers.push((format!("{method} {path}"), Answer::Nothing));
    }

    /// All requests so far, keys not counted.
    pub fn sent(&self) -> Vec<Sent> {
        self.inner().sent.iter().filter(|sent| sent.what != "GET /v1/jwks").cloned().collect()
    }

    /// How often the keys were fetched.
    pub fn key_fetches(&self) -> usize {
        self.inner().sent.iter().filter(|sent| sent.what == "GET /v1/jwks").count()
    }

    pub fn transport(&self) -> Transport {
        Transport::new(Carrier(self.clone()))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let what = format!("{} {}", request.method(), request.uri().path());
        let authorization = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
        let mut inner = self.inner();
        let answer = inner.answers.iter().rev().find(|(known, _)| *known == what).map(|(_, answer)| answer.clone());
        inner.sent.push(Sent {
            query: request.uri().query().unwrap_or_default().to_owned(),
            authorization: authorization.unwrap_or_default(),
            body: serde_json::from_slice(request.body()).unwrap_or_default(),
            what,
        });
        let (status, content_type, body) = match answer {
            Some(Answer::Json(status, body)) => (status, "application/json", body.to_string()),
            Some(Answer::Text(status, content_type, body)) => (status, content_type, body),
            Some(Answer::Nothing) => return Err(io::Error::from(io::ErrorKind::ConnectionReset).into()),
            None => (404, "application/json", r#"{"errors":[{"code":"nobody_scripted_this"}]}"#.to_owned()),
        };
        Ok(Response::builder().status(status).header("content-type", content_type).body(body.into())?)
    }
}

#[derive(Clone)]
struct Carrier(Api);

impl Service<Request<Bytes>> for Carrier {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        Box::pin(ready(self.0.take(&request)))
    }
}
