//! Webhooks: what happened, told to whoever wants to know.

mod deliverer;

use std::{fmt, ops::RangeBounds, sync::Arc, time::Duration};

use clerk_core::{Json, Timestamp, http::Uri};
use serde::Serialize;
use serde_json::json;

pub(crate) use self::deliverer::Deliverer;
use crate::{
    app::App,
    clock::Later,
    crypto::webhook,
    model::event::{Attempt, Delivery, Endpoint, Event, PENDING},
    state::State,
};

/// How many events are kept; beyond it the oldest go, and their deliveries with them.
const KEPT: usize = 10_000;

/// How long after each failed attempt the next one follows; after the last one nothing does.
const SCHEDULE: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(5 * 3600),
    Duration::from_secs(10 * 3600),
    Duration::from_secs(10 * 3600),
];

/// Notes an event in the log, and for every endpoint that wants it that it is to be delivered.
pub(crate) fn emit(state: &mut State, kind: &str, data: Json, now: Timestamp) {
    let body = json!({
        "data": data,
        "event_attributes": {
            "http_request": {"client_ip": state.origin.client_ip, "user_agent": state.origin.user_agent},
        },
        "instance_id": state.keys.instance_id,
        "object": "event",
        "timestamp": now.as_millis(),
        "type": kind,
    });
    let event = Event { id: State::id("msg", now), kind: kind.to_owned(), body: body.to_string(), created_at: now };
    let wanting: Vec<String> =
        state.tables.endpoints.iter().filter(|it| it.wants(kind)).map(|it| it.id.clone()).collect();
    for endpoint in wanting {
        dispatch(state, &event.id, &endpoint, now);
    }
    state.tables.events.insert(event);
    while state.tables.events.len() > KEPT {
        let Some(oldest) = state.tables.events.iter().next().map(|event| event.id.clone()) else { break };
        forget(state, &oldest);
    }
}

/// Has an event delivered to an endpoint, the first time or once more.
fn dispatch(state: &mut State, event_id: &str, endpoint_id: &str, now: Timestamp) {
    let known = state.tables.deliveries.find(&format!("event:{event_id}"));
    let known = known.filter(|delivery| delivery.endpoint_id == endpoint_id).map(|delivery| delivery.id.clone()).next();
    if let Some(mut delivery) = known.and_then(|id| state.tables.deliveries.edit(id)) {
        delivery.failures = 0;
        delivery.delivered = false;
        delivery.next_attempt_at = Some(now);
    } else {
        state.tables.deliveries.insert(Delivery {
            id: State::id("atmpt", now),
            event_id: event_id.to_owned(),
            endpoint_id: endpoint_id.to_owned(),
            attempts: Vec::new(),
            failures: 0,
            next_attempt_at: Some(now),
            delivered: false,
            created_at: now,
        });
    }
    state.undelivered = true;
}

fn forget(state: &mut State, event_id: &str) {
    state.tables.events.remove(event_id);
    let deliveries = state.tables.deliveries.find(&format!("event:{event_id}"));
    let deliveries: Vec<String> = deliveries.map(|delivery| delivery.id.clone()).collect();
    for delivery in deliveries {
        state.tables.deliveries.remove(delivery);
    }
}

/// Notes how an attempt went, and when the next one follows.
fn record(state: &mut State, delivery_id: &str, attempt: Attempt) {
    let scale = state.settings().webhook_time_scale;
    // A delivery whose endpoint or event was removed meanwhile is gone.
    let Some(mut delivery) = state.tables.deliveries.edit(delivery_id) else { return };
    let now = attempt.at;
    delivery.delivered = attempt.status.is_some_and(|status| (200..300).contains(&status));
    delivery.attempts.push(attempt);
    delivery.next_attempt_at = if delivery.delivered {
        None
    } else {
        let wait = SCHEDULE.get(delivery.failures).copied();
        delivery.failures = delivery.failures.saturating_add(1);
        wait.map(|wait| now.after(scaled(wait, scale)))
    };
}

pub(crate) fn add(
    state: &mut State,
    url: String,
    secret: Option<String>,
    event_types: Vec<String>,
    now: Timestamp,
) -> Result<WebhookEndpoint, String> {
    if !url.parse::<Uri>().is_ok_and(|it| matches!(it.scheme_str(), Some("http" | "https"))) {
        return Err("the URL of an endpoint must begin with http:// or https:// and a host".to_owned());
    }
    let secret = secret.unwrap_or_else(webhook::new_secret);
    if webhook::sign(&secret, "", 0, b"").is_none() {
        return Err("the secret of an endpoint must be whsec_ and base64".to_owned());
    }
    let endpoint = Endpoint { id: State::id("ep", now), url, secret, event_types, disabled: false, created_at: now };
    let view = WebhookEndpoint::of(&endpoint);
    state.tables.endpoints.insert(endpoint);
    Ok(view)
}

pub(crate) fn remove(state: &mut State, endpoint_id: &str) -> bool {
    state.tables.deliveries.remove_where(|delivery| delivery.endpoint_id == endpoint_id);
    state.tables.endpoints.remove(endpoint_id).is_some()
}

pub(crate) fn set_disabled(state: &mut State, endpoint_id: &str, disabled: bool) -> bool {
    state.undelivered = true;
    state.tables.endpoints.edit(endpoint_id).map(|mut endpoint| endpoint.disabled = disabled).is_some()
}

pub(crate) fn resend(state: &mut State, message_id: &str, now: Timestamp) -> usize {
    let Some(kind) = state.tables.events.get(message_id).map(|event| event.kind.clone()) else { return 0 };
    let endpoints = state.tables.endpoints.iter().filter(|endpoint| endpoint.wants(&kind));
    let endpoints: Vec<String> = endpoints.map(|endpoint| endpoint.id.clone()).collect();
    for endpoint in &endpoints {
        dispatch(state, message_id, endpoint, now);
    }
    endpoints.len()
}

pub(crate) fn resend_failed(state: &mut State, times: impl RangeBounds<Timestamp>, now: Timestamp) -> usize {
    let failed = state.tables.deliveries.iter().filter(|delivery| {
        let event = state.tables.events.get(&delivery.event_id);
        !delivery.delivered
            && !delivery.attempts.is_empty()
            && event.is_some_and(|event| times.contains(&event.created_at))
    });
    let failed: Vec<_> = failed.map(|it| (it.event_id.clone(), it.endpoint_id.clone())).collect();
    for (event, endpoint) in &failed {
        dispatch(state, event, endpoint, now);
    }
    failed.len()
}

/// A scale that is no positive number counts as none at all: the next attempt follows at once.
fn scaled(wait: Duration, scale: f64) -> Duration {
    Duration::try_from_secs_f64(wait.as_secs_f64() * scale).unwrap_or_default()
}

/// Where events are delivered to.
///
/// Deliveries follow the local clock: attempts are due at its times, and their timestamps are its times too, so whoever
/// verifies them has to go by it when it was moved.
#[derive(Clone, Debug)]
pub struct Webhooks(Arc<App>);

impl Webhooks {
    pub(crate) fn new(app: &Arc<App>) -> Self {
        Self(Arc::clone(app))
    }

    /// A new endpoint, for all events unless [`events`](NewEndpoint::events) says otherwise.
    pub fn endpoint(&self, url: impl Into<String>) -> NewEndpoint {
        NewEndpoint { app: Arc::clone(&self.0), url: url.into(), secret: None, event_types: Vec::new() }
    }

    /// All endpoints.
    #[must_use]
    pub fn endpoints(&self) -> Vec<WebhookEndpoint> {
        self.0.read(WebhookEndpoint::all)
    }

    /// Removes an endpoint with its deliveries; `false` if there is none of this id.
    #[allow(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn remove(&self, endpoint_id: &str) -> bool {
        self.0.with(|state| remove(state, endpoint_id))
    }

    /// Stops delivering to an endpoint, or goes on; `false` if there is none of this id.
    ///
    /// What happens meanwhile is not delivered to it, and what was to be tried again waits.
    #[allow(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn set_disabled(&self, endpoint_id: &str, disabled: bool) -> bool {
        self.0.with(|state| set_disabled(state, endpoint_id, disabled))
    }

    /// Tells of something as if it had happened, such as a payment, which nothing here can make happen.
    ///
    /// It goes the way of all events: into the log, and to the endpoints that want it. The data is sent as it is given.
    pub fn tell(&self, kind: &str, data: Json) {
        let now = self.0.clock.now();
        self.0.with(|state| emit(state, kind, data, now));
    }

    /// What was delivered or is to be, the oldest first.
    #[must_use]
    pub fn deliveries(&self) -> Vec<WebhookDelivery> {
        self.0.read(WebhookDelivery::all)
    }

    /// Sends an event once more, to every endpoint that wants it; gives the number of these endpoints.
    ///
    /// It keeps its id, so that a receiver can tell that it knows it. An endpoint that fails is tried again as it is the
    /// first time.
    #[allow(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn resend(&self, message_id: &str) -> usize {
        let now = self.0.clock.now();
        self.0.with(|state| resend(state, message_id, now))
    }

    /// Sends the events of a time once more to the endpoints that have not taken them; gives the number of deliveries.
    ///
    /// Events whose first attempt is still to come are left alone.
    pub fn resend_failed(&self, times: impl RangeBounds<Timestamp>) -> usize {
        let now = self.0.clock.now();
        self.0.with(|state| resend_failed(state, times, now))
    }

    /// Waits until everything that is due by the local clock has been attempted.
    ///
    /// A failed attempt counts: its next one is due later. An endpoint that keeps its connection open without an answer
    /// is given up after 15 seconds.
    pub async fn settled(&self) {
        let mut changes = self.0.changes();
        loop {
            changes.mark_unchanged();
            let now = self.0.clock.now();
            let due = |delivery: &Delivery| delivery.next_attempt_at.is_some_and(|at| at <= now);
            let open = self.0.read(|state| {
                let enabled = |id: &str| state.tables.endpoints.get(id).is_some_and(|endpoint| !endpoint.disabled);
                state.tables.deliveries.find(PENDING).any(|it| due(it) && enabled(&it.endpoint_id))
            });
            if !open || changes.changed().await.is_err() {
                return;
            }
        }
    }
}

/// An endpoint that is about to be added.
#[derive(Clone)]
#[must_use = "it is not there until it is added"]
pub struct NewEndpoint {
    app: Arc<App>,
    url: String,
    secret: Option<String>,
    event_types: Vec<String>,
}

impl fmt::Debug for NewEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewEndpoint").field("events", &self.event_types).finish_non_exhaustive()
    }
}

impl NewEndpoint {
    /// The types of event that it takes, such as `user.created`.
    pub fn events<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.event_types.extend(types.into_iter().map(Into::into));
        self
    }

    /// Its secret, `whsec_` and base64, instead of a new one.
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Adds it; what happens from now on is delivered to it.
    ///
    /// # Errors
    ///
    /// The URL is not `http` or `https` with a host, or the secret is none.
    pub fn add(self) -> Result<WebhookEndpoint, String> {
        let now = self.app.clock.now();
        self.app.with(|state| add(state, self.url, self.secret, self.event_types, now))
    }
}

/// Where events are delivered to.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WebhookEndpoint {
    /// `ep_…`.
    pub id: String,
    /// Where deliveries are posted to.
    pub url: String,
    /// What deliveries are signed with.
    pub secret: String,
    /// The types of event that it takes; empty means all.
    pub events: Vec<String>,
    /// Whether nothing is delivered to it for now.
    pub disabled: bool,
}

impl fmt::Debug for WebhookEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookEndpoint")
            .field("id", &self.id)
            .field("events", &self.events)
            .field("disabled", &self.disabled)
            .finish_non_exhaustive()
    }
}

impl WebhookEndpoint {
    pub(crate) fn all(state: &State) -> Vec<Self> {
        state.tables.endpoints.iter().map(Self::of).collect()
    }

    fn of(endpoint: &Endpoint) -> Self {
        Self {
            id: endpoint.id.clone(),
            url: endpoint.url.clone(),
            secret: endpoint.secret.clone(),
            events: endpoint.event_types.clone(),
            disabled: endpoint.disabled,
        }
    }
}

/// How an event came to an endpoint, or did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WebhookDelivery {
    /// The id of the event, and of every attempt to deliver it: `msg_…`.
    pub message_id: String,
    /// The endpoint.
    pub endpoint_id: String,
    /// The type of the event.
    pub event: String,
    /// What was tried so far.
    pub attempts: Vec<WebhookAttempt>,
    /// Whether the endpoint took it.
    pub delivered: bool,
    /// When it is tried next; `None` if it was delivered or given up.
    pub next_attempt_at: Option<Timestamp>,
}

/// One attempt to deliver an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WebhookAttempt {
    /// When.
    pub at: Timestamp,
    /// What the endpoint answered; `None` where no answer came.
    pub status: Option<u16>,
    /// Why no answer came.
    pub error: Option<String>,
}

impl WebhookDelivery {
    pub(crate) fn all(state: &State) -> Vec<Self> {
        let kind = |id: &str| state.tables.events.get(id).map(|event| event.kind.clone()).unwrap_or_default();
        state.tables.deliveries.iter().map(|it| Self::of(it, kind(&it.event_id))).collect()
    }

    fn of(delivery: &Delivery, event: String) -> Self {
        let attempt = |it: &Attempt| WebhookAttempt { at: it.at, status: it.status, error: it.error.clone() };
        Self {
            message_id: delivery.event_id.clone(),
            endpoint_id: delivery.endpoint_id.clone(),
            event,
            attempts: delivery.attempts.iter().map(attempt).collect(),
            delivered: delivery.delivered,
            next_attempt_at: delivery.next_attempt_at,
        }
    }
}

/// Something that happened; the last 10,000 such things are kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LoggedEvent {
    /// `msg_…`.
    pub id: String,
    /// Such as `user.created`.
    pub kind: String,
    /// When it happened.
    pub created_at: Timestamp,
    /// All of it, as webhooks carry it: the thing it happened to is at `data`.
    pub body: Json,
}

impl LoggedEvent {
    pub(crate) fn all(state: &State) -> Vec<Self> {
        state.tables.events.iter().map(Self::of).collect()
    }

    fn of(event: &Event) -> Self {
        Self {
            id: event.id.clone(),
            kind: event.kind.clone(),
            created_at: event.created_at,
            body: serde_json::from_str(&event.body).unwrap_or(Json::Null),
        }
    }
}
