//! Answers of a Clerk that is newer than this crate.

use clerk_ext::frontend::{FieldName, NextStep, SignUp};
use clerk_local::Fault;
use serde_json::json;

use super::{BEN, ben, double::doctored, step};
use crate::world::{PASSWORD, World};

#[tokio::test]
async fn an_unknown_state_comes_out_as_what_it_is() {
    let World { local, clerk } = World::new().await;
    let begun = ben(&clerk).await;
    local.faults().add(Fault::unknown_enum_values().on("getSignUps"));
    let found = begun.refresh().await.unwrap();
    let SignUp::Unknown(unknown) = found else { panic!("{found:?}") };
    assert_eq!(unknown.raw().status.as_str(), "future_missing_requirements");
    assert!(!format!("{unknown:?}").contains(BEN));
    assert!(SignUp::Unknown(unknown).session().unwrap_err().to_string().contains("future_missing_requirements"));
}

#[tokio::test]
async fn a_field_that_is_not_known_is_asked_for_as_it_came() {
    let World { local, clerk: _ } = World::new().await;
    let (clerk, _) = doctored(
        &local,
        |_, _| (),
        |operation, body| {
            if operation == "createSignUps" {
                body["response"]["missing_fields"] = json!(["tax_id", "oauth_google", "password"]);
            }
        },
    );
    let begun = step(clerk.sign_up().email_address(BEN).await);
    let NextStep::Collect(fields) = begun.next_step() else { panic!("{:?}", begun.next_step()) };
    let required: Vec<FieldName> = fields.into_iter().filter(|field| field.required).map(|field| field.name).collect();
    assert_eq!(required, [FieldName::Password, FieldName::Unknown("tax_id".into())]);
    let refused = begun.update().password(PASSWORD).field("tax_id", "test-7").await;
    assert!(refused.is_ok(), "the server decides what it knows: {refused:?}");
}

#[tokio::test]
async fn what_cannot_be_typed_comes_out_as_what_is_left() {
    let World { local, clerk: _ } = World::new().await;
    let (clerk, _) = doctored(
        &local,
        |_, _| (),
        |operation, body| {
            if operation == "createSignUps" {
                body["response"]["missing_fields"] = json!(["oauth_google"]);
                body["response"]["unverified_fields"] = json!(["voice"]);
            }
        },
    );
    let begun = step(clerk.sign_up().email_address(BEN).password(PASSWORD).await);
    let left = [FieldName::Unknown("oauth_google".into()), FieldName::Unknown("voice".into())];
    assert_eq!(begun.next_step(), NextStep::Other(left.into()));
}
