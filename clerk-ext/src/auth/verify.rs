//! The checks of a token, in the order in which the first failure is told.

use std::time::{Duration, SystemTime};

use clerk_core::Json;

use super::{
    Reason, TokenError,
    header::Typ,
    jwt::Jwt,
    keys::{Algorithm, PublicKey, SignatureCheck},
    payload::{Payload, Time},
};

/// What a token must say besides being signed.
///
/// An empty list asks for nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Checks {
    pub(crate) audience: Vec<String>,
    pub(crate) authorized_parties: Vec<String>,
    pub(crate) issuers: Vec<String>,
    pub(crate) skew: Duration,
}

/// Which type the header has to name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// `JWT`, or none at all.
    Jwt,
    /// That of OAuth access tokens.
    OAuth,
}

/// How far the clocks of Clerk and of this machine may be apart.
pub(crate) const SKEW: Duration = Duration::from_secs(5);

impl Default for Checks {
    fn default() -> Self {
        Self { audience: Vec::new(), authorized_parties: Vec::new(), issuers: Vec::new(), skew: SKEW }
    }
}

/// When a token is valid, in whole seconds as it says it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Validity {
    pub(crate) expires_at: i64,
    pub(crate) not_before: Option<i64>,
    pub(crate) issued_at: Option<i64>,
}

/// Checks a token that was taken apart.
///
/// The claims are looked at
/// only after the signature was found good, so that nobody learns from the reason what a forged token would have to say.
pub(crate) fn verify(
    jwt: &Jwt<'_>,
    key: &PublicKey,
    expected: Expected,
    checks: &Checks,
    now: SystemTime,
) -> Result<Validity, TokenError> {
    signature(jwt, key, expected)?;
    claims(&jwt.payload, checks, now)
}

/// Checks the header and the signature alone.
pub(crate) fn signature(jwt: &Jwt<'_>, key: &PublicKey, expected: Expected) -> Result<(), TokenError> {
    let algorithm = header(jwt, expected)?;
    match key.check(algorithm, jwt.signed.as_bytes(), &jwt.signature) {
        SignatureCheck::Good => Ok(()),
        SignatureCheck::Bad => Err(TokenError::new(
            Reason::TOKEN_INVALID_SIGNATURE,
            "the signature is not of the key that the token names; see that the keys are those of the instance that issued it",
        )),
        SignatureCheck::OtherAlgorithm => {
            Err(failed("the token is signed by another algorithm than its key is for, so that nothing can be checked"))
        }
    }
}

/// Checks what the header says, before any key is looked for.
fn header(jwt: &Jwt<'_>, expected: Expected) -> Result<Algorithm, TokenError> {
    let right = match expected {
        Expected::Jwt => matches!(jwt.header.typ, Typ::Absent | Typ::Jwt),
        Expected::OAuth => jwt.header.typ == Typ::OAuth,
    };
    if !right {
        return Err(TokenError::new(Reason::TOKEN_INVALID, "the header names another type of token than is expected"));
    }
    jwt.header.algorithm.ok_or_else(|| {
        TokenError::new(Reason::TOKEN_INVALID_ALGORITHM, "the token is signed by none of RS256, RS384 and RS512")
    })
}

fn claims(payload: &Payload, checks: &Checks, now: SystemTime) -> Result<Validity, TokenError> {
    if payload.subject.is_none() {
        return Err(failed("the token does not say whom it is about: the claim sub is missing, or no text"));
    }
    if !checks.audience.is_empty() {
        audience(payload.get("aud"), &checks.audience)?;
    }
    if !checks.authorized_parties.is_empty()
        && !payload.authorized_party.as_ref().is_some_and(|party| checks.authorized_parties.contains(party))
    {
        return Err(TokenError::new(
            Reason::TOKEN_INVALID_AUTHORIZED_PARTIES,
            "the token was issued for an origin that is not among the authorized parties, or for none (claim azp)",
        ));
    }
    if !checks.issuers.is_empty() && !payload.issuer.as_ref().is_some_and(|issuer| checks.issuers.contains(issuer)) {
        return Err(TokenError::new(
            Reason::TOKEN_INVALID_ISSUER,
            "the token was issued by somebody else than configured (claim iss)",
        ));
    }
    validity(payload, checks.skew, now)
}

/// One of the audiences has to be named.
///
/// A token without an audience passes, as with the reference; one whose audience is neither a text nor a list of texts
/// does not, other than there: nobody knows what it says.
fn audience(named: Option<&Json>, wanted: &[String]) -> Result<(), TokenError> {
    let is_wanted = |name: &Json| name.as_str().is_some_and(|name| wanted.iter().any(|wanted| wanted == name));
    let passes = match named {
        None | Some(Json::Null) => true,
        Some(Json::String(name)) if name.is_empty() => true,
        Some(name @ Json::String(_)) => is_wanted(name),
        Some(Json::Array(names)) => {
            names.is_empty() || (names.iter().all(Json::is_string) && names.iter().any(is_wanted))
        }
        Some(_) => false,
    };
    if passes { Ok(()) } else { Err(failed("the token is for another audience than configured (claim aud)")) }
}

/// One claim after the other: that a token has expired is told before the next one is looked at.
fn validity(payload: &Payload, skew: Duration, now: SystemTime) -> Result<Validity, TokenError> {
    let Time::At(expires_at) = payload.expires_at else {
        return Err(failed("the token does not say when it expires (claim exp)"));
    };
    let optional = |time: Time, message: &'static str| match time {
        Time::Absent => Ok(None),
        Time::At(seconds) => Ok(Some(seconds)),
        Time::NoNumber => Err(failed(message)),
    };
    let mut validity = Validity { expires_at, not_before: None, issued_at: None };
    validity.check(now, skew)?;
    validity.not_before =
        optional(payload.not_before, "the token says in no number from when on it is valid (claim nbf)")?;
    validity.check(now, skew)?;
    validity.issued_at = optional(payload.issued_at, "the token says in no number when it was issued (claim iat)")?;
    validity.check(now, skew)?;
    Ok(validity)
}

impl Validity {
    pub(crate) fn check(&self, now: SystemTime, skew: Duration) -> Result<(), TokenError> {
        let now = millis(now);
        let skew = i64::try_from(skew.as_millis()).unwrap_or(i64::MAX);
        let at = |seconds: i64| seconds.saturating_mul(1000);
        if at(self.expires_at) <= now.saturating_sub(skew) {
            return Err(TokenError::new(Reason::TOKEN_EXPIRED, "the token has expired"));
        }
        let latest = now.saturating_add(skew);
        if self.not_before.is_some_and(|moment| at(moment) > latest) {
            let message = "the token is not valid yet; see that the clock of this machine is right";
            return Err(TokenError::new(Reason::TOKEN_NOT_ACTIVE_YET, message));
        }
        if self.issued_at.is_some_and(|moment| at(moment) > latest) {
            let message = "the token was issued in the future; see that the clock of this machine is right";
            return Err(TokenError::new(Reason::TOKEN_IAT_IN_THE_FUTURE, message));
        }
        Ok(())
    }
}

/// The time of day as tokens count it, in milliseconds.
pub(crate) fn millis(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
    }
}

fn failed(message: &'static str) -> TokenError {
    TokenError::new(Reason::TOKEN_VERIFICATION_FAILED, message)
}
