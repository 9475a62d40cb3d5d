use crate::{
    sign_in::people::{ANN, assert_signed_in, code, configured, refused, state, world},
    world::{PASSWORD, World, device},
};

async fn step(world: &World) -> clerk_ext::frontend::NewPassword {
    let sent = state!(world.clerk.sign_in().reset_password_by_email(ANN).await.unwrap(), NeedsCode);
    state!(sent.attempt(code(&world.local, ANN)).await.unwrap(), NeedsNewPassword)
}

#[tokio::test]
async fn works() {
    let world = world().await;
    let other = device(&world.local).build().unwrap();
    other.sign_in().password(ANN, PASSWORD).await.unwrap();
    let state = step(&world).await.reset("test-another-one").await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
    assert!(other.reload().await.unwrap().session().is_some(), "others stay signed in");
}

#[tokio::test]
async fn others_are_signed_out_when_that_is_asked_for() {
    let world = world().await;
    let other = device(&world.local).build().unwrap();
    other.sign_in().password(ANN, PASSWORD).await.unwrap();
    let step = step(&world).await.sign_out_of_other_sessions(true);
    assert_signed_in(&world.clerk, step.reset("test-another-one").await.unwrap(), ANN);
    assert!(other.reload().await.unwrap().session().is_none());
}

#[tokio::test]
async fn pwned() {
    let world = world().await;
    let step = refused(step(&world).await.reset("12345678").await, "form_password_pwned");
    assert_signed_in(&world.clerk, step.reset("test-another-one").await.unwrap(), ANN);
}

#[tokio::test]
async fn all_that_is_wrong_with_a_password_is_told() {
    let world = configured(|settings| {
        settings.password.require_numbers = true;
        settings.password.min_length = 12;
    });
    let world = world.await;
    let failed = step(&world).await.reset("short").await.unwrap_err();
    let codes: Vec<_> = failed.error().errors().iter().map(|error| error.code.as_str()).collect();
    assert_eq!(codes, ["form_password_length_too_short", "form_password_no_number"]);
    let state = failed.into_step().reset("test-another-1").await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
}
