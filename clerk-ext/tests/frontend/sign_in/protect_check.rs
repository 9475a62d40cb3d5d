use clerk_ext::frontend::{Frontend, SignInProtection};
use clerk_local::{DeviceAttestation, Fault, LocalClerk};
use serde_json::json;

use crate::{
    sign_in::{
        double::{Action, double, refusal},
        people::{ANN, assert_signed_in, configured, kept, refused, state, world},
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
async fn denied() {
    let world = configured(|settings| settings.device_attestation = DeviceAttestation::Enforced).await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsProtectCheck);
    assert_eq!(step.protection(), SignInProtection::DeviceAttestation);
}

/// A device whose sign-ins are held until a check was passed.
fn held(local: &LocalClerk) -> Frontend {
    double(local, |asked| {
        let held = |status: &str| {
            json!({ "client": null, "response": {
                "object": "sign_in_attempt",
                "id": "sia_held",
                "status": status,
                "protect_check": { "status": "pending", "token": "test-token", "sdk_url": "https://example.com/check.js" },
            }})
        };
        match asked.operation {
            "createSignIn" | "getSignIn" => Action::Answer(200, held("needs_protect_check")),
            "submitSignInProtectCheck" if asked.field("proof_token").as_deref() == Some("test-proof") => {
                Action::Answer(200, held("needs_first_factor"))
            }
            "submitSignInProtectCheck" => refusal(403, "action_blocked"),
            _ => Action::Pass,
        }
    })
}

#[tokio::test]
async fn works() {
    let world = world().await;
    let clerk = held(&world.local);
    let step = state!(clerk.sign_in().identifier(ANN).await.unwrap(), NeedsProtectCheck);
    assert_eq!(step.details().unwrap().sdk_url.as_deref(), Some("https://example.com/check.js"));
    let step = state!(step.resume().await.unwrap(), NeedsProtectCheck);
    state!(step.submit("test-proof").await.unwrap(), NeedsFirstFactor);
}

#[tokio::test]
async fn wrong_code() {
    let world = world().await;
    let clerk = held(&world.local);
    let step = state!(clerk.sign_in().identifier(ANN).await.unwrap(), NeedsProtectCheck);
    let step = refused(step.submit("test-rubbish").await, "action_blocked");
    state!(step.submit("test-proof").await.unwrap(), NeedsFirstFactor);
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let world = world().await;
    let clerk = double(&world.local, |asked| match asked.operation {
        "createSignIn" => {
            Action::Change(asked.form(), |body| body["response"]["status"] = "needs_protect_check".into())
        }
        _ => Action::Pass,
    });
    let step = state!(clerk.sign_in().identifier(ANN).await.unwrap(), NeedsProtectCheck);
    world.local.faults().add(Fault::status(503).on("getSignIn").times(1));
    let step = state!(step.resume().await.unwrap(), NeedsFirstFactor);
    assert_signed_in(&clerk, step.password(PASSWORD).await.unwrap(), ANN);
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let world = world().await;
    let clerk = held(&world.local);
    let saved = kept(clerk.sign_in().identifier(ANN).await.unwrap().save());
    let step = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsProtectCheck);
    state!(step.submit("test-proof").await.unwrap(), NeedsFirstFactor);
}

/// An address of a connection is asked how it comes in.
mod enterprise_domain {
    use super::*;

    #[tokio::test]
    async fn works() {
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
}
