//! The handshake: a back end sends the browser here, and gets it back with the cookies that it should have.

use std::time::Duration;

use clerk_core::{JsonMap, OrganizationId, SessionId, http::Uri};

use super::{Call, Handlers, browser};
use crate::{
    answer::{Answer, Outcome},
    clock::Later,
    crypto::ids,
    failure::Failure,
    model::client::Handshake,
    rules::{organizations, sessions, tokens},
    settings::Environment,
};

pub(crate) const HANDLERS: Handlers = &[("handshakeClient", handshake)];

/// How long the nonce of a handshake can be traded in.
const NONCE_LIFETIME: Duration = Duration::from_secs(60);

/// As long as browsers keep a cookie.
const LONG: &str = "Max-Age=31536000";

fn handshake(call: &mut Call<'_>) -> Outcome {
    let target = target(call)?;
    let with_nonce = match call.input.query("format").unwrap_or("token") {
        "nonce" => true,
        "token" => false,
        _ => {
            return Err(Failure::new(400, "invalid_handshake", "invalid handshake")
                .explained("the format of a handshake is token or nonce"));
        }
    };
    let development = call.state.settings().environment == Environment::Development;
    if development && call.caller.dev_browser.is_none() {
        let token = browser::new_dev_browser(call);
        // Whoever is known by a cookie goes on being known, by the token.
        if let Some(id) = call.client_id().cloned() {
            browser::link(call.state, &id, &token);
        }
    }
    // The tokens that come of it are for the page that the browser goes back to.
    if let Some(id) = call.client_id().cloned()
        && let Some(mut client) = call.state.tables.clients.edit(&id)
    {
        client.origin = Some(target.origin.clone());
    }
    activate_organization(call);
    let directives = directives(call);
    let (name, value) = if with_nonce {
        let nonce = ids::random_text(24);
        let expire_at = call.now.after(NONCE_LIFETIME);
        let now = call.now;
        call.state.tables.handshakes.remove_where(|kept| kept.expire_at <= now);
        call.state.tables.handshakes.insert(Handshake { nonce: nonce.clone(), directives, expire_at });
        ("__clerk_handshake_nonce", nonce)
    } else {
        let mut claims = JsonMap::new();
        claims.insert("handshake".to_owned(), directives.into());
        ("__clerk_handshake", tokens::sign(call.state, tokens::SESSION_CATEGORY, &claims))
    };
    // In production the page shares a domain with this API, and cookies get there by themselves.
    if !development && target.same_host {
        let cookie = format!("{name}={value}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
        return Ok(Answer::redirect(target.url).status(307).header("set-cookie", cookie));
    }
    Ok(Answer::redirect(with_parameter(&target.url, name, &value)).status(307))
}

/// Where the browser goes back to.
struct Target {
    url: String,
    origin: String,
    same_host: bool,
}

fn target(call: &Call<'_>) -> Result<Target, Failure> {
    let Some(url) = call.input.query("redirect_url") else {
        return Err(Failure::new(400, "missing_query_parameter", "missing query parameter")
            .explained("the query parameter redirect_url says where the handshake leads back to")
            .param("redirect_url"));
    };
    let invalid = || {
        Failure::new(422, "invalid_redirect_url", "invalid redirect URL")
            .explained("redirect_url must be an absolute URL")
            .param("redirect_url")
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(invalid)?;
    if !matches!(scheme, "http" | "https") {
        return Err(Failure::new(422, "invalid_url_scheme", "invalid URL scheme")
            .explained("redirect_url must be an http or https URL")
            .param("redirect_url"));
    }
    if url.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(invalid());
    }
    // A fragment is none of the server's business, but belongs to the URL.
    let before_fragment = url.split('#').next().unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let parsed: Uri = before_fragment.parse().map_err(|_| invalid())?;
    let host = parsed.host().filter(|host| !host.is_empty()).ok_or_else(invalid)?.to_ascii_lowercase();
    if authority.contains('@') {
        return Err(invalid());
    }
    let own: Option<Uri> = call.state.addresses.frontend.parse().ok();
    let same_host = own.as_ref().and_then(Uri::host) == Some(host.as_str());
    let production = call.state.settings().environment == Environment::Production;
    let ours = || {
        let under = |name: &str| host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
        same_host
            || matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]")
            || call.state.tables.domains.iter().any(|domain| under(&domain.name))
    };
    if production && !ours() {
        return Err(Failure::new(422, "redirect_url_domain_mismatch", "not a domain of this instance")
            .explained("in production a handshake leads back to a domain of the instance only")
            .param("redirect_url"));
    }
    Ok(Target { url: url.to_owned(), origin: format!("{scheme}://{authority}"), same_host })
}

/// The URL with one more parameter, before its fragment.
fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let (base, fragment) = match url.split_once('#') {
        Some((base, fragment)) => (base, format!("#{fragment}")),
        None => (url, String::new()),
    };
    let separator = if base.contains('?') { '&' } else { '?' };
    format!("{base}{separator}{name}={value}{fragment}")
}

/// The session that the browser is signed in with.
fn signed_in(call: &Call<'_>) -> Option<SessionId> {
    sessions::last_active(call.state, call.client()?, call.now).cloned()
}

/// Switches to the organization that the page is about, if the user belongs to it; an empty one is the personal account.
fn activate_organization(call: &mut Call<'_>) {
    let asked = call.inbound.query.iter().find(|(name, _)| name == "organization_id").map(|(_, value)| value.clone());
    let (Some(asked), Some(id)) = (asked, signed_in(call)) else { return };
    let Some(session) = call.state.tables.sessions.get(&id) else { return };
    let rules = &call.state.settings().organizations;
    let chosen: Option<OrganizationId> = if asked.is_empty() {
        if rules.enabled && rules.force_selection {
            return;
        }
        None
    } else {
        let member = organizations::by_id_or_slug(call.state, &asked).filter(|organization| {
            organizations::membership(call.state, organization.as_str(), &session.user_id).is_some()
        });
        match member {
            Some(organization) => Some(organization),
            // The page decides what to show to whoever does not belong there.
            None => return,
        }
    };
    if session.last_active_organization_id != chosen
        && let Some(mut session) = call.state.tables.sessions.edit(&id)
    {
        session.last_active_organization_id = chosen;
        session.updated_at = call.now;
    }
}

/// The cookies that the page should have, each the value of a `Set-Cookie`.
fn directives(call: &mut Call<'_>) -> Vec<String> {
    let suffixed = call.inbound.query("suffixed_cookies") == Some("true");
    let mut directives = Vec::new();
    if let Some(token) = &call.caller.dev_browser {
        for name in names(call, browser::DEV_BROWSER, suffixed) {
            directives.push(format!("{name}={token}; Path=/; {LONG}; SameSite=Lax"));
        }
    }
    let uat = call.client().map_or(0, |client| sessions::client_uat(call.state, client, call.now));
    for name in names(call, "__client_uat", suffixed) {
        directives.push(format!("{name}={uat}; Path=/; {LONG}; SameSite=Lax"));
    }
    match signed_in(call) {
        Some(id) => directives.extend(session_cookies(call, &id, suffixed)),
        None => {
            let refresh = browser::suffixed(call.state, "__refresh");
            directives.push(format!("{refresh}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"));
            for name in names(call, "__session", suffixed) {
                directives.push(format!("{name}=; Path=/; Max-Age=0; SameSite=Lax"));
            }
        }
    }
    directives
}

fn names(call: &Call<'_>, name: &str, suffixed: bool) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    if suffixed {
        names.push(browser::suffixed(call.state, name));
    }
    names
}

fn session_cookies(call: &mut Call<'_>, id: &SessionId, suffixed: bool) -> Vec<String> {
    sessions::used(call.state, id, call.now);
    browser::session_cookies(call.state, id, suffixed, call.now)
}
