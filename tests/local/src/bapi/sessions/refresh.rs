//! An expired session token and the cookie beside it, traded in for another token.

use clerk_core::{Json, SessionId, http::Uri};

use super::super::Call;
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    fapi::browser,
    model::session::{Session, Status},
    rules::{sessions, tokens},
    views::bapi::session as views,
};

/// How many traded-in tokens of a session are remembered.
const REMEMBERED: usize = 64;

pub(super) fn refresh(call: &mut Call<'_>) -> Outcome {
    let id = SessionId::from(call.input.path("session_id"));
    let cookies = match call.input.text("format").filter(|format| !format.is_empty()) {
        None | Some("token") => false,
        Some("cookie") => true,
        Some(_) => return Err(Failure::value("format")),
    };
    let suffixed = call.input.query_flag("suffixed_cookies")?.unwrap_or(false);
    let origin = origin(call.input.required_text("request_origin")?)?;
    let used = check(call, &id, &origin)?;
    if let Some(mut session) = call.state.tables.sessions.edit(&id) {
        session.consumed.push(used);
        let surplus = session.consumed.len().saturating_sub(REMEMBERED);
        session.consumed.drain(..surplus);
    }
    sessions::used(call.state, &id, call.now);
    let client_id = call.state.tables.sessions.get(&id).map(|session| session.client_id.clone());
    if let Some(client_id) = client_id
        && let Some(mut client) = call.state.tables.clients.edit(&client_id)
    {
        client.origin = Some(origin);
    }
    if cookies {
        let cookies = browser::session_cookies(call.state, &id, suffixed, call.now);
        let mut view = clerk_bapi::types::SessionRefresh::new();
        view.object = Some("cookies".into());
        view.cookies = cookies.into_iter().map(Into::into).collect();
        return Ok(Answer::json(&view));
    }
    let session = call.state.tables.sessions.get(&id).ok_or_else(|| not_found(&id))?;
    let jwt = tokens::session_token(call.state, session, sessions::organization(session), call.now);
    Ok(Answer::json(&views::token(jwt)))
}

/// Whether everything belongs together; gives what the expired token is remembered by.
fn check(call: &Call<'_>, id: &SessionId, origin: &str) -> Result<String, Failure> {
    let token = call.input.required_text("expired_token")?;
    let (header, claims) = tokens::verified(call.state, token)
        .ok_or_else(|| refused("expired_session_token_invalid", "the expired token was not made by this instance"))?;
    if header.get("cat").and_then(Json::as_str) == Some(tokens::TEMPLATE_CATEGORY) {
        return Err(Failure::new(403, "session_token_jwt_template", "the token is of a template")
            .explained("tokens of templates cannot be traded in, only session tokens"));
    }
    let text = |name: &str| claims.get(name).and_then(Json::as_str);
    let sid = text("sid")
        .ok_or_else(|| refused("expired_session_token_missing_sid", "the expired token does not name its session"))?;
    if sid != id.as_str() {
        return Err(refused("refresh_sid_mismatch", "the expired token is of another session"));
    }
    let azp = text("azp").ok_or_else(|| {
        refused("expired_session_token_missing_azp", "the expired token does not name the page that it was for")
    })?;
    if azp != origin {
        return Err(refused("refresh_request_origin_azp_mismatch", "the expired token was for another page"));
    }
    if claims.get("iat").and_then(Json::as_i64).is_none() {
        return Err(refused(
            "session_refresh_expired_session_token_missing_iat",
            "the expired token does not say when it was made",
        ));
    }
    let session: &Session = call.state.tables.sessions.get(id).ok_or_else(|| not_found(id))?;
    if !call.state.tables.users.contains(&session.user_id) {
        return Err(refused("session_refresh_user_not_found", "the user of the session is gone"));
    }
    if sessions::status(session, call.now) != Status::Active {
        return Err(refused("session_refresh_inactive_session", "the session is over"));
    }
    if session.refresh_token.as_deref() != Some(call.input.required_text("refresh_token")?) {
        return Err(refused("refresh_token_not_found", "the refresh token is not that of the session"));
    }
    // Every token has a name of its own; one without is remembered by its signature.
    let used = text("jti").or_else(|| token.rsplit('.').next()).unwrap_or_default().to_owned();
    if session.consumed.contains(&used) {
        return Err(refused(
            "session_refresh_expired_session_token_consumed",
            "the expired token was traded in already",
        ));
    }
    Ok(used)
}

/// The origin that a request came to, such as `https://example.com`.
fn origin(text: &str) -> Result<String, Failure> {
    let parsed: Option<Uri> = text.parse().ok();
    let valid = parsed.as_ref().is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    });
    if valid {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err(refused("refresh_request_origin_invalid", "request_origin must be an origin, such as https://example.com"))
}

fn not_found(id: &SessionId) -> Failure {
    refused("session_refresh_session_not_found", &format!("there is no session {id}"))
}

fn refused(code: &str, why: &str) -> Failure {
    Failure::new(401, code, "the session cannot be refreshed").explained(why)
}
