//! Accounts at providers: added by whoever is signed in, gone to again, and the way back from there.

use clerk_core::{ExternalAccountId, JsonMap};

use super::{Call, Handlers, me};
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    model::user::ExternalAccount,
    rules::{
        external::{self, Purpose},
        users,
    },
    state::State,
    views,
};

pub(crate) const HANDLERS: Handlers = &[
    ("getOauthCallback", callback),
    ("postOauthCallback", callback),
    ("postOAuthAccounts", connect),
    ("reauthorizeExternalAccount", reauthorize),
];

fn callback(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let given = |name: &str| input.query(name).or_else(|| input.text(name)).filter(|text| !text.is_empty());
    let state = given("state").ok_or_else(|| {
        Failure::new(400, "oauth_callback_invalid", "no state").explained("the provider came back without a state")
    })?;
    let returned = match (given("error"), given("code")) {
        (Some(error), _) => Err(error),
        (None, Some(code)) => Ok(code),
        (None, None) => Err("invalid_request"),
    };
    let location = external::finish(call, state, returned)?;
    Ok(Answer::redirect(location).status(303))
}

fn connect(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let user_id = call.user_id()?;
    let strategy = match input.text("strategy").filter(|strategy| !strategy.is_empty()) {
        Some(strategy) => strategy,
        None if input.text("enterprise_connection_id").is_some() => "enterprise_sso",
        None => return Err(Failure::missing("strategy")),
    };
    let is_done =
        |account: &ExternalAccount| account.verification.as_ref().is_none_or(|verification| verification.is_verified());
    let user = call.user()?;
    if user.external_accounts.iter().any(|account| account.provider == strategy && is_done(account)) {
        return Err(Failure::new(400, "oauth_account_already_connected", "already connected")
            .explained("this user has an account of that provider already; disconnect it first"));
    }
    // Whoever finds an open session must not leave a way in of their own.
    me::proven_lately(call)?;
    let purpose = Purpose::Connect { user: user_id.clone() };
    let (redirect_url, complete) = (input.text("redirect_url"), input.text("action_complete_redirect_url"));
    let verification = external::begin(call, strategy, purpose, redirect_url, complete)?;
    let now = call.now;
    let account = ExternalAccount {
        id: ExternalAccountId::from(State::id("eac", now)),
        identification_id: State::id("idn", now),
        provider: strategy.to_owned(),
        provider_user_id: String::new(),
        email_address: String::new(),
        email_verified: false,
        first_name: String::new(),
        last_name: String::new(),
        username: None,
        phone_number: None,
        image_url: None,
        label: None,
        approved_scopes: String::new(),
        access_token: None,
        refresh_token: None,
        token_expires_at: None,
        public_metadata: JsonMap::new(),
        verification: Some(Box::new(verification)),
        created_at: now,
        updated_at: now,
    };
    let view = views::fapi::user::external_account(&account, now);
    if let Some(mut user) = call.state.tables.users.edit(&user_id) {
        // What was begun before and never came back gives way.
        user.external_accounts.retain(|known| known.provider != strategy || is_done(known));
        user.external_accounts.push(account);
    }
    users::updated(call.state, &user_id, now);
    call.reply(&view)
}

fn reauthorize(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let user = call.user()?;
    let user_id = user.id.clone();
    let id = input.path("external_account_id");
    let account = user.external_accounts.iter().find(|account| account.id.as_str() == id);
    let account = account.ok_or_else(|| Failure::not_found("external account", id))?;
    let (id, strategy) = (account.id.clone(), account.provider.clone());
    let purpose = Purpose::Reauthorize { user: user_id.clone(), account: id.clone() };
    let (redirect_url, complete) = (input.text("redirect_url"), input.text("action_complete_redirect_url"));
    let begun = external::begin(call, &strategy, purpose, redirect_url, complete)?;
    let now = call.now;
    let Some(mut user) = call.state.tables.users.edit(&user_id) else { return Err(Failure::authentication_invalid()) };
    let Some(account) = user.external_accounts.iter_mut().find(|account| account.id == id) else {
        return Err(Failure::not_found("external account", id.as_str()));
    };
    // It stays verified: whoever does not come back keeps the account as it was.
    match &mut account.verification {
        Some(known) if known.is_verified() => {
            known.external_redirect_url = begun.external_redirect_url;
            known.token = begun.token;
            known.error = None;
        }
        other => *other = Some(Box::new(begun)),
    }
    account.updated_at = now;
    let view = views::fapi::user::external_account(account, now);
    drop(user);
    call.reply(&view)
}
