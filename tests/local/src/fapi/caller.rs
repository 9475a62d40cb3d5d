//! Who calls: the client that a request's token belongs to.

use clerk_core::ClientId;

use super::browser;
use crate::{failure::Failure, inbound::Inbound, settings::Environment, state::State};

/// What a request says of its client.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The token comes in `Authorization` and not in cookies.
    pub(crate) native: bool,
    pub(crate) client: Presented,
    /// The client's token changed, or it is new: the answer carries it.
    pub(crate) token_changed: bool,
    /// The development browser that a page named, if it is a known one.
    pub(crate) dev_browser: Option<String>,
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
pub(crate) fn identify(state: &State, inbound: &Inbound) -> Result<Caller, Failure> {
    inbound.check_api_version()?;
    let native = inbound.query("_is_native").is_some_and(|value| matches!(value, "true" | "1"));
    check_headers(state, inbound, native)?;
    // Outside of `/v1` the header is a bearer of another kind, such as an OAuth access token.
    let own = inbound.path.starts_with("/v1/");
    let dev_browser = if native { None } else { browser::dev_browser(state, inbound) };
    let token = if native {
        let header = inbound.header("authorization").unwrap_or_default().trim();
        Some(header.strip_prefix("Bearer").unwrap_or(header).trim())
    } else {
        inbound.cookie("__client")
    };
    let known = |token: &str| match client_of(state, token) {
        Some(id) => Presented::Known(id),
        None if own => Presented::Stale,
        None => Presented::Nobody,
    };
    let linked = dev_browser.as_ref().and_then(|token| {
        let client = state.tables.clients.find_one(&format!("dev_browser:{token}"));
        client.map(|client| Presented::Known(client.id.clone()))
    });
    let client = linked.unwrap_or_else(|| token.filter(|token| !token.is_empty()).map_or(Presented::Nobody, known));
    // Pages of this API itself, such as one that asks for consent, are reached by the cookie.
    let named = native || dev_browser.is_some() || matches!(client, Presented::Known(_));
    if !named && needs_dev_browser(state, inbound) {
        return Err(Failure::new(401, "dev_browser_unauthenticated", "browser unauthenticated")
            .explained("in development a browser names itself by a token: create a dev browser first"));
    }
    Ok(Caller { native, client, token_changed: false, dev_browser })
}

fn check_headers(state: &State, inbound: &Inbound, native: bool) -> Result<(), Failure> {
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
    if native && authorizations > 0 && origins > 0 {
        return Err(Failure::new(400, "origin_authorization_headers_conflict", "Origin and Authorization together")
            .explained("a native request sends Authorization and no Origin, a browser's Origin and no Authorization"));
    }
    if native && !state.settings().native_api {
        return Err(Failure::new(400, "native_api_disabled", "native applications are not served")
            .explained("native applications are switched off in the settings of this instance"));
    }
    Ok(())
}

/// Whether a browser has to have named itself: in development, for whatever is about its client.
///
/// What it is sent to, rather than calls, names it later or never.
fn needs_dev_browser(state: &State, inbound: &Inbound) -> bool {
    let about_client = ["/v1/client", "/v1/me", "/v1/organizations"]
        .iter()
        .any(|start| inbound.path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    // The form of a page of this server's own, which comes with its cookie.
    let own_form = inbound.path.starts_with("/v1/me/oauth/consent/");
    let visited =
        own_form || ["/v1/client/handshake", "/v1/client/sync", "/v1/client/link"].contains(&inbound.path.as_str());
    state.settings().environment == Environment::Development && about_client && !visited
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
