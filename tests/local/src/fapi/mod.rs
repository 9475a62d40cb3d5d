//! The Frontend API.

use std::{collections::HashMap, sync::OnceLock};

use clerk_core::Timestamp;

use crate::{answer::Outcome, failure::Failure, inbound::Inbound, input::Input, operation::Operation, state::State};

pub(crate) mod agent_tasks;
pub(crate) mod api_keys;
pub(crate) mod browser;
pub(crate) mod call;
pub(crate) mod caller;
pub(crate) mod client;
pub(crate) mod enterprise;
pub(crate) mod environment;
pub(crate) mod external;
pub(crate) mod factors;
pub(crate) mod handshake;
pub(crate) mod hosted;
pub(crate) mod identifications;
pub(crate) mod me;
pub(crate) mod oauth;
pub(crate) mod organizations;
pub(crate) mod passkeys;
pub(crate) mod sessions;
pub(crate) mod sign_ins;
pub(crate) mod sign_ups;
pub(crate) mod waitlist;
pub(crate) mod well_known;

pub(crate) use call::Call;

/// What answers an operation.
pub(crate) type Handler = fn(&mut Call<'_>) -> Outcome;

/// Operations and what answers them.
pub(crate) type Handlers = &'static [(&'static str, Handler)];

/// Every operation that is answered; all others are 501.
pub(crate) fn handlers() -> &'static HashMap<&'static str, Handler> {
    static HANDLERS: OnceLock<HashMap<&'static str, Handler>> = OnceLock::new();
    HANDLERS.get_or_init(|| {
        let groups = [
            agent_tasks::HANDLERS,
            api_keys::HANDLERS,
            browser::HANDLERS,
            client::HANDLERS,
            enterprise::HANDLERS,
            environment::HANDLERS,
            external::HANDLERS,
            factors::HANDLERS,
            handshake::HANDLERS,
            hosted::HANDLERS,
            identifications::HANDLERS,
            me::HANDLERS,
            oauth::HANDLERS,
            organizations::HANDLERS,
            passkeys::HANDLERS,
            sessions::HANDLERS,
            sign_ins::HANDLERS,
            sign_ups::HANDLERS,
            waitlist::HANDLERS,
            well_known::HANDLERS,
        ];
        groups.into_iter().flatten().copied().collect()
    })
}

pub(crate) fn handler(operation: &str) -> Option<Handler> {
    handlers().get(operation).copied()
}

/// Runs a handler for a request: says which client it comes from, and gives that client's token to the answer.
pub(crate) fn run(
    state: &mut State,
    now: Timestamp,
    inbound: &Inbound,
    operation: &'static Operation,
    read: Result<Input, Failure>,
    handler: Handler,
) -> Outcome {
    let caller = caller::identify(state, inbound)?;
    let empty = Input::default();
    let (input, refused) = match &read {
        Ok(input) => (input, None),
        Err(failure) => (&empty, Some(failure.clone())),
    };
    let mut call = Call { state, now, input, inbound, operation, caller };
    call.note_origin();
    // What a request could not say is told only after its token was looked at: a rotated token goes out with errors too.
    let outcome = match refused {
        Some(failure) => oauth::refused(operation.path, failure),
        None => handler(&mut call),
    };
    call.finish(outcome)
}
