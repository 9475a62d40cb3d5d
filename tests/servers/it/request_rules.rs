//! Rules of a request, from the header and the cookies to the answer.

use clerk_ext::auth::Reason;

use crate::world::{Signer, World};

#[tokio::test]
async fn a_token_of_the_instance_is_good() {
    let world = World::production();
    let session = world.clerk().verify_token(&world.session().signed()).await.unwrap();
    assert_eq!(session.user_id(), "user_1");
}

#[tokio::test]
async fn a_token_of_another_key_is_not() {
    let world = World::production();
    let clerk = world.builder().jwt_key(Signer::one().pem()).build().unwrap();
    let error = clerk.verify_token(&world.session().signed_by(Signer::another())).await.unwrap_err();
    assert_eq!(*error.reason(), Reason::TOKEN_INVALID_SIGNATURE);
}
