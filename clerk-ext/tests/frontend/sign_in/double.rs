//! A Clerk that does what the one on this machine does not: it changes requests on their way, and answers some itself.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use clerk_core::{
    BoxError, BoxFuture, Bytes, Json, OperationInfo, Transport,
    http::{Request, Response, header::CONTENT_LENGTH},
};
use clerk_ext::frontend::Frontend;
use clerk_local::LocalClerk;
use tower_service::Service;

use crate::world::device;

/// What to do with a request.
pub(crate) enum Action {
    /// Hand it on.
    Pass,
    /// Hand it on with another body.
    Send(String),
    /// Hand it on with another body, and change the answer.
    Change(String, fn(&mut Json)),
    /// Answer it.
    Answer(u16, Json),
}

/// A request as a test looks at it.
pub(crate) struct Asked<'a> {
    pub(crate) operation: &'a str,
    pub(crate) path: &'a str,
    body: &'a [u8],
}

impl Asked<'_> {
    /// A field of the form.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.body);
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The form as it is.
    pub(crate) fn form(&self) -> String {
        String::from_utf8_lossy(self.body).into_owned()
    }

    /// The sign-in that the path names.
    pub(crate) fn id(&self) -> &str {
        self.path.split('/').find(|part| part.starts_with("sia_")).unwrap_or_default()
    }
}

#[derive(Clone)]
struct Double {
    script: Arc<dyn Fn(&Asked<'_>) -> Action + Send + Sync>,
    local: Transport,
}

/// A device of a Clerk that does some things otherwise.
pub(crate) fn double(local: &LocalClerk, script: impl Fn(&Asked<'_>) -> Action + Send + Sync + 'static) -> Frontend {
    let double = Double { script: Arc::new(script), local: local.transport() };
    device(local).transport(Transport::new(double)).build().expect("a device")
}

/// A device of a Clerk that knows a way to sign in which nobody here has heard of, and offers it first.
pub(crate) fn with_smoke_signals(local: &LocalClerk) -> Frontend {
    double(local, |asked| match asked.operation {
        "createSignIn" => Action::Change(asked.form(), |body| {
            for factors in ["supported_first_factors", "supported_second_factors"] {
                if let Some(factors) = body["response"][factors].as_array_mut() {
                    factors.insert(0, serde_json::json!({ "strategy": "smoke_signal", "hill": "idn_hill" }));
                }
            }
        }),
        _ => Action::Pass,
    })
}

/// An answer that refuses.
pub(crate) fn refusal(status: u16, code: &str) -> Action {
    Action::Answer(status, serde_json::json!({ "errors": [{ "code": code, "message": "refused by a test" }] }))
}

fn replace(request: &mut Request<Bytes>, body: String) {
    request.headers_mut().remove(CONTENT_LENGTH);
    *request.body_mut() = Bytes::from(body);
}

impl Service<Request<Bytes>> for Double {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Bytes>) -> Self::Future {
        let operation = request.extensions().get::<OperationInfo>().map_or("", |info| info.id);
        let asked = Asked { operation, path: request.uri().path(), body: request.body() };
        let mut local = self.local.clone();
        let mut change: fn(&mut Json) = |_| ();
        match (self.script)(&asked) {
            Action::Pass => {}
            Action::Send(body) => replace(&mut request, body),
            Action::Change(body, how) => {
                replace(&mut request, body);
                change = how;
            }
            Action::Answer(status, body) => {
                let mut answer = Response::new(Bytes::from(body.to_string()));
                *answer.status_mut() = status.try_into().expect("a status");
                return Box::pin(async { Ok(answer) });
            }
        }
        Box::pin(async move {
            poll_fn(|context| local.poll_ready(context)).await?;
            let mut answer = local.call(request).await?;
            let mut body = serde_json::from_slice(answer.body())?;
            change(&mut body);
            answer.headers_mut().remove(CONTENT_LENGTH);
            *answer.body_mut() = Bytes::from(body.to_string());
            Ok(answer)
        })
    }
}
