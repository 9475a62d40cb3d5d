//! Instances that want to know whether it is a robot that signs up.

use clerk_ext::{
    ErrorCode, Json,
    frontend::{BotCheck, NextStep, SignUp},
};
use clerk_local::DeviceAttestation;
use serde_json::json;

use super::{BEN, double::doctored};
use crate::world::{PASSWORD, World};

#[tokio::test]
async fn a_device_that_has_to_be_attested_goes_to_a_browser() {
    let World { local: _local, clerk } =
        World::configured(|it| it.device_attestation = DeviceAttestation::Enforced).await;
    let begun = clerk.sign_up().email_address(BEN).await.unwrap();
    let SignUp::NeedsBrowser(needed) = begun else { panic!("{begun:?}") };
    assert_eq!(needed.why(), BotCheck::DeviceAttestation);
    assert_eq!(needed.error().code(), Some(&ErrorCode::REQUIRES_DEVICE_ATTESTATION));
    let error = SignUp::NeedsBrowser(needed).session().unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::REQUIRES_DEVICE_ATTESTATION));
}

#[tokio::test]
async fn a_captcha_goes_to_a_browser() {
    let World { local, clerk: _ } = World::configured(|it| it.device_attestation = DeviceAttestation::Enforced).await;
    for (code, why) in [
        ("captcha_missing_token", BotCheck::Captcha),
        ("captcha_invalid", BotCheck::Captcha),
        ("requires_captcha", BotCheck::Captcha),
        ("requires_protect_check", BotCheck::Protect),
    ] {
        let answer = move |_: &str, body: &mut Json| body["errors"][0]["code"] = code.into();
        let (clerk, _) = doctored(&local, |_, _| (), answer);
        let begun = clerk.sign_up().email_address(BEN).await.unwrap();
        let SignUp::NeedsBrowser(needed) = begun else { panic!("{begun:?}") };
        assert_eq!(needed.why(), why, "{code}");
    }
}

#[tokio::test]
async fn a_check_of_protect_is_passed_with_what_its_script_gives() {
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
    let begun = clerk.sign_up().email_address(BEN).password(PASSWORD).await.unwrap();
    let SignUp::NeedsProtectCheck(check) = begun else { panic!("{begun:?}") };
    assert!(!format!("{check:?}").contains("test-token"));
    assert_eq!(check.check().unwrap().sdk_url.as_deref(), Some("https://example.com/protect.js"));
    let failed = check.submit("test-proof").await.unwrap_err();
    let (operation, form) = asked.lock().unwrap().last().cloned().unwrap();
    assert_eq!((operation, form["proof_token"].as_str()), ("submitSignUpProtectCheck", "test-proof"));
    assert_eq!(failed.into_step().into_requirements().next_step(), NextStep::ProtectCheck);
}
