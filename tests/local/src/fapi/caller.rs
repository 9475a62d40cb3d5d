//! Who calls: the client that a request's token belongs to.

use clerk_core::{ClientId, Timestamp};

use crate::{failure::Failure, inbound::Inbound, state::State};

/// What a request says of its client.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The token comes in `Authorization` and not in cookies.
    pub(crate) native: bool,
    pub(crate) client: Presented,
    /// The client's token changed, or it is new: the answer carries it.
    pub(crate) token_changed: bool,
}

/// The client of the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Presented {
    /// No token came.
    Nobody,
    /// A token came that is no longer, or never was, taken.
    Stale,
    Known(ClientId),
}

/// Finds the client of a request.
///
/// # Errors
///
/// The headers contradict each other.
pub(crate) fn identify(state: &State, _now: Timestamp, inbound: &Inbound) -> Result<Caller, Failure> {
    let authorizations = inbound.headers.get_all("authorization").iter().count();
    let origins = inbound.headers.get_all("origin").iter().count();
    if authorizations > 1 {
        return Err(Failure::new(
            400,
            "multiple_authorization_header_values_forbidden",
            "several Authorization headers",
        )
        .explained("one Authorization header is taken, not several"));
    }
    if origins > 1 {
        return Err(Failure::new(400, "multiple_origin_header_values_forbidden", "several Origin headers")
            .explained("one Origin header is taken, not several"));
    }
    let native = inbound.query("_is_native").is_some_and(|value| matches!(value, "true" | "1"));
    if native && authorizations > 0 && origins > 0 {
        return Err(Failure::new(400, "origin_authorization_headers_conflict", "Origin and Authorization together")
            .explained("a native request sends Authorization and no Origin, a browser's Origin and no Authorization"));
    }
    if native && !state.settings().native_api {
        return Err(Failure::new(400, "native_api_disabled", "native applications are not served")
            .explained("native applications are switched off in the settings of this instance"));
    }
    let token = if native {
        let header = inbound.header("authorization").unwrap_or_default().trim();
        Some(header.strip_prefix("Bearer").unwrap_or(header).trim())
    } else {
        inbound.cookie("__client")
    };
    let client = match token.filter(|token| !token.is_empty()) {
        None => Presented::Nobody,
        Some(token) => client_of(state, token).map_or(Presented::Stale, Presented::Known),
    };
    Ok(Caller { native, client, token_changed: false })
}

/// The token of a client: its id and its secret.
pub(crate) fn token(state: &State, id: &ClientId) -> Option<String> {
    let client = state.tables.clients.get(id)?;
    Some(format!("{}.{}", client.id, client.secret))
}

/// The client of a token, if that is the one the client has now.
pub(crate) fn client_of(state: &State, token: &str) -> Option<ClientId> {
    let (id, secret) = token.split_once('.')?;
    let client = state.tables.clients.get(id)?;
    (client.secret == secret).then(|| client.id.clone())
}
