//! Which of two sets of cookies counts.
//!
//! An instance writes its cookies twice: with a suffix of its own, which no other instance under the same domain has, and
//! without. Older SDKs write the latter alone, so that the two may tell of different times.

use std::time::SystemTime;

use clerk_core::Json;

use crate::auth::{jwt::Jwt, verify::millis};

/// The cookies of both kinds.
pub(super) struct Candidates {
    pub(super) session: Option<String>,
    pub(super) client_uat: Option<String>,
    pub(super) suffixed_session: Option<String>,
    pub(super) suffixed_client_uat: Option<String>,
}

/// Whether those with the suffix count.
///
/// No signature was checked when this is decided. That is safe, because all it decides is which token is checked next.
pub(super) fn count(cookies: &Candidates, instance_host: &str, is_production: bool, now: SystemTime) -> bool {
    let session = cookies.session.as_deref().map(Jwt::read);
    match &session {
        Some(Err(_)) => return false,
        Some(Ok(token)) if !has_issuer(token) => return false,
        Some(Ok(token)) if !is_issued_by(token, instance_host) => return true,
        Some(Ok(_)) | None => {}
    }
    if cookies.suffixed_client_uat.is_none() && cookies.suffixed_session.is_none() {
        return false;
    }
    let session = session.and_then(Result::ok);
    let suffixed_session = cookies.suffixed_session.as_deref().and_then(|token| Jwt::read(token).ok());
    let is_signed_out = |client_uat: &Option<String>| client_uat.as_deref() == Some("0");
    let plain_is_out = is_signed_out(&cookies.client_uat);
    let suffixed_is_out = is_signed_out(&cookies.suffixed_client_uat);
    if !suffixed_is_out && !plain_is_out && issued_at(session.as_ref()) > issued_at(suffixed_session.as_ref()) {
        return false;
    }
    if suffixed_is_out && !plain_is_out {
        return false;
    }
    if !is_production && !suffixed_is_out && plain_is_out && is_over(suffixed_session.as_ref(), now) {
        return false;
    }
    !(cookies.suffixed_client_uat.is_none() && cookies.suffixed_session.is_some())
}

fn has_issuer(token: &Jwt<'_>) -> bool {
    match token.payload.get("iss") {
        None | Some(Json::Null | Json::Bool(false)) => false,
        Some(Json::String(issuer)) => !issuer.is_empty(),
        Some(Json::Number(number)) => number.as_f64() != Some(0.0),
        Some(_) => true,
    }
}

fn is_issued_by(token: &Jwt<'_>, instance_host: &str) -> bool {
    let issuer = token.payload.get("iss").and_then(Json::as_str).unwrap_or_default();
    let host = issuer.strip_prefix("https://").or_else(|| issuer.strip_prefix("http://")).unwrap_or(issuer);
    host == instance_host
}

fn issued_at(token: Option<&Jwt<'_>>) -> f64 {
    token.and_then(|token| token.payload.get("iat")).and_then(Json::as_f64).unwrap_or_default()
}

fn is_over(token: Option<&Jwt<'_>>, now: SystemTime) -> bool {
    let end = token.and_then(|token| token.payload.get("exp")).and_then(Json::as_f64);
    end.is_some_and(|end| end <= millis(now).div_euclid(1000) as f64)
}
