//! Faults on demand: what a real server does on its bad days.

mod change;
mod plan;
#[cfg(test)]
mod tests;
mod written;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use clerk_core::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use self::plan::Plan;
use self::{change::Change, written::Written};
use crate::Api;

/// One way in which the server misbehaves, and when.
///
/// Without [`on`](Self::on) it strikes every operation of both APIs, and without [`times`](Self::times) it strikes until
/// it is removed.
///
/// In JSON it is an object such as `{"kind": "status", "status": 503, "on": ["createSignIn"], "times": 2}`. The kinds
/// are named as the functions here, and their values are `millis` of `latency`, `status` of `status` and `not_json`,
/// `retry_after` (in seconds) of both kinds of rate limit, `seconds` of `clock_skew` and `seed` of `missing_fields`.
/// Beside them stand `on`, `api` (`frontend` or `backend`), `times`, `after` and `when` (`before` or `after_execution`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
#[must_use = "a fault does nothing until it is added"]
pub struct Fault {
    kind: Kind,
    on: Vec<String>,
    api: Option<Api>,
    times: Option<u64>,
    skip: u64,
    after_execution: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Latency(Duration),
    Ending(Instead),
    Change(Change),
    ClockSkew(i64),
}

/// What stands in for the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Instead {
    Status(u16),
    RateLimited { wait: Duration, as_date: bool },
    Reset,
    Truncated,
    NotJson(u16),
}

/// The operations that serve the signing keys.
const JWKS: [&str; 2] = ["getJWKS", "GetJWKS"];

const SEED: u64 = 0x00C1_E4C1;

impl Fault {
    fn new(kind: Kind) -> Self {
        Self { kind, on: Vec::new(), api: None, times: None, skip: 0, after_execution: false }
    }

    /// Takes this long to answer.
    ///
    /// Several of them add up.
    pub fn latency(duration: Duration) -> Self {
        Self::new(Kind::Latency(duration))
    }

    /// Answers with this status and an error of Clerk's.
    ///
    /// The operation does not run, unless [`after_execution`](Self::after_execution) says so. A status outside of 200 to
    /// 599 counts as 500.
    pub fn status(status: u16) -> Self {
        Self::new(Kind::Ending(Instead::Status(sendable(status))))
    }

    /// Answers 429 with a `Retry-After` in seconds, rounded up.
    pub fn rate_limited(wait: Duration) -> Self {
        Self::new(Kind::Ending(Instead::RateLimited { wait, as_date: false }))
    }

    /// Answers 429 with a `Retry-After` that is a date, this far ahead of the server's clock.
    pub fn rate_limited_until_date(wait: Duration) -> Self {
        Self::new(Kind::Ending(Instead::RateLimited { wait, as_date: true }))
    }

    /// Resets the TCP connection instead of answering.
    pub fn reset() -> Self {
        Self::new(Kind::Ending(Instead::Reset))
    }

    /// Sends the head and about half of the answer, and closes the connection.
    ///
    /// The operation has always run. An answer without a body is not sent at all.
    pub fn truncated() -> Self {
        Self::new(Kind::Ending(Instead::Truncated)).after_execution()
    }

    /// Answers 200 with a page of HTML, as a captive portal does.
    pub fn not_json() -> Self {
        Self::not_json_with_status(200)
    }

    /// Answers with a page of HTML and this status, as a proxy in front of the API does.
    ///
    /// A status outside of 200 to 599 counts as 500.
    pub fn not_json_with_status(status: u16) -> Self {
        Self::new(Kind::Ending(Instead::NotJson(sendable(status))))
    }

    /// Puts values that no one knows yet where enumerations are.
    ///
    /// These are the texts at the keys `status`, `strategy`, `role`, `type`, `mode`, `enrollment_mode`, `provider`,
    /// `platform`, `next_action`, `connection_type`, `identifier_type`, `plan_period`, `payment_type`, `source`,
    /// `verification_strategies`, `first_factors`, `second_factors`, `client_trust_state`, `captcha_provider`,
    /// `captcha_widget_type`, `instance_environment_type`, `preferred_sign_in_strategy` and `device_attestation_mode`;
    /// `active` becomes `future_active`. What applications keep themselves, such as metadata, stays as it is.
    pub fn unknown_enum_values() -> Self {
        Self::new(Kind::Change(Change::UnknownEnumValues))
    }

    /// Adds keys that no one knows yet, `future_field` and `future_object`, to every object of the answer.
    pub fn extra_fields() -> Self {
        Self::new(Kind::Change(Change::ExtraFields))
    }

    /// Leaves out about a quarter of the keys of the answer, and at least one.
    ///
    /// Which ones looks random and differs from request to request, but is the same in every run; [`seed`](Self::seed)
    /// chooses others.
    pub fn missing_fields() -> Self {
        Self::new(Kind::Change(Change::MissingFields { seed: SEED }))
    }

    /// Lets the server's clock be wrong by so many seconds, ahead or, below zero, behind.
    ///
    /// It shows in the `Date` header and in the times within the tokens that are made meanwhile.
    pub fn clock_skew(seconds: i64) -> Self {
        Self::new(Kind::ClockSkew(seconds))
    }

    /// Answers 503 where the signing keys are, in both APIs.
    pub fn jwks_outage() -> Self {
        JWKS.iter().fold(Self::status(503), |fault, operation| fault.on(*operation))
    }

    /// Strikes this operation; called again, that one too.
    ///
    /// It is an operation id (`createSignIn`, as in the documents, where capitals matter), a method and a path
    /// (`POST /v1/client/sign_ins/{id}`, where `{…}` is any one segment, `*` any method, and `/v1` may be left out), or
    /// `*`. An operation that does not exist is never struck; [`Faults::list`] tells.
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.on.push(operation.into());
        self
    }

    /// Strikes the Frontend API only.
    pub fn frontend(mut self) -> Self {
        self.api = Some(Api::Frontend);
        self
    }

    /// Strikes the Backend API only.
    pub fn backend(mut self) -> Self {
        self.api = Some(Api::Backend);
        self
    }

    /// Strikes so many times and no more.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Lets the first so many requests pass.
    pub fn after(mut self, requests: u64) -> Self {
        self.skip = requests;
        self
    }

    /// Strikes before the operation runs, which then does not run if the fault stands in for the answer.
    ///
    /// This is how all faults are but those that are about the answer of an operation.
    pub fn before_execution(mut self) -> Self {
        self.after_execution = !self.can_precede();
        self
    }

    /// Strikes after the operation ran: what was asked for has happened, and the answer is lost.
    pub fn after_execution(mut self) -> Self {
        self.after_execution = true;
        self
    }

    /// What [`missing_fields`](Self::missing_fields) draws by; other faults have no use for it.
    pub fn seed(mut self, seed: u64) -> Self {
        if let Kind::Change(Change::MissingFields { seed: current }) = &mut self.kind {
            *current = seed;
        }
        self
    }

    fn can_precede(&self) -> bool {
        self.kind != Kind::Ending(Instead::Truncated)
    }

    fn matches(&self, api: Api, operation: &str, method: &str, path: &str) -> bool {
        self.api.is_none_or(|only| only == api)
            && (self.on.is_empty() || self.on.iter().any(|on| covers(on, operation, method, path)))
    }
}

/// A status that can stand in a final answer.
fn sendable(status: u16) -> u16 {
    if (200..=599).contains(&status) { status } else { 500 }
}

fn covers(on: &str, operation: &str, method: &str, path: &str) -> bool {
    let on = on.trim();
    if on == "*" || on == operation {
        return true;
    }
    let (wanted, pattern) = match on.split_once(char::is_whitespace) {
        Some((wanted, pattern)) => (wanted, pattern.trim_start()),
        None if on.starts_with('/') => ("*", on),
        None => return false,
    };
    (wanted == "*" || wanted.eq_ignore_ascii_case(method)) && fits(&segments(pattern), &segments(path))
}

/// The segments of a path, without the version that only some of the documents write.
fn segments(path: &str) -> Vec<&str> {
    let path = path.split('?').next().unwrap_or_default();
    let mut segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    if segments.first() == Some(&"v1") {
        segments.remove(0);
    }
    segments
}

fn fits(pattern: &[&str], path: &[&str]) -> bool {
    let any = |segment: &str| segment.starts_with('{') && segment.ends_with('}');
    pattern.len() == path.len() && pattern.iter().zip(path).all(|(ours, theirs)| any(ours) || ours == theirs)
}

/// Which fault it is, among those of one [`Faults`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FaultId(u64);

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A fault that was added, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ActiveFault {
    /// Which one it is.
    pub id: FaultId,
    /// What it does.
    pub fault: Fault,
    /// How many requests it was meant for, those included that it let pass.
    pub seen: u64,
    /// How often it struck.
    pub struck: u64,
}

impl ActiveFault {
    fn is_due(&self) -> bool {
        self.seen > self.fault.skip && self.fault.times.is_none_or(|times| self.struck < times)
    }
}

/// The faults that are switched on.
///
/// Clones share them. When several strike one request, latencies and clock skews add up and all changes to the answer
/// are made. Of those that stand in for the answer, only the one added first strikes, and changes do not then; the
/// others keep their turn for later requests.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Active>>);

#[derive(Debug, Default)]
struct Active {
    last: u64,
    faults: Vec<ActiveFault>,
}

impl Faults {
    /// Switches a fault on.
    #[allow(clippy::must_use_candidate)] // it is called for what it does
    pub fn add(&self, fault: Fault) -> FaultId {
        self.with(|active| {
            active.last = active.last.saturating_add(1);
            let id = FaultId(active.last);
            active.faults.push(ActiveFault { id, fault, seen: 0, struck: 0 });
            id
        })
    }

    /// Switches one off; `false` if it was not on.
    #[allow(clippy::must_use_candidate)] // it is called for what it does
    pub fn remove(&self, id: FaultId) -> bool {
        self.with(|active| {
            let before = active.faults.len();
            active.faults.retain(|fault| fault.id != id);
            active.faults.len() < before
        })
    }

    /// Switches all off.
    pub fn clear(&self) {
        self.with(|active| active.faults.clear());
    }

    /// All that are on, in the order in which they were added, those included that have struck as often as they may.
    #[must_use]
    pub fn list(&self) -> Vec<ActiveFault> {
        self.with(|active| active.faults.clone())
    }

    /// What befalls this request; every request must ask once, since asking counts.
    pub(crate) fn take(&self, api: Api, operation: &str, method: &str, path: &str, now: Timestamp) -> Plan {
        self.with(|active| {
            let mut due: Vec<&mut ActiveFault> = Vec::new();
            for fault in &mut active.faults {
                if fault.fault.matches(api, operation, method, path) {
                    fault.seen = fault.seen.saturating_add(1);
                    if fault.is_due() {
                        due.push(fault);
                    }
                }
            }
            Plan::new(due, now)
        })
    }

    fn with<T>(&self, job: impl FnOnce(&mut Active) -> T) -> T {
        job(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
