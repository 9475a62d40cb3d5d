//! What befalls one request.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use clerk_core::Timestamp;
use http::{HeaderValue, Response, StatusCode, header};

use super::{ActiveFault, Instead, Kind, change::Change};
use crate::{
    failure::Failure,
    limits::RetryAfter,
    server::{Reply, refusal},
};

/// The last second that an HTTP date can name.
const LAST_DATE: i64 = 253_402_300_799;

const HTML: &str = "<!doctype html>\n<html><head><title>Not what you asked for</title></head>\n\
    <body><h1>Not what you asked for</h1><p>This page stands where an answer in JSON should be.</p></body></html>\n";

/// The faults that strike one request.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Skewed, if a fault says so.
    now: Timestamp,
    skew: i64,
    wait_before: Duration,
    wait_after: Duration,
    ending: Option<(Instead, bool)>,
    changes: Vec<(Change, u64)>,
}

impl Plan {
    /// The plan of the faults that are due; those that become part of it have struck.
    pub(super) fn new(due: Vec<&mut ActiveFault>, now: Timestamp) -> Self {
        let ending = due.iter().find_map(|active| match &active.fault.kind {
            Kind::Ending(ending) => Some((active.id, ending.clone(), active.fault.after_execution)),
            _ => None,
        });
        let changes_strike = ending.as_ref().is_none_or(|(_, ending, _)| *ending == Instead::Truncated);
        let mut plan = Self {
            now,
            skew: 0,
            wait_before: Duration::ZERO,
            wait_after: Duration::ZERO,
            ending: None,
            changes: Vec::new(),
        };
        for active in due {
            match &active.fault.kind {
                Kind::Latency(latency) if active.fault.after_execution => {
                    plan.wait_after = plan.wait_after.saturating_add(*latency);
                }
                Kind::Latency(latency) => plan.wait_before = plan.wait_before.saturating_add(*latency),
                Kind::ClockSkew(seconds) => plan.skew = plan.skew.saturating_add(*seconds),
                Kind::Change(change) if changes_strike => plan.changes.push((change.clone(), active.struck)),
                Kind::Ending(_) if ending.as_ref().is_some_and(|(id, ..)| *id == active.id) => {}
                Kind::Change(_) | Kind::Ending(_) => continue,
            }
            active.struck = active.struck.saturating_add(1);
        }
        plan.now = Timestamp::from_millis(now.as_millis().saturating_add(plan.skew.saturating_mul(1000)));
        plan.ending = ending.map(|(_, ending, after_execution)| (ending, after_execution));
        plan
    }

    /// How many seconds the server's clock is wrong by during this request; what handlers write into tokens follows it.
    pub(crate) fn clock_skew(&self) -> i64 {
        self.skew
    }

    /// Waits, and gives the answer if the operation must not run.
    pub(crate) async fn before(&self) -> Option<Reply> {
        if !self.wait_before.is_zero() {
            tokio::time::sleep(self.wait_before).await;
        }
        match &self.ending {
            Some((ending, false)) => Some(self.end(ending, None).delayed(self.wait_after)),
            _ => None,
        }
    }

    /// What becomes of the operation's answer.
    ///
    /// The `Date` header follows the local clock in every answer, so that it always fits the times inside.
    pub(crate) fn after(&self, response: Response<Bytes>) -> Reply {
        let changed = self.change(response);
        match &self.ending {
            Some((ending, true)) => self.end(ending, Some(changed)),
            _ => self.dated(changed).into(),
        }
        .delayed(self.wait_after)
    }

    fn end(&self, ending: &Instead, response: Option<Response<Bytes>>) -> Reply {
        match ending {
            Instead::Status(status) => self.dated(error(*status)).into(),
            Instead::RateLimited { wait, as_date } => {
                let mut response = error(429);
                let value = if *as_date {
                    // A date has whole seconds: rounded up, so that whoever waits as told gets through.
                    date(self.now + wait.saturating_add(Duration::from_millis(999)))
                } else {
                    Some(HeaderValue::from(RetryAfter(*wait).seconds()))
                };
                if let Some(value) = value {
                    response.headers_mut().insert(header::RETRY_AFTER, value);
                }
                self.dated(response).into()
            }
            Instead::Reset => Reply::reset(),
            Instead::Truncated => Reply::truncated(self.dated(response.unwrap_or_default())),
            Instead::NotJson(code) => {
                let mut response = Response::new(Bytes::from_static(HTML.as_bytes()));
                *response.status_mut() = status(*code);
                let html = HeaderValue::from_static("text/html; charset=utf-8");
                response.headers_mut().insert(header::CONTENT_TYPE, html);
                self.dated(response).into()
            }
        }
    }

    fn dated(&self, mut response: Response<Bytes>) -> Response<Bytes> {
        if let Some(date) = date(self.now) {
            response.headers_mut().insert(header::DATE, date);
        }
        response
    }

    fn change(&self, mut response: Response<Bytes>) -> Response<Bytes> {
        if self.changes.is_empty() {
            return response;
        }
        // What is no JSON has no keys to change.
        let Ok(mut body) = serde_json::from_slice(response.body()) else { return response };
        for (change, strike) in &self.changes {
            change.make(&mut body, *strike);
        }
        *response.body_mut() = Bytes::from(body.to_string());
        response
    }
}

fn date(moment: Timestamp) -> Option<HeaderValue> {
    let seconds = moment.as_millis().div_euclid(1000).clamp(0, LAST_DATE);
    let time: SystemTime = UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))?;
    HeaderValue::from_str(&httpdate::fmt_http_date(time)).ok()
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn error(code: u16) -> Response<Bytes> {
    let status = status(code);
    let code = match status.as_u16() {
        400 => "request_body_invalid",
        401 => "authentication_invalid",
        403 => "authorization_invalid",
        404 => "resource_not_found",
        413 => "request_body_too_large",
        422 => "form_param_value_invalid",
        429 => "too_many_requests",
        503 => "service_unavailable",
        504 => "gateway_timeout",
        _ => "internal_clerk_error",
    };
    let message = status.canonical_reason().unwrap_or("error").to_ascii_lowercase();
    let failure = Failure::new(status.as_u16(), code, message).explained("a fault that was asked for");
    refusal(&failure)
}
