//! What carries events to the endpoints, as a task of its own.

use std::{collections::HashSet, sync::Arc, time::Duration};

use clerk_core::{Bytes, Timestamp, Transport, http};
use http::{HeaderValue, Request, header};
use tokio::task::JoinSet;

use super::record;
use crate::{
    app::App,
    clock::Later,
    crypto::webhook,
    model::event::{Attempt, PENDING},
    state::State,
};

/// How long an endpoint may take to answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The task that delivers; dropping it aborts it, and what it is sending.
#[derive(Debug)]
pub(crate) struct Deliverer {
    tasks: JoinSet<()>,
}

impl Deliverer {
    pub(crate) fn start(app: Arc<App>) -> Self {
        let mut tasks = JoinSet::new();
        tasks.spawn(run(app));
        Self { tasks }
    }

    pub(crate) async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// One attempt that is to be made.
#[derive(Debug)]
struct Job {
    delivery_id: String,
    endpoint_id: String,
    message_id: String,
    url: String,
    secret: String,
    body: Bytes,
    at: Timestamp,
}

/// How it went.
#[derive(Debug)]
struct Done {
    delivery_id: String,
    endpoint_id: String,
    attempt: Attempt,
}

async fn run(app: Arc<App>) {
    let mut moves = app.clock.moves();
    let mut transport = None;
    // One at a time for each endpoint: what happened first also arrives first, and no endpoint holds up another.
    let mut busy: HashSet<String> = HashSet::new();
    let mut sending: JoinSet<Done> = JoinSet::new();
    loop {
        let now = app.clock.now();
        let (jobs, next) = app.read(|state| due(state, now, &busy));
        for job in jobs {
            busy.insert(job.endpoint_id.clone());
            // It is made late, since reading the machine's certificates takes a while.
            let transport = transport.get_or_insert_with(|| Transport::reqwest().map_err(|error| error.to_string()));
            sending.spawn(attempt(job, transport.clone()));
        }
        let wait = async {
            match next {
                // A clock that stands still reaches no time by waiting.
                Some(at) if !app.clock.is_frozen() => {
                    let millis = at.as_millis().saturating_sub(now.as_millis()).max(1);
                    tokio::time::sleep(Duration::from_millis(u64::try_from(millis).unwrap_or(1))).await;
                }
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            () = app.work.notified() => {}
            // The clock lives as long as the app.
            _ = moves.changed() => {}
            Some(done) = sending.join_next(), if !sending.is_empty() => {
                // An attempt ends without a result only if it panicked; its endpoint must not stay busy for ever.
                match done {
                    Ok(done) => {
                        busy.remove(&done.endpoint_id);
                        app.with(|state| record(state, &done.delivery_id, done.attempt));
                    }
                    Err(_) if sending.is_empty() => busy.clear(),
                    Err(_) => {}
                }
            }
            () = wait => {}
        }
    }
}

/// The attempts that are due, the first of each endpoint, and when the next one will be.
fn due(state: &State, now: Timestamp, busy: &HashSet<String>) -> (Vec<Job>, Option<Timestamp>) {
    let mut jobs: Vec<Job> = Vec::new();
    let mut next: Option<Timestamp> = None;
    let waiting = state.tables.endpoints.iter().filter(|it| !it.disabled && !busy.contains(&it.id)).count();
    for delivery in state.tables.deliveries.find(PENDING) {
        if jobs.len() >= waiting {
            break;
        }
        let Some(at) = delivery.next_attempt_at else { continue };
        if busy.contains(&delivery.endpoint_id) || jobs.iter().any(|job| job.endpoint_id == delivery.endpoint_id) {
            continue;
        }
        let endpoint = state.tables.endpoints.get(&delivery.endpoint_id).filter(|endpoint| !endpoint.disabled);
        let (Some(endpoint), Some(event)) = (endpoint, state.tables.events.get(&delivery.event_id)) else { continue };
        if at > now {
            next = Some(next.map_or(at, |next| next.min(at)));
            continue;
        }
        jobs.push(Job {
            delivery_id: delivery.id.clone(),
            endpoint_id: endpoint.id.clone(),
            message_id: event.id.clone(),
            url: endpoint.url.clone(),
            secret: endpoint.secret.clone(),
            body: event.body.clone().into(),
            at: now,
        });
    }
    (jobs, next)
}

async fn attempt(job: Job, transport: Result<Transport, String>) -> Done {
    let answer = tokio::time::timeout(TIMEOUT, send(&job, transport)).await;
    let answer = answer.unwrap_or_else(|_| Err(format!("no answer within {} s", TIMEOUT.as_secs())));
    let (status, error) = match answer {
        Ok(status) => (Some(status), None),
        Err(error) => (None, Some(error)),
    };
    Done { delivery_id: job.delivery_id, endpoint_id: job.endpoint_id, attempt: Attempt { at: job.at, status, error } }
}

async fn send(job: &Job, transport: Result<Transport, String>) -> Result<u16, String> {
    let mut transport = transport?;
    let seconds = job.at.seconds();
    let signature = webhook::sign(&job.secret, &job.message_id, seconds, &job.body);
    let signature = signature.ok_or("the secret of the endpoint is none")?;
    let request = Request::post(&job.url)
        .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header(header::USER_AGENT, HeaderValue::from_static(concat!("clerk-local/", env!("CARGO_PKG_VERSION"))))
        .header("svix-id", &job.message_id)
        .header("svix-timestamp", seconds)
        .header("svix-signature", signature)
        .body(job.body.clone())
        .map_err(|error| error.to_string())?;
    let response = tower_service::Service::call(&mut transport, request).await.map_err(|error| error.to_string())?;
    Ok(response.status().as_u16())
}
