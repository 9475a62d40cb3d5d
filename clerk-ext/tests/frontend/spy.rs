//! A transport that shows what is sent, and may answer otherwise.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use clerk_ext::{
    BoxError, Bytes, Transport,
    http::{Request, Response},
};
use clerk_local::LocalClerk;
use tower_service::Service;

type Answer = Response<Bytes>;
type Script = dyn Fn(&Request<Bytes>, Option<Answer>) -> Option<Answer> + Send + Sync;

/// Notes each request, and has a script change its answer.
#[derive(Clone)]
pub(crate) struct Spy {
    inner: Transport,
    seen: Arc<Mutex<Vec<String>>>,
    script: Arc<Script>,
}

impl Spy {
    /// The script is asked before a request is sent, and may answer instead; and with its answer, which it may change.
    pub(crate) fn new(
        local: &LocalClerk,
        script: impl Fn(&Request<Bytes>, Option<Answer>) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        Self { inner: local.transport(), seen: Arc::default(), script: Arc::new(script) }
    }

    /// Path, query and body of each request whose path holds this.
    pub(crate) fn seen(&self, part: &str) -> Vec<String> {
        self.seen.lock().unwrap().iter().filter(|line| line.contains(part)).cloned().collect()
    }
}

impl Service<Request<Bytes>> for Spy {
    type Response = Answer;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let line = format!("{} {}", request.uri(), String::from_utf8_lossy(request.body()));
        self.seen.lock().unwrap().push(line);
        if let Some(answer) = (self.script)(&request, None) {
            return Box::pin(async move { Ok(answer) });
        }
        let (script, sent) = (self.script.clone(), self.inner.call(request.clone()));
        Box::pin(async move {
            let answer = sent.await?;
            Ok(script(&request, Some(answer)).expect("an answer stays an answer"))
        })
    }
}
