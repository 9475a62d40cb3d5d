use std::{error::Error as StdError, fmt, time::Duration};

use clerk_core::{Error, ErrorCode, ErrorKind, Json, http::StatusCode};
use serde::Deserialize;

use super::Level;

/// What is to be proven when nobody says: what Clerk's own components ask for then.
const UNSAID: Level = Level::SecondFactor;

/// What a refused request wants to be proven first.
///
/// It is an error, and becomes an [`Error`] that [`required_by`] knows.
///
/// [`from_json`](Self::from_json) has an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Challenge {
    /// Which factors.
    pub level: Level,
    /// How long a proof counts, where that was said.
    pub within: Option<Duration>,
}

/// What an error wants to be proven first, if that is why the request was refused.
///
/// It tells of answers of Clerk, and of errors that were made from a [`Challenge`].
///
/// ```
/// use clerk_ext::frontend::reverification::required_by;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # local.clock().advance(std::time::Duration::from_secs(3600));
/// let refused = clerk.me().delete().await.expect_err("she signed in an hour ago");
/// let challenge = required_by(&refused).ok_or("it was refused for another reason")?;
/// println!("prove once more who you are: {:?}", challenge.level);
/// # Ok(()) }
/// ```
#[must_use]
pub fn required_by(error: &Error) -> Option<Challenge> {
    if error.has_code(ErrorCode::SESSION_REVERIFICATION_REQUIRED) {
        let said = |meta: &Json| meta.get("reverification").and_then(Challenge::read);
        let said = error.errors().iter().filter_map(|one| one.meta.as_ref()).find_map(said);
        return Some(said.unwrap_or(Challenge { level: UNSAID, within: None }));
    }
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(challenge) = error.downcast_ref::<Challenge>() {
            return Some(challenge.clone());
        }
        source = error.source();
    }
    None
}

impl Challenge {
    /// What the answer of a program's own service wants to be proven, if it is one that Clerk's server libraries give.
    ///
    /// ```
    /// use clerk_ext::{frontend::reverification::{Challenge, Level, required_by}, http::StatusCode};
    ///
    /// let body = br#"{"clerk_error":{"type":"forbidden","reason":"reverification-error",
    ///     "metadata":{"reverification":{"level":"first_factor","afterMinutes":10}}}}"#;
    /// let challenge = Challenge::from_json(StatusCode::FORBIDDEN, body).unwrap();
    /// assert_eq!(challenge.level, Level::FirstFactor);
    /// assert_eq!(required_by(&challenge.clone().into()), Some(challenge));
    /// ```
    #[must_use]
    pub fn from_json(status: StatusCode, body: &[u8]) -> Option<Self> {
        if status != StatusCode::FORBIDDEN {
            return None;
        }
        let Refusal { clerk_error } = serde_json::from_slice(body).ok()?;
        if clerk_error.kind != "forbidden" || clerk_error.reason != "reverification-error" {
            return None;
        }
        let said = clerk_error.metadata.as_ref().and_then(|metadata| metadata.get("reverification"));
        Some(said.and_then(Self::read).unwrap_or(Self { level: UNSAID, within: None }))
    }

    /// An object that says all, or the name of what is asked for most.
    fn read(said: &Json) -> Option<Self> {
        let minutes = |minutes: u64| Some(Duration::from_secs(minutes.saturating_mul(60)));
        let (level, within) = match said {
            Json::String(name) => match name.as_str() {
                "strict_mfa" => (Level::MultiFactor, minutes(10)),
                "strict" => (Level::SecondFactor, minutes(10)),
                "moderate" => (Level::SecondFactor, minutes(60)),
                "lax" => (Level::SecondFactor, minutes(1440)),
                _ => return None,
            },
            Json::Object(said) => {
                let level = said.get("level").and_then(Json::as_str).map_or(UNSAID, Level::from);
                // Services write the one, Clerk the other.
                let after = said.get("afterMinutes").or_else(|| said.get("after_minutes"));
                (level, after.and_then(Json::as_u64).and_then(minutes))
            }
            _ => return None,
        };
        Some(Self { level, within })
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the user has to prove who they are first; begin it with `Session::reverify`")
    }
}

impl StdError for Challenge {}

impl From<Challenge> for Error {
    fn from(challenge: Challenge) -> Self {
        Self::new(ErrorKind::Forbidden, challenge.to_string()).with_source(challenge)
    }
}

#[derive(Deserialize)]
struct Refusal {
    clerk_error: RefusalReason,
}

#[derive(Deserialize)]
struct RefusalReason {
    #[serde(rename = "type")]
    kind: String,
    reason: String,
    metadata: Option<Json>,
}

#[cfg(test)]
mod tests {
    use clerk_core::{Bytes, http::Response};
    use serde_json::json;

    use super::*;

    fn refused(reverification: &Json) -> Vec<u8> {
        let metadata = json!({ "reverification": reverification });
        json!({ "clerk_error": { "type": "forbidden", "reason": "reverification-error", "metadata": metadata } })
            .to_string()
            .into_bytes()
    }

    #[test]
    fn a_service_says_what_it_wants_in_full_or_by_a_name() {
        let minutes = |minutes: u64| Some(Duration::from_secs(minutes * 60));
        for (said, level, within) in [
            (json!({ "level": "first_factor", "afterMinutes": 5 }), Level::FirstFactor, minutes(5)),
            (json!({ "level": "multi_factor" }), Level::MultiFactor, None),
            (json!("strict_mfa"), Level::MultiFactor, minutes(10)),
            (json!("strict"), Level::SecondFactor, minutes(10)),
            (json!("moderate"), Level::SecondFactor, minutes(60)),
            (json!("lax"), Level::SecondFactor, minutes(1440)),
            (json!("something_new"), Level::SecondFactor, None),
            (json!({ "level": "third_factor" }), Level::Unknown("third_factor".into()), None),
            (Json::Null, Level::SecondFactor, None),
        ] {
            let read = Challenge::from_json(StatusCode::FORBIDDEN, &refused(&said));
            assert_eq!(read, Some(Challenge { level, within }), "{said}");
        }
    }

    #[test]
    fn other_refusals_are_none() {
        let body = refused(&json!("strict"));
        assert_eq!(Challenge::from_json(StatusCode::UNAUTHORIZED, &body), None);
        for body in ["", "{}", "[]", r#"{"clerk_error":{"type":"forbidden","reason":"other"}}"#] {
            assert_eq!(Challenge::from_json(StatusCode::FORBIDDEN, body.as_bytes()), None, "{body}");
        }
        assert_eq!(required_by(&Error::new(ErrorKind::Forbidden, "no")), None);
    }

    #[test]
    fn an_answer_of_clerk_is_known_by_its_code() {
        let answer = |body: &Json| {
            let body = Bytes::from(body.to_string());
            Error::from_response("deleteUser", Response::builder().status(403).body(body).unwrap())
        };
        let said = answer(&json!({ "errors": [{ "code": "session_reverification_required", "message": "prove it" }] }));
        assert_eq!(required_by(&said), Some(Challenge { level: Level::SecondFactor, within: None }));
        let said = answer(&json!({ "errors": [{
            "code": "session_reverification_required",
            "meta": { "reverification": { "level": "first_factor", "afterMinutes": 1 } },
        }] }));
        assert_eq!(required_by(&said).unwrap().level, Level::FirstFactor);
        assert_eq!(required_by(&answer(&json!({ "errors": [{ "code": "not_allowed_access" }] }))), None);
    }
}
