//! What to make of it. Pure: everything was found out before.

use std::cmp::Reverse;

use clerk_core::{Error, InstanceKind};
use clerk_fapi::types::SessionStatus;

use super::{DeviceState, Diagnosis, Finding, FlowReport, Reach, Severity, StoreState, ask::Asked, look::Looked, text};
use crate::frontend::environment::{DeviceAttestationMode, Environment};

/// What services that check tokens make allowance for, as a rule, in milliseconds.
const TOLERATED: u64 = 5_000;

/// What no token lives through.
const INTOLERABLE: u64 = 60_000;

const HOSTED: &str = "let people sign in in a browser: `hosted` on `Frontend::sign_in()` and `Frontend::sign_up()`";

const DOES_NOT_LET_IN: &str = "the instance does not let programs in, only browsers";
const LET_IN: &str = "turn the native API on in the Clerk Dashboard, on the page Native applications";

pub(super) fn of(diagnosis: &Diagnosis, looked: &Looked, asked: &Asked) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    if let Some(error) = &asked.error {
        findings.of_error(asked.reach, error);
    } else if diagnosis.native_api == Some(false) {
        findings.add(Severity::Error, "native_api_disabled", DOES_NOT_LET_IN, LET_IN);
    }
    findings.of_clock(diagnosis.clock_ahead_millis);
    findings.of_store(diagnosis, looked);
    findings.of_device(diagnosis);
    findings.of_people(diagnosis);
    if let Some(environment) = &asked.environment {
        findings.of_environment(environment, diagnosis.instance_kind);
    }
    findings.0.sort_by_key(|finding| Reverse(finding.severity));
    findings.0
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, severity: Severity, code: &'static str, what: impl Into<String>, what_to_do: impl Into<String>) {
        self.0.push(Finding::new(severity, code, what, what_to_do));
    }

    fn of_error(&mut self, reach: Reach, error: &Error) {
        let (code, what, what_to_do) = if error.has_code("native_api_disabled") {
            ("native_api_disabled", DOES_NOT_LET_IN.to_owned(), LET_IN)
        } else if error.has_code("origin_authorization_headers_conflict") {
            (
                "origin_authorization_headers_conflict",
                "the transport adds an `Origin` header, which Clerk does not take next to a token".to_owned(),
                "give another `FrontendBuilder::transport`: that of a web view sends what browsers send",
            )
        } else if error.has_code("api_version_invalid") {
            (
                "api_version_invalid",
                format!("Clerk does not take the version that this crate speaks: {error}"),
                "see that nothing on the way adds or changes a version of the API, or take a newer release of the crate",
            )
        } else {
            of_reach(reach, error)
        };
        self.add(Severity::Error, code, what, what_to_do);
    }

    fn of_clock(&mut self, ahead: Option<i64>) {
        let Some(ahead) = ahead.filter(|ahead| ahead.unsigned_abs() > TOLERATED) else { return };
        let severity = if ahead.unsigned_abs() < INTOLERABLE { Severity::Warning } else { Severity::Error };
        self.add(
            severity,
            "clock_skew",
            format!("the clock of this machine is {}, by which tokens look too old or too new", text::clock(ahead)),
            "set the clock, best by a time server",
        );
    }

    fn of_store(&mut self, diagnosis: &Diagnosis, looked: &Looked) {
        let store = &diagnosis.store;
        // What a store says has its own remedy in it.
        let said = looked.error.as_ref().map(ToString::to_string).unwrap_or_default();
        match looked.state {
            StoreState::Works => {}
            StoreState::Unwritable => self.add(
                Severity::Error,
                "store_unwritable",
                format!("the credential store ({store}) cannot be written: {said}"),
                "do as it says; until then people are signed in until the program ends",
            ),
            StoreState::Damaged => self.add(
                Severity::Error,
                "store_damaged",
                format!("what the credential store ({store}) holds is damaged, and counts as nothing"),
                "sign in again, which replaces it",
            ),
            StoreState::Unreadable => self.add(
                Severity::Error,
                "store_unreadable",
                format!("the credential store ({store}) cannot be read: {said}"),
                "do as it says, or give another `FrontendBuilder::store`",
            ),
        }
        if store == "MemoryStore" {
            self.add(
                Severity::Info,
                "store_forgets",
                "the credential store is in memory, so that everybody is signed out when the program ends",
                "give another `FrontendBuilder::store` if people are to stay signed in",
            );
        }
    }

    fn of_device(&mut self, diagnosis: &Diagnosis) {
        if diagnosis.device == DeviceState::Lost {
            self.add(
                Severity::Error,
                "device_lost",
                "Clerk does not know the token of this device: it was replaced by another copy of the store, or the \
                 device was removed",
                "sign in again; never copy a store to another machine, nor put an older one back",
            );
        }
        match diagnosis.unheard_sign_outs {
            0 => {}
            count => self.add(
                Severity::Warning,
                "sign_outs_unheard",
                format!("Clerk has yet to be told of sign-outs on this device: {count}"),
                "nothing: it is told with the next request that reaches it",
            ),
        }
    }

    fn of_people(&mut self, diagnosis: &Diagnosis) {
        let counts = |status: &SessionStatus| matches!(status, SessionStatus::Active | SessionStatus::Pending);
        if !diagnosis.sessions.iter().any(|session| counts(&session.status)) {
            self.add(Severity::Info, "nobody_signed_in", "nobody is signed in on this device", "sign in");
        }
        let pending = |session: &&super::SessionReport| session.status == SessionStatus::Pending;
        for session in diagnosis.sessions.iter().filter(pending) {
            let (id, tasks) = (&session.id, session.tasks.join(", "));
            self.add(
                Severity::Warning,
                "session_pending",
                format!("the session {id} gives no tokens before its user has done this: {tasks}"),
                "do what `Session::current_task` gives",
            );
        }
        let mut unfinished = |code, name, flow: &Option<FlowReport>, resume: &str| {
            if let Some(flow) = flow {
                let what =
                    format!("the {name} {} is at `{}`, and waits{}", flow.id, flow.status, text::waits_for(flow));
                self.add(Severity::Info, code, what, resume);
            }
        };
        unfinished(
            "sign_in_unfinished",
            "sign-in",
            &diagnosis.sign_in,
            "go on with `SignIns::resume`, or begin another",
        );
        unfinished(
            "sign_up_unfinished",
            "sign-up",
            &diagnosis.sign_up,
            "go on with `SignUps::resume`, or begin another",
        );
    }

    fn of_environment(&mut self, environment: &Environment, kind: Option<InstanceKind>) {
        if environment.maintenance_mode() {
            self.add(
                Severity::Warning,
                "maintenance",
                "Clerk is under maintenance, and may refuse to sign people in",
                "wait; who is signed in stays so",
            );
        }
        let protection = environment.protection();
        if protection.device_attestation == DeviceAttestationMode::Enforced {
            self.add(
                Severity::Error,
                "attestation_enforced",
                "the instance takes only apps that a phone's maker vouches for, which this program cannot show",
                HOSTED,
            );
        }
        if protection.protect {
            self.add(
                Severity::Warning,
                "protect",
                "the instance may hold an attempt up until a browser has run a script of Clerk Protect",
                HOSTED,
            );
        }
        if protection.captcha {
            self.add(
                Severity::Info,
                "captcha",
                "browsers have to solve a captcha to sign up, and this program is exempt from it",
                "nothing; in a test of pages take `FrontendBuilder::testing_token`",
            );
        }
        if environment.test_mode() && kind == Some(InstanceKind::Production) {
            self.add(
                Severity::Warning,
                "test_mode_in_production",
                "test mode is on in an instance for production, so that anybody proves any test address",
                "turn test mode off in the Clerk Dashboard",
            );
        }
    }
}

fn of_reach(reach: Reach, error: &Error) -> (&'static str, String, &'static str) {
    let (code, what, what_to_do) = match reach {
        Reach::NoNetwork => ("no_network", "there is no way to Clerk from this machine", "connect it to a network"),
        Reach::NoSuchHost => (
            "no_such_host",
            "the host of the Frontend API has no address here",
            "see that the publishable key is right, and that names can be looked up on this machine",
        ),
        Reach::Tls => (
            "tls",
            "the connection to Clerk could not be made safe",
            "look for a proxy in between, whose certificate this machine would have to trust, and at the clock",
        ),
        Reach::Timeout => (
            "timeout",
            "Clerk did not answer in time",
            "try again; look for a firewall that lets nothing out and says nothing",
        ),
        Reach::Broken => (
            "broken",
            "the connection to Clerk failed",
            "try again; look for a firewall or proxy that closes connections",
        ),
        Reach::NotClerk => (
            "not_clerk",
            "something answers that is not Clerk",
            "open a page in a browser, in case the network wants a password; else see that the address is right",
        ),
        Reach::Refused(500..) => (
            "failed",
            "Clerk fails, or what stands before it",
            "try again later; Clerk tells of outages on its status page",
        ),
        Reach::Reached | Reach::Refused(_) => (
            "refused",
            "Clerk refuses to answer",
            error.hint().unwrap_or("try again later, and ask Clerk's support with the trace"),
        ),
        Reach::NotAsked => ("not_asked", "Clerk could not be asked", "set the program up as the error says"),
    };
    (code, format!("{what}: {error}"), what_to_do)
}
