//! A diagnosis in lines for people.

use std::fmt;

use clerk_core::{InstanceKind, Timestamp};

use super::{DeviceState, Diagnosis, FlowReport, Reach, SessionReport, StoreState};

pub(super) fn diagnosis(diagnosis: &Diagnosis, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let now = diagnosis.made_at;
    write!(f, "Clerk at {}", diagnosis.frontend_url)?;
    if let Some(kind) = diagnosis.instance_kind {
        write!(f, " ({})", instance_kind(kind))?;
    }
    writeln!(f, ", version {} of the API, on {now}", diagnosis.api_version)?;
    if let Some(proxy) = &diagnosis.proxy_url {
        writeln!(f, "proxy: {proxy}")?;
    }
    write!(f, "network: ")?;
    reach(diagnosis.reach, f)?;
    if let Some(enabled) = diagnosis.native_api {
        write!(f, "; programs are {}", if enabled { "let in" } else { "not let in" })?;
    }
    match diagnosis.clock_ahead_millis {
        Some(ahead) => writeln!(f, "; the clock is {}", clock(ahead))?,
        None => writeln!(f)?,
    }
    writeln!(f, "store: {}, which {}", diagnosis.store, store(diagnosis.store_state))?;
    writeln!(f, "device: {}", device(diagnosis.device))?;
    for report in &diagnosis.sessions {
        session(report, now, f)?;
    }
    for (name, report) in [("sign-in", &diagnosis.sign_in), ("sign-up", &diagnosis.sign_up)] {
        if let Some(report) = report {
            write!(f, "{name} {}: {}{}", report.id, report.status, waits_for(report))?;
            ends(report.ends_at, now, f)?;
        }
    }
    for finding in &diagnosis.findings {
        writeln!(f, "{finding}")?;
    }
    Ok(())
}

pub(super) fn instance_kind(kind: InstanceKind) -> &'static str {
    match kind {
        InstanceKind::Development => "development",
        InstanceKind::Production => "production",
    }
}

fn reach(reach: Reach, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(match reach {
        Reach::Reached => "Clerk answers",
        Reach::Refused(status) => return write!(f, "Clerk answers with {status}"),
        Reach::NotClerk => "something else answers",
        Reach::NoNetwork => "there is none",
        Reach::NoSuchHost => "there is no such host",
        Reach::Tls => "no safe connection",
        Reach::Timeout => "no answer in time",
        Reach::Broken => "the connection fails",
        Reach::NotAsked => "not tried",
    })
}

fn store(state: StoreState) -> &'static str {
    match state {
        StoreState::Works => "works",
        StoreState::Unwritable => "cannot be written",
        StoreState::Damaged => "is damaged",
        StoreState::Unreadable => "cannot be read",
    }
}

fn device(state: DeviceState) -> &'static str {
    match state {
        DeviceState::New => "has no token",
        DeviceState::Known => "known to Clerk",
        DeviceState::Lost => "not known to Clerk any more",
        DeviceState::Unconfirmed => "has a token, and Clerk did not say whose",
    }
}

fn session(report: &SessionReport, now: Timestamp, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "session {}: {}", report.id, report.status)?;
    if report.in_foreground {
        write!(f, ", in the foreground")?;
    }
    if let Some(user) = &report.user {
        write!(f, ", of {user}")?;
    }
    if let Some(organization) = &report.organization {
        write!(f, " in {organization}")?;
    }
    if !report.tasks.is_empty() {
        write!(f, ", with tasks: {}", report.tasks.join(", "))?;
    }
    ends(report.expires_at, now, f)
}

fn ends(moment: Option<Timestamp>, now: Timestamp, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match moment.map(|moment| moment.as_millis().saturating_sub(now.as_millis())) {
        Some(left) if left > 0 => writeln!(f, ", ends in {}", span(left.unsigned_abs())),
        Some(past) => writeln!(f, ", ended {} ago", span(past.unsigned_abs())),
        None => writeln!(f),
    }
}

/// What a flow waits for, to follow its status.
pub(super) fn waits_for(flow: &FlowReport) -> String {
    match flow.waits_for.as_slice() {
        [] => String::new(),
        names => format!(" for {}", names.join(", ")),
    }
}

/// How a clock is, by how much it is ahead.
pub(super) fn clock(ahead: i64) -> String {
    match ahead {
        0 => "right".to_owned(),
        1.. => format!("at least {} ahead", span(ahead.unsigned_abs())),
        _ => format!("at least {} behind", span(ahead.unsigned_abs())),
    }
}

/// A time in the largest unit that it fills twice, or else in seconds.
fn span(millis: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400_000, "days"), (3_600_000, "hours"), (60_000, "minutes")];
    match UNITS.iter().find(|(unit, _)| millis >= 2 * unit) {
        Some((unit, name)) => format!("{} {name}", millis / unit),
        None if millis < 2_000 => "a second".to_owned(),
        None => format!("{} seconds", millis / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_unit_that_fits() {
        for (millis, words) in [
            (500, "a second"),
            (90_000, "90 seconds"),
            (120_000, "2 minutes"),
            (7_100_000, "118 minutes"),
            (86_400_000, "24 hours"),
            (604_800_000, "7 days"),
        ] {
            assert_eq!(span(millis), words);
        }
    }

    #[test]
    fn a_clock_is_ahead_behind_or_right() {
        assert_eq!(clock(0), "right");
        assert_eq!(clock(90_000), "at least 90 seconds ahead");
        assert_eq!(clock(-600_000), "at least 10 minutes behind");
    }
}
