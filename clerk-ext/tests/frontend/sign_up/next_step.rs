//! Following `next_step` to the end, on instances that are set up in all sorts of ways.

use clerk_ext::frontend::{FieldName, Frontend, NextStep, Requirements, SignUp};
use clerk_local::{Attribute, LocalClerk, Settings};
use proptest::{
    prelude::{any, prop},
    prop_assume, proptest,
    test_runner::Config,
};

use super::{BEN, code};
use crate::world::{PASSWORD, World};

const NUMBER: &str = "+15551234567";

/// What a person types into a field.
fn typed(name: &FieldName) -> &'static str {
    match name {
        FieldName::EmailAddress | FieldName::EmailAddressOrPhoneNumber => BEN,
        FieldName::PhoneNumber => NUMBER,
        FieldName::Username => "ben_ben",
        FieldName::Password => PASSWORD,
        FieldName::LegalAccepted => "true",
        _ => "Ben",
    }
}

async fn follow(local: &LocalClerk, step: Requirements, fill_all: bool) -> SignUp {
    match step.next_step() {
        NextStep::Collect(fields) => {
            assert!(fields.iter().any(|field| field.required));
            let asked = fields.into_iter().filter(|field| field.required || fill_all);
            asked.fold(step.update(), |form, field| form.field(field.name.clone(), typed(&field.name))).await.unwrap()
        }
        NextStep::Prepare(proof) if proof.field == FieldName::EmailAddress => {
            SignUp::MissingRequirements(step.verify_email_by_code().await.unwrap().back())
        }
        NextStep::Prepare(proof) if proof.field == FieldName::PhoneNumber => {
            SignUp::MissingRequirements(step.verify_phone_by_code(None).await.unwrap().back())
        }
        NextStep::Attempt(proof) if proof.field == FieldName::EmailAddress => {
            step.verify_email_by_code().await.unwrap().attempt(code(local, BEN)).await.unwrap()
        }
        NextStep::Attempt(proof) if proof.field == FieldName::PhoneNumber => {
            step.verify_phone_by_code(None).await.unwrap().attempt(code(local, NUMBER)).await.unwrap()
        }
        other => panic!("{other:?} of {step:?}"),
    }
}

/// How many steps it takes.
async fn complete(local: &LocalClerk, clerk: &Frontend, fill_all: bool) -> usize {
    let mut sign_up = clerk.sign_up().create().await.unwrap();
    for steps in 0.. {
        sign_up = match sign_up {
            SignUp::Complete(_) => return steps,
            SignUp::MissingRequirements(step) if steps < 10 => follow(local, step, fill_all).await,
            other => panic!("{other:?} after {steps} steps"),
        };
    }
    0
}

fn attribute(attribute: &mut Attribute, [enabled, required, proven]: [bool; 3]) {
    attribute.enabled = enabled;
    attribute.required = required;
    attribute.verify_at_sign_up = proven;
}

fn set_up(settings: &mut Settings, all: [[bool; 3]; 6], terms: bool) {
    let [email, phone, name, password, first, last] = all;
    let attributes = &mut settings.attributes;
    attribute(&mut attributes.email_address, email);
    attribute(&mut attributes.phone_number, phone);
    attribute(&mut attributes.username, name);
    attribute(&mut attributes.password, password);
    attribute(&mut attributes.first_name, first);
    attribute(&mut attributes.last_name, last);
    settings.sign_up.legal_consent_required = terms;
}

#[tokio::test]
async fn all_that_an_instance_can_ask_for_takes_five_steps() {
    let World { local, clerk } = World::configured(|it| set_up(it, [[true; 3]; 6], true)).await;
    // Everything at once, then each proof sent for and given.
    assert_eq!(complete(&local, &clerk, false).await, 5);
    let user = clerk.snapshot().user().cloned().unwrap();
    assert_eq!((user.username.as_deref(), user.full_name().as_deref()), (Some("ben_ben"), Some("Ben Ben")));
}

proptest! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    #[test]
    fn whatever_an_instance_asks_for_the_end_is_reached(
        all in prop::array::uniform6(any::<[bool; 3]>()),
        terms in any::<bool>(),
        fill_all in any::<bool>(),
    ) {
        // Somebody has to be called something.
        prop_assume!(all[..3].iter().any(|[enabled, ..]| *enabled));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let World { local, clerk } = World::configured(|settings| set_up(settings, all, terms)).await;
            complete(&local, &clerk, fill_all).await;
            assert!(clerk.session().is_some());
        });
    }
}
