//! One request, from what came in to what goes out.

use std::{
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use clerk_core::{Bytes, Timestamp, http};
use http::{HeaderName, HeaderValue, Request, Response};

use crate::{
    Api,
    answer::{Answer, Outcome},
    bapi,
    clock::Clock,
    control, crypto,
    failure::Failure,
    fapi,
    inbound::Inbound,
    input,
    journal::Journal,
    pages,
    router::{Found, Router},
    state::State,
};

/// Everything that serves: the state, the routes and the clock.
#[derive(Debug)]
pub(crate) struct App {
    state: Mutex<State>,
    pub(crate) clock: Clock,
    frontend: Router,
    backend: Router,
    journal: Mutex<Option<Journal>>,
    /// Wakes what delivers webhooks.
    pub(crate) work: tokio::sync::Notify,
}

impl App {
    pub(crate) fn new(state: State, clock: Clock, journal: Option<Journal>) -> Self {
        Self {
            state: Mutex::new(state),
            clock,
            frontend: Router::new(crate::generated::fapi::OPERATIONS),
            backend: Router::new(crate::generated::bapi::OPERATIONS),
            journal: Mutex::new(journal),
            work: tokio::sync::Notify::new(),
        }
    }

    /// The state, to be read or changed; what was changed is in the journal once this returns.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let outcome = act(&mut state);
        // Under the lock still, so that the lines are in the order of the changes.
        if let Some(journal) = self.journal.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            journal.write(&mut state);
        }
        drop(state);
        self.work.notify_one();
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The operation that a request is for.
    pub(crate) fn route(&self, api: Api, method: &str, path: &str) -> Result<Found, Failure> {
        match api {
            Api::Frontend => self.frontend.find(method, path),
            // The document has the paths below `/v1`; some of them are also called without it.
            Api::Backend => {
                let path = path.strip_prefix("/v1").filter(|rest| rest.starts_with('/')).unwrap_or(path);
                self.backend.find(method, path)
            }
        }
    }

    /// Answers a request.
    pub(crate) async fn answer(&self, api: Api, peer: Option<IpAddr>, request: Request<Bytes>) -> Response<Bytes> {
        let now = self.clock.now();
        let (parts, body) = request.into_parts();
        let inbound = Inbound::new(&parts, peer, crypto::ids::random_hex(16));
        let outcome = self.outcome(api, &inbound, body, now).await;
        let mut response = match outcome {
            Ok(answer) => write(answer),
            Err(failure) => refuse(&failure, &inbound.trace),
        };
        if api == Api::Frontend {
            fapi::browser::allow_origin(&inbound, response.headers_mut());
        }
        let headers = response.headers_mut();
        if let Ok(trace) = HeaderValue::from_str(&inbound.trace) {
            headers.insert("clerk-trace-id", trace);
        }
        if let Some(time) = now.system_time()
            && let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(time))
        {
            headers.insert(http::header::DATE, date);
        }
        response
    }

    async fn outcome(&self, api: Api, inbound: &Inbound, body: Bytes, now: Timestamp) -> Outcome {
        if let Some(answer) = pages::answer(self, api, inbound, &body, now).await {
            return answer;
        }
        if let Some(answer) = control::answer(self, inbound, &body, now) {
            return answer;
        }
        if api == Api::Frontend && inbound.method == "OPTIONS" {
            return Ok(Answer::empty());
        }
        let method = match inbound.query("_method") {
            Some(method) if api == Api::Frontend && inbound.method == "POST" => method.to_ascii_uppercase(),
            _ => inbound.method.clone(),
        };
        let (operation, path) = self.route(api, &method, &inbound.path)?;
        match api {
            Api::Frontend => {
                let handler = fapi::handler(operation.id).ok_or_else(|| Failure::not_implemented(operation.id))?;
                let read = input::read(operation, path, Some(&inbound.raw_query), &inbound.headers, body).await;
                self.with(|state| fapi::run(state, now, inbound, operation, read, handler))
            }
            Api::Backend => {
                self.with(|state| bapi::authenticate(state, now, inbound, operation))?;
                let handler = bapi::handler(operation.id).ok_or_else(|| Failure::not_implemented(operation.id))?;
                let read = input::read(operation, path, Some(&inbound.raw_query), &inbound.headers, body).await?;
                self.with(|state| bapi::run(state, now, inbound, operation, &read, handler))
            }
        }
    }
}

fn write(answer: Answer) -> Response<Bytes> {
    let mut response = Response::new(answer.body);
    *response.status_mut() = http::StatusCode::from_u16(answer.status).unwrap_or_default();
    let headers = response.headers_mut();
    if let Some(content_type) = answer.content_type {
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    append(headers, &answer.headers);
    response
}

fn refuse(failure: &Failure, trace: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(failure.body(trace)));
    *response.status_mut() = http::StatusCode::from_u16(failure.status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    append(headers, &failure.headers);
    response
}

fn append(headers: &mut http::HeaderMap, more: &[(&'static str, String)]) {
    for (name, value) in more {
        // A value that is no header, such as a redirect to a URL with line breaks, is left out.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
}
