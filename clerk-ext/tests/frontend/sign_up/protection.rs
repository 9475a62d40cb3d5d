//! Instances that want to know whether it is a robot that signs up.

use clerk_ext::{
    ErrorKind, Json,
    frontend::{NextStep, SignInProtection, SignUp, SignUpProtectCheck},
};
use clerk_local::DeviceAttestation;
use serde_json::json;

use super::{BEN, double::doctored, step};
use crate::world::{PASSWORD, World};

fn check(sign_up: SignUp) -> SignUpProtectCheck {
    match sign_up {
        SignUp::NeedsProtectCheck(check) => check,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn works() {
    let World { local, clerk } = World::configured(|it| it.device_attestation = DeviceAttestation::Enforced).await;
    let check = check(clerk.sign_up().email_address(BEN).await.unwrap());
    assert_eq!(check.protection(), SignInProtection::DeviceAttestation);
    assert!(check.save().is_none() && check.details().is_none());
    let failed = check.submit("test-proof").await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::InvalidRequest);
    let failed = failed.into_step().resume().await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::NotFound);

    // Somebody sees to it.
    local.update_settings(|settings| settings.device_attestation = DeviceAttestation::Disabled);
    clerk.raw().create_sign_up().email_address(BEN).send().await.unwrap();
    assert_eq!(step(failed.into_step().resume().await).raw().missing_fields, ["password"]);
}

#[tokio::test]
async fn a_captcha_goes_to_a_browser() {
    let World { local, clerk: _ } = World::configured(|it| it.device_attestation = DeviceAttestation::Enforced).await;
    for (code, protection) in [
        ("captcha_missing_token", SignInProtection::Captcha),
        ("captcha_invalid", SignInProtection::Captcha),
        ("requires_captcha", SignInProtection::Captcha),
        ("requires_protect_check", SignInProtection::ProtectCheck),
    ] {
        let answer = move |_: &str, body: &mut Json| body["errors"][0]["code"] = code.into();
        let (clerk, _) = doctored(&local, |_, _| (), answer);
        let found = clerk.sign_up().email_address(BEN).await.unwrap();
        assert!(found.save().is_none());
        assert_eq!(check(found).protection(), protection, "{code}");
    }
}

#[tokio::test]
async fn wrong_code() {
    let World { local, clerk: _ } = World::new().await;
    let (clerk, asked) = doctored(
        &local,
        |_, _| (),
        |operation, body| {
            if operation == "createSignUps" {
                body["response"]["missing_fields"] = json!(["protect_check"]);
                body["response"]["protect_check"] =
                    json!({ "status": "pending", "token": "test-token", "sdk_url": "https://example.com/protect.js" });
            }
        },
    );
    let check = check(clerk.sign_up().email_address(BEN).password(PASSWORD).await.unwrap());
    assert!(!format!("{check:?}").contains("test-token"));
    assert_eq!(check.details().unwrap().sdk_url.as_deref(), Some("https://example.com/protect.js"));
    let failed = check.submit("test-proof").await.unwrap_err();
    let (operation, form) = asked.lock().unwrap().last().cloned().unwrap();
    assert_eq!((operation, form["proof_token"].as_str()), ("submitSignUpProtectCheck", "test-proof"));
    assert_eq!(failed.into_step().into_requirements().map(|step| step.next_step()), Some(NextStep::ProtectCheck));
}
