//! Who is signed in in this browser, chosen from a list: for the pages of the authorization server.

use clerk_core::{Timestamp, UserId};

use super::html::{self, escape, hidden};
use crate::{
    answer::{Answer, Outcome},
    crypto::ids,
    failure::Failure,
    fapi::caller,
    inbound::Inbound,
    model::client::Client,
    rules::{external::redirects, sessions},
    settings::Environment,
    state::State,
};

/// Where somebody without a session is sent to, and comes back from.
pub(crate) fn url(state: &State, redirect_url: &str) -> String {
    redirects::with_query(&format!("{}/local/sign-in", state.addresses.frontend), &[("redirect_url", redirect_url)])
}

fn allowed(state: &State, redirect_url: &str) -> Result<(), Failure> {
    let own = redirect_url.strip_prefix(&state.addresses.frontend).is_some_and(|rest| rest.starts_with('/'));
    if own && state.settings().environment == Environment::Development {
        return Ok(());
    }
    Err(Failure::new(422, "invalid_redirect_url", "is not allowed")
        .explained("this page leads back to pages of this server only, in a development instance")
        .param("redirect_url"))
}

pub(super) fn page(state: &mut State, inbound: &Inbound) -> Outcome {
    let redirect_url = inbound.query("redirect_url").unwrap_or_default();
    allowed(state, redirect_url)?;
    let mut body = String::from("<p>Anyone may sign in as anyone here: this server is for tests.</p>");
    let users = state.tables.users.iter().rev().filter(|user| !user.banned).take(100);
    for user in users {
        body.push_str(&format!(
            "<form method=\"post\" action=\"/local/sign-in\">{}{}<button>Continue as {}</button></form>",
            hidden("redirect_url", redirect_url),
            hidden("user_id", user.id.as_str()),
            escape(&user.identifier()),
        ));
    }
    if state.tables.users.is_empty() {
        body.push_str("<p>There are no users yet.</p>");
    }
    Ok(html::page("Sign in", &body))
}

pub(super) fn chosen(state: &mut State, inbound: &Inbound, form: &[(String, String)], now: Timestamp) -> Outcome {
    let given = |name: &str| form.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let redirect_url = given("redirect_url");
    allowed(state, redirect_url)?;
    let user_id = UserId::from(given("user_id").to_owned());
    if state.tables.users.get(&user_id).is_none_or(|user| user.banned) {
        return Err(Failure::not_found("user", user_id.as_str()));
    }
    let known = inbound.cookie("__client").and_then(|token| caller::client_of(state, token));
    let client_id = known.unwrap_or_else(|| {
        let id = clerk_core::ClientId::from(State::id("client", now));
        state.tables.clients.insert(Client::new(id.clone(), ids::random_text(24), now));
        id
    });
    sessions::create(state, &client_id, &user_id, sessions::Opening::default(), Some(inbound), now);
    let token = caller::token(state, &client_id).unwrap_or_default();
    Ok(Answer::redirect(redirect_url)
        .status(303)
        .header("set-cookie", format!("__client={token}; Path=/; Max-Age=315360000; HttpOnly; SameSite=Lax")))
}
