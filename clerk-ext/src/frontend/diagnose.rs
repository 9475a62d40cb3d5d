//! What stands between this program and a signed-in user, looked for in one call.
//!
//! [`Frontend::diagnose`] asks Clerk two questions at most and gives a [`Diagnosis`], whose text can be shown to whoever
//! runs the program, and sent to whoever helps them: there is no token in it, no address and no name of a person.
//!
//! | [`Finding::code`] | what was found |
//! |---|---|
//! | `no_network`, `no_such_host`, `tls`, `timeout`, `broken` | Clerk was not reached, and how far it got |
//! | `not_clerk` | something else answers, such as a captive portal |
//! | `native_api_disabled` | the instance allows browsers only, no native applications |
//! | `origin_authorization_headers_conflict` | the transport adds an `Origin` |
//! | `api_version_invalid` | Clerk does not take the version that this crate speaks |
//! | `failed`, `refused`, `not_asked` | Clerk failed, does not answer this program, or could not be asked |
//! | `maintenance` | sign-ins may be refused for a while |
//! | `clock_skew` | the clock of this machine is wrong |
//! | `store_unreadable`, `store_unwritable`, `store_damaged` | the credential store does not do what it is for |
//! | `store_forgets` | what is in it is gone when the program ends |
//! | `device_lost` | Clerk does not know this device any more |
//! | `sign_outs_unheard` | somebody signed out, and Clerk has yet to be told |
//! | `nobody_signed_in`, `session_pending` | there is no session, or one that gives no tokens yet |
//! | `sign_in_unfinished`, `sign_up_unfinished` | something was begun, and waits |
//! | `attestation_enforced`, `protect`, `captcha` | protection that this program cannot pass, or not always |
//! | `test_mode_in_production` | anybody can sign in to test accounts of an instance with real users |

mod ask;
mod findings;
mod look;
mod text;

use std::fmt;

use clerk_core::{InstanceKind, OrganizationId, SessionId, Timestamp, UserId};
use clerk_fapi::{API_VERSION, types};
use serde::{Serialize, Serializer};

use super::{client::Frontend, record::Record};
pub use crate::finding::{Finding, Severity};
use crate::metadata::Metadata;

/// How a device stands: with Clerk, with its store, with the people who use it.
///
/// It is printed in lines for people, and serde writes it for machines. Neither shows anything secret.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// When it was made, by the clock of this machine.
    pub made_at: Timestamp,
    /// Which instance it is about.
    pub frontend_url: String,
    /// The proxy that requests go over.
    pub proxy_url: Option<String>,
    /// Whether that is for development or production, where a publishable key said so.
    #[serde(serialize_with = "kind")]
    pub instance_kind: Option<InstanceKind>,
    /// The version of the API that this crate speaks.
    pub api_version: &'static str,
    /// How far a request got.
    pub reach: Reach,
    /// Whether the instance lets programs in; nothing where it did not say.
    pub native_api: Option<bool>,
    /// By how many milliseconds at least the clock of this machine is ahead of Clerk's; below zero it is behind.
    ///
    /// Answers take time and say only the second, so that 0 is as good as right. Nothing where Clerk did not say.
    pub clock_ahead_millis: Option<i64>,
    /// What type of store it is, such as `FileStore`.
    pub store: String,
    /// Whether the store does what it is for.
    pub store_state: StoreState,
    /// What Clerk says of the device.
    pub device: DeviceState,
    /// How many sign-outs Clerk has yet to be told.
    pub unheard_sign_outs: usize,
    /// Everybody's sessions here, those included that are over.
    pub sessions: Vec<SessionReport>,
    /// The sign-in that was begun and is not complete.
    pub sign_in: Option<FlowReport>,
    /// The sign-up that was begun and is not complete.
    pub sign_up: Option<FlowReport>,
    /// What is worth knowing, the worst first.
    pub findings: Vec<Finding>,
}

/// How far a request to Clerk got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reach {
    /// Clerk answered.
    Reached,
    /// Clerk answered that it will not, with this status.
    Refused(u16),
    /// Something answered that is not Clerk.
    NotClerk,
    /// The machine has no way there.
    NoNetwork,
    /// The name of the host cannot be looked up.
    NoSuchHost,
    /// The connection could not be made safe.
    Tls,
    /// Nothing came in time.
    Timeout,
    /// The connection failed or broke.
    Broken,
    /// No request left.
    NotAsked,
}

/// Whether a store does what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StoreState {
    /// It can be read and written.
    Works,
    /// It can be read, and not written.
    Unwritable,
    /// It can be read, and makes no sense.
    Damaged,
    /// It cannot be read.
    Unreadable,
}

/// What Clerk says of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeviceState {
    /// It has no token: nobody has signed in here, or everybody is gone for good.
    New,
    /// Clerk knows its token.
    Known,
    /// Clerk took its token for that of nobody: whoever was signed in is not any more.
    Lost,
    /// It has a token, and Clerk did not say.
    Unconfirmed,
}

/// A session on this device.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct SessionReport {
    /// Which.
    pub id: SessionId,
    /// Whether it counts.
    pub status: types::SessionStatus,
    /// Whether it is the one in the foreground.
    pub in_foreground: bool,
    /// Whose it is.
    pub user: Option<UserId>,
    /// Where its user works in it; nothing in the personal account.
    pub organization: Option<OrganizationId>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// What its user has to do before it counts.
    pub tasks: Vec<String>,
}

/// A sign-in or sign-up that was begun.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FlowReport {
    /// Which.
    pub id: String,
    /// Where it stands, as the API names it.
    pub status: String,
    /// What it waits for, as the API names it: strategies of a sign-in, fields of a sign-up.
    pub waits_for: Vec<String>,
    /// Until when.
    pub ends_at: Option<Timestamp>,
}

impl Diagnosis {
    /// Whether nothing was found that does not work.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity < Severity::Error)
    }

    /// What was found under a code.
    #[must_use]
    pub fn finding(&self, code: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.code == code)
    }
}

impl<M: Metadata> Frontend<M> {
    /// Looks for what stands between this program and a signed-in user.
    ///
    /// It never fails: what cannot be found out is part of what it says. It begins no sign-in and ends no session. Its
    /// second question is one like any other, though: where Clerk has forgotten this device or changed its token, this
    /// device knows afterwards. The store is tried with an entry of its own, which is taken away again.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().configure(|settings| settings.native_api = false).start().await?;
    /// # let key = local.publishable_key();
    /// use clerk_ext::frontend::Frontend;
    ///
    /// let diagnosis = Frontend::new(&key)?.diagnose().await;
    /// if !diagnosis.is_healthy() {
    ///     eprintln!("{diagnosis}");
    /// }
    /// # assert!(diagnosis.finding("native_api_disabled").is_some());
    /// # Ok(()) }
    /// ```
    pub async fn diagnose(&self) -> Diagnosis {
        let core = self.device().core();
        let looked = look::look(core).await;
        let asked = ask::ask(self.device(), looked.is_known()).await;
        let record = core.record();
        let mut diagnosis = Diagnosis {
            made_at: core.now(),
            frontend_url: core.name.clone(),
            proxy_url: Some(core.endpoint.base_url()).filter(|url| *url != core.name).map(ToOwned::to_owned),
            instance_kind: self.instance_kind(),
            api_version: API_VERSION,
            reach: asked.reach,
            native_api: asked.environment.as_ref().and_then(super::Environment::native_api_enabled),
            clock_ahead_millis: asked.clock_ahead_millis,
            store: look::short(core.store_type),
            store_state: looked.state,
            device: asked.device,
            unheard_sign_outs: record.leaving.len(),
            sessions: sessions(&record),
            sign_in: sign_in(&record),
            sign_up: sign_up(&record),
            findings: Vec::new(),
        };
        diagnosis.findings = findings::of(&diagnosis, &looked, &asked);
        diagnosis
    }
}

fn sessions(record: &Record) -> Vec<SessionReport> {
    let Some(client) = &record.client else { return Vec::new() };
    let report = |session: &types::Session| SessionReport {
        id: session.id.clone(),
        status: session.status.clone(),
        in_foreground: client.last_active_session_id.as_ref() == Some(&session.id),
        user: session.user.as_ref().map(|user| user.id.clone()),
        organization: session.last_active_organization_id.clone(),
        expires_at: session.expire_at,
        tasks: session.tasks.iter().map(|task| task.key.clone()).collect(),
    };
    client.sessions.iter().map(report).collect()
}

fn sign_in(record: &Record) -> Option<FlowReport> {
    use types::SignInStatus as Status;
    let raw = record.client.as_ref()?.sign_in.as_ref()?;
    let strategies = |factors: &[types::SignInFactor]| {
        let strategies = factors.iter().filter_map(|factor| factor.strategy.as_ref());
        strategies.map(|strategy| strategy.as_str().to_owned()).collect()
    };
    let waits_for = match raw.status {
        Status::Complete | Status::Abandoned => return None,
        Status::NeedsIdentifier => raw.supported_identifiers.iter().map(|one| one.as_str().to_owned()).collect(),
        Status::NeedsFirstFactor => strategies(&raw.supported_first_factors),
        Status::NeedsSecondFactor | Status::NeedsClientTrust => strategies(&raw.supported_second_factors),
        _ => Vec::new(),
    };
    let (id, status) = (raw.id.to_string(), raw.status.to_string());
    Some(FlowReport { id, status, waits_for, ends_at: raw.abandon_at })
}

fn sign_up(record: &Record) -> Option<FlowReport> {
    let raw = record.client.as_ref()?.sign_up.as_ref()?;
    if matches!(raw.status, types::SignUpStatus::Complete | types::SignUpStatus::Abandoned) {
        return None;
    }
    let waits_for = raw.missing_fields.iter().chain(&raw.unverified_fields).cloned().collect();
    let (id, status) = (raw.id.to_string(), raw.status.to_string());
    Some(FlowReport { id, status, waits_for, ends_at: raw.abandon_at })
}

#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn kind<S: Serializer>(kind: &Option<InstanceKind>, serializer: S) -> Result<S::Ok, S::Error> {
    kind.map(text::instance_kind).serialize(serializer)
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::diagnosis(self, f)
    }
}
