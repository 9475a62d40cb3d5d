//! What browsers need: cookies, cross-origin headers, and in development a token that stands in for cookies.

use clerk_core::{
    ClientId, SessionId, Timestamp,
    http::{HeaderMap, HeaderValue},
};
use clerk_fapi::types;

use super::{Call, Handlers};
use crate::{
    answer::{Answer, Outcome},
    crypto::{encoding, ids},
    failure::Failure,
    inbound::Inbound,
    model::client::DevBrowser,
    rules::{sessions, tokens},
    settings::Environment,
    state::State,
};

pub(crate) const HANDLERS: Handlers = &[("createDevBrowser", create_dev_browser), ("clearSiteData", clear_site_data)];

/// The cookie, parameter and header that carry the token of a development browser.
pub(crate) const DEV_BROWSER: &str = "__clerk_db_jwt";

/// As long as browsers keep a cookie.
const LONG: &str = "Max-Age=31536000";

/// Lets pages of other origins read the answer, with cookies, as a development instance does.
pub(crate) fn allow_origin(inbound: &Inbound, headers: &mut HeaderMap) {
    let Some(origin) = inbound.headers.get("origin") else { return };
    headers.insert("access-control-allow-origin", origin.clone());
    headers.insert("access-control-allow-credentials", HeaderValue::from_static("true"));
    headers.insert(
        "access-control-expose-headers",
        HeaderValue::from_static("Authorization, Clerk-Db-Jwt, Clerk-Trace-Id, Retry-After, X-Country"),
    );
    headers.append("vary", HeaderValue::from_static("Origin"));
    if inbound.method == "OPTIONS" {
        headers
            .insert("access-control-allow-methods", HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE, OPTIONS"));
        if let Some(asked) = inbound.headers.get("access-control-request-headers") {
            headers.insert("access-control-allow-headers", asked.clone());
        }
        headers.insert("access-control-max-age", HeaderValue::from_static("3600"));
    }
}

/// A new name for a browser, with which it says who it is where its cookies do not arrive.
fn create_dev_browser(call: &mut Call<'_>) -> Outcome {
    if call.state.settings().environment != Environment::Development {
        return Err(Failure::new(400, "request_invalid_for_environment", "only in development")
            .explained("a production instance tells browsers apart by cookies"));
    }
    let token = new_dev_browser(call);
    let cookie = format!("{DEV_BROWSER}={token}; Path=/; {LONG}; SameSite=Lax");
    let answer = Answer::json(&types::DevBrowser::new(token.as_str()));
    Ok(answer.header("clerk-db-jwt", token).header("set-cookie", cookie))
}

/// Has the browser forget what it keeps of this site.
fn clear_site_data(_: &mut Call<'_>) -> Outcome {
    let answer = Answer { status: 200, content_type: None, headers: Vec::new(), body: Default::default() };
    Ok(answer.header("clear-site-data", "\"cookies\", \"storage\""))
}

/// Makes a development browser; it is the caller's from now on.
pub(super) fn new_dev_browser(call: &mut Call<'_>) -> String {
    let token = State::id("dvb", call.now);
    call.state.tables.dev_browsers.insert(DevBrowser { token: token.clone(), created_at: call.now });
    call.caller.dev_browser = Some(token.clone());
    token
}

/// The development browser that a request names, if there is such a one.
pub(super) fn dev_browser(state: &State, inbound: &Inbound) -> Option<String> {
    if state.settings().environment != Environment::Development {
        return None;
    }
    let suffixed = suffixed(state, DEV_BROWSER);
    let named =
        inbound.query(DEV_BROWSER).or_else(|| inbound.cookie(&suffixed)).or_else(|| inbound.cookie(DEV_BROWSER));
    named.filter(|token| state.tables.dev_browsers.contains(token)).map(str::to_owned)
}

/// The client is the one of this development browser from now on, and no other is.
pub(super) fn link(state: &mut State, id: &ClientId, token: &str) {
    let others: Vec<ClientId> = state
        .tables
        .clients
        .find(&format!("dev_browser:{token}"))
        .map(|client| client.id.clone())
        .filter(|other| other != id)
        .collect();
    for other in others {
        if let Some(mut client) = state.tables.clients.edit(&other) {
            client.dev_browser = None;
        }
    }
    if let Some(mut client) = state.tables.clients.edit(id) {
        client.dev_browser = Some(token.to_owned());
    }
}

/// A cookie's name for this instance alone, so that several applications on one domain do not take each other's.
pub(crate) fn suffixed(state: &State, name: &str) -> String {
    format!("{name}_{}", suffix(&state.keys.publishable))
}

fn suffix(publishable_key: &str) -> String {
    encoding::base64url(&encoding::sha1(publishable_key.as_bytes())).chars().take(8).collect()
}

/// What an answer to a browser sets: its token where that changed, and when somebody last signed in or out.
pub(super) fn cookies(call: &Call<'_>, token: Option<String>) -> Vec<(&'static str, String)> {
    let uat = call.client().map_or(0, |client| sessions::client_uat(call.state, client, call.now));
    let mut cookies = Vec::new();
    if call.caller.token_changed {
        cookies.push(match token {
            Some(token) => format!("__client={token}; Path=/; {LONG}; HttpOnly; SameSite=Lax"),
            None => "__client=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax".to_owned(),
        });
    }
    if call.inbound.cookie("__client_uat") != Some(uat.to_string().as_str()) && call.inbound.path.starts_with("/v1/") {
        cookies.extend(client_uat(call.state, uat));
    }
    cookies.into_iter().map(|cookie| ("set-cookie", cookie)).collect()
}

/// The cookies that tell an application's back end when somebody last signed in or out.
pub(super) fn client_uat(state: &State, uat: i64) -> [String; 2] {
    let set = |name: &str| format!("{name}={uat}; Path=/; {LONG}; SameSite=Lax");
    [set("__client_uat"), set(&suffixed(state, "__client_uat"))]
}

/// The cookies of a session for an application's page: a token, and what trades it in for another when it is too old.
pub(crate) fn session_cookies(state: &mut State, id: &SessionId, suffix: bool, now: Timestamp) -> Vec<String> {
    let refresh = match state.tables.sessions.get(id).and_then(|session| session.refresh_token.clone()) {
        Some(refresh) => refresh,
        None => {
            let refresh = ids::random_text(32);
            if let Some(mut session) = state.tables.sessions.edit(id) {
                session.refresh_token = Some(refresh.clone());
            }
            refresh
        }
    };
    let Some(session) = state.tables.sessions.get(id) else { return Vec::new() };
    let token = tokens::session_token(state, session, sessions::organization(session), now);
    let mut names = vec!["__session".to_owned()];
    if suffix {
        names.push(suffixed(state, "__session"));
    }
    // The one that is only read with a suffix comes first, so that a token is what comes last.
    let mut cookies =
        vec![format!("{}={refresh}; Path=/; {LONG}; HttpOnly; SameSite=Lax", suffixed(state, "__refresh"))];
    cookies.extend(names.iter().map(|name| format!("{name}={token}; Path=/; {LONG}; SameSite=Lax")));
    cookies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_is_that_of_the_publishable_key() {
        assert_eq!(suffix("pk_live_Y2xlcmsuY2xlcmsuZGV2JA"), "1Z8AzTQD");
        assert_eq!(suffix("pk_test_Y2xlcmsuY2xlcmsuZGV2JA"), "QvfNY2dr");
        assert_eq!(suffix("pk_test_ZW5vdWdoLWFscGFjYS04Mi5jbGVyay5hY2NvdW50cy5sY2xjbGVyay5jb20k"), "jtYvyt_H");
    }
}
