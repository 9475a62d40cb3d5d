use clerk_ext::frontend::SignInProtection;
use clerk_local::DeviceAttestation;
use serde_json::json;

use crate::{
    sign_in::{
        double::{Action, double, refusal},
        people::{ANN, assert_signed_in, code_of, configured, state, world},
    },
    world::PASSWORD,
};

#[tokio::test]
async fn a_refusal_that_asks_for_more_is_a_state() {
    let world = world().await;
    for (status, code, protection) in [
        (401, "requires_captcha", SignInProtection::Captcha),
        (403, "requires_protect_check", SignInProtection::ProtectCheck),
        (401, "requires_device_attestation", SignInProtection::DeviceAttestation),
    ] {
        let clerk = double(&world.local, move |asked| match asked.operation {
            "createSignIn" => refusal(status, code),
            _ => Action::Pass,
        });
        let step = state!(clerk.sign_in().password(ANN, PASSWORD).await.unwrap(), NeedsProtectCheck);
        assert_eq!(step.protection(), protection);
        assert!(step.save().is_none() && step.details().is_none());
        let failed = step.resume().await.unwrap_err();
        assert!(failed.to_string().contains("no sign-in is under way"), "{failed}");
    }
}

#[tokio::test]
async fn a_device_that_cannot_attest_is_told_so() {
    let world = configured(|settings| settings.device_attestation = DeviceAttestation::Enforced).await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsProtectCheck);
    assert_eq!(step.protection(), SignInProtection::DeviceAttestation);
}

#[tokio::test]
async fn a_check_that_was_passed_lets_the_sign_in_go_on() {
    let world = world().await;
    let clerk = double(&world.local, |asked| {
        let held = |status: &str| {
            json!({ "client": null, "response": {
                "object": "sign_in_attempt",
                "id": "sia_held",
                "status": status,
                "protect_check": { "status": "pending", "token": "test-token", "sdk_url": "https://example.com/check.js" },
            }})
        };
        match asked.operation {
            "createSignIn" => Action::Answer(200, held("needs_protect_check")),
            "getSignIn" => Action::Answer(200, held("needs_protect_check")),
            "submitSignInProtectCheck" if asked.field("proof_token").as_deref() == Some("test-proof") => {
                Action::Answer(200, held("needs_first_factor"))
            }
            "submitSignInProtectCheck" => refusal(403, "action_blocked"),
            _ => Action::Pass,
        }
    });
    let step = state!(clerk.sign_in().identifier(ANN).await.unwrap(), NeedsProtectCheck);
    assert_eq!(step.details().unwrap().sdk_url.as_deref(), Some("https://example.com/check.js"));
    let step = state!(step.resume().await.unwrap(), NeedsProtectCheck);
    let failed = step.submit("test-rubbish").await.unwrap_err();
    assert_eq!(code_of(failed.error()), "action_blocked");
    state!(failed.into_step().submit("test-proof").await.unwrap(), NeedsFirstFactor);
}

#[tokio::test]
async fn an_address_of_a_connection_is_asked_how_it_comes_in() {
    let world = world().await;
    let clerk = double(&world.local, |asked| match asked.operation {
        "createSignIn" if asked.field("password").is_some() => {
            refusal(422, "sign_in_must_use_enterprise_connection_identifier")
        }
        "createSignIn" => Action::Answer(
            200,
            json!({ "client": null, "response": {
                "object": "sign_in_attempt",
                "id": "sia_sso",
                "status": "needs_first_factor",
                "supported_first_factors": [
                    { "strategy": "password", "default": true },
                    { "strategy": "enterprise_sso", "enterprise_connection_id": "entcon_1" },
                ],
            }}),
        ),
        _ => Action::Pass,
    });
    let step = state!(clerk.sign_in().password(ANN, PASSWORD).await.unwrap(), NeedsFirstFactor);
    assert_eq!(step.preferred().unwrap().strategy.as_ref().unwrap().as_str(), "enterprise_sso");
    assert_signed_in(&world.clerk, world.clerk.sign_in().password(ANN, PASSWORD).await.unwrap(), ANN);
}
