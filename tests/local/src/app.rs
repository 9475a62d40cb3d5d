//! One request, from what came in to what goes out.

use std::{
    fmt,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use clerk_core::{Bytes, Timestamp, http};
use http::{HeaderName, HeaderValue, Request, Response};
use tokio::sync::{Notify, watch};

use crate::{
    Api,
    answer::{Answer, Outcome},
    bapi,
    calls::Calls,
    clock::Clock,
    control, crypto,
    failure::Failure,
    fapi,
    faults::Faults,
    inbound::Inbound,
    input,
    journal::Journal,
    limits::Limits,
    pages, provider,
    router::{Found, Router},
    rules::expiry,
    seed::Seed,
    server::{Ending, Reply},
    settings::{Environment, Settings},
    state::{Origin, State},
};

/// Everything that serves: the state, the routes and the clock.
pub(crate) struct App {
    state: Mutex<State>,
    pub(crate) clock: Clock,
    frontend: Router,
    backend: Router,
    journal: Mutex<Option<Journal>>,
    pub(crate) faults: Faults,
    pub(crate) calls: Calls,
    development_limits: Limits,
    production_limits: Limits,
    /// What it began with, for beginning anew.
    pub(crate) beginning: Beginning,
    /// Wakes what delivers webhooks.
    pub(crate) work: Notify,
    changed: watch::Sender<()>,
}

/// What a local Clerk begins with.
#[derive(Debug, Default)]
pub(crate) struct Beginning {
    pub(crate) settings: Settings,
    pub(crate) seed: Seed,
}

/// The state is full of keys, tokens and digests.
impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl App {
    pub(crate) fn new(state: State, clock: Clock, journal: Option<Journal>, beginning: Beginning) -> Self {
        Self {
            state: Mutex::new(state),
            clock,
            frontend: Router::new(crate::generated::fapi::OPERATIONS),
            backend: Router::new(crate::generated::bapi::OPERATIONS),
            journal: Mutex::new(journal),
            faults: Faults::default(),
            calls: Calls::default(),
            development_limits: Limits::development(),
            production_limits: Limits::production(),
            beginning,
            work: Notify::new(),
            changed: watch::channel(()).0,
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
        let undelivered = std::mem::take(&mut state.undelivered);
        drop(state);
        if undelivered {
            self.work.notify_one();
        }
        self.changed.send_replace(());
        outcome
    }

    /// The state, to be read only.
    pub(crate) fn read<T>(&self, act: impl FnOnce(&State) -> T) -> T {
        act(&self.lock())
    }

    /// Changes whenever the state may have changed.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Throws away what there is and begins anew: settings, seed, no faults, no calls. The clock stays where it is.
    ///
    /// # Errors
    ///
    /// The seed no longer applies, as it did when this began.
    pub(crate) fn reset(&self) -> Result<(), String> {
        self.faults.clear();
        self.calls.clear();
        let now = self.clock.now();
        self.with(|state| {
            state.restart(self.beginning.settings.clone(), now);
            self.beginning.seed.apply(state, now)
        })
    }

    /// Closes the data file; what changes from now on is in memory only.
    pub(crate) fn close(&self) {
        *self.journal.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether an earlier request panicked while it held the state.
    pub(crate) fn is_poisoned(&self) -> bool {
        self.state.is_poisoned()
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

    /// Answers a request; faults that were asked for strike it on the way.
    pub(crate) async fn answer(&self, api: Api, peer: Option<IpAddr>, request: Request<Bytes>) -> Reply {
        let (parts, body) = request.into_parts();
        let inbound = Inbound::new(&parts, peer, crypto::ids::random_hex(16));
        let mut reply = if let Some(outcome) = self.own(api, &inbound, &body).await {
            dated(Self::finish(outcome, &inbound), self.clock.now()).into()
        } else if api == Api::Frontend && inbound.method == "OPTIONS" {
            dated(Self::finish(Ok(Answer::empty()), &inbound), self.clock.now()).into()
        } else {
            self.operate(api, &inbound, body).await
        };
        if let Ending::Whole(response) | Ending::Truncated(response) = &mut reply.ending {
            let headers = response.headers_mut();
            if api == Api::Frontend && !inbound.path.starts_with("/local") {
                fapi::browser::allow_origin(&inbound, headers);
            }
            if let Ok(trace) = HeaderValue::from_str(&inbound.trace) {
                headers.insert("clerk-trace-id", trace);
            }
        }
        reply
    }

    /// What is this program's own, and no part of Clerk.
    async fn own(&self, api: Api, inbound: &Inbound, body: &Bytes) -> Option<Outcome> {
        let now = self.clock.now();
        if let Some(answer) = pages::answer(self, inbound, now) {
            return Some(answer);
        }
        if api == Api::Backend {
            return None;
        }
        if let Some(answer) = provider::answer(self, inbound, body, now) {
            return Some(answer);
        }
        control::answer(self, inbound, body, now).await
    }

    async fn operate(&self, api: Api, inbound: &Inbound, body: Bytes) -> Reply {
        let method = match inbound.query("_method") {
            Some(method) if api == Api::Frontend && inbound.method == "POST" => method.to_ascii_uppercase(),
            _ => inbound.method.clone(),
        };
        let routed = self.route(api, &method, &inbound.path);
        let operation = routed.as_ref().map_or("", |(operation, _)| operation.id);
        if routed.is_ok() {
            self.calls.add(api, operation);
        }
        let plan = self.faults.take(api, operation, &method, &inbound.path, self.clock.now());
        if let Some(reply) = plan.before().await {
            return reply;
        }
        // After the waiting: the clock may have been moved meanwhile.
        let skew = plan.clock_skew().saturating_mul(1000);
        let now = Timestamp::from_millis(self.clock.now().as_millis().saturating_add(skew));
        let outcome = match routed {
            Ok(found) => self.run(api, inbound, found, body, now).await,
            Err(failure) => Err(failure),
        };
        plan.after(Self::finish(outcome, inbound))
    }

    async fn run(&self, api: Api, inbound: &Inbound, found: Found, body: Bytes, now: Timestamp) -> Outcome {
        let (operation, path) = found;
        self.limit(api, operation.id, inbound, now)?;
        match api {
            Api::Frontend => {
                let handler = fapi::handler(operation.id).ok_or_else(|| Failure::not_implemented(operation.id))?;
                let read = input::read(operation, path, Some(&inbound.raw_query), &inbound.headers, body).await;
                self.on_behalf(inbound, now, |state| fapi::run(state, now, inbound, operation, read, handler))
            }
            Api::Backend => {
                self.read(|state| bapi::authenticate(state, now, inbound, operation))?;
                let handler = bapi::handler(operation.id).ok_or_else(|| Failure::not_implemented(operation.id))?;
                let read = input::read(operation, path, Some(&inbound.raw_query), &inbound.headers, body).await?;
                self.on_behalf(inbound, now, |state| bapi::run(state, now, inbound, operation, &read, handler))
            }
        }
    }

    /// The state, with what happens being told to come from this request.
    fn on_behalf<T>(&self, inbound: &Inbound, now: Timestamp, act: impl FnOnce(&mut State) -> T) -> T {
        self.with(|state| {
            state.origin = Origin {
                client_ip: inbound.peer.map(|peer| peer.to_string()).unwrap_or_default(),
                user_agent: inbound.user_agent().unwrap_or_default().to_owned(),
            };
            expiry::sweep(state, now);
            let outcome = act(state);
            state.origin = Origin::default();
            outcome
        })
    }

    fn limit(&self, api: Api, operation: &str, inbound: &Inbound, now: Timestamp) -> Result<(), Failure> {
        let limits = self.read(|state| {
            let settings = state.settings();
            settings.rate_limits.then_some(match settings.environment {
                Environment::Development => &self.development_limits,
                Environment::Production => &self.production_limits,
            })
        });
        let Some(limits) = limits else { return Ok(()) };
        let caller = match api {
            Api::Frontend => inbound.peer.map(|peer| peer.to_string()).unwrap_or_default(),
            Api::Backend => inbound.header("authorization").unwrap_or_default().to_owned(),
        };
        limits.check(api, operation, &inbound.path, &caller, now).map_err(|wait| {
            let mut failure = Failure::new(429, "too_many_requests", "too many requests")
                .explained(format!("the rate limit is used up, the next request can be made in {} s", wait.seconds()));
            failure.headers.push(("retry-after", wait.seconds().to_string()));
            failure
        })
    }

    fn finish(outcome: Outcome, inbound: &Inbound) -> Response<Bytes> {
        match outcome {
            Ok(answer) => write(answer),
            Err(failure) => refuse(&failure, &inbound.trace),
        }
    }
}

fn dated(mut response: Response<Bytes>, now: Timestamp) -> Response<Bytes> {
    if let Some(time) = now.system_time()
        && let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(time))
    {
        response.headers_mut().insert(http::header::DATE, date);
    }
    response
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
