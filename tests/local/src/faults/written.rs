//! Faults as JSON.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Change, Fault, Instead, JWKS, Kind, SEED};
use crate::Api;

/// A fault as JSON has it: flat, and with a typing error in a key refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    kind: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    millis: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    on: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    api: Option<ApiName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    #[serde(default, skip_serializing_if = "is_zero")]
    after: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when: Option<When>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Name {
    Latency,
    Status,
    RateLimited,
    RateLimitedUntilDate,
    Reset,
    Truncated,
    NotJson,
    UnknownEnumValues,
    ExtraFields,
    MissingFields,
    ClockSkew,
    JwksOutage,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ApiName {
    Frontend,
    Backend,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum When {
    Before,
    AfterExecution,
}

// serde asks for a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn needed<T>(value: &mut Option<T>, name: &str) -> Result<T, String> {
    value.take().ok_or_else(|| format!("this kind of fault needs `{name}`"))
}

fn sendable(status: u16) -> Result<u16, String> {
    if super::sendable(status) == status {
        Ok(status)
    } else {
        Err(format!("`status` is {status}, and must lie within 200 and 599"))
    }
}

impl TryFrom<Written> for Fault {
    type Error = String;

    fn try_from(mut written: Written) -> Result<Self, String> {
        let mut fault = match written.kind {
            Name::Latency => Self::latency(Duration::from_millis(needed(&mut written.millis, "millis")?)),
            Name::Status => Self::status(sendable(needed(&mut written.status, "status")?)?),
            Name::RateLimited => {
                Self::rate_limited(Duration::from_secs(needed(&mut written.retry_after, "retry_after")?))
            }
            Name::RateLimitedUntilDate => {
                Self::rate_limited_until_date(Duration::from_secs(needed(&mut written.retry_after, "retry_after")?))
            }
            Name::Reset => Self::reset(),
            Name::Truncated => Self::truncated(),
            Name::NotJson => Self::not_json_with_status(sendable(written.status.take().unwrap_or(200))?),
            Name::UnknownEnumValues => Self::unknown_enum_values(),
            Name::ExtraFields => Self::extra_fields(),
            Name::MissingFields => Self::missing_fields().seed(written.seed.take().unwrap_or(SEED)),
            Name::ClockSkew => Self::clock_skew(needed(&mut written.seconds, "seconds")?),
            Name::JwksOutage => Self::jwks_outage(),
        };
        let left = [
            ("millis", written.millis.is_some()),
            ("status", written.status.is_some()),
            ("retry_after", written.retry_after.is_some()),
            ("seconds", written.seconds.is_some()),
            ("seed", written.seed.is_some()),
        ];
        if let Some((name, _)) = left.iter().find(|(_, is_left)| *is_left) {
            return Err(format!("this kind of fault has no `{name}`"));
        }
        if matches!(written.kind, Name::JwksOutage) && !written.on.is_empty() {
            return Err(format!("a `jwks_outage` is on {} and {}, and takes no `on`", JWKS[0], JWKS[1]));
        }
        fault.on.append(&mut written.on);
        fault.api = written.api.map(|api| match api {
            ApiName::Frontend => Api::Frontend,
            ApiName::Backend => Api::Backend,
        });
        fault.times = written.times;
        fault.skip = written.after;
        Ok(match written.when {
            None => fault,
            Some(When::Before) => fault.before_execution(),
            Some(When::AfterExecution) => fault.after_execution(),
        })
    }
}

impl From<Fault> for Written {
    fn from(fault: Fault) -> Self {
        let mut written = Self {
            kind: Name::Reset,
            millis: None,
            status: None,
            retry_after: None,
            seconds: None,
            seed: None,
            on: fault.on,
            api: fault.api.map(|api| match api {
                Api::Frontend => ApiName::Frontend,
                Api::Backend => ApiName::Backend,
            }),
            times: fault.times,
            after: fault.skip,
            when: fault.after_execution.then_some(When::AfterExecution),
        };
        written.kind = match fault.kind {
            Kind::Latency(latency) => {
                written.millis = Some(u64::try_from(latency.as_millis()).unwrap_or(u64::MAX));
                Name::Latency
            }
            Kind::ClockSkew(seconds) => {
                written.seconds = Some(seconds);
                Name::ClockSkew
            }
            Kind::Ending(Instead::Status(status)) => {
                written.status = Some(status);
                Name::Status
            }
            Kind::Ending(Instead::RateLimited { wait, as_date }) => {
                written.retry_after = Some(wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)));
                if as_date { Name::RateLimitedUntilDate } else { Name::RateLimited }
            }
            Kind::Ending(Instead::Reset) => Name::Reset,
            Kind::Ending(Instead::Truncated) => Name::Truncated,
            Kind::Ending(Instead::NotJson(status)) => {
                written.status = Some(status);
                Name::NotJson
            }
            Kind::Change(Change::UnknownEnumValues) => Name::UnknownEnumValues,
            Kind::Change(Change::ExtraFields) => Name::ExtraFields,
            Kind::Change(Change::MissingFields { seed }) => {
                written.seed = Some(seed);
                Name::MissingFields
            }
        };
        written
    }
}
