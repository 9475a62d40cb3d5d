//! The page that asks, and what follows from the answer.

use clerk_core::Timestamp;

use super::{
    accounts::{self, ProviderAccount},
    html::{self, escape, hidden},
};
use crate::{
    answer::{Answer, Outcome},
    crypto::ids,
    failure::Failure,
    model::oauth::ProviderFlow,
    rules::external::{callback_url, redirects},
    settings::ProviderMode,
    state::State,
};

/// What the person does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Choice<'a> {
    /// Agrees, as whom the request hints at or who was here last.
    Last,
    Address(&'a str),
    /// Agrees, as the account of this id.
    Account(&'a str),
    Deny,
    Cancel,
}

type Pairs = [(String, String)];

fn given<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    let found = pairs.iter().rev().find(|(known, _)| known == name);
    found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
}

/// The round trip that a request is part of.
fn flow<'a>(state: &'a State, pairs: &Pairs, now: Timestamp) -> Result<&'a ProviderFlow, Failure> {
    let unknown = || {
        Failure::new(400, "oauth_authorize_request_error", "no such request")
            .explained("this provider was not asked for that, or the time for it is over")
    };
    let key = format!("state:{}", given(pairs, "state").ok_or_else(unknown)?);
    let flow = state.tables.provider_flows.find_one(&key).ok_or_else(unknown)?;
    let same = |name: &str, value: &str| given(pairs, name).is_none_or(|given| given == value);
    if !same("redirect_uri", &callback_url(state)) {
        return Err(Failure::new(400, "redirect_uri_mismatch", "unknown redirect URI")
            .explained("this provider sends browsers to the callback of the Frontend API only"));
    }
    if flow.expires_at <= now || flow.code.is_some() || !same("provider", &flow.provider) {
        return Err(unknown());
    }
    Ok(flow)
}

/// Decides, and gives the URL of the callback.
pub(super) fn decide(state: &mut State, pairs: &Pairs, choice: Choice<'_>, now: Timestamp) -> Result<String, Failure> {
    let flow = flow(state, pairs, now)?.clone();
    let callback = callback_url(state);
    let refused = |error: &str| redirects::with_query(&callback, &[("error", error), ("state", &flow.state)]);
    accounts::from_users(state, &flow.provider, now);
    let account = match choice {
        Choice::Deny => return Ok(refused("access_denied")),
        Choice::Cancel => return Ok(refused("user_cancelled_authorize")),
        Choice::Account(id) => accounts::of(state, &flow.provider).find(|known| known.id == id),
        Choice::Address(address) => by_address(state, &flow.provider, address),
        Choice::Last => Some(last(state, &flow, now)).and_then(|id| state.tables.provider_accounts.get(id)),
    };
    let id = account.map(|account| account.id.clone()).ok_or_else(|| {
        Failure::new(400, "oauth_fetch_user_error", "no such account")
            .explained(format!("the local provider has no such account with {}", flow.provider))
    })?;
    if let Some(mut account) = state.tables.provider_accounts.edit(&id) {
        account.updated_at = now;
    }
    let code = ids::random_text(24);
    let back = redirects::with_query(
        &callback,
        &[("code", code.as_str()), ("scope", flow.scopes.as_str()), ("state", flow.state.as_str())],
    );
    if let Some(mut flow) = state.tables.provider_flows.edit(&flow.id) {
        flow.code = Some(code);
        flow.account_id = Some(id);
    }
    Ok(back)
}

fn by_address<'a>(state: &'a State, provider: &str, address: &str) -> Option<&'a crate::model::oauth::ProviderAccount> {
    let address = address.to_lowercase();
    accounts::of(state, provider).rev().find(|known| known.email_address.as_deref() == Some(address.as_str()))
}

/// Whom the request hints at, or who was here last, or somebody new.
fn last(state: &mut State, flow: &ProviderFlow, now: Timestamp) -> String {
    let known = match &flow.login_hint {
        Some(hint) => by_address(state, &flow.provider, hint),
        None => accounts::of(state, &flow.provider).max_by_key(|known| known.updated_at.as_millis()),
    };
    if let Some(known) = known {
        return known.id.clone();
    }
    let domain = state.tables.enterprise_connections.get(&flow.provider).and_then(|it| it.domains.first().cloned());
    let domain = domain.unwrap_or_else(|| "example.com".to_owned());
    let address = flow.login_hint.clone().unwrap_or_else(|| format!("{}@{domain}", flow.provider));
    let subject = accounts::add(state, &ProviderAccount::new(&flow.provider, address), now);
    let made = accounts::of(state, &flow.provider).find(|known| known.subject == subject);
    made.map(|known| known.id.clone()).unwrap_or_default()
}

/// The page that asks who it is and whether they agree; or, as the settings say, an answer without asking.
pub(super) fn page(state: &mut State, pairs: &Pairs, now: Timestamp) -> Outcome {
    let flow = flow(state, pairs, now)?.clone();
    let at_once = match state.settings().provider {
        ProviderMode::Consent => None,
        ProviderMode::Approve => Some(Choice::Last),
        ProviderMode::Deny => Some(Choice::Deny),
    };
    if let Some(choice) = at_once {
        return decide(state, pairs, choice, now).map(|url| Answer::redirect(url).status(303));
    }
    accounts::from_users(state, &flow.provider, now);
    let state_field = hidden("state", &flow.state);
    let form =
        |inner: &str| format!("<form method=\"post\" action=\"/local/provider/decide\">{state_field}{inner}</form>");
    let mut body = format!(
        "<p>{} asks for <b>{}</b>.</p>",
        escape(&state.settings().application_name),
        escape(&flow.scopes.replace(' ', ", "))
    );
    for account in accounts::of(state, &flow.provider).rev().take(50) {
        let names = [account.first_name.as_deref(), account.last_name.as_deref()];
        let names: Vec<&str> = names.into_iter().flatten().collect();
        let address = account.email_address.as_deref().unwrap_or(&account.subject);
        let label = if names.is_empty() { address.to_owned() } else { format!("{} ({address})", names.join(" ")) };
        body.push_str(&form(&format!(
            "{}<button name=\"action\" value=\"approve\">Continue as {}</button>",
            hidden("account", &account.id),
            escape(&label)
        )));
    }
    let hint = escape(flow.login_hint.as_deref().unwrap_or_default());
    body.push_str(&form(&format!(
        "<label>Email<input name=\"email_address\" type=\"email\" required value=\"{hint}\"></label>\
         <label>First name<input name=\"first_name\"></label><label>Last name<input name=\"last_name\"></label>\
         <label><input type=\"checkbox\" name=\"unverified\" value=\"true\"> the address is not verified</label>\
         <button name=\"action\" value=\"approve\">Continue as somebody else</button>"
    )));
    body.push_str(&form(
        "<button name=\"action\" value=\"deny\">Deny</button><button name=\"action\" value=\"cancel\">Cancel</button>",
    ));
    let name = state.tables.enterprise_connections.get(&flow.provider).map(|connection| connection.name.clone());
    Ok(html::page(&format!("Sign in with {}", name.unwrap_or(flow.provider)), &body))
}

/// What the page's forms send.
pub(super) fn decided(state: &mut State, pairs: &Pairs, now: Timestamp) -> Outcome {
    let provider = flow(state, pairs, now)?.provider.clone();
    let made;
    let choice = match given(pairs, "action") {
        Some("deny") => Choice::Deny,
        Some("cancel") => Choice::Cancel,
        Some("approve") => match (given(pairs, "account"), given(pairs, "email_address")) {
            (Some(id), _) => Choice::Account(id),
            (None, Some(address)) => {
                made = typed(state, &provider, address, pairs, now)?;
                Choice::Account(&made)
            }
            (None, None) => return Err(Failure::missing("email_address")),
        },
        _ => return Err(Failure::value("action")),
    };
    decide(state, pairs, choice, now).map(|url| Answer::redirect(url).status(303))
}

/// The account that was typed in: the one that is there, or a new one.
fn typed(state: &mut State, provider: &str, address: &str, pairs: &Pairs, now: Timestamp) -> Result<String, Failure> {
    let address = crate::rules::users::email(address, "email_address")?;
    let known = by_address(state, provider, &address).map(|known| known.subject.clone());
    let mut account = ProviderAccount::new(provider, &*address);
    if let Some(subject) = known {
        account = account.subject(subject);
    }
    if given(pairs, "unverified").is_some() {
        account = account.unverified();
    }
    if let Some(name) = given(pairs, "first_name") {
        account = account.first_name(name);
    }
    if let Some(name) = given(pairs, "last_name") {
        account = account.last_name(name);
    }
    let subject = accounts::add(state, &account, now);
    let found = accounts::of(state, provider).find(|known| known.subject == subject);
    Ok(found.map(|known| known.id.clone()).unwrap_or_default())
}
