//! A way to a local Clerk on which a test changes what is asked and what is answered, for what it does not do itself.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use clerk_ext::{
    BoxError, BoxFuture, Bytes, Json, OperationInfo, Transport,
    frontend::Frontend,
    http::{Request, Response},
};
use clerk_local::LocalClerk;
use tower_service::Service;

use crate::world::device;

/// The fields of a body.
pub(crate) type Form = BTreeMap<String, String>;
/// What was asked for, by the id of the operation, as the device sent it.
pub(crate) type Asked = Arc<Mutex<Vec<(&'static str, Form)>>>;

type Ask = dyn Fn(&str, &mut Form) + Send + Sync;
type Answer = dyn Fn(&str, &mut Json) + Send + Sync;

#[derive(Clone)]
struct Double {
    below: Transport,
    asked: Asked,
    ask: Arc<Ask>,
    answer: Arc<Answer>,
}

/// A device on such a way, and what it asks for.
pub(crate) fn doctored(
    local: &LocalClerk,
    ask: impl Fn(&str, &mut Form) + Send + Sync + 'static,
    answer: impl Fn(&str, &mut Json) + Send + Sync + 'static,
) -> (Frontend, Asked) {
    let asked = Asked::default();
    let double =
        Double { below: local.transport(), asked: asked.clone(), ask: Arc::new(ask), answer: Arc::new(answer) };
    (device(local).transport(Transport::new(double)).build().unwrap(), asked)
}

impl Service<Request<Bytes>> for Double {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let Self { mut below, asked, ask, answer } = self.clone();
        Box::pin(async move {
            let operation = request.extensions().get::<OperationInfo>().unwrap().id;
            let mut form: Form = form_urlencoded::parse(request.body()).into_owned().collect();
            asked.lock().unwrap().push((operation, form.clone()));
            ask(operation, &mut form);
            let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
            let reply = below.call(request.map(|_| body.into())).await?;
            let (parts, body) = reply.into_parts();
            let mut body: Json = serde_json::from_slice(&body)?;
            answer(operation, &mut body);
            Ok(Response::from_parts(parts, body.to_string().into()))
        })
    }
}
