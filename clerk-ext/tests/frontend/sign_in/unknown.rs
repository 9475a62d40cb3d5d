use clerk_ext::frontend::SignIn;
use clerk_local::Fault;
use serde_json::json;

use crate::{
    sign_in::{
        double::{Action, double},
        people::{ANN, assert_signed_in, code, state, world},
    },
    world::PASSWORD,
};

#[tokio::test]
async fn a_state_that_is_not_known_is_shown_as_it_came() {
    let world = world().await;
    world.local.faults().add(Fault::unknown_enum_values().on("createSignIn").times(1));
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), Unknown);
    assert_eq!(step.raw().status.as_str(), "future_needs_first_factor");
    assert!(!format!("{step:?}").contains("ann@"), "{step:?}");
    let step = state!(world.clerk.sign_in().resume().await.unwrap().unwrap(), NeedsFirstFactor);
    assert_signed_in(&world.clerk, step.password(PASSWORD).await.unwrap(), ANN);
}

#[tokio::test]
async fn a_way_that_is_not_known_is_offered_as_it_came() {
    let world = world().await;
    let clerk = double(&world.local, |asked| match asked.operation {
        "createSignIn" => Action::Answer(
            200,
            json!({ "client": null, "response": {
                "object": "sign_in_attempt",
                "id": "sia_new",
                "status": "needs_first_factor",
                "supported_first_factors": [{ "strategy": "smoke_signal", "hill": "idn_hill" }],
                "first_factor_verification": {
                    "object": "verification_smoke", "status": "unverified", "strategy": "smoke_signal", "puffs": 3,
                },
            }}),
        ),
        _ => Action::Pass,
    });
    let step = state!(clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    assert_eq!(step.factors()[0].strategy.as_ref().unwrap().as_str(), "smoke_signal");
    assert_eq!(step.preferred().unwrap().strategy.as_ref().unwrap().as_str(), "smoke_signal");
}

#[tokio::test]
async fn new_fields_are_passed_over() {
    let world = world().await;
    world.local.faults().add(Fault::extra_fields().frontend());
    let state = world.clerk.sign_in().password(ANN, PASSWORD).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
}

/// Where accounts are not to be guessed, Clerk says next to nothing of them.
#[tokio::test]
async fn what_is_not_told_of_an_account_can_still_be_tried() {
    let world = world().await;
    let clerk = double(&world.local, |asked| match asked.operation {
        "createSignIn" => Action::Answer(
            200,
            json!({ "client": null, "response": {
                "object": "sign_in_attempt",
                "id": "sia_silent",
                "status": "needs_first_factor",
                "identifier": null,
                "supported_first_factors": null,
                "first_factor_verification": null,
                "user_data": null,
            }}),
        ),
        "prepareSignInFactorOne" => {
            assert!(asked.field("email_address_id").is_none());
            Action::Answer(
                200,
                json!({ "client": null, "response": {
                    "object": "sign_in_attempt",
                    "id": "sia_silent",
                    "status": "needs_first_factor",
                    "first_factor_verification": null,
                }}),
            )
        }
        _ => Action::Pass,
    });
    let sent = state!(clerk.sign_in().email_code(ANN).await.unwrap(), NeedsCode);
    assert_eq!(sent.safe_identifier(), None);
    let step = state!(clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    assert!(step.preferred().is_none());
    let sent = step.email_code().await.unwrap();
    assert_eq!(sent.strategy().as_str(), "email_code");
}

#[tokio::test]
async fn a_sign_in_that_took_too_long_is_over() {
    let world = world().await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    let saved = step.save();
    world.local.clock().advance(std::time::Duration::from_secs(2 * 24 * 60 * 60));
    let state = world.clerk.sign_in().resume_from(saved).await.unwrap();
    assert!(matches!(state, SignIn::Abandoned(_)) && state.save().is_none(), "{state:?}");
    let error = state.session().unwrap_err();
    assert!(error.to_string().contains("Abandoned"), "{error}");
    let sent = state!(world.clerk.sign_in().email_code(ANN).await.unwrap(), NeedsCode);
    assert_signed_in(&world.clerk, sent.attempt(code(&world.local, ANN)).await.unwrap(), ANN);
}
