//! What is missing in the configuration is an error, and names what to set.

use std::sync::Arc;

use clerk_ext::{
    Error, ErrorKind,
    auth::{Clerk, ClerkBuilder, TokenType},
};

use crate::world::{Ask, Signer, World};

const PAGE: &str = "https://app.example.com/page";

fn bare(world: &World) -> ClerkBuilder {
    Clerk::builder().clock(Arc::new(world.clock.clone())).transport(world.api.transport())
}

async fn error(clerk: &Clerk, ask: &Ask) -> Error {
    let error = clerk.authenticate(&ask.parts()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    error
}

#[tokio::test]
async fn sessions_need_the_publishable_key() {
    let world = World::production();
    let clerk = bare(&world).secret_key(&world.secret_key()).build().unwrap();
    for accepts in [TokenType::Session, TokenType::OAuth] {
        let told = error(&clerk.accepting(accepts), &Ask::page(PAGE)).await.to_string();
        assert!(told.contains("CLERK_PUBLISHABLE_KEY"), "{told}");
    }
    for accepts in [TokenType::ApiKey, TokenType::M2m] {
        assert!(clerk.accepting(accepts).authenticate(&Ask::page(PAGE).parts()).await.is_ok());
    }
}

#[tokio::test]
async fn what_is_not_configured_is_told_for_good_tokens_too() {
    let world = World::production();
    let clerk = bare(&world).secret_key(&world.secret_key()).build().unwrap();
    let token = world.session().signed();
    clerk.verify_token(&token).await.unwrap();
    error(&clerk, &Ask::script(PAGE).bearer(&token)).await;
    assert!(clerk.authenticate_now(Some(format!("Bearer {token}").as_bytes())).is_none());
}

#[tokio::test]
async fn sessions_need_a_key_to_be_checked_with() {
    let world = World::production();
    let clerk =
        bare(&world).publishable_key(&world.publishable_key()).machine_secret_key("ak_test_machine").build().unwrap();
    let told = error(&clerk, &Ask::page(PAGE)).await.to_string();
    assert!(told.contains("CLERK_SECRET_KEY") && told.contains("CLERK_JWT_KEY"), "{told}");
    assert!(clerk.accepting(TokenType::M2m).authenticate(&Ask::page(PAGE).parts()).await.is_ok());
}

#[tokio::test]
async fn api_keys_need_the_secret_key() {
    let world = World::production();
    let clerk = bare(&world).jwt_key(Signer::one().pem()).accepts(TokenType::ApiKey).build().unwrap();
    let told = error(&clerk, &Ask::page(PAGE)).await.to_string();
    assert!(told.contains("CLERK_SECRET_KEY"), "{told}");
}

#[tokio::test]
async fn a_satellite_sends_people_elsewhere_to_sign_in() {
    let world = World::development();
    let satellite = |sign_in: &str| {
        world.builder().is_satellite(true).domain("satellite.example.com").sign_in_url(sign_in).build().unwrap()
    };
    let ask = Ask::page("https://satellite.example.com/").header("origin", "https://satellite.example.com");
    for (sign_in, words) in
        [("/sign-in", "the whole address"), ("https://satellite.example.com/sign-in", "one of its own")]
    {
        let told = error(&satellite(sign_in), &ask).await.to_string();
        assert!(told.contains("CLERK_SIGN_IN_URL") && told.contains(words), "{told}");
    }
    assert!(satellite("https://app.example.com/sign-in").authenticate(&ask.parts()).await.is_ok());
}
