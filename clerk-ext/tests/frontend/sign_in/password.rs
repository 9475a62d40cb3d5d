use clerk_core::ErrorKind;
use clerk_ext::frontend::SignIn;
use clerk_local::Fault;

use crate::{
    sign_in::{
        double::with_smoke_signals,
        people::{ANN, Runs, assert_signed_in, calls, code, configured, kept, lose, refused, state, strict, world},
    },
    world::PASSWORD,
};

#[tokio::test]
async fn works() {
    let world = world().await;
    let state = world.clerk.sign_in().password(ANN, PASSWORD).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
    assert_eq!(world.local.calls(clerk_local::Api::Frontend).values().sum::<u64>(), 1, "one request is enough");
}

#[tokio::test]
async fn works_in_two_steps() {
    let world = world().await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    assert_eq!(step.identifier(), Some(ANN));
    assert_eq!(step.user_data().unwrap().first_name.as_deref(), Some("Ann"));
    assert_eq!(step.preferred().unwrap().strategy.as_ref().unwrap().as_str(), "password");
    let state = step.password(PASSWORD).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
}

#[tokio::test]
async fn wrong_password() {
    let world = world().await;
    let step = refused(world.clerk.sign_in().password(ANN, "test-wrong").await, "form_password_incorrect");
    let step = step.expect("the sign-in was begun");
    let step = refused(step.password("test-wrong").await, "form_password_incorrect");
    let state = step.password(PASSWORD).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
}

#[tokio::test]
async fn a_refused_password_is_tried_again_in_the_sign_in_that_it_began() {
    let world = world().await;
    let old = world.clerk.sign_in().identifier(ANN).await.unwrap().save().unwrap();
    let step = refused(world.clerk.sign_in().password(ANN, "test-wrong").await, "form_password_incorrect");
    let step = step.expect("the sign-in was begun");
    assert_ne!(step.save().id(), old.id());
    assert_signed_in(&world.clerk, step.password(PASSWORD).await.unwrap(), ANN);
}

#[tokio::test]
async fn unknown_identifier() {
    let world = world().await;
    let failed = world.clerk.sign_in().password("nobody@example.com", PASSWORD).await;
    assert!(refused(failed, "form_identifier_not_found").is_none());
}

#[tokio::test]
async fn locked() {
    let world = strict().await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    let step = refused(step.password("test-wrong").await, "form_password_incorrect");
    let step = refused(step.password("test-wrong").await, "user_locked");
    let error = step.password(PASSWORD).await.unwrap_err();
    let locked = error.error().errors().first().unwrap();
    assert!(locked.meta.as_ref().unwrap()["lockout_expires_in_seconds"].as_i64() > Some(3000), "{error}");
}

#[tokio::test]
async fn pwned() {
    let world = configured(|settings| settings.password.compromised.push(PASSWORD.to_owned())).await;
    let step = refused(world.clerk.sign_in().password(ANN, PASSWORD).await, "form_password_pwned").unwrap();
    let sent = step.reset_password_by_email().await.unwrap();
    let step = state!(sent.attempt(code(&world.local, ANN)).await.unwrap(), NeedsNewPassword);
    let state = step.reset("test-another-one").await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
}

#[tokio::test]
async fn unknown_factor() {
    let world = world().await;
    let clerk = with_smoke_signals(&world.local);
    let step = state!(clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    assert_eq!(step.factors()[0].strategy.as_ref().unwrap().as_str(), "smoke_signal");
    assert_eq!(step.preferred().unwrap().strategy.as_ref().unwrap().as_str(), "password");
    assert_signed_in(&clerk, step.password(PASSWORD).await.unwrap(), ANN);
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let world = world().await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    lose(&world.local, "attemptSignInFactorOne");
    let failed = step.password(PASSWORD).await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::Network);
    let state = failed.into_step().password(PASSWORD).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
    assert_eq!(calls(&world.local, "attemptSignInFactorOne"), 2);
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let world = world().await;
    let runs = Runs::new();
    let saved = kept(runs.next(&world.local).sign_in().identifier(ANN).await.unwrap().save());
    let clerk = runs.next(&world.local);
    let step = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsFirstFactor);
    let state = step.password(PASSWORD).await.unwrap();
    assert_signed_in(&clerk, state, ANN);
}

#[tokio::test]
async fn a_sign_in_goes_on_without_anything_saved() {
    let world = world().await;
    let runs = Runs::new();
    drop(runs.next(&world.local).sign_in().identifier(ANN).await.unwrap());
    let clerk = runs.next(&world.local);
    let step = state!(clerk.sign_in().resume().await.unwrap().unwrap(), NeedsFirstFactor);
    let state = step.password(PASSWORD).await.unwrap();
    assert_signed_in(&clerk, state, ANN);
    assert!(clerk.sign_in().resume().await.unwrap().is_none(), "it is done");
}

#[tokio::test]
async fn too_many_attempts() {
    let world = world().await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    let hold = std::time::Duration::from_millis(50);
    world.local.faults().add(Fault::rate_limited(hold).on("attemptSignInFactorOne").times(2));
    let state = step.password(PASSWORD).await.unwrap();
    assert!(matches!(state, SignIn::Complete(_)), "it waits as long as it is told");
}

#[tokio::test]
async fn what_an_account_does_not_have_is_not_tried() {
    let world = world().await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    let failed = step.phone_code().await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::InvalidRequest);
    assert!(failed.to_string().contains("password"), "{failed}");
    assert_eq!(calls(&world.local, "prepareSignInFactorOne"), 0);
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let world = world().await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    let printed = format!("{step:?}");
    assert!(printed.contains("sia_") && !printed.contains("ann@"), "{printed}");
    let failed = step.password("test-wrong").await.unwrap_err();
    let printed = format!("{failed:?} {failed}");
    assert!(!printed.contains("test-wrong") && !printed.contains("ann@"), "{printed}");
}

#[tokio::test]
async fn a_reset_begins_with_nothing() {
    let world = world().await;
    world.clerk.sign_in().identifier(ANN).await.unwrap();
    let step = state!(world.clerk.sign_in().reset().await.unwrap(), NeedsIdentifier);
    let step = state!(step.identifier(ANN).await.unwrap(), NeedsFirstFactor);
    assert_signed_in(&world.clerk, step.password(PASSWORD).await.unwrap(), ANN);
}
