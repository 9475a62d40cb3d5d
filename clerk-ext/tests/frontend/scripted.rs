//! A transport that answers as a test says, and shows what it was sent.

use std::{
    future::{Future, ready},
    io,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use clerk_ext::{
    BoxError, BoxFuture, Bytes, Transport,
    frontend::{Frontend, FrontendBuilder},
    http::{Request, Response, header::AUTHORIZATION},
    transport::RetryPolicy,
};
use serde_json::{Value, json};
use tower_service::Service;

pub(crate) type Answer = Result<Response<Bytes>, BoxError>;

/// Notes each request and answers it by a script.
#[derive(Clone)]
pub(crate) struct Scripted {
    script: Arc<dyn Fn(Request<Bytes>) -> BoxFuture<'static, Answer> + Send + Sync>,
    seen: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Scripted {
    pub(crate) fn new<F>(script: impl Fn(Request<Bytes>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let script = move |request| -> BoxFuture<'static, Answer> { Box::pin(script(request)) };
        Self { script: Arc::new(script), seen: Arc::default() }
    }

    /// Answers at once.
    pub(crate) fn answering(script: impl Fn(&Request<Bytes>) -> Answer + Send + Sync + 'static) -> Self {
        Self::new(move |request| ready(script(&request)))
    }

    /// A device that talks to nobody else, and sends everything once.
    pub(crate) fn device(&self) -> FrontendBuilder {
        self.beneath(Frontend::builder_for("https://clerk.example.com"))
    }

    pub(crate) fn beneath(&self, builder: FrontendBuilder) -> FrontendBuilder {
        builder.transport(Transport::new(self.clone())).network(|network| network.retry(RetryPolicy::none()))
    }

    pub(crate) fn seen(&self) -> Vec<Request<Bytes>> {
        self.seen.lock().unwrap().clone()
    }

    /// The request that came last.
    pub(crate) fn last(&self) -> Request<Bytes> {
        self.seen().pop().expect("nothing was sent")
    }

    /// How often this was asked for.
    pub(crate) fn count(&self, method: &str, path: &str) -> usize {
        self.seen().iter().filter(|request| request.method() == method && request.uri().path() == path).count()
    }
}

impl Service<Request<Bytes>> for Scripted {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Answer>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        self.seen.lock().unwrap().push(request.clone());
        (self.script)(request)
    }
}

/// An answer of JSON.
pub(crate) fn answer(status: u16, body: &Value) -> Answer {
    Ok(Response::builder().status(status).body(Bytes::from(body.to_string()))?)
}

/// The same with a client token.
pub(crate) fn with_token(answer: Answer, token: &str) -> Answer {
    let mut answer = answer?;
    answer.headers_mut().insert(AUTHORIZATION, token.parse()?);
    Ok(answer)
}

pub(crate) fn failed(status: u16, code: &str) -> Answer {
    answer(status, &json!({ "errors": [{ "code": code, "message": "no" }], "clerk_trace_id": "trace_1" }))
}

/// The network is gone.
pub(crate) fn unreachable() -> Answer {
    Err(io::Error::from(io::ErrorKind::ConnectionReset).into())
}

/// A client with somebody signed in for each of these sessions, the first in the foreground.
pub(crate) fn client(id: &str, sessions: &[&str]) -> Value {
    let session = |id: &&str| {
        let user = json!({ "id": format!("user_of_{id}"), "first_name": "Ann" });
        json!({ "object": "session", "id": id, "status": "active", "user": user, "created_at": 1 })
    };
    json!({
        "object": "client",
        "id": id,
        "sessions": sessions.iter().map(session).collect::<Vec<_>>(),
        "last_active_session_id": sessions.first(),
    })
}

/// A sign-in that is complete, with the client beside it.
pub(crate) fn signed_in(client: &Value) -> Value {
    let session = &client["last_active_session_id"];
    json!({ "response": { "id": "sia_1", "status": "complete", "created_session_id": session }, "client": client })
}

/// Whether it is what a device begins with: its first sign-in.
pub(crate) fn is_sign_in(request: &Request<Bytes>) -> bool {
    request.uri().path().ends_with("/v1/client/sign_ins")
}

/// Answers a sign-in with these sessions and the token `test-token`, all else by a script.
pub(crate) fn after_sign_in(
    sessions: &'static [&'static str],
    script: impl Fn(&Request<Bytes>) -> Answer + Send + Sync + 'static,
) -> Scripted {
    Scripted::answering(move |request| match is_sign_in(request) {
        true => with_token(answer(200, &signed_in(&client("client_1", sessions))), "test-token"),
        false => script(request),
    })
}

/// A device of that, with those sessions.
pub(crate) async fn signed_in_on(builder: FrontendBuilder) -> Frontend {
    let clerk = builder.build().unwrap();
    clerk.raw().create_sign_in().identifier("ann@example.com").send().await.unwrap();
    clerk
}
