//! Programs that call: API keys, tokens between machines, OAuth access tokens.

mod jwts;
mod local;
mod rules;
mod scripted;

use std::{pin::pin, time::Duration};

use clerk_ext::{
    Json,
    auth::{Clerk, Machine, TokenError},
};

use crate::world::World;

/// What came of a token, in one text: its reason, or the kind and the subject.
fn outcome(result: &Result<Machine, TokenError>) -> String {
    match result {
        Ok(machine) => format!("{} {}", machine.token_type(), machine.subject()),
        Err(error) => error.reason().to_string(),
    }
}

async fn told(clerk: &Clerk, token: &str) -> String {
    outcome(&clerk.verify_machine_token(token).await)
}

/// Waits for something that waits for the clock of this world.
pub async fn patiently<F: Future>(world: &World, future: F) -> F::Output {
    let mut future = pin!(future);
    for _ in 0..10_000 {
        tokio::select! {
            biased;
            output = &mut future => return output,
            () = tokio::task::yield_now() => world.clock.advance(Duration::from_millis(100)),
        }
    }
    panic!("it never ends");
}

/// An object with some keys in place of its own; `null` takes one out.
fn with(object: &Json, changes: &Json) -> Json {
    let mut changed = object.clone();
    for (name, value) in changes.as_object().unwrap() {
        changed[name] = value.clone();
    }
    changed.as_object_mut().unwrap().retain(|_, value| *value != "absent");
    changed
}
