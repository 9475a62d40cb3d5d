//! Which rules a request is judged by: those of its header, where that has a token, or those of its cookies.

use clerk_core::{
    Error,
    http::{HeaderMap, request::Parts},
};

use super::{
    context::Context,
    cookie_flow,
    failed_token::{self, Carrier},
};
use crate::auth::{
    Auth, Clerk, Reason, RequestState, TokenError, TokenType, incoming::Incoming, jwt::Jwt,
    machine::machine_token_type, token_type::Kinds,
};

pub(super) async fn decide(clerk: &Clerk, parts: &Parts, incoming: &Incoming<'_>) -> Result<RequestState, Error> {
    let accepts = &clerk.inner().settings.accepts;
    let token = incoming.token();
    match (&accepts.0, token.as_deref()) {
        (Kinds::One(TokenType::Session), Some(token)) => header_session(clerk, parts, incoming, token).await,
        (Kinds::One(TokenType::Session), None) => cookies(clerk, parts, incoming).await,
        (Kinds::One(kind), Some(token)) => Ok(header_machine(clerk, *kind, token).await),
        (Kinds::One(kind), None) => Ok(signed_out(Some(*kind), Reason::NO_TOKEN_IN_HEADER)),
        (Kinds::Several(_) | Kinds::Any, token) => {
            let machine = token.and_then(machine_token_type);
            if !accepts.accepts(machine.unwrap_or(TokenType::Session)) {
                return Ok(signed_out(None, Reason::TOKEN_TYPE_MISMATCH));
            }
            match (token, machine) {
                (Some(token), Some(kind)) => Ok(header_machine(clerk, kind, token).await),
                (Some(token), None) => header_session(clerk, parts, incoming, token).await,
                (None, _) => cookies(clerk, parts, incoming).await,
            }
        }
    }
}

/// A session token in the header: the cookies do not matter, and there is no handshake for one that is good.
async fn header_session(
    clerk: &Clerk,
    parts: &Parts,
    incoming: &Incoming<'_>,
    token: &str,
) -> Result<RequestState, Error> {
    let checked = match Jwt::read(token) {
        Ok(jwt) if is_of_other_kind(&jwt) => {
            return Ok(signed_out(Some(TokenType::Session), Reason::TOKEN_TYPE_MISMATCH));
        }
        Ok(jwt) => clerk.verify_read(token, jwt).await,
        Err(error) => Err(error),
    };
    match checked {
        Ok(session) => Ok(RequestState::signed_in(Auth::Session(session), HeaderMap::new())),
        Err(error) => match Context::read(clerk, parts, incoming)? {
            Some(context) => Ok(failed_token::answer(&context, &error, Carrier::Header).await),
            None => Ok(no_address()),
        },
    }
}

async fn cookies(clerk: &Clerk, parts: &Parts, incoming: &Incoming<'_>) -> Result<RequestState, Error> {
    match Context::read(clerk, parts, incoming)? {
        Some(context) => cookie_flow::judge(&context).await,
        None => Ok(no_address()),
    }
}

async fn header_machine(clerk: &Clerk, kind: TokenType, token: &str) -> RequestState {
    let mismatch = || signed_out(Some(kind), Reason::TOKEN_TYPE_MISMATCH);
    if machine_token_type(token) != Some(kind) {
        return mismatch();
    }
    match clerk.verify_machine_token(token).await {
        Ok(machine) if machine.token_type() == kind => {
            RequestState::signed_in(Auth::Machine(machine.into()), HeaderMap::new())
        }
        Ok(_) => mismatch(),
        Err(error) => {
            RequestState::signed_out(Some(kind), error.reason().clone(), machine_message(&error), HeaderMap::new())
                .or_outage(error.is_outage())
        }
    }
}

/// Whether a token says of itself that it belongs to an application, a machine or a template, and not to a session.
pub(in crate::auth) fn is_of_other_kind(jwt: &Jwt<'_>) -> bool {
    jwt.is_oauth() || jwt.is_m2m() || jwt.is_of_other_category()
}

fn machine_message(error: &TokenError) -> String {
    let status = error.cause().and_then(Error::status).map_or("n/a".to_owned(), |status| status.as_u16().to_string());
    format!("{} (code={}, status={status})", error.message(), error.reason())
}

fn signed_out(kind: Option<TokenType>, reason: Reason) -> RequestState {
    RequestState::signed_out(kind, reason, "", HeaderMap::new())
}

/// An address that is no URL can be neither compared nor come back to.
fn no_address() -> RequestState {
    let message = "the address of the request is no URL";
    RequestState::signed_out(Some(TokenType::Session), Reason::UNEXPECTED_ERROR, message, HeaderMap::new())
}
