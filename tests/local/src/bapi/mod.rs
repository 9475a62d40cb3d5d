//! The Backend API.

use std::{collections::HashMap, sync::OnceLock};

use clerk_core::Timestamp;

use crate::{answer::Outcome, failure::Failure, inbound::Inbound, input::Input, operation::Operation, state::State};

pub(crate) mod access;
pub(crate) mod agent_tasks;
pub(crate) mod api_keys;
pub(crate) mod clients;
pub(crate) mod enterprise;
pub(crate) mod identifications;
pub(crate) mod instance;
pub(crate) mod invitations;
pub(crate) mod jwks;
pub(crate) mod jwt_templates;
pub(crate) mod list;
pub(crate) mod machine_tokens;
pub(crate) mod machines;
pub(crate) mod oauth;
pub(crate) mod organizations;
pub(crate) mod saml_connections;
pub(crate) mod sessions;
pub(crate) mod sign_ups;
pub(crate) mod users;
pub(crate) mod webhooks;

/// A request of a back end whose key is known.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) now: Timestamp,
    pub(crate) input: &'a Input,
    /// The machine whose key it is; `None` for the instance's key.
    pub(crate) machine_id: Option<String>,
}

/// What answers an operation.
pub(crate) type Handler = fn(&mut Call<'_>) -> Outcome;

/// Operations and what answers them.
pub(crate) type Handlers = &'static [(&'static str, Handler)];

/// Every operation that is answered; all others are 501.
pub(crate) fn handlers() -> &'static HashMap<&'static str, Handler> {
    static HANDLERS: OnceLock<HashMap<&'static str, Handler>> = OnceLock::new();
    HANDLERS.get_or_init(|| {
        let groups = [
            access::HANDLERS,
            agent_tasks::HANDLERS,
            clients::HANDLERS,
            api_keys::HANDLERS,
            enterprise::HANDLERS,
            identifications::HANDLERS,
            instance::HANDLERS,
            invitations::HANDLERS,
            jwks::HANDLERS,
            jwt_templates::HANDLERS,
            machine_tokens::HANDLERS,
            machines::HANDLERS,
            oauth::HANDLERS,
            organizations::HANDLERS,
            saml_connections::HANDLERS,
            sessions::HANDLERS,
            sign_ups::HANDLERS,
            users::HANDLERS,
            webhooks::HANDLERS,
        ];
        groups.into_iter().flatten().copied().collect()
    })
}

pub(crate) fn handler(operation: &str) -> Option<Handler> {
    handlers().get(operation).copied()
}

/// Who calls: the instance itself (`None`) or one of its machines.
///
/// # Errors
///
/// There is no key, or it is not one of ours.
pub(crate) fn authenticate(
    state: &State,
    now: Timestamp,
    inbound: &Inbound,
    operation: &Operation,
) -> Result<Option<String>, Failure> {
    // Browsers show it, and they know no key.
    if matches!(operation.id, "GetPublicInterstitial") {
        return Ok(None);
    }
    let Some(header) = inbound.header("authorization") else {
        return Err(Failure::new(401, "authentication_invalid", "no secret key")
            .explained("the Authorization header with a secret key is missing"));
    };
    let Some(key) = header.strip_prefix("Bearer ").map(str::trim).filter(|key| !key.is_empty()) else {
        return Err(Failure::new(401, "authorization_header_format_invalid", "invalid Authorization header")
            .explained("the Authorization header must be `Bearer` and a secret key"));
    };
    if key == state.keys.secret {
        return Ok(None);
    }
    let machine = state.tables.machines.find_one(&format!("secret:{key}"));
    let previous = || {
        state.tables.machines.iter().find(|machine| {
            machine.previous_secret_key.as_ref().is_some_and(|(known, until)| known == key && *until > now)
        })
    };
    match machine.or_else(previous) {
        Some(machine) if operation.tag == "M2M Tokens" => Ok(Some(machine.id.clone())),
        Some(_) => Err(Failure::new(400, "instance_key_required", "a machine's key does not do")
            .explained("this operation takes the secret key of the instance")),
        None => Err(Failure::new(401, "clerk_key_invalid", "invalid secret key")
            .explained("the secret key is not one of this instance")),
    }
}

/// Runs a handler for a request.
pub(crate) fn run(
    state: &mut State,
    now: Timestamp,
    inbound: &Inbound,
    operation: &'static Operation,
    input: &Input,
    handler: Handler,
) -> Outcome {
    let machine_id = authenticate(state, now, inbound, operation)?;
    inbound.check_api_version()?;
    handler(&mut Call { state, now, input, machine_id })
}
