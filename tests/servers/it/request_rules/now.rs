//! What can be said of a header without waiting.

use std::time::Duration;

use clerk_ext::auth::{Accepts, Clerk, TokenType};

use crate::world::{Ask, Signer, World, state, told};

const PAGE: &str = "https://app.example.com/page";

/// Has a header checked; what is remembered is only certain once the keys are at hand.
async fn checked(clerk: &Clerk, header: &str) {
    for _ in 0..2 {
        assert_eq!(told(&state(clerk, &Ask::script(PAGE).header("authorization", header)).await), "signed-in");
    }
}

#[tokio::test]
async fn a_token_that_was_checked_before_is_known_at_once() {
    let world = World::production();
    let (clerk, header) = (world.clerk(), format!("Bearer {}", world.session().signed()));
    assert!(clerk.authenticate_now(Some(header.as_bytes())).is_none(), "it was not seen yet");
    checked(&clerk, &header).await;

    let known = clerk.authenticate_now(Some(header.as_bytes())).unwrap();
    assert_eq!(told(&known), "signed-in");
    assert_eq!(known.session().unwrap().user_id(), "user_1");
    assert!(clerk.authenticate_now(None).is_none());
    assert!(clerk.authenticate_now(Some(b"Bearer other")).is_none());
    assert!(clerk.authenticate_now(Some(&header.as_bytes()[..header.len() - 1])).is_none());
}

#[tokio::test]
async fn a_token_that_is_over_meanwhile_is_not() {
    let world = World::production();
    let (clerk, header) = (world.clerk(), format!("Bearer {}", world.session().signed()));
    checked(&clerk, &header).await;
    world.clock.advance(Duration::from_secs(66));
    assert!(clerk.authenticate_now(Some(header.as_bytes())).is_none());
}

#[tokio::test]
async fn a_machines_token_that_was_checked_as_a_token_is_no_session() {
    let world = World::production();
    let (clerk, token) = (world.clerk(), world.session().claim("sub", "mch_1").signed());
    for _ in 0..2 {
        clerk.verify_token(&token).await.unwrap();
    }
    assert!(clerk.authenticate_now(Some(format!("Bearer {token}").as_bytes())).is_none());
    let asked = state(&clerk, &Ask::script(PAGE).bearer(&token)).await;
    assert_eq!(told(&asked), "signed-out token-type-mismatch");
}

#[tokio::test]
async fn a_template_token_that_was_checked_as_a_token_is_no_session() {
    let world = World::production();
    let (clerk, token) = (world.clerk(), world.session().category("cl_B7d4PD222AAA").signed());
    for _ in 0..2 {
        clerk.verify_token(&token).await.unwrap();
    }
    assert!(clerk.authenticate_now(Some(format!("Bearer {token}").as_bytes())).is_none());
}

#[tokio::test]
async fn where_sessions_are_not_accepted_none_is_known() {
    let world = World::production();
    let (clerk, header) = (world.clerk(), format!("Bearer {}", world.session().signed()));
    checked(&clerk, &header).await;
    for kinds in [Accepts::from(TokenType::ApiKey), Accepts::from([TokenType::M2m, TokenType::OAuth])] {
        assert!(clerk.accepting(kinds).authenticate_now(Some(header.as_bytes())).is_none());
    }
    assert!(clerk.accepting(Accepts::any()).authenticate_now(Some(header.as_bytes())).is_some());
}

#[tokio::test]
async fn keys_that_changed_forget_who_was_known() {
    let world = World::production();
    let (clerk, header) =
        (world.clerk(), format!("Bearer {}", world.session().claim("exp", 9_999_999_999_u64).signed()));
    checked(&clerk, &header).await;
    assert!(clerk.authenticate_now(Some(header.as_bytes())).is_some());

    world.api.answer("GET", "/v1/jwks", 200, serde_json::json!({ "keys": [Signer::another().jwk()] }));
    world.clock.advance(Duration::from_secs(301));
    assert!(clerk.authenticate_now(Some(header.as_bytes())).is_none(), "the keys are to be fetched anew");
    let asked = state(&clerk, &Ask::script(PAGE).header("authorization", &header)).await;
    assert_eq!(told(&asked), "signed-out jwk-kid-mismatch");
    assert!(clerk.authenticate_now(Some(header.as_bytes())).is_none());
}
