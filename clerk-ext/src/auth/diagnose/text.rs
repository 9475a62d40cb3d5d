//! Reports in lines for people.

use std::fmt;

use clerk_core::Timestamp;

use super::{
    health::{Health, KeyState},
    request_report::RequestReport,
    token_report::{TokenReport, Verdict},
};
use crate::finding::Finding;

/// No name or id is as long; what is longer is cut.
const LONGEST: usize = 200;

/// A text that somebody else chose, as it may stand in a log.
pub(super) fn printable(text: &str) -> String {
    let shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() { format!("{shown}…") } else { shown }
}

impl fmt::Display for TokenReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines(f, "")
    }
}

impl TokenReport {
    fn lines(&self, f: &mut fmt::Formatter<'_>, indent: &str) -> fmt::Result {
        write!(f, "{indent}{}", self.looks)?;
        if let Some(algorithm) = &self.algorithm {
            write!(f, ", {algorithm}")?;
        }
        if let Some(key_id) = &self.key_id {
            write!(f, ", key {key_id}")?;
        }
        writeln!(f, ", on {}: {}", self.made_at, verdict(self.verdict))?;
        findings(&self.findings, f, indent)?;
        let moments = [("issued", self.issued_at), ("valid", self.not_before), ("expire", self.expires_at)];
        for (what, moment) in moments {
            if let Some(moment) = moment {
                writeln!(f, "{indent}  {} ({moment})", when(what, moment, self.made_at))?;
            }
        }
        if self.expires_at.is_none() && self.verdict == Verdict::Good {
            writeln!(f, "{indent}  it does not expire")?;
        }
        if self.claims.is_empty() {
            return Ok(());
        }
        let trusted = if self.verdict == Verdict::Good { "it says" } else { "it says, and may be lying" };
        let claims = self.claims.iter().map(|claim| match &claim.value {
            Some(value) => format!("{} {value}", claim.name),
            None => claim.name.clone(),
        });
        writeln!(f, "{indent}  {trusted}: {}", claims.collect::<Vec<_>>().join(", "))
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "good",
        Verdict::Refused => "refused",
        Verdict::Unknown => "nobody can say",
    }
}

fn findings(findings: &[Finding], f: &mut fmt::Formatter<'_>, indent: &str) -> fmt::Result {
    findings.iter().try_for_each(|finding| writeln!(f, "{indent}  {finding}"))
}

/// A moment in words, such as `expired 3 minutes ago`.
fn when(what: &str, moment: Timestamp, now: Timestamp) -> String {
    let distance = now.as_millis().saturating_sub(moment.as_millis());
    let (is_past, span) = (distance >= 0, span(distance.unsigned_abs()));
    match (what, is_past) {
        ("expire", true) => format!("expired {span} ago"),
        ("expire", false) => format!("expires in {span}"),
        ("valid", true) => format!("became valid {span} ago"),
        ("valid", false) => format!("not valid before {span} from now"),
        (_, true) => format!("issued {span} ago"),
        (_, false) => format!("issued {span} from now"),
    }
}

/// A span in its largest whole unit.
pub(super) fn span(millis: u64) -> String {
    let seconds = millis / 1000;
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

impl fmt::Display for RequestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.method)?;
        if let Some(origin) = &self.origin {
            write!(f, " to {origin}")?;
        }
        let status = self.status.map_or("not checked", |status| status.as_str());
        writeln!(f, ", on {}: {status}", self.made_at)?;
        findings(&self.findings, f, "")?;
        if let Some(place) = &self.redirect_to {
            writeln!(f, "  sent to {place}")?;
        }
        if !self.cookies.is_empty() {
            writeln!(f, "  cookies: {}", self.cookies.join(", "))?;
        }
        for token in &self.tokens {
            writeln!(f, "  token in {}:", token.place)?;
            token.report.lines(f, "    ")?;
        }
        Ok(())
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let healthy = if self.is_healthy() { "healthy" } else { "not healthy" };
        write!(f, "{healthy}, on {}", self.made_at)?;
        match &self.frontend_host {
            Some(host) => writeln!(f, ": {host}")?,
            None => writeln!(f)?,
        }
        writeln!(f, "  secret key: {}", key_state(self.secret_key))?;
        writeln!(f, "  machine secret key: {}", key_state(self.machine_secret_key))?;
        match self.keys {
            Some(keys) => writeln!(f, "  public keys: {keys}")?,
            None => writeln!(f, "  public keys: not found")?,
        }
        match self.is_one_instance {
            Some(true) => writeln!(f, "  all keys are of one instance")?,
            Some(false) => writeln!(f, "  the keys are of different instances")?,
            None => writeln!(f, "  whether the keys are of one instance cannot be told")?,
        }
        if let Some(ahead) = self.clock_ahead_millis {
            let span = span(ahead.unsigned_abs());
            match ahead {
                0 => writeln!(f, "  the clock is right")?,
                1.. => writeln!(f, "  the clock is ahead by {span} or more")?,
                _ => writeln!(f, "  the clock is behind by {span} or more")?,
            }
        }
        findings(&self.findings, f, "")
    }
}

fn key_state(state: KeyState) -> &'static str {
    match state {
        KeyState::Absent => "none",
        KeyState::Accepted => "accepted",
        KeyState::Refused => "refused",
        KeyState::Unknown => "nobody can say",
    }
}
