//! Machines: who they are, what key they have, and which others they may call.

use clerk_bapi::types;
use clerk_core::Timestamp;

use super::{Call, Handlers, list};
use crate::{
    answer::{Answer, Outcome},
    clock::Later,
    crypto::ids,
    failure::Failure,
    model::machine::{Machine, MachineScope},
    state::State,
    views::bapi::machine as views,
};

pub(crate) const HANDLERS: Handlers = &[
    ("ListMachines", index),
    ("CreateMachine", create),
    ("GetMachine", get),
    ("UpdateMachine", update),
    ("DeleteMachine", delete),
    ("CreateMachineScope", create_scope),
    ("DeleteMachineScope", delete_scope),
    ("GetMachineSecretKey", secret_key),
    ("RotateMachineSecretKey", rotate),
];

const MAX_SCOPES: usize = 150;
const DEFAULT_TTL: i64 = 3600;
const MAX_TTL: i64 = 315_360_000;
const MAX_PREVIOUS_TTL: i64 = 28_800;

fn index(call: &mut Call<'_>) -> Outcome {
    let window = list::window(call.input)?;
    let order = list::order(call.input.query("order_by"), &["created_at", "name"])?;
    let (by, descending) = order.unwrap_or(("created_at", true));
    let query = call.input.query("query").map(str::to_lowercase);
    let fits = |machine: &&Machine| {
        query.as_deref().is_none_or(|query| {
            machine.name.to_lowercase().contains(query) || machine.id.to_lowercase().contains(query)
        })
    };
    let mut found: Vec<&Machine> = call.state.tables.machines.iter().filter(fits).collect();
    if by == "name" {
        found.sort_by(|a, b| a.name.cmp(&b.name));
    }
    if descending {
        found.reverse();
    }
    let total = found.len();
    let data: Vec<_> =
        window.of(found.into_iter()).into_iter().map(|machine| views::machine(call.state, machine)).collect();
    Ok(Answer::page(&data, total))
}

fn name(text: &str) -> Result<String, Failure> {
    if text.chars().count() > 255 {
        return Err(Failure::new(422, "form_param_max_length_exceeded", "is too long")
            .explained("name takes at most 255 characters")
            .param("name"));
    }
    Ok(text.to_owned())
}

fn ttl(call: &Call<'_>) -> Result<Option<i64>, Failure> {
    match call.input.integer("default_token_ttl") {
        Some(ttl) if !(1..=MAX_TTL).contains(&ttl) => Err(Failure::value("default_token_ttl")),
        ttl => Ok(ttl),
    }
}

fn known(state: &State, id: &str) -> Result<(), Failure> {
    if state.tables.machines.contains(id) { Ok(()) } else { Err(unknown(id)) }
}

fn unknown(id: &str) -> Failure {
    Failure::not_found("machine", id)
}

fn create(call: &mut Call<'_>) -> Outcome {
    let now = call.now;
    let name = name(call.input.required_text("name")?)?;
    let default_token_ttl = ttl(call)?.unwrap_or(DEFAULT_TTL);
    let mut scopes: Vec<MachineScope> = Vec::new();
    for to in call.input.texts("scoped_machines") {
        if !call.state.tables.machines.contains(to) {
            return Err(Failure::new(404, "machine_not_found", "machine not found")
                .explained(format!("no machine was found with id {to}"))
                .param("scoped_machines"));
        }
        if !scopes.iter().any(|scope| scope.to == to) {
            scopes.push(MachineScope { to: to.to_owned(), created_at: now });
        }
    }
    if scopes.len() > MAX_SCOPES {
        return Err(too_many_scopes());
    }
    let machine = Machine {
        id: State::id("mch", now),
        name,
        secret_key: new_key(),
        previous_secret_key: None,
        default_token_ttl,
        scopes,
        created_at: now,
        updated_at: now,
    };
    let view = views::machine_with_secret(call.state, &machine);
    call.state.tables.machines.insert(machine);
    Ok(Answer::json(&view))
}

fn new_key() -> String {
    format!("ak_{}", ids::random_hex(24))
}

fn too_many_scopes() -> Failure {
    Failure::new(422, "form_param_array_size_exceeded", "are too many")
        .explained(format!("a machine may call at most {MAX_SCOPES} others"))
        .param("scoped_machines")
}

fn get(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("machine_id");
    let machine = call.state.tables.machines.get(id).ok_or_else(|| unknown(id))?;
    Ok(Answer::json(&views::machine(call.state, machine)))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("machine_id");
    known(call.state, id)?;
    let ttl = ttl(call)?;
    let name = match call.input.given("name") {
        true => Some(name(call.input.required_text("name")?)?),
        false => None,
    };
    if let Some(mut machine) = call.state.tables.machines.edit(id) {
        machine.default_token_ttl = ttl.unwrap_or(machine.default_token_ttl);
        if let Some(name) = name {
            machine.name = name;
        }
        machine.updated_at = call.now;
    }
    get(call)
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("machine_id");
    call.state.tables.machines.remove(id).ok_or_else(|| unknown(id))?;
    call.state.tables.machine_tokens.remove_where(|token| token.machine_id == id);
    let callers = call.state.tables.machines.iter().filter(|machine| machine.scopes.iter().any(|it| it.to == id));
    let callers: Vec<String> = callers.map(|machine| machine.id.clone()).collect();
    for caller in callers {
        if let Some(mut machine) = call.state.tables.machines.edit(caller) {
            machine.scopes.retain(|scope| scope.to != id);
        }
    }
    Ok(Answer::deleted("machine", id))
}

fn create_scope(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("machine_id");
    let to = call.input.required_text("to_machine_id")?;
    known(call.state, id)?;
    known(call.state, to)?;
    let now = call.now;
    let Some(mut machine) = call.state.tables.machines.edit(id) else { return Err(unknown(id)) };
    if to == id {
        return Err(Failure::value("to_machine_id"));
    }
    if machine.scopes.iter().any(|scope| scope.to == to) {
        return Err(Failure::new(409, "conflict", "already there")
            .explained("this machine may call that one already")
            .param("to_machine_id"));
    }
    if machine.scopes.len() >= MAX_SCOPES {
        return Err(too_many_scopes());
    }
    machine.scopes.push(MachineScope { to: to.to_owned(), created_at: now });
    machine.updated_at = now;
    let mut view = types::MachineScope::new(id, to);
    view.object = Some("machine_scope".to_owned());
    view.created_at = Some(now);
    Ok(Answer::json(&view))
}

fn delete_scope(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("machine_id");
    let other = call.input.path("other_machine_id");
    known(call.state, id)?;
    let Some(mut machine) = call.state.tables.machines.edit(id) else { return Err(unknown(id)) };
    let before = machine.scopes.len();
    machine.scopes.retain(|scope| scope.to != other);
    if machine.scopes.len() == before {
        return Err(Failure::not_found("machine scope", other));
    }
    machine.updated_at = call.now;
    let mut view = types::DeletedMachineScope::new(id, other);
    view.object = Some("machine_scope".to_owned());
    view.deleted = true;
    Ok(Answer::json(&view))
}

fn secret_key(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("machine_id");
    let machine = call.state.tables.machines.get(id).ok_or_else(|| unknown(id))?;
    Ok(Answer::json(&key_view(&machine.secret_key)))
}

fn key_view(key: &str) -> types::MachineSecretKey {
    let mut view = types::MachineSecretKey::new(key);
    view.object = Some("machine_secret_key".to_owned());
    view
}

/// The old key goes on being taken for a while, so that the new one can be rolled out.
fn rotate(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("machine_id");
    let seconds = call.input.integer("previous_token_ttl").ok_or_else(|| Failure::missing("previous_token_ttl"))?;
    let seconds = match u64::try_from(seconds) {
        Ok(_) if seconds <= MAX_PREVIOUS_TTL => seconds.unsigned_abs(),
        _ => return Err(Failure::value("previous_token_ttl")),
    };
    let until: Timestamp = call.now.after(std::time::Duration::from_secs(seconds));
    let mut machine = call.state.tables.machines.edit(id).ok_or_else(|| unknown(id))?;
    let old = std::mem::replace(&mut machine.secret_key, new_key());
    machine.previous_secret_key = Some((old, until));
    machine.updated_at = call.now;
    Ok(Answer::json(&key_view(&machine.secret_key)))
}
