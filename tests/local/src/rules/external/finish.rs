//! Back from the provider: what becomes of the sign-in, the sign-up or the account that it was for.

use clerk_core::{ExternalAccountId, SignInId, SignUpId, Timestamp, UserId};

use super::{Purpose, accounts, redirects};
use crate::{
    crypto::ids,
    failure::Failure,
    fapi::Call,
    model::{
        oauth::{ProviderAccount, ProviderFlow},
        user::ExternalAccount,
        verification::{Status, Verification},
    },
    rules::{lockout, nonces, restrictions, sign_ins, sign_ups, users},
    state::State,
};

/// What a provider sends the browser back with: a code, or an error such as `access_denied`.
pub(crate) type Returned<'a> = Result<&'a str, &'a str>;

/// What came of it.
enum Outcome {
    /// Signed in.
    Complete(String),
    /// Done, or at least further.
    Further,
    /// An error code, and what it says.
    Failed(String, String),
}

/// Ends a round trip, and gives the URL that the browser goes to.
///
/// # Errors
///
/// The `state` is none of ours, or was used, or the code does not belong to it: there is no place to go back to.
pub(crate) fn finish(call: &mut Call<'_>, state: &str, returned: Returned<'_>) -> Result<String, Failure> {
    let found = call.state.tables.provider_flows.find_one(&format!("state:{state}")).map(|flow| flow.id.clone());
    let flow = found.and_then(|id| call.state.tables.provider_flows.remove(id)).ok_or_else(|| {
        Failure::new(400, "oauth_callback_invalid", "unknown state")
            .explained("the provider came back with a state that was not given out, or was used already")
    })?;
    let outcome = match returned {
        _ if flow.expires_at <= call.now => failed("verification_expired", "the provider was not back in time"),
        Err(error) if refused(error) => failed("oauth_access_denied", "access was denied at the provider"),
        Err(_) => failed("oauth_callback_invalid", "the provider came back with an error"),
        Ok(code) => match account_of(call.state, &flow, code) {
            Some(account) => apply(call, &flow, &account),
            None => failed("oauth_token_exchange_error", "the provider does not take this code"),
        },
    };
    if let Outcome::Failed(code, message) = &outcome {
        fail(call.state, &flow, code, message);
    }
    Ok(location(call, &flow, &outcome))
}

/// Whether the person refused: providers have several words for it.
fn refused(error: &str) -> bool {
    matches!(error, "access_denied" | "user_cancelled_authorize" | "user_cancelled_login" | "consent_required")
}

fn account_of(state: &State, flow: &ProviderFlow, code: &str) -> Option<ProviderAccount> {
    let given = flow.code.as_deref()?;
    if !crate::crypto::encoding::same(given.as_bytes(), code.as_bytes()) {
        return None;
    }
    state.tables.provider_accounts.get(flow.account_id.as_deref()?).cloned()
}

fn apply(call: &mut Call<'_>, flow: &ProviderFlow, account: &ProviderAccount) -> Outcome {
    let external = accounts::external(flow, account, call.now);
    if let Some(connection) = call.state.tables.enterprise_connections.get(&flow.provider) {
        let address = account.email_address.as_deref().unwrap_or_default();
        let domain = address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        if !connection.domains.is_empty() && domain.is_none_or(|domain| !connection.domains.contains(&domain)) {
            let message = "the identity provider gave an address of another domain";
            return failed("enterprise_sso_email_address_domain_mismatch", message);
        }
    }
    if !waited_for(call.state, flow) {
        return gone();
    }
    match &flow.purpose {
        Purpose::SignIn(id) => sign_in(call, id, external),
        Purpose::SignUp(id) => sign_up(call, id, external),
        Purpose::Connect { user } => connect(call.state, &flow.state, user, external, call.now),
        Purpose::Reauthorize { user, account } => reauthorize(call.state, user, account, &external, call.now),
    }
}

/// Whether the sign-in or sign-up is still about this round trip, and not about one that began later.
fn waited_for(state: &State, flow: &ProviderFlow) -> bool {
    let proof = match &flow.purpose {
        Purpose::SignIn(id) => state.tables.sign_ins.get(id).and_then(|it| it.first.as_deref()),
        Purpose::SignUp(id) => state.tables.sign_ups.get(id).and_then(|it| it.external_verification.as_deref()),
        Purpose::Connect { .. } | Purpose::Reauthorize { .. } => return true,
    };
    proof.is_some_and(|proof| proof.token.as_deref() == Some(&flow.state))
}

/// Whom the account belongs to: its owner, or the owner of an address that both sides have verified.
fn known(state: &State, external: &ExternalAccount) -> Option<UserId> {
    accounts::owner(state, external).or_else(|| {
        let address = external.email_address.to_lowercase();
        external.email_verified.then(|| accounts::owner_of_address(state, &address)).flatten()
    })
}

fn sign_in(call: &mut Call<'_>, id: &SignInId, external: ExternalAccount) -> Outcome {
    let now = call.now;
    let user_id = known(call.state, &external);
    let Some(user_id) = user_id else {
        let Some(mut sign_in) = call.state.tables.sign_ins.edit(id) else { return gone() };
        sign_in.external = Some(Box::new(external));
        return failed("external_account_not_found", "nobody here has this external account");
    };
    let Some(user) = call.state.tables.users.get(&user_id) else { return gone() };
    if let Err(failure) = lockout::check(call.state, user, now) {
        return failed(failure.code(), failure.reason());
    }
    if let Err(failure) = restrictions::check_sign_in(call.state, &external.email_address) {
        return failed(failure.code(), failure.reason());
    }
    accounts::link(call.state, &user_id, external.clone(), now);
    users::updated(call.state, &user_id, now);
    let Some(mut sign_in) = call.state.tables.sign_ins.edit(id) else { return gone() };
    sign_in.user_id = Some(user_id);
    sign_in.identifier = Some(external.email_address).filter(|address| !address.is_empty());
    if let Some(first) = &mut sign_in.first {
        verify(first, now);
    }
    drop(sign_in);
    match sign_ins::proceed(call.state, id, Some(call.inbound), now) {
        Ok(Some(session)) => Outcome::Complete(session.as_str().to_owned()),
        Ok(None) => Outcome::Further,
        Err(failure) => failed(failure.code(), failure.reason()),
    }
}

fn sign_up(call: &mut Call<'_>, id: &SignUpId, external: ExternalAccount) -> Outcome {
    let now = call.now;
    let taken = known(call.state, &external).is_some();
    let Some(mut sign_up) = call.state.tables.sign_ups.edit(id) else { return gone() };
    sign_up.external = Some(Box::new(external.clone()));
    if taken {
        return failed("external_account_exists", "this external account belongs to a user already");
    }
    let invited = sign_up.invitation_id.is_some() || sign_up.organization_invitation_id.is_some();
    drop(sign_up);
    if let Err(failure) = restrictions::check_sign_up(call.state, &external.email_address, invited, "email_address") {
        return failed(failure.code(), failure.reason());
    }
    let Some(mut sign_up) = call.state.tables.sign_ups.edit(id) else { return gone() };
    if let Some(verification) = &mut sign_up.external_verification {
        verify(verification, now);
    }
    take_over(&mut sign_up, &external, now);
    drop(sign_up);
    match sign_ups::settle(call.state, id, Some(call.inbound), now) {
        Ok(Some(session)) => Outcome::Complete(session.as_str().to_owned()),
        Ok(None) => Outcome::Further,
        Err(failure) => failed(failure.code(), failure.reason()),
    }
}

/// Fills a sign-up with what the provider said, where the person has not said it.
pub(crate) fn take_over(sign_up: &mut crate::model::sign_up::SignUp, external: &ExternalAccount, now: Timestamp) {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    sign_up.first_name = sign_up.first_name.take().or_else(|| text(&external.first_name));
    sign_up.last_name = sign_up.last_name.take().or_else(|| text(&external.last_name));
    let address = external.email_address.to_lowercase();
    if !address.is_empty() && sign_up.email_address.as_ref().is_none_or(|known| *known == address) {
        sign_up.email_address = Some(address);
        if external.email_verified {
            let verification = Verification::verified(&accounts::vouched_by(&external.provider), now);
            sign_up.email_verification = Some(Box::new(verification));
        }
    }
}

fn connect(state: &mut State, token: &str, user_id: &UserId, mut external: ExternalAccount, now: Timestamp) -> Outcome {
    let address = external.email_address.to_lowercase();
    match accounts::owner(state, &external) {
        Some(owner) if owner != *user_id => {
            return failed("external_account_exists", "this external account belongs to another user");
        }
        Some(_) | None => {}
    }
    if !address.is_empty() && users::email_taken(state, &address, Some(user_id)) {
        return failed("oauth_identification_claimed", "the account's email address belongs to another user");
    }
    // The place that was kept for it gives way to the account itself, under the same id.
    if let Some(mut user) = state.tables.users.edit(user_id) {
        let place = user.external_accounts.iter().position(|account| waits_for(account, token));
        let Some(place) = place else { return gone() };
        let placeholder = user.external_accounts.remove(place);
        external.id = placeholder.id;
        external.identification_id = placeholder.identification_id;
        external.created_at = placeholder.created_at;
    }
    accounts::link(state, user_id, external, now);
    users::updated(state, user_id, now);
    Outcome::Further
}

fn reauthorize(
    state: &mut State,
    user_id: &UserId,
    id: &ExternalAccountId,
    external: &ExternalAccount,
    now: Timestamp,
) -> Outcome {
    let Some(mut user) = state.tables.users.edit(user_id) else { return gone() };
    let Some(account) = user.external_accounts.iter_mut().find(|account| account.id == *id) else { return gone() };
    if account.provider_user_id != external.provider_user_id {
        return failed("oauth_identification_claimed", "that is another account at the provider");
    }
    account.approved_scopes.clone_from(&external.approved_scopes);
    account.access_token.clone_from(&external.access_token);
    account.refresh_token = external.refresh_token.clone().or(account.refresh_token.take());
    account.token_expires_at = external.token_expires_at;
    account.updated_at = now;
    if let Some(verification) = &mut account.verification {
        verify(verification, now);
    }
    drop(user);
    users::updated(state, user_id, now);
    Outcome::Further
}

fn failed(code: &str, message: &str) -> Outcome {
    Outcome::Failed(code.to_owned(), message.to_owned())
}

fn gone() -> Outcome {
    failed("oauth_callback_invalid", "what this was for is no longer there")
}

fn waits_for(account: &ExternalAccount, token: &str) -> bool {
    account.verification.as_ref().is_some_and(|verification| verification.token.as_deref() == Some(token))
}

fn verify(verification: &mut Verification, now: Timestamp) {
    verification.status = Status::Verified;
    verification.verified_at = Some(now);
    verification.error = None;
    verification.external_redirect_url = None;
}

/// Writes an error into the proof that the round trip was to give.
fn fail(state: &mut State, flow: &ProviderFlow, code: &str, message: &str) {
    let write = |verification: &mut Verification| {
        verification.status = match code {
            "external_account_not_found" | "external_account_exists"
                if matches!(flow.purpose, Purpose::SignIn(_) | Purpose::SignUp(_)) =>
            {
                Status::Transferable
            }
            "verification_expired" => Status::Expired,
            _ => Status::Failed,
        };
        verification.error = Some((code.to_owned(), message.to_owned()));
        verification.external_redirect_url = None;
    };
    if !waited_for(state, flow) {
        return;
    }
    match &flow.purpose {
        Purpose::SignIn(id) => {
            if let Some(first) = state.tables.sign_ins.edit(id).as_mut().and_then(|it| it.first.as_mut()) {
                write(first);
            }
        }
        Purpose::SignUp(id) => {
            if let Some(it) = state.tables.sign_ups.edit(id).as_mut().and_then(|it| it.external_verification.as_mut()) {
                write(it);
            }
        }
        Purpose::Connect { user } => {
            if let Some(mut user) = state.tables.users.edit(user) {
                let waiting = user.external_accounts.iter_mut().find(|account| waits_for(account, &flow.state));
                if let Some(verification) = waiting.and_then(|account| account.verification.as_mut()) {
                    write(verification);
                }
            }
        }
        Purpose::Reauthorize { user, account } => {
            if let Some(mut user) = state.tables.users.edit(user) {
                let known = user.external_accounts.iter_mut().find(|known| known.id == *account);
                if let Some(verification) = known.and_then(|account| account.verification.as_mut()) {
                    // It stays the account that it was.
                    verification.error = Some((code.to_owned(), message.to_owned()));
                    verification.external_redirect_url = None;
                }
            }
        }
    }
}

/// Where the browser goes: what was done and not only begun leads to the URL for that, where there is one.
fn location(call: &mut Call<'_>, flow: &ProviderFlow, outcome: &Outcome) -> String {
    let done = matches!(outcome, Outcome::Complete(_));
    let url = flow.action_complete_redirect_url.as_ref().filter(|_| done).unwrap_or(&flow.redirect_url);
    let mut pairs = Vec::new();
    if let Outcome::Failed(code, _) = outcome {
        pairs.extend([("__clerk_status", "failed"), ("__clerk_error_code", code)]);
    }
    let nonce = flow.native.then(|| hand_over(call, flow, done)).flatten();
    if let Some(nonce) = &nonce {
        pairs.push(("rotating_token_nonce", nonce));
        if let Outcome::Complete(session) = outcome {
            pairs.push(("created_session_id", session));
        }
    }
    if let Some(id) = flow.client_id.clone().filter(|_| done && !flow.native) {
        call.adopt(id);
        call.rotate();
    }
    redirects::with_query(url, &pairs)
}

/// Leaves a nonce at the device's client; once somebody is signed in, the token that it has is outdated.
fn hand_over(call: &mut Call<'_>, flow: &ProviderFlow, done: bool) -> Option<String> {
    let id = flow.client_id.as_ref()?;
    let nonce = nonces::issue(call.state, id, None, call.now)?;
    let mut client = call.state.tables.clients.edit(id)?;
    if done {
        client.secret = ids::random_text(24);
    }
    client.updated_at = call.now;
    Some(nonce)
}
