//! Tasks that an agent does on behalf of a user.

use clerk_bapi::types;
use clerk_core::{JsonMap, http::Uri};

use super::{Call, Handlers};
use crate::{
    answer::{Answer, Outcome},
    clock::Later,
    crypto::{encoding, ids},
    failure::Failure,
    model::access::{AgentTask, Ticket},
    rules::{
        tickets::{self, TicketKind},
        users,
    },
    state::State,
};

pub(crate) const HANDLERS: Handlers = &[("CreateAgentTask", create), ("RevokeAgentTask", revoke)];

pub(crate) const AGENT_TASK: &str = "agent_task";

/// How long the URL of a task can be opened.
const LIFETIME: std::time::Duration = std::time::Duration::from_secs(3600);

/// How long the session of an agent lasts unless the task says otherwise.
const SESSION_SECONDS: i64 = 1800;

fn create(call: &mut Call<'_>) -> Outcome {
    let user_id = subject(call)?;
    if call.input.required_text("permissions")? != "*" {
        return Err(Failure::value("permissions"));
    }
    let name = call.input.required_text("agent_name")?.to_owned();
    let description = call.input.required_text("task_description")?.to_owned();
    let redirect_url = call.input.required_text("redirect_url")?.to_owned();
    let parsed: Option<Uri> = redirect_url.parse().ok();
    if parsed.is_none_or(|uri| !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none()) {
        return Err(Failure::format("redirect_url"));
    }
    let seconds = call.input.integer("session_max_duration_in_seconds").unwrap_or(SESSION_SECONDS);
    if seconds < 1 {
        return Err(Failure::value("session_max_duration_in_seconds"));
    }
    let agent_id = agent_id(call.state, &name);
    let mut actor = JsonMap::new();
    actor.insert("sub".to_owned(), agent_id.clone().into());
    actor.insert("type".to_owned(), "agent".into());
    let id = State::id("agtk", call.now);
    let expires_at = call.now.after(LIFETIME);
    let token = tickets::issue(call.state, TicketKind::AgentTask, &id, Some(expires_at), call.now);
    let url = format!("{}/v1/agents/tasks?ticket={token}", call.state.addresses.frontend);
    let mut ticket = Ticket::new(AGENT_TASK, id, &user_id, token, expires_at, call.now);
    ticket.actor = Some(actor);
    ticket.session_max_duration_in_seconds = Some(seconds);
    ticket.task = Some(Box::new(AgentTask { agent_id, description, redirect_url }));
    let mut view = view(&ticket);
    view.url = Some(url.into());
    call.state.tables.tickets.insert(ticket);
    Ok(Answer::json(&view))
}

/// The user on whose behalf the task is, by id or by what they sign in with.
fn subject(call: &Call<'_>) -> Result<String, Failure> {
    let of = call.input.object("on_behalf_of").ok_or_else(|| Failure::missing("on_behalf_of"))?;
    let text = |name: &str| of.get(name).and_then(|value| value.as_str()).filter(|text| !text.is_empty());
    let found = match (text("user_id"), text("identifier")) {
        (Some(id), _) => call.state.tables.users.get(id),
        (None, Some(identifier)) => users::by_identifier(call.state, identifier),
        (None, None) => return Err(Failure::missing("on_behalf_of[user_id]")),
    };
    found.map(|user| user.id.as_str().to_owned()).ok_or_else(|| {
        Failure::new(404, "agent_task_subject_not_found", "user not found")
            .explained("there is no user on whose behalf the task could be")
            .param("on_behalf_of")
    })
}

/// The id of an agent: the same for the same name.
fn agent_id(state: &State, name: &str) -> String {
    let mut bytes = [0; 20];
    for (to, from) in bytes.iter_mut().zip(encoding::sha256(&[state.keys.instance_id.as_bytes(), name.as_bytes()])) {
        *to = from;
    }
    format!("agent_{}", ids::base62(&bytes))
}

fn revoke(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("agent_task_id");
    let not_found = || {
        Failure::new(404, "agent_task_not_found", "agent task not found")
            .explained(format!("there is no agent task {id}"))
    };
    let now = call.now;
    let mut ticket = call.state.tables.tickets.edit(id).ok_or_else(not_found)?;
    if ticket.kind != AGENT_TASK {
        return Err(not_found());
    }
    if ticket.status != "pending" {
        return Err(Failure::new(400, "agent_task_cannot_be_revoked", "cannot be revoked")
            .explained(format!("this task is {}, and only a pending one can be revoked", ticket.status)));
    }
    "revoked".clone_into(&mut ticket.status);
    ticket.updated_at = now;
    Ok(Answer::json(&view(&ticket)))
}

#[allow(deprecated, reason = "the document still demands the older name of the id")]
fn view(ticket: &Ticket) -> types::AgentTask {
    let mut view = types::AgentTask::new(ticket.id.as_str());
    view.object = Some(AGENT_TASK.to_owned());
    view.agent_id = ticket.task.as_ref().map(|task| task.agent_id.clone());
    view.task_id = Some(ticket.id.as_str().into());
    view
}
