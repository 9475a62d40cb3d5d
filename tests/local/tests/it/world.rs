//! A local Clerk, and clients of it whose every answer is checked.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex},
    task::{Context, Poll},
};

use clerk_core::{BoxError, Bytes, OperationInfo, Transport, http};
use clerk_local::{Api, Builder, LocalClerk};
use futures_util::future::BoxFuture;
use http::{HeaderValue, Request, Response, header};

use crate::contract::Contract;

static FRONTEND: LazyLock<Contract> = LazyLock::new(|| Contract::read("fapi"));
static BACKEND: LazyLock<Contract> = LazyLock::new(|| Contract::read("bapi"));

/// A local Clerk and the scenario that it is for.
#[derive(Debug)]
pub struct World {
    pub local: LocalClerk,
    name: &'static str,
    seen: Seen,
    watch: Watch,
}

/// The local Clerks of one scenario, which are asked once it is over.
#[derive(Clone, Debug, Default)]
pub struct Watch(Arc<Mutex<Vec<(String, Transport)>>>);

impl Watch {
    fn on(&self, local: &LocalClerk) {
        self.0.lock().unwrap().push((local.frontend_url().to_owned(), local.transport()));
    }

    /// Holds every event that a request brought about against the document.
    pub async fn check_events(&self, name: &str) {
        let watched = std::mem::take(&mut *self.0.lock().unwrap());
        for (url, mut transport) in watched {
            let request = Request::get(format!("{url}/local/events")).body(Bytes::new()).unwrap();
            let answer = tower_service::Service::call(&mut transport, request).await.unwrap();
            let answer: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
            for event in answer["events"].as_array().unwrap() {
                let body = &event["body"];
                // What a test tells of by itself is as it gives it.
                if body["event_attributes"]["http_request"]["client_ip"] == "" {
                    continue;
                }
                let problems = BACKEND.check_event(event["kind"].as_str().unwrap(), &body["data"]);
                assert!(
                    problems.is_empty(),
                    "{name}: {} is against the document:\n{}\n{body}",
                    event["kind"],
                    problems.join("\n")
                );
                let read = clerk_bapi::events::Event::read(body.to_string().as_bytes());
                assert!(read.is_ok(), "{name}: {read:?}");
            }
        }
    }
}

/// Which operations answered with success and by the document, and in which scenario first.
pub type Seen = Arc<Mutex<BTreeMap<(&'static str, String), &'static str>>>;

impl World {
    pub async fn new(name: &'static str, seen: Seen) -> Self {
        let world = Self { local: LocalClerk::builder().start().await.unwrap(), name, seen, watch: Watch::default() };
        world.watch.on(&world.local);
        world
    }

    /// The same with other settings or a seed: the one that was there is stopped.
    pub async fn rebuilt(self, build: impl FnOnce(Builder) -> Builder) -> Self {
        let Self { local, name, seen, watch } = self;
        local.stop().await;
        let local = build(LocalClerk::builder()).start().await.unwrap();
        watch.on(&local);
        Self { local, name, seen, watch }
    }

    pub fn watch(&self) -> Watch {
        self.watch.clone()
    }

    /// A back end with the instance's key.
    pub fn backend(&self) -> clerk_bapi::Client {
        let transport = self.checked(Api::Backend, None);
        let builder = clerk_bapi::Client::builder().api_url(self.local.backend_url());
        builder.secret_key(&self.local.secret_key()).transport(transport).build().unwrap()
    }

    /// A back end with another key, such as that of a machine.
    pub fn backend_with(&self, key: &str) -> clerk_bapi::Client {
        let transport = self.checked(Api::Backend, None);
        let builder = clerk_bapi::Client::builder().api_url(self.local.backend_url());
        builder.bearer(&clerk_core::Secret::from(key.to_owned())).transport(transport).build().unwrap()
    }

    /// A device that has never been here, and keeps its client token from answer to answer.
    pub fn device(&self) -> Device {
        let token = Arc::new(Mutex::new(None));
        let transport = self.checked(Api::Frontend, Some(Arc::clone(&token)));
        let builder = clerk_fapi::Client::builder(&self.local.publishable_key()).transport(transport);
        Device { client: builder.build().unwrap(), token }
    }

    /// The token of a new development browser, which requests that are not native name as `__clerk_db_jwt`.
    pub async fn dev_browser(&self) -> String {
        let made = self.raw(Api::Frontend, Request::post("/v1/dev_browser"), "").await;
        made.headers()["clerk-db-jwt"].to_str().unwrap().to_owned()
    }

    /// Sends any request, without the client, the token or the check; `path` comes with its query.
    pub async fn raw(&self, api: Api, request: http::request::Builder, body: impl Into<Bytes>) -> Response<Bytes> {
        self.raw_over(self.local.transport(), api, request, body).await.unwrap()
    }

    /// The same over a transport, where it may also fail.
    pub async fn raw_over(
        &self,
        mut transport: Transport,
        api: Api,
        request: http::request::Builder,
        body: impl Into<Bytes>,
    ) -> Result<Response<Bytes>, BoxError> {
        let mut request = request.body(body.into()).unwrap();
        let base = match api {
            Api::Frontend => self.local.frontend_url(),
            Api::Backend => self.local.backend_url(),
        };
        *request.uri_mut() = format!("{base}{}", request.uri()).parse().unwrap();
        tower_service::Service::call(&mut transport, request).await
    }

    /// A request to the Backend API with the instance's key.
    pub fn with_key(&self, method: &str, path: &str) -> http::request::Builder {
        let key = format!("Bearer {}", self.local.secret_key().expose());
        Request::builder().method(method).uri(path).header(header::AUTHORIZATION, key)
    }

    fn checked(&self, api: Api, token: Option<Arc<Mutex<Option<String>>>>) -> Transport {
        let inner = self.local.transport();
        Transport::new(Checked { inner, api, token, name: self.name, seen: Arc::clone(&self.seen) })
    }
}

/// A device: a Frontend API client with the token that it was last given.
#[derive(Clone, Debug)]
pub struct Device {
    pub client: clerk_fapi::Client,
    token: Arc<Mutex<Option<String>>>,
}

impl Device {
    pub fn token(&self) -> Option<String> {
        self.token.lock().unwrap().clone()
    }

    pub fn set_token(&self, token: Option<String>) {
        *self.token.lock().unwrap() = token;
    }
}

impl std::ops::Deref for Device {
    type Target = clerk_fapi::Client;

    fn deref(&self) -> &clerk_fapi::Client {
        &self.client
    }
}

/// Hands requests on, and holds each answer against the document.
#[derive(Clone, Debug)]
struct Checked {
    inner: Transport,
    api: Api,
    token: Option<Arc<Mutex<Option<String>>>>,
    name: &'static str,
    seen: Seen,
}

impl tower_service::Service<Request<Bytes>> for Checked {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Bytes>) -> Self::Future {
        let mut this = self.clone();
        Box::pin(async move {
            let operation =
                request.extensions().get::<OperationInfo>().expect("generated clients name the operation").id;
            if let Some(token) = this.token.as_ref().and_then(|token| token.lock().unwrap().clone()) {
                let value = HeaderValue::from_str(&token).unwrap();
                // A client made with a bearer of its own keeps it, as the operations on API keys do.
                request.headers_mut().entry(header::AUTHORIZATION).or_insert(value);
            }
            let response = tower_service::Service::call(&mut this.inner, request).await?;
            if let Some(kept) = &this.token
                && let Some(fresh) = response.headers().get(header::AUTHORIZATION)
            {
                let fresh = fresh.to_str().unwrap();
                *kept.lock().unwrap() = (!fresh.is_empty()).then(|| fresh.to_owned());
            }
            this.check(operation, &response);
            Ok(response)
        })
    }
}

impl Checked {
    fn check(&self, operation: &str, response: &Response<Bytes>) {
        let api = match self.api {
            Api::Frontend => "fapi",
            Api::Backend => "bapi",
        };
        if let Err(problems) = problems(self.api, operation, response) {
            panic!("{}: {problems}", self.name);
        }
        if response.status().as_u16() < 400 {
            self.seen.lock().unwrap().entry((api, operation.to_owned())).or_insert(self.name);
        }
    }
}

/// Whether an answer is as the document has it; otherwise what is wrong with it.
pub fn problems(api: Api, operation: &str, response: &Response<Bytes>) -> Result<(), String> {
    let (contract, name) = match api {
        Api::Frontend => (&*FRONTEND, "fapi"),
        Api::Backend => (&*BACKEND, "bapi"),
    };
    let status = response.status().as_u16();
    let content_type = response.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap());
    contract.check(operation, status, content_type, response.body()).map_err(|problems| {
        let body = String::from_utf8_lossy(response.body());
        format!("{name} {operation} answered {status} against the document:\n{}\n{body}", problems.join("\n"))
    })
}
