use clerk_ext::frontend::{Frontend, IdToken};
use clerk_local::LocalClerk;

use crate::{
    sign_in::{
        double::{Action, double, refusal},
        people::{ANN, assert_signed_in, code_of, state, world},
    },
    world::PASSWORD,
};

/// A Clerk that takes `test-token-of-ann` for Ann's, and says of any other that nobody has it.
fn device(local: &LocalClerk, strategy: &'static str) -> Frontend {
    double(local, move |asked| {
        let is_token = asked.field("token").is_some();
        if !is_token {
            return Action::Pass;
        }
        assert_eq!(asked.field("strategy").as_deref(), Some(strategy));
        match (asked.operation, asked.field("token").as_deref(), asked.field("code").as_deref()) {
            ("createSignIn", Some("test-token-of-ann"), None | Some("test-code")) => {
                Action::Send(format!("identifier={ANN}&password={PASSWORD}"))
            }
            ("createSignIn", Some("test-token-of-nobody"), _) => refusal(404, "external_account_not_found"),
            ("createSignUps", Some("test-token-of-nobody"), _) => {
                assert_eq!(asked.field("legal_accepted").as_deref(), Some("true"));
                Action::Send("email_address=new%40example.com".to_owned())
            }
            _ => refusal(400, "google_one_tap_token_invalid"),
        }
    })
}

#[tokio::test]
async fn works() {
    let world = world().await;
    let clerk = device(&world.local, "google_one_tap");
    let state = clerk.sign_in().id_token(IdToken::google("test-token-of-ann")).await.unwrap();
    assert_signed_in(&clerk, state, ANN);
}

#[tokio::test]
async fn works_with_apple() {
    let world = world().await;
    let clerk = device(&world.local, "oauth_token_apple");
    let token = IdToken::apple("test-token-of-ann").code("test-code");
    assert_eq!(format!("{token:?}"), r#"IdToken(Strategy("oauth_token_apple"))"#);
    assert_signed_in(&clerk, clerk.sign_in().id_token(token).await.unwrap(), ANN);
}

#[tokio::test]
async fn a_token_of_nobody_makes_an_account() {
    let world = world().await;
    let clerk = device(&world.local, "google_one_tap");
    let step = state!(clerk.sign_in().id_token(IdToken::google("test-token-of-nobody")).await.unwrap(), Transfer);
    assert!(step.save().is_none() && !format!("{step:?}").contains("test-token"));
    let answer = step.legal_accepted(true).sign_up().await;
    let begun = clerk.raw().get_client().send().await.unwrap().response.unwrap().sign_up.unwrap();
    assert_eq!(begun.email_address.as_deref(), Some("new@example.com"), "{answer:?}");
}

#[tokio::test]
async fn a_token_that_is_none_is_refused() {
    let world = world().await;
    let clerk = device(&world.local, "google_one_tap");
    let error = clerk.sign_in().id_token(IdToken::google("test-rubbish")).await.unwrap_err();
    assert_eq!(code_of(&error), "google_one_tap_token_invalid");
}
