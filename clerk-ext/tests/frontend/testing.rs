//! Test mode: addresses and numbers that take one code, and the token that lets robots pass.

use std::collections::BTreeSet;

use clerk_ext::{
    Secret, Transport,
    frontend::testing::{TEST_CODE, test_email, test_phone},
};

use crate::{
    sign_up::{session, step},
    spy::Spy,
    world::{PASSWORD, World, device},
};

#[tokio::test]
async fn a_test_address_takes_the_code() {
    let World { local, clerk } = World::new().await;
    let begun = step(clerk.sign_up().email_address(test_email("eve")).password(PASSWORD).await);
    session(begun.verify_email_by_code().await.unwrap().attempt(TEST_CODE).await);
    assert_eq!(clerk.snapshot().user().unwrap().primary_email().unwrap().email_address, test_email("eve"));
    drop(local);
}

#[tokio::test]
async fn a_test_number_takes_the_code() {
    let World { local: _local, clerk } = World::configured(|settings| {
        settings.attributes.email_address.required = false;
        settings.attributes.phone_number.required = true;
    })
    .await;
    let begun = step(clerk.sign_up().create().phone_number(test_phone(142)).password(PASSWORD).await);
    session(begun.verify_phone_by_code(None).await.unwrap().attempt(TEST_CODE).await);
    assert_eq!(clerk.snapshot().user().unwrap().primary_phone().unwrap().phone_number, test_phone(142));
}

#[test]
fn every_test_number_is_another_one_that_exists_in_no_network() {
    let numbers: BTreeSet<String> = (0..=u8::MAX).map(test_phone).collect();
    assert_eq!(numbers.len(), 256);
    for number in numbers {
        assert!(number.len() == 12 && number.starts_with("+12") && number.get(5..10) == Some("55501"), "{number}");
    }
}

#[tokio::test]
async fn a_testing_token_goes_along_with_every_request() {
    let World { local, clerk: _ } = World::new().await;
    let spy = Spy::new(&local, |_, answer| answer);
    let builder = device(&local).testing_token(&Secret::from("test-token-1"));
    let clerk = builder.transport(Transport::new(spy.clone())).build().unwrap();
    clerk.sign_in().password("ann@example.com", PASSWORD).await.unwrap();
    clerk.load().await.unwrap();
    let carried = spy.seen("__clerk_testing_token=test-token-1").len();
    assert_eq!((carried, spy.seen("").len()), (3, 3));
}
