//! Webhooks: signatures, events, each message handled once, and all of it over HTTP.

mod axum;
mod delivery;
mod event;
mod hostile;
mod memory;
mod once;
mod signature;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use clerk_ext::{
    Timestamp,
    clock::ManualClock,
    http::HeaderMap,
    webhooks::{Verified, Webhook},
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET: &str = "whsec_dGVzdCBzZWNyZXQgdGVzdCBzZWNyZXQ=";
const NOW: i64 = 1_614_265_330;

fn clock() -> ManualClock {
    ManualClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs()))
}

/// A webhook whose clock stands still, so that it must not wait for anything.
fn webhook() -> Webhook {
    Webhook::new(SECRET).unwrap().clock(Arc::new(clock())).patience(Duration::ZERO)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn signed(webhook: &Webhook, id: &str, body: &str) -> HeaderMap {
    webhook.sign(id, at(NOW), body).unwrap()
}

/// A message that this webhook accepts.
fn message(webhook: &Webhook, id: &str) -> Verified {
    let body = r#"{"type":"user.deleted","object":"event","data":{"id":"user_1","deleted":true}}"#;
    webhook.verify(&signed(webhook, id, body), body).unwrap()
}
