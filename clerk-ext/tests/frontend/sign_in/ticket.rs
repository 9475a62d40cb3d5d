use clerk_core::Secret;
use clerk_ext::backend::Backend;

use crate::{
    sign_in::people::{BEN, TOO_LATE, assert_signed_in, code_of, hasty, lose, world},
    world::World,
};

async fn ticket(world: &World) -> Secret {
    let local = &world.local;
    let backend = Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build().unwrap();
    let token = backend.raw().create_sign_in_token("user_ben").expires_in_seconds(600).send().await.unwrap();
    token.token.expect("a ticket")
}

#[tokio::test]
async fn works() {
    let world = world().await;
    let state = world.clerk.sign_in().ticket(ticket(&world).await).await.unwrap();
    assert_signed_in(&world.clerk, state, BEN);
}

#[tokio::test]
async fn a_ticket_is_good_for_one_sign_in() {
    let world = world().await;
    let ticket = ticket(&world).await;
    hasty(&world.local).sign_in().ticket(&ticket).await.unwrap();
    let error = world.clerk.sign_in().ticket(&ticket).await.unwrap_err();
    assert_eq!(code_of(&error), "sign_in_token_already_used_code");
}

#[tokio::test]
async fn expired_code() {
    let world = world().await;
    let ticket = ticket(&world).await;
    world.local.clock().advance(TOO_LATE);
    let error = world.clerk.sign_in().ticket(&ticket).await.unwrap_err();
    assert_eq!(code_of(&error), "ticket_expired_code");
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let world = world().await;
    let ticket = ticket(&world).await;
    lose(&world.local, "createSignIn");
    world.clerk.sign_in().ticket(&ticket).await.unwrap_err();
    let state = world.clerk.sign_in().ticket(&ticket).await.unwrap();
    assert_signed_in(&world.clerk, state, BEN);
}
