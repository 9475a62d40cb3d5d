//! The URL of an agent's task: opening it signs the agent in, and leads on.

use std::time::Duration;

use clerk_core::UserId;

use super::{Call, Handlers};
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    rules::{
        sessions,
        tickets::{self, TicketKind},
    },
};

pub(crate) const HANDLERS: Handlers = &[("createAgentTask", accept)];

fn accept(call: &mut Call<'_>) -> Outcome {
    let text = call.input.query("ticket").unwrap_or_default();
    let ticket = tickets::read(call.state, text, call.now)?;
    if ticket.kind != TicketKind::AgentTask {
        return Err(tickets::invalid());
    }
    let record = call.state.tables.tickets.get(&ticket.id).cloned().ok_or_else(tickets::invalid)?;
    let refused = |code: &str, why: &str| Failure::new(400, code, "the task is not open").explained(why);
    match record.status.as_str() {
        "pending" => {}
        "revoked" => return Err(refused("agent_task_revoked", "this task was taken back")),
        _ => return Err(refused("agent_task_already_used", "this task was opened already, and each is opened once")),
    }
    let task = record.task.as_ref().ok_or_else(tickets::invalid)?;
    let user_id = UserId::from(record.user_id.as_str());
    if !call.state.tables.users.contains(&user_id) {
        return Err(Failure::new(404, "agent_task_subject_not_found", "user not found")
            .explained("the user on whose behalf the task is has no account any more"));
    }
    if let Some(mut ticket) = call.state.tables.tickets.edit(&record.id) {
        "accepted".clone_into(&mut ticket.status);
        ticket.updated_at = call.now;
    }
    let client_id = call.client_or_new();
    let seconds = record.session_max_duration_in_seconds.and_then(|seconds| u64::try_from(seconds).ok());
    let opening = sessions::Opening {
        actor: record.actor.clone(),
        strategy: Some("ticket".to_owned()),
        max_duration: seconds.map(Duration::from_secs),
        ..sessions::Opening::default()
    };
    sessions::create(call.state, &client_id, &user_id, opening, Some(call.inbound), call.now);
    Ok(Answer::redirect(task.redirect_url.clone()).status(307))
}
