use std::time::{Duration, SystemTime};

use clerk_core::{Error, ErrorKind, Json, JsonMap, Timestamp};

use crate::auth::{Reason, TokenError, verify::millis};

/// What the Backend API says of a token.
///
/// Only what decides whether it counts is read strictly: everything else may be missing or of a kind that is not known.
pub(super) struct Answer(JsonMap);

/// In what an answer counts time.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Unit {
    Millis,
    /// OAuth access tokens, other than everything else.
    Seconds,
}

/// No time in seconds is larger: it would be beyond the year 5000, and is in milliseconds after all.
const LATEST_SECOND: i64 = 100_000_000_000;

impl Answer {
    pub(super) fn new(fields: JsonMap) -> Self {
        Self(fields)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Json::as_str).filter(|text| !text.is_empty())
    }

    /// A text without which nobody knows whom the token is of.
    pub(super) fn required(&self, name: &'static str) -> Result<&str, Error> {
        self.text(name).ok_or_else(|| incomprehensible(name))
    }

    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        texts(self.0.get(name))
    }

    pub(super) fn json(&self, name: &str) -> Option<&Json> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn time(&self, name: &str, unit: Unit) -> Option<Timestamp> {
        self.0.get(name).and_then(|value| time(value, unit))
    }

    /// When the token ends; what is there and no time is a mistake, not a token without an end.
    pub(super) fn expiration(&self, unit: Unit) -> Result<Option<Timestamp>, Error> {
        match self.json("expiration") {
            None => Ok(None),
            Some(value) => time(value, unit).map(Some).ok_or_else(|| incomprehensible("expiration")),
        }
    }

    /// The API answers 200 for tokens that were taken back or are over, and says so in the answer.
    pub(super) fn check(
        &self,
        expires_at: Option<Timestamp>,
        now: SystemTime,
        skew: Duration,
    ) -> Result<(), TokenError> {
        if self.0.get("active") == Some(&Json::Bool(false)) {
            return Err(TokenError::new(Reason::TOKEN_INVALID, "Clerk says that the token does not count"));
        }
        if self.is_set("revoked") {
            return Err(TokenError::new(Reason::TOKEN_INVALID, "the token was revoked"));
        }
        let skew = i64::try_from(skew.as_millis()).unwrap_or(i64::MAX);
        let is_over = expires_at.is_some_and(|end| end.as_millis() <= millis(now).saturating_sub(skew));
        if is_over || self.is_set("expired") {
            return Err(TokenError::new(Reason::TOKEN_VERIFICATION_FAILED, "the token has expired"));
        }
        Ok(())
    }

    /// Whether a flag is set; a value that is no flag counts as one that is.
    fn is_set(&self, name: &str) -> bool {
        !matches!(self.0.get(name), None | Some(Json::Null | Json::Bool(false)))
    }
}

/// The texts of a list, or the one text.
pub(super) fn texts(value: Option<&Json>) -> Vec<String> {
    match value {
        Some(Json::String(text)) if !text.is_empty() => vec![text.clone()],
        Some(Json::Array(list)) => list.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn time(value: &Json, unit: Unit) -> Option<Timestamp> {
    // What is beyond the range of times saturates.
    let number = value.as_i64().or_else(|| value.as_f64().map(|fraction| fraction.trunc() as i64))?;
    let is_seconds = unit == Unit::Seconds && number < LATEST_SECOND;
    Some(Timestamp::from_millis(if is_seconds { number.saturating_mul(1000) } else { number }))
}

fn incomprehensible(name: &'static str) -> Error {
    Error::new(ErrorKind::Decode, format!("what the Backend API says of the token has no usable `{name}`"))
}
