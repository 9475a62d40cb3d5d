//! Sessions of the client, and the user's own list of them.

mod reverification;

use clerk_core::{OrganizationId, Secret, SessionId};
use clerk_fapi::types;

use super::{Call, Handlers};
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    model::session::{Session, Status},
    rules::{organizations, sessions, tokens},
    views::fapi::session as views,
};

pub(crate) const HANDLERS: Handlers = &[
    ("getSession", get),
    ("touchSession", touch),
    ("endSession", end),
    ("removeSession", remove),
    ("createSessionToken", token),
    ("createSessionTokenWithTemplate", template_token),
    ("getUsersSessions", of_user),
    ("getSessions", active_of_user),
    ("revokeSession", revoke),
    ("startSessionReverification", reverification::start),
    ("prepareSessionReverificationFirstFactor", reverification::prepare_first),
    ("attemptSessionReverificationFirstFactor", reverification::attempt_first),
    ("prepareSessionReverificationSecondFactor", reverification::prepare_second),
    ("attemptSessionReverificationSecondFactor", reverification::attempt_second),
];

/// The session of the path, which the client has to have.
fn named<'a>(call: &'a Call<'_>) -> Result<&'a Session, Failure> {
    call.session_of_client(call.input.path("session_id"))
}

/// The session of the path, which has to be one that somebody is signed in with, be it that tasks are left.
fn live<'a>(call: &'a Call<'_>) -> Result<&'a Session, Failure> {
    let session = named(call)?;
    match sessions::status(session, call.now) {
        Status::Active => Ok(session),
        _ => Err(Failure::authentication_invalid()),
    }
}

fn reply(call: &mut Call<'_>, id: &SessionId) -> Outcome {
    let view = views::session(call.state, id, call.now).ok_or_else(|| Failure::not_found("session", id.as_str()))?;
    call.reply(&view)
}

fn get(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?.id.clone();
    reply(call, &id)
}

/// Brings a session to the foreground, and chooses its organization.
fn touch(call: &mut Call<'_>) -> Outcome {
    let session = live(call)?;
    let (id, client_id) = (session.id.clone(), session.client_id.clone());
    let chosen = chosen_organization(call, session)?;
    if let Some(chosen) = chosen {
        choose_organization(call, &id, chosen);
    }
    sessions::used(call.state, &id, call.now);
    if let Some(mut client) = call.state.tables.clients.edit(&client_id)
        && client.last_active_session_id.as_ref() != Some(&id)
    {
        client.last_active_session_id = Some(id.clone());
        client.updated_at = call.now;
    }
    reply(call, &id)
}

/// What `active_organization_id` asks for: `None` nothing, `Some(None)` the personal account.
#[allow(clippy::option_option, reason = "leave, clear and set are three things")]
fn chosen_organization(call: &Call<'_>, session: &Session) -> Result<Option<Option<OrganizationId>>, Failure> {
    let Some(asked) = call.input.change("active_organization_id") else { return Ok(None) };
    let settings = &call.state.settings().organizations;
    match asked {
        // Where an organization has to be chosen there is no personal account: the one before stays.
        None if settings.enabled && settings.force_selection => Ok(None),
        None => Ok(Some(None)),
        Some(asked) => {
            let organization = member_of(call, session, asked)?;
            Ok(Some(Some(organization)))
        }
    }
}

/// The organization of an id or a slug, if the session's user belongs to it.
fn member_of(call: &Call<'_>, session: &Session, asked: &str) -> Result<OrganizationId, Failure> {
    let organization = organizations::by_id_or_slug(call.state, asked);
    let member = organization.filter(|organization| {
        organizations::membership(call.state, organization.as_str(), &session.user_id).is_some()
    });
    member.ok_or_else(|| {
        Failure::new(404, "organization_not_found_or_unauthorized", "organization not found")
            .explained("there is no such organization, or you do not belong to it")
    })
}

fn choose_organization(call: &mut Call<'_>, id: &SessionId, chosen: Option<OrganizationId>) {
    if let Some(mut session) = call.state.tables.sessions.edit(id)
        && session.last_active_organization_id != chosen
    {
        session.last_active_organization_id = chosen;
        session.updated_at = call.now;
    }
}

fn end(call: &mut Call<'_>) -> Outcome {
    finish(call, Status::Ended)
}

fn remove(call: &mut Call<'_>) -> Outcome {
    finish(call, Status::Removed)
}

fn finish(call: &mut Call<'_>, how: Status) -> Outcome {
    let session = named(call)?;
    if sessions::status(session, call.now) != Status::Active {
        return Err(over());
    }
    let (id, client_id) = (session.id.clone(), session.client_id.clone());
    sessions::finish(call.state, &id, how, call.now);
    if how == Status::Removed
        && let Some(mut client) = call.state.tables.clients.edit(&client_id)
    {
        client.session_ids.retain(|known| *known != id);
    }
    reply(call, &id)
}

fn over() -> Failure {
    Failure::new(400, "invalid_action_for_session", "the session is over")
        .explained("a session that is over can be neither ended, removed nor revoked")
}

/// A token for the organization that is asked for: empty is the personal account, none given the session's own.
fn token(call: &mut Call<'_>) -> Outcome {
    let session = live(call)?;
    let organization = match call.input.change("organization_id") {
        None => session.last_active_organization_id.clone(),
        Some(None) => None,
        Some(Some(asked)) => Some(member_of(call, session, asked)?),
    };
    let organization = organization.as_ref().map(OrganizationId::as_str);
    let jwt = tokens::session_token(call.state, session, organization, call.now);
    Ok(Answer::json(&views::token(Secret::from(jwt))))
}

fn template_token(call: &mut Call<'_>) -> Outcome {
    let session = live(call)?;
    let name = call.input.path("template_name");
    let template = tokens::template(call.state, name).ok_or_else(|| Failure::not_found("JWT template", name))?;
    let jwt = tokens::template_token(call.state, session, &template, None, call.now);
    Ok(Answer::json(&views::token(Secret::from(jwt))))
}

/// All sessions that the user ever had, the latest first.
fn of_user(call: &mut Call<'_>) -> Outcome {
    let user_id = call.user_id()?;
    let sessions = call.state.tables.sessions.find(&format!("user:{user_id}")).rev();
    let views: Vec<types::Session> =
        sessions.filter_map(|session| views::session(call.state, &session.id, call.now)).collect();
    Ok(Answer::json(&views))
}

fn active_of_user(call: &mut Call<'_>) -> Outcome {
    let user_id = call.user_id()?;
    let sessions = call.state.tables.sessions.find(&format!("user:{user_id}")).rev();
    let active = sessions.filter(|session| sessions::status(session, call.now) == Status::Active);
    let views: Vec<types::ActiveSession> = active.map(|session| views::active(call.state, session, call.now)).collect();
    Ok(Answer::json(&views))
}

/// Signs the user out of another device, or of this one.
fn revoke(call: &mut Call<'_>) -> Outcome {
    let user_id = call.user_id()?;
    let id = call.input.path("session_id");
    let session = call.state.tables.sessions.get(id).filter(|session| session.user_id == user_id);
    let session = session.ok_or_else(|| Failure::not_found("session", id))?;
    if sessions::status(session, call.now) != Status::Active {
        return Err(over());
    }
    let id = session.id.clone();
    sessions::finish(call.state, &id, Status::Revoked, call.now);
    reply(call, &id)
}
