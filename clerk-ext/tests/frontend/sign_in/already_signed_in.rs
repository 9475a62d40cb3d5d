use crate::{
    sign_in::people::{ANN, BEN, assert_signed_in, calls, code_of, configured, refused, world},
    world::PASSWORD,
};

#[tokio::test]
async fn whoever_is_signed_in_is_not_asked_again() {
    let world = world().await;
    let session = world.clerk.sign_in().password(ANN, PASSWORD).await.unwrap().session().unwrap();
    for state in [
        world.clerk.sign_in().identifier(ANN).await.unwrap(),
        world.clerk.sign_in().password(ANN, PASSWORD).await.unwrap(),
        world.clerk.sign_in().email_code(ANN).await.unwrap(),
    ] {
        assert_eq!(state.session().unwrap().id(), session.id());
    }
    assert!(world.local.inbox().messages_to(ANN).is_empty(), "nothing was sent");
}

#[tokio::test]
async fn their_session_comes_into_the_foreground() {
    let world = world().await;
    let anns = world.clerk.sign_in().password(ANN, PASSWORD).await.unwrap().session().unwrap();
    let bens = world.clerk.sign_in().password(BEN, PASSWORD).await.unwrap();
    assert_signed_in(&world.clerk, bens, BEN);
    assert_eq!(world.clerk.sessions().len(), 2);
    let state = world.clerk.sign_in().identifier(ANN).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
    assert_eq!(world.clerk.session().unwrap().id(), anns.id());
    assert_eq!(calls(&world.local, "touchSession"), 1);
}

#[tokio::test]
async fn where_a_device_holds_one_session_it_is_given_to_whoever_it_belongs_to() {
    let world = configured(|settings| settings.single_session = true).await;
    let session = world.clerk.sign_in().password(ANN, PASSWORD).await.unwrap().session().unwrap();
    let again = world.clerk.sign_in().password("Ann@Example.com", PASSWORD).await.unwrap();
    assert_eq!(again.session().unwrap().id(), session.id());

    // Somebody else has to wait until Ann has signed out.
    assert!(refused(world.clerk.sign_in().password(BEN, PASSWORD).await, "session_exists").is_none());
    let error = world.clerk.sign_in().passkey().await.unwrap_err();
    assert_eq!(code_of(&error), "session_exists");
    world.clerk.sign_out().await.unwrap();
    assert_signed_in(&world.clerk, world.clerk.sign_in().password(BEN, PASSWORD).await.unwrap(), BEN);
}
