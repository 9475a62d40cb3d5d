//! Rules of a request, from the header and the cookies to the answer.

use clerk_ext::auth::Reason;

use crate::world::{Ask, NOW, Signer, World, state, told};

const PAGE: &str = "https://app.example.com/page";

#[tokio::test]
async fn a_good_token_in_the_header_is_signed_in() {
    let world = World::production();
    let state = state(&world.clerk(), &Ask::script(PAGE).bearer(&world.session().signed())).await;
    assert_eq!(told(&state), "signed-in");
    assert_eq!(state.session().unwrap().user_id(), "user_1");
    assert!(state.headers().is_empty());
}

#[tokio::test]
async fn a_good_token_in_the_cookie_is_signed_in() {
    let world = World::production();
    let ask = Ask::page(PAGE).cookie("__session", world.session().signed()).cookie("__client_uat", NOW - 5);
    let state = state(&world.clerk(), &ask).await;
    assert_eq!(told(&state), "signed-in");
}

#[tokio::test]
async fn a_token_of_another_key_is_not() {
    let world = World::production();
    let clerk = world.builder().jwt_key(Signer::one().pem()).build().unwrap();
    let error = clerk.verify_token(&world.session().signed_by(Signer::another())).await.unwrap_err();
    assert_eq!(*error.reason(), Reason::TOKEN_INVALID_SIGNATURE);
}
