//! Sessions, as back ends list, make, renew and end them.

mod refresh;

use std::time::Duration;

use clerk_bapi::types;
use clerk_core::{ClientId, OrganizationId, SessionId, UserId};

use super::{Call, Handlers, list};
use crate::{
    answer::{Answer, Outcome},
    crypto::ids,
    failure::Failure,
    model::{
        client::Client,
        session::{Session, Status},
    },
    rules::{organizations, sessions, tokens},
    settings::Environment,
    state::State,
    views::bapi::session as views,
};

pub(crate) const HANDLERS: Handlers = &[
    ("GetSessionList", list),
    ("createSession", create),
    ("GetSession", get),
    ("RefreshSession", refresh::refresh),
    ("RevokeSession", revoke),
    ("CreateSessionToken", token),
    ("CreateSessionTokenFromTemplate", template_token),
    ("VerifySession", verify),
];

const STATUSES: [&str; 8] = ["abandoned", "active", "ended", "expired", "pending", "removed", "replaced", "revoked"];

fn named<'a>(call: &'a Call<'_>) -> Result<&'a Session, Failure> {
    let id = call.input.path("session_id");
    call.state.tables.sessions.get(id).ok_or_else(|| Failure::not_found("session", id))
}

/// The session of the path, which must not be over.
fn live<'a>(call: &'a Call<'_>) -> Result<&'a Session, Failure> {
    let session = named(call)?;
    match sessions::status(session, call.now) {
        Status::Active => Ok(session),
        _ => Err(Failure::authentication_invalid()),
    }
}

fn reply(call: &Call<'_>, id: &SessionId) -> Outcome {
    let view = views::session(call.state, id, call.now);
    view.map(|view| Answer::json(&view)).ok_or_else(|| Failure::not_found("session", id.as_str()))
}

/// The latest first.
fn list(call: &mut Call<'_>) -> Outcome {
    let window = list::window(call.input)?;
    let (client, user, status) =
        (call.input.query("client_id"), call.input.query("user_id"), call.input.query("status"));
    if status.is_some_and(|status| !STATUSES.contains(&status)) {
        return Err(Failure::value("status"));
    }
    let fits = |session: &&Session| {
        client.is_none_or(|id| session.client_id.as_str() == id)
            && user.is_none_or(|id| session.user_id.as_str() == id)
            && status.is_none_or(|status| sessions::status_name(call.state, session, call.now) == status)
    };
    let found: Vec<&Session> = call.state.tables.sessions.iter().rev().filter(fits).collect();
    let page = window.of(found.iter());
    let views: Vec<types::Session> =
        page.into_iter().filter_map(|session| views::session(call.state, &session.id, call.now)).collect();
    list::answer(call, &views, found.len())
}

/// A session on a client of its own, for tests of what comes after signing in.
fn create(call: &mut Call<'_>) -> Outcome {
    if call.state.settings().environment == Environment::Production {
        return Err(Failure::new(400, "request_invalid_for_environment", "only in development")
            .explained("in production sessions come from signing in only"));
    }
    let user_id = UserId::from(call.input.required_text("user_id")?);
    if !call.state.tables.users.contains(&user_id) {
        return Err(Failure::not_found("user", user_id.as_str()));
    }
    let organization_id = match call.input.text("active_organization_id").filter(|id| !id.is_empty()) {
        Some(asked) => Some(member_of(call, &user_id, asked)?),
        None => None,
    };
    let client_id = ClientId::from(State::id("client", call.now));
    call.state.tables.clients.insert(Client::new(client_id.clone(), ids::random_text(24), call.now));
    let opening = sessions::Opening { organization_id, ..sessions::Opening::default() };
    let id = sessions::create(call.state, &client_id, &user_id, opening, None, call.now);
    reply(call, &id)
}

fn member_of(call: &Call<'_>, user_id: &UserId, asked: &str) -> Result<OrganizationId, Failure> {
    let organization = organizations::by_id_or_slug(call.state, asked);
    let member = organization
        .filter(|organization| organizations::membership(call.state, organization.as_str(), user_id).is_some());
    member.ok_or_else(|| {
        Failure::new(404, "organization_not_found_or_unauthorized", "organization not found")
            .explained("there is no such organization, or the user does not belong to it")
            .param("active_organization_id")
    })
}

fn get(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?.id.clone();
    reply(call, &id)
}

/// Ends a session; one that is over already stays as it is.
fn revoke(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?.id.clone();
    sessions::finish(call.state, &id, Status::Revoked, call.now);
    reply(call, &id)
}

/// The lifetime that is asked for, in seconds.
fn lifetime(call: &Call<'_>) -> Result<Option<u64>, Failure> {
    match call.input.integer("expires_in_seconds") {
        None => Ok(None),
        Some(seconds) if (30..=315_360_000).contains(&seconds) => Ok(u64::try_from(seconds).ok()),
        Some(_) => Err(Failure::value("expires_in_seconds")),
    }
}

fn token(call: &mut Call<'_>) -> Outcome {
    let session = live(call)?;
    let lifetime = lifetime(call)?.map(Duration::from_secs);
    let organization = sessions::organization(session);
    let jwt = tokens::session_token_for(call.state, session, organization, lifetime, call.now);
    Ok(Answer::json(&views::token(jwt)))
}

fn template_token(call: &mut Call<'_>) -> Outcome {
    let session = live(call)?;
    let name = call.input.path("template_name");
    let template = tokens::template(call.state, name).ok_or_else(|| Failure::not_found("JWT template", name))?;
    let lifetime = lifetime(call)?.and_then(|seconds| i64::try_from(seconds).ok());
    let jwt = tokens::template_token(call.state, session, &template, lifetime, call.now);
    Ok(Answer::json(&views::token(jwt)))
}

/// The session that a token is of, if it is the one of the path and not over.
fn verify(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?.id.clone();
    let token = call.input.required_text("token")?;
    let claims = tokens::verified_session(call.state, token).map(|(_, claims)| claims);
    let number = |name: &str| claims.as_ref().and_then(|claims| claims.get(name)?.as_i64());
    let sid = claims.as_ref().and_then(|claims| claims.get("sid")?.as_str());
    let now = crate::clock::Later::seconds(call.now);
    if sid != Some(id.as_str()) || number("exp").is_none_or(|end| end <= now) {
        return Err(Failure::new(400, "invalid_session_token", "invalid session token")
            .explained("the token is not a valid one of the session")
            .param("token"));
    }
    live(call)?;
    reply(call, &id)
}
