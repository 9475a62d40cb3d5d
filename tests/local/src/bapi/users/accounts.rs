//! Accounts elsewhere: social providers and wallets.

use clerk_bapi::types;

use super::{change, named};
use crate::{
    answer::{Answer, Outcome},
    bapi::{Call, list},
    failure::Failure,
    rules,
};

pub(super) fn delete_external_account(call: &mut Call<'_>) -> Outcome {
    let given = call.input.path("external_account_id").to_owned();
    change(call, |user, call| {
        let fits = |known: &crate::model::user::ExternalAccount| {
            known.id.as_str() == given || known.identification_id == given
        };
        let place = user.external_accounts.iter().position(fits);
        let place = place.ok_or_else(|| {
            Failure::new(404, "external_account_not_found", "external account not found")
                .explained(format!("the user has no external account with id {given}"))
        })?;
        let account = user.external_accounts.remove(place);
        let of_account = |id: &str| id == account.id.as_str() || id == account.identification_id;
        for email in &mut user.email_addresses {
            email.linked_to.retain(|link| !of_account(&link.id));
        }
        for phone in &mut user.phone_numbers {
            phone.linked_to.retain(|link| !of_account(&link.id));
        }
        rules::users::check_reachable(call.state.settings(), named(call)?, user)
    })?;
    Ok(Answer::deleted("external_account", &given))
}

pub(super) fn delete_wallet(call: &mut Call<'_>) -> Outcome {
    let given = call.input.path("web3_wallet_identification_id").to_owned();
    change(call, |user, call| {
        let before = user.web3_wallets.len();
        user.web3_wallets.retain(|wallet| wallet.id.as_str() != given);
        if user.web3_wallets.len() == before {
            return Err(Failure::not_found("web3 wallet", &given));
        }
        if user.primary_web3_wallet_id.as_ref().is_some_and(|id| id.as_str() == given) {
            user.primary_web3_wallet_id = user.web3_wallets.first().map(|wallet| wallet.id.clone());
        }
        rules::users::check_reachable(call.state.settings(), named(call)?, user)
    })?;
    Ok(Answer::deleted("web3_wallet", &given))
}

pub(super) fn access_tokens(call: &mut Call<'_>) -> Outcome {
    let user = named(call)?;
    let given = call.input.path("provider");
    let name = given.strip_prefix("oauth_").unwrap_or(given);
    if !call.state.settings().social.get(name).is_some_and(|provider| provider.enabled) {
        return Err(Failure::new(404, "oauth_token_provider_not_enabled", "provider not enabled")
            .explained(format!("the provider {name} is not enabled for this instance")));
    }
    let provider = format!("oauth_{name}");
    let accounts: Vec<_> = user.external_accounts.iter().filter(|account| account.provider == provider).collect();
    let tokens: Vec<_> = accounts
        .iter()
        .filter_map(|account| {
            let mut view = types::OAuthAccessToken::new(account.access_token.as_deref()?);
            view.object = Some("oauth_access_token".to_owned());
            view.external_account_id = Some(account.id.clone());
            view.provider_user_id = Some(account.provider_user_id.clone());
            view.expires_at = account.token_expires_at.map(clerk_core::Timestamp::as_millis);
            view.provider = Some(account.provider.clone());
            view.public_metadata.clone_from(&account.public_metadata);
            view.label.clone_from(&account.label);
            view.scopes = account.approved_scopes.split_whitespace().map(str::to_owned).collect();
            Some(view)
        })
        .collect();
    if tokens.is_empty() && !accounts.is_empty() {
        return Err(Failure::new(422, "oauth_missing_access_token", "no access token")
            .explained(format!("the user's account at {name} has no access token: the user has to sign in with it")));
    }
    let shown = list::window(call.input)?.of(tokens.iter());
    list::answer(call, &shown, tokens.len())
}
