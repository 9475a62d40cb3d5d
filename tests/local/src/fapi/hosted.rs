//! Signing in on pages of this server, on behalf of an application; and what tells people and devices from robots.

use clerk_fapi::types;

use super::{Call, Handlers, caller::Presented};
use crate::{
    answer::Outcome,
    failure::Failure,
    hosted,
    rules::{external::redirects, verification},
    settings::DeviceAttestation,
};

pub(crate) const HANDLERS: Handlers = &[("createHostedAuth", create), ("verifyClient", verify)];

/// What the test site keys of the captcha's provider give to every browser.
const CAPTCHA_TOKEN: &str = "XXXX.DUMMY.TOKEN.XXXX";

fn create(call: &mut Call<'_>) -> Outcome {
    // Whoever names a client that the token does not lead to has lost it, and is to begin with the one of the answer.
    if let Some(named) = call.inbound.header("x-clerk-client-id")
        && (call.caller.client == Presented::Stale || call.client_id().is_some_and(|id| id.as_str() != named))
    {
        return Err(Failure::signed_out());
    }
    let input = call.input;
    let redirect_url = input.required_text("redirect_url")?;
    redirects::check(call.state, call.caller.native, redirect_url, "redirect_url")?;
    let code_challenge = input.required_text("code_challenge")?;
    verification::check_challenge(code_challenge)?;
    let state = input.required_text("state")?;
    let flow = hosted::Flow {
        client_id: call.client_or_new(),
        redirect_url: redirect_url.to_owned(),
        code_challenge: code_challenge.to_owned(),
        state: state.to_owned(),
        sign_up: input.text("mode") == Some("sign-up"),
    };
    let mut view = types::HostedAuth::new(hosted::url(call.state, &flow, call.now));
    view.object = Some("hosted_auth".to_owned());
    call.reply(&view)
}

/// Takes a solved captcha; what attests a device cannot be checked without those who made it.
fn verify(call: &mut Call<'_>) -> Outcome {
    let given = |name: &str| call.input.text(name).filter(|text| !text.is_empty());
    if given("platform").is_some() || given("assertion").is_some() {
        let unauthorized = |code: &str, why: &str| Err(Failure::new(401, code, "device not attested").explained(why));
        return match call.state.settings().device_attestation {
            DeviceAttestation::Disabled => {
                unauthorized("device_attestation_not_configured", "this instance does not ask devices to be attested")
            }
            DeviceAttestation::Onboarding | DeviceAttestation::Enforced => unauthorized(
                "device_attestation_verification_failed",
                "clerk-local cannot ask Apple or Google about a device, so that none is ever attested here",
            ),
        };
    }
    if !call.state.settings().sign_up.captcha {
        return Err(Failure::new(400, "captcha_not_enabled", "no captcha here")
            .explained("bot protection is switched off in the settings of this instance"));
    }
    match given("captcha_token") {
        Some(CAPTCHA_TOKEN) => {}
        Some(_) => {
            return Err(Failure::new(400, "captcha_invalid", "the captcha was not solved")
                .explained("the captcha token is not that of the test site keys; load the page again")
                .param("captcha_token"));
        }
        None => {
            return Err(Failure::new(400, "captcha_missing_token", "the captcha is missing")
                .explained("send the captcha_token of a solved captcha")
                .param("captcha_token"));
        }
    }
    let id = call.client_or_new();
    let now = call.now;
    if let Some(mut client) = call.state.tables.clients.edit(&id) {
        client.captcha_bypass = true;
        client.updated_at = now;
    }
    call.reply_client()
}
