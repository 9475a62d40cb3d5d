//! Machines, their tokens, and API keys.

use clerk_bapi::types;
use clerk_core::Timestamp;

use crate::{
    model::machine::{ApiKey, Machine, MachineToken},
    state::State,
};

pub(crate) fn machine(state: &State, machine: &Machine) -> types::Machine {
    let mut view = types::Machine::new(&machine.id, &machine.name);
    view.object = Some("machine".to_owned());
    view.instance_id = Some(state.keys.instance_id.as_str().into());
    view.default_token_ttl = Some(machine.default_token_ttl);
    view.scoped_machines = scoped(state, machine);
    view.created_at = Some(machine.created_at);
    view.updated_at = Some(machine.updated_at);
    view
}

/// A machine just made, with the key that is shown this once.
pub(crate) fn machine_with_secret(state: &State, machine: &Machine) -> types::MachineWithSecret {
    let mut view = types::MachineWithSecret::new(&machine.id, &machine.name, machine.secret_key.as_str());
    view.object = Some("machine".to_owned());
    view.instance_id = Some(state.keys.instance_id.as_str().into());
    view.default_token_ttl = Some(machine.default_token_ttl);
    view.scoped_machines = scoped(state, machine);
    view.created_at = Some(machine.created_at);
    view.updated_at = Some(machine.updated_at);
    view
}

fn scoped(state: &State, machine: &Machine) -> Vec<types::MachineWithoutScopedMachines> {
    let others = machine.scopes.iter().filter_map(|scope| state.tables.machines.get(&scope.to));
    others
        .map(|other| {
            let mut view = types::MachineWithoutScopedMachines::new(&other.id, &other.name);
            view.object = Some("machine".to_owned());
            view.instance_id = Some(state.keys.instance_id.as_str().into());
            view.default_token_ttl = Some(other.default_token_ttl);
            view.created_at = Some(other.created_at);
            view.updated_at = Some(other.updated_at);
            view
        })
        .collect()
}

pub(crate) fn machine_token(token: &MachineToken, now: Timestamp) -> types::M2mToken {
    let mut view = types::M2mToken::new(&token.id, &token.machine_id);
    view.object = Some("machine_to_machine_token".to_owned());
    view.claims.clone_from(&token.claims);
    view.scopes.clone_from(&token.scopes);
    view.revoked = token.revoked;
    view.revocation_reason.clone_from(&token.revocation_reason);
    view.expired = token.is_expired(now);
    view.expiration = token.expiration;
    view.last_used_at = token.last_used_at;
    view.created_at = Some(token.created_at);
    view.updated_at = Some(token.updated_at);
    view
}

/// A token just made.
pub(crate) fn machine_token_with_secret(token: &MachineToken, now: Timestamp) -> types::M2mTokenWithSecret {
    let mut view = types::M2mTokenWithSecret::new(&token.id, &token.machine_id, token.token.as_str());
    view.object = Some("machine_to_machine_token".to_owned());
    view.claims.clone_from(&token.claims);
    view.scopes.clone_from(&token.scopes);
    view.revoked = token.revoked;
    view.revocation_reason.clone_from(&token.revocation_reason);
    view.expired = token.is_expired(now);
    view.expiration = token.expiration;
    view.last_used_at = token.last_used_at;
    view.created_at = Some(token.created_at);
    view.updated_at = Some(token.updated_at);
    view
}

pub(crate) fn api_key(key: &ApiKey, now: Timestamp) -> types::ApiKey {
    let mut view = types::ApiKey::new(&key.id, &key.subject);
    view.object = Some("api_key".to_owned());
    view.type_ = Some(key.kind.clone());
    view.name = Some(key.name.clone());
    view.description.clone_from(&key.description);
    view.claims.clone_from(&key.claims);
    view.scopes.clone_from(&key.scopes);
    view.revoked = key.revoked;
    view.revocation_reason.clone_from(&key.revocation_reason);
    view.expired = key.is_expired(now);
    view.expiration = key.expiration;
    view.created_by = key.created_by.as_deref().map(Into::into);
    view.last_used_at = key.last_used_at;
    view.created_at = Some(key.created_at);
    view.updated_at = Some(key.updated_at);
    view
}

/// A key just made.
pub(crate) fn api_key_with_secret(key: &ApiKey, now: Timestamp) -> types::ApiKeyWithSecret {
    let mut view = types::ApiKeyWithSecret::new(&key.id, &key.subject, key.secret.as_str());
    view.object = Some("api_key".to_owned());
    view.type_ = Some(key.kind.clone());
    view.name = Some(key.name.clone());
    view.description.clone_from(&key.description);
    view.claims.clone_from(&key.claims);
    view.scopes.clone_from(&key.scopes);
    view.revoked = key.revoked;
    view.revocation_reason.clone_from(&key.revocation_reason);
    view.expired = key.is_expired(now);
    view.expiration = key.expiration;
    view.created_by = key.created_by.as_deref().map(Into::into);
    view.last_used_at = key.last_used_at;
    view.created_at = Some(key.created_at);
    view.updated_at = Some(key.updated_at);
    view
}
