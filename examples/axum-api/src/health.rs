//! Whether all is well, also with Clerk.

use std::time::Duration;

use axum::{Json, extract::State};
use clerk_ext::{
    Timestamp,
    auth::{
        Clerk,
        diagnose::{self, Severity},
    },
};
use serde::Serialize;
use tokio::{sync::watch, time::sleep};

use crate::{Result, router::App};

/// What everybody may know; the findings are for those who read the log.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Health {
    /// Whether requests are answered at all, which is what a platform has to know that starts and stops processes.
    ///
    /// While Clerk is down that goes on: sessions are checked with the keys at hand, which a restart would throw away.
    alive: bool,
    clerk: Clerks,
    checked_at: Timestamp,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Clerks {
    Well,
    Unwell,
}

/// `GET /health`: what was found out last, so that nobody can have Clerk asked by asking here.
pub(crate) async fn health(State(app): State<App>) -> Json<Health> {
    Json(*app.health.borrow())
}

/// Finds what is wrong with the configuration before anybody comes.
///
/// That Clerk cannot be reached is no mistake of the configuration, and may be over in a minute.
pub(crate) async fn at_start(clerk: &Clerk) -> Result<Health> {
    let found = clerk.check().await;
    for finding in &found.findings {
        eprintln!("{finding}");
    }
    let is_outage = |code: &str| matches!(code, "backend-unreachable" | "frontend-unreachable");
    let mistake = found.findings.iter().find(|it| it.severity >= Severity::Warning && !is_outage(&it.code));
    match mistake {
        Some(mistake) => Err(format!("the configuration is not fit to start with: {}", mistake.code).into()),
        None => Ok(noted(&found)),
    }
}

/// Looks every now and then, for as long as it is polled.
pub(crate) async fn watch(clerk: &Clerk, every: Duration, tell: &watch::Sender<Health>) {
    loop {
        sleep(every).await;
        let found = clerk.check().await;
        for finding in found.findings.iter().filter(|finding| finding.severity >= Severity::Warning) {
            eprintln!("{finding}");
        }
        tell.send_replace(noted(&found));
    }
}

fn noted(found: &diagnose::Health) -> Health {
    let clerk = if found.is_healthy() { Clerks::Well } else { Clerks::Unwell };
    Health { alive: true, clerk, checked_at: found.made_at }
}
