//! The wallets of the user: kept, and never proven.
//!
//! What a wallet signs cannot be checked here, so that an attempt to prove one is not answered at all.

use clerk_core::{UserId, Web3WalletId};

use super::wrong_strategy;
use crate::{
    answer::{Answer, Outcome},
    clock::Later,
    crypto::ids,
    failure::Failure,
    fapi::{Call, me},
    model::{
        user::{User, Web3Wallet},
        verification::{Status, Verification},
    },
    rules::{
        identifications::{self, Kind},
        users,
    },
    state::State,
    views::fapi::user::web3_wallet,
};

const STRATEGIES: [&str; 5] = [
    "web3_metamask_signature",
    "web3_base_signature",
    "web3_coinbase_wallet_signature",
    "web3_okx_wallet_signature",
    "web3_solana_signature",
];

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let wallets = call.user()?.web3_wallets.iter().map(|wallet| web3_wallet(wallet, call.now));
    Ok(Answer::json(&wallets.collect::<Vec<_>>()))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let user = call.user_id()?;
    let id = call.input.path("web3_wallet_id");
    reply(call, &user, id)
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let id = user.id.clone();
    identifications::changeable(call.state.settings(), user, Kind::Wallet)?;
    me::proven_lately(call)?;
    let address = address(call.input.required_text("web3_wallet")?).ok_or_else(|| Failure::format("web3_wallet"))?;
    let taken = |owner: &User| {
        owner.id == id || owner.web3_wallets.iter().any(|wallet| wallet.web3_wallet == address && proven(wallet))
    };
    if call.state.tables.users.find(&format!("wallet:{address}")).any(taken) {
        return Err(users::exists("web3_wallet"));
    }
    identifications::may_add_unverified(user)?;
    let wallet_id = Web3WalletId::from(State::id("idn", call.now));
    let wallet = Web3Wallet {
        id: wallet_id.clone(),
        web3_wallet: address,
        verification: None,
        created_at: call.now,
        updated_at: call.now,
    };
    if let Some(mut user) = call.state.tables.users.edit(&id) {
        user.web3_wallets.push(wallet);
    }
    users::updated(call.state, &id, call.now);
    reply(call, &id, wallet_id.as_str())
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("web3_wallet_id");
    let user = call.user()?;
    let user_id = user.id.clone();
    let wallet = find(user, id)?;
    if call.state.settings().attributes.web3_wallet.immutable {
        return Err(identifications::immutable("web3_wallet"));
    }
    me::proven_lately(call)?;
    if proven(wallet) {
        identifications::may_remove(call.state.settings(), user, Kind::Wallet, id)?;
    }
    if let Some(mut user) = call.state.tables.users.edit(&user_id) {
        user.web3_wallets.retain(|wallet| wallet.id.as_str() != id);
        if user.primary_web3_wallet_id.as_ref().is_some_and(|primary| primary.as_str() == id) {
            user.primary_web3_wallet_id = user.web3_wallets.iter().find(|it| proven(it)).map(|it| it.id.clone());
        }
    }
    users::updated(call.state, &user_id, call.now);
    me::deleted(call, "web3_wallet", id)
}

pub(super) fn prepare(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("web3_wallet_id");
    let user = call.user()?;
    let user_id = user.id.clone();
    let wallet = find(user, id)?;
    let address = wallet.web3_wallet.clone();
    if proven(wallet) {
        return Err(crate::rules::verification::already_verified());
    }
    let strategy = call.input.required_text("strategy")?;
    if !STRATEGIES.contains(&strategy) {
        return Err(wrong_strategy());
    }
    let nonce = ids::random_hex(16);
    let settings = call.state.settings();
    let message = format!(
        "{} asks whether {address} is yours.\n\nSigning this costs nothing and moves nothing.\n\nNonce: {nonce}",
        settings.application_name
    );
    let verification = Verification {
        status: Status::Unverified,
        strategy: strategy.to_owned(),
        attempts: Some(0),
        expire_at: Some(call.now.after(settings.lifetimes.verification)),
        nonce: Some(nonce),
        message: Some(message),
        ..Verification::default()
    };
    let now = call.now;
    if let Some(mut user) = call.state.tables.users.edit(&user_id)
        && let Some(wallet) = user.web3_wallets.iter_mut().find(|wallet| wallet.id.as_str() == id)
    {
        wallet.verification = Some(Box::new(verification));
        wallet.updated_at = now;
    }
    reply(call, &user_id, id)
}

/// An address in the form that is kept: of Ethereum in lower case, of Solana as it is.
fn address(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(digits) = text.strip_prefix("0x") {
        let valid = digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        return valid.then(|| text.to_ascii_lowercase());
    }
    let base58 = |byte: u8| byte.is_ascii_alphanumeric() && !b"0OIl".contains(&byte);
    ((32..=44).contains(&text.len()) && text.bytes().all(base58)).then(|| text.to_owned())
}

fn proven(wallet: &Web3Wallet) -> bool {
    wallet.verification.as_ref().is_some_and(|verification| verification.is_verified())
}

fn find<'a>(user: &'a User, id: &str) -> Result<&'a Web3Wallet, Failure> {
    let found = user.web3_wallets.iter().find(|wallet| wallet.id.as_str() == id);
    found.ok_or_else(|| Failure::not_found("web3 wallet", id))
}

fn reply(call: &mut Call<'_>, user: &UserId, id: &str) -> Outcome {
    let user = call.state.tables.users.get(user).ok_or_else(Failure::authentication_invalid)?;
    let view = web3_wallet(find(user, id)?, call.now);
    call.reply(&view)
}
