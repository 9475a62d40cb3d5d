//! Signing up: every way to prove who one is, and what goes wrong with it.

pub(crate) mod double;
mod email_code;
mod email_link;
mod id_token;
mod legal;
mod next_step;
mod password;
mod phone_code;
mod protection;
mod restricted;
mod ticket;
mod transfer;
mod unknown;
mod username;
mod web3;

use clerk_ext::{
    Error,
    frontend::{Frontend, Requirements, Session, SignUp},
    transport::RetryPolicy,
};
use clerk_local::{Api, LocalClerk};

use crate::world::{PASSWORD, device};

/// Somebody who is no user yet.
pub(crate) const BEN: &str = "ben@example.com";

/// The step of a sign-up that is not complete.
pub(crate) fn step(sign_up: Result<SignUp, impl Into<Error>>) -> Requirements {
    match sign_up.map_err(Into::into) {
        Ok(SignUp::MissingRequirements(step)) => step,
        other => panic!("{other:?}"),
    }
}

/// The session of one that is.
pub(crate) fn session(sign_up: Result<SignUp, impl Into<Error>>) -> Session {
    sign_up.map_err(Into::into).and_then(SignUp::session).unwrap()
}

/// Ben, with a password and an address that is to be proven.
pub(crate) async fn ben(clerk: &Frontend) -> Requirements {
    step(clerk.sign_up().email_address(BEN).password(PASSWORD).await)
}

/// A device that takes no for an answer, at once.
pub(crate) fn hasty(local: &LocalClerk) -> Frontend {
    device(local).network(|network| network.retry(RetryPolicy::none())).build().unwrap()
}

/// How often an operation was asked for.
pub(crate) fn asked(local: &LocalClerk, operation: &str) -> u64 {
    local.calls(Api::Frontend).get(operation).copied().unwrap_or(0)
}

/// How many messages an address or a number was sent.
pub(crate) fn messages(local: &LocalClerk, to: &str) -> usize {
    local.inbox().messages_to(to).len()
}

/// The code that was sent last.
pub(crate) fn code(local: &LocalClerk, to: &str) -> String {
    local.inbox().latest_code(to).unwrap()
}

/// Another one.
pub(crate) fn wrong(code: &str) -> String {
    code.chars().map(|digit| if digit == '9' { '0' } else { '9' }).collect()
}
