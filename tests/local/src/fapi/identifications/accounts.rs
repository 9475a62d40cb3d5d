//! Accounts elsewhere: disconnected, and their tokens forgotten.

use crate::{
    answer::Outcome,
    failure::Failure,
    fapi::{Call, me},
    rules::{
        identifications::{self, Kind},
        users,
    },
};

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = known(call)?;
    let user = call.user()?;
    let user_id = user.id.clone();
    me::proven_lately(call)?;
    identifications::may_remove(call.state.settings(), user, Kind::Account, &id)?;
    let now = call.now;
    if let Some(mut user) = call.state.tables.users.edit(&user_id) {
        let gone = user.external_accounts.iter().position(|account| account.id.as_str() == id);
        let gone = gone.map(|position| user.external_accounts.remove(position));
        let links = [Some(id.as_str()), gone.as_ref().map(|account| account.identification_id.as_str())];
        for email in &mut user.email_addresses {
            email.linked_to.retain(|link| !links.contains(&Some(link.id.as_str())));
        }
        for phone in &mut user.phone_numbers {
            phone.linked_to.retain(|link| !links.contains(&Some(link.id.as_str())));
        }
    }
    users::updated(call.state, &user_id, now);
    me::deleted(call, "external_account", &id)
}

pub(super) fn revoke_tokens(call: &mut Call<'_>) -> Outcome {
    let id = known(call)?;
    let user_id = call.user_id()?;
    let now = call.now;
    if let Some(mut user) = call.state.tables.users.edit(&user_id)
        && let Some(account) = user.external_accounts.iter_mut().find(|account| account.id.as_str() == id)
    {
        account.access_token = None;
        account.refresh_token = None;
        account.token_expires_at = None;
        account.updated_at = now;
    }
    me::updated(call, &user_id)
}

/// The account of the path, which has to be one of the user.
fn known(call: &Call<'_>) -> Result<String, Failure> {
    let id = call.input.path("external_account_id");
    let known = call.user()?.external_accounts.iter().any(|account| account.id.as_str() == id);
    if known { Ok(id.to_owned()) } else { Err(Failure::not_found("external account", id)) }
}
