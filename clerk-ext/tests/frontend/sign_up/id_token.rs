//! Signing up with the identity token of a provider. The local Clerk reads none: a password stands in for it.

use clerk_ext::frontend::{IdToken, SignIn, SignUp};
use clerk_local::Settings;
use serde_json::json;

use super::{BEN, double::doctored, session};
use crate::world::{PASSWORD, World};

fn unproven(settings: &mut Settings) {
    settings.attributes.email_address.verify_at_sign_up = false;
}

#[tokio::test]
async fn works() {
    let World { local, clerk: _ } = World::configured(unproven).await;
    let (clerk, asked) = doctored(
        &local,
        |operation, form| {
            if operation == "createSignUps" {
                form.clear();
                form.extend([("email_address".into(), BEN.into()), ("password".into(), PASSWORD.into())]);
            }
        },
        |_, _| (),
    );
    session(clerk.sign_up().id_token(&IdToken::apple("test-token").code("test-code")).await);
    let (_, form) = asked.lock().unwrap().remove(0);
    let sent: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(sent, [("code", "test-code"), ("strategy", "oauth_token_apple"), ("token", "test-token")]);
}

#[tokio::test]
async fn who_has_an_account_is_signed_in() {
    let World { local, clerk: _ } = World::new().await;
    let (clerk, asked) = doctored(
        &local,
        |operation, form| match operation {
            "createSignUps" => form.clear(),
            "createSignIn" => {
                form.clear();
                form.extend([("identifier".into(), "ann@example.com".into()), ("password".into(), PASSWORD.into())]);
            }
            _ => {}
        },
        |operation, body| {
            if operation == "createSignUps" {
                body["response"]["verifications"]["external_account"] = json!({
                    "object": "verification_google_one_tap", "status": "transferable", "strategy": "google_one_tap",
                    "error": { "code": "external_account_exists", "message": "it exists" },
                });
            }
        },
    );
    let begun = clerk.sign_up().id_token(&IdToken::google("test-token")).await.unwrap();
    let SignUp::Transfer(transfer) = begun else { panic!("{begun:?}") };
    let signed_in = transfer.sign_in().await.unwrap();
    assert!(matches!(signed_in, SignIn::Complete(_)), "{signed_in:?}");
    let asked = asked.lock().unwrap();
    let (_, sent) = asked.iter().find(|(operation, _)| *operation == "createSignIn").unwrap();
    assert_eq!(sent.get("transfer").map(String::as_str), Some("true"));
}

#[tokio::test]
async fn wrong_code() {
    let World { local: _local, clerk } = World::configured(unproven).await;
    let refused = clerk.sign_up().id_token(&IdToken::google("test-rubbish")).await.unwrap_err();
    assert!(refused.status().is_some() && !format!("{refused:?}").contains("test-rubbish"), "{refused}");
}
