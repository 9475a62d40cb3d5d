//! What a browser hands over to a device when both were one flow: a nonce for the device's token.

use std::time::Duration;

use clerk_core::{ClientId, Timestamp};

use crate::{
    clock::Later,
    crypto::{ids, pkce},
    failure::Failure,
    fapi::Call,
    model::client::Nonce,
    state::State,
};

/// How long a device has to redeem its nonce.
const LIFETIME: Duration = Duration::from_secs(600);

/// Makes a nonce that leads to a client; with a challenge, only whoever has its verifier can redeem it.
pub(crate) fn issue(
    state: &mut State,
    client: &ClientId,
    code_challenge: Option<String>,
    now: Timestamp,
) -> Option<String> {
    let nonce = ids::random_text(24);
    let mut client = state.tables.clients.edit(client)?;
    client.nonces.retain(|known| known.expire_at > now);
    client.nonces.push(Nonce { nonce: nonce.clone(), expire_at: now.after(LIFETIME), code_challenge });
    Some(nonce)
}

/// Trades a nonce in, once: the request is from now on one of the client that it leads to, which gets another token.
///
/// # Errors
///
/// The nonce is not known, was redeemed already, has run out, or the verifier is not that of its challenge.
pub(crate) fn redeem(call: &mut Call<'_>, nonce: &str, verifier: Option<&str>) -> Result<(), Failure> {
    let client = call.state.tables.clients.find_one(&format!("nonce:{nonce}")).map(|client| client.id.clone());
    let client = client.ok_or_else(unknown)?;
    let mut edited = call.state.tables.clients.edit(&client).ok_or_else(unknown)?;
    let found = edited.nonces.iter().find(|known| known.nonce == nonce).cloned().ok_or_else(unknown)?;
    if let Some(challenge) = &found.code_challenge
        && !verifier.is_some_and(|verifier| pkce::verify(verifier, challenge, "S256"))
    {
        return Err(pkce_failed());
    }
    edited.nonces.retain(|known| known.nonce != nonce);
    drop(edited);
    if found.expire_at <= call.now {
        return Err(unknown());
    }
    call.adopt(client);
    call.rotate();
    Ok(())
}

/// The failure for a verifier that does not belong to the challenge.
pub(crate) fn pkce_failed() -> Failure {
    Failure::new(422, "pkce_verification_failed", "the verifier is wrong")
        .explained("the code verifier does not belong to the challenge that this flow began with")
        .param("code_verifier")
}

fn unknown() -> Failure {
    Failure::new(401, "authentication_invalid", "invalid authentication")
        .explained("this rotating token nonce is not one that can be redeemed; begin again")
        .param("rotating_token_nonce")
}
