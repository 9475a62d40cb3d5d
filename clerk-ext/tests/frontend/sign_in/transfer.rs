use clerk_core::{ErrorKind, JsonMap};
use clerk_ext::frontend::SignUp;

use crate::{
    sign_in::people::{ANN, Runs, WRONG_CODE, assert_signed_in, code, code_of, configured, kept, refused, state},
    world::World,
};

const NEW: &str = "new@example.com";

async fn world() -> World {
    configured(|settings| settings.attributes.password.required = false).await
}

#[tokio::test]
async fn works() {
    let world = world().await;
    let state = world.clerk.sign_in().sign_up_if_missing().email_code(NEW).await.unwrap();
    let sent = refused(state!(state, NeedsCode).attempt(WRONG_CODE).await, "form_code_incorrect");
    let step = state!(sent.attempt(code(&world.local, NEW)).await.unwrap(), Transfer);
    assert_eq!(step.identifier(), Some(NEW));
    let metadata = JsonMap::from_iter([("plan".to_owned(), "free".into())]);
    let step = step.legal_accepted(true).unsafe_metadata(&metadata).unwrap();
    let SignUp::Complete(session) = step.sign_up().await.unwrap() else { panic!("it is not complete") };
    let snapshot = world.clerk.snapshot();
    assert_eq!(&snapshot.session().unwrap().id, session.id());
    assert_eq!(snapshot.user().unwrap().unsafe_metadata, metadata);
}

#[tokio::test]
async fn whoever_has_an_account_signs_in() {
    let world = world().await;
    let state = world.clerk.sign_in().sign_up_if_missing().email_code(ANN).await.unwrap();
    let state = state!(state, NeedsCode).attempt(code(&world.local, ANN)).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
}

#[tokio::test]
async fn nobody_has_an_account_made_who_did_not_ask() {
    let world = world().await;
    let error = world.clerk.sign_in().email_code(NEW).await.unwrap_err();
    assert_eq!((error.kind(), code_of(&error)), (ErrorKind::Validation, "form_identifier_not_found"));
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let world = world().await;
    let runs = Runs::new();
    let state = runs.next(&world.local).sign_in().sign_up_if_missing().email_code(NEW).await.unwrap();
    let state = state!(state, NeedsCode).attempt(code(&world.local, NEW)).await.unwrap();
    let saved = kept(state.save());
    drop(state);
    let clerk = runs.next(&world.local);
    let step = state!(clerk.sign_in().resume_from(saved).await.unwrap(), Transfer);
    assert!(matches!(step.sign_up().await.unwrap(), SignUp::Complete(_)));
}
