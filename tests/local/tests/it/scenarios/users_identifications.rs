//! Addresses and numbers of users, as a back end adds, proves and removes them.

use std::time::Duration;

use clerk_core::{ErrorCode, UserId};

use crate::world::World;

scenarios![
    an_address_is_added_verified_made_primary_and_deleted,
    an_address_is_proven_by_the_code_that_was_sent,
    a_code_runs_out_and_is_tried_only_so_often,
    an_address_is_replaced,
    a_number_is_added_proven_and_deleted,
    a_number_is_replaced_and_no_longer_a_second_factor,
    an_address_that_somebody_else_proves_first_is_lost,
    the_last_required_address_cannot_be_deleted,
];

async fn user(world: &World, address: &str) -> UserId {
    let backend = world.backend();
    let user = backend.create_user().email_address([address]).skip_password_requirement(true);
    user.send().await.unwrap().id.clone()
}

async fn an_address_is_added_verified_made_primary_and_deleted(world: World) {
    let backend = world.backend();
    let id = user(&world, "ann@example.com").await;
    let email = backend.create_email_address(&id, "B@example.com").send().await.unwrap();
    assert_eq!((email.email_address.as_str(), email.verification.is_none()), ("b@example.com", true));
    let email_id = email.id.clone().unwrap();
    let error = backend.create_email_address(&id, "b@example.com").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::FORM_ALREADY_EXISTS));
    let error = backend.update_email_address(&email_id).primary(true).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::FORM_VERIFICATION_NEEDED));
    let email = backend.update_email_address(&email_id).verified(true).primary(true).send().await.unwrap();
    assert!(email.verification.is_some());
    assert_eq!(backend.get_user(&id).send().await.unwrap().primary_email_address_id, Some(email_id.clone()));
    assert_eq!(backend.get_email_address(&email_id).send().await.unwrap().email_address, "b@example.com");
    assert!(backend.delete_email_address(&email_id).send().await.unwrap().deleted);
    let left = backend.get_user(&id).send().await.unwrap();
    assert_eq!(left.primary_email_address_id, left.email_addresses[0].id);
    let error = backend.get_email_address(&email_id).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
    let error = backend.create_email_address("user_none", "c@example.com").send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (404, Some(&ErrorCode::RESOURCE_NOT_FOUND)));
}

async fn an_address_is_proven_by_the_code_that_was_sent(world: World) {
    let backend = world.backend();
    let id = user(&world, "ann@example.com").await;
    let email = backend.create_email_address(&id, "ann+clerk_test@example.com").send().await.unwrap();
    let email = email.id.clone().unwrap();
    let begun = backend.prepare_email_address_verification(&email).send().await.unwrap();
    assert_eq!((begun.status.as_deref(), begun.strategy.as_deref()), (Some("unverified"), Some("email_code")));
    let proof = begun.id.clone().unwrap();
    let attempt = |proof: &str, code: &str| backend.attempt_email_address_verification(&email, proof, code);
    assert_eq!(attempt("ver_other", "424242").send().await.unwrap_err().code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
    assert_eq!(
        attempt(proof.as_str(), "000000").send().await.unwrap_err().code(),
        Some(&ErrorCode::FORM_CODE_INCORRECT)
    );
    let done = attempt(proof.as_str(), "424242").send().await.unwrap();
    assert_eq!((done.status.as_deref(), done.attempts), (Some("verified"), Some(2)));
    let again = attempt(proof.as_str(), "424242").send().await.unwrap_err();
    assert_eq!(again.code(), Some(&ErrorCode::VERIFICATION_ALREADY_VERIFIED));
    let again = backend.prepare_email_address_verification(&email).send().await.unwrap_err();
    assert_eq!(again.code(), Some(&ErrorCode::VERIFICATION_ALREADY_VERIFIED));
}

async fn a_code_runs_out_and_is_tried_only_so_often(world: World) {
    let backend = world.backend();
    let id = user(&world, "ann@example.com").await;
    let email = backend.create_email_address(&id, "ann+clerk_test@example.com").send().await.unwrap();
    let email = email.id.clone().unwrap();
    let begun = backend.prepare_email_address_verification(&email).send().await.unwrap().id.clone().unwrap();
    let early = backend.prepare_email_address_verification(&email).send().await.unwrap_err();
    assert_eq!(
        (early.status().unwrap().as_u16(), early.code()),
        (429, Some(&ErrorCode::VERIFICATION_CODE_TOO_MANY_REQUESTS))
    );
    world.local.clock().advance(Duration::from_secs(601));
    let late = backend.attempt_email_address_verification(&email, begun.as_str(), "424242").send().await.unwrap_err();
    assert_eq!(late.code(), Some(&ErrorCode::VERIFICATION_EXPIRED));
    let begun = backend.prepare_email_address_verification(&email).send().await.unwrap().id.clone().unwrap();
    for n in 1..=5 {
        let wrong = backend.attempt_email_address_verification(&email, begun.as_str(), "000000");
        let code = if n < 5 { "form_code_incorrect" } else { "verification_failed" };
        assert_eq!(wrong.send().await.unwrap_err().code().map(ErrorCode::as_str), Some(code), "try {n}");
    }
    let right = backend.attempt_email_address_verification(&email, begun.as_str(), "424242").send().await.unwrap_err();
    assert_eq!(right.code(), Some(&ErrorCode::VERIFICATION_FAILED));
}

async fn an_address_is_replaced(world: World) {
    let backend = world.backend();
    let id = user(&world, "ann@example.com").await;
    backend.create_email_address(&id, "b@example.com").verified(true).send().await.unwrap();
    user(&world, "taken@example.com").await;
    let taken = backend.replace_user_email_address(&id, "taken@example.com").send().await.unwrap_err();
    assert_eq!(taken.code(), Some(&ErrorCode::FORM_IDENTIFIER_EXISTS));
    let email = backend.replace_user_email_address(&id, "new@example.com");
    let email = email.notify_primary_email_address_changed(true).send().await.unwrap();
    let user = backend.get_user(&id).send().await.unwrap();
    assert_eq!((user.email_addresses.len(), &user.primary_email_address_id), (1, &email.id));
    let reserved = backend.replace_user_email_address(&id, "later@example.com").identification_status("reserved");
    assert!(reserved.send().await.unwrap().reserved);
    let held = backend.create_user().email_address(["later@example.com"]).skip_password_requirement(true);
    assert_eq!(held.send().await.unwrap_err().code(), Some(&ErrorCode::FORM_IDENTIFIER_EXISTS));
    // The address that was replaced is free again.
    let other = backend.create_user().email_address(["ann@example.com"]).skip_password_requirement(true);
    other.send().await.unwrap();
}

async fn a_number_is_added_proven_and_deleted(world: World) {
    let backend = world.backend();
    let id = user(&world, "ann@example.com").await;
    let early = backend.create_phone_number(&id, "+15555550100").reserved_for_second_factor(true).send().await;
    assert_eq!(early.unwrap_err().code(), Some(&ErrorCode::IDENTIFICATION_CREATE_SECOND_FACTOR_UNVERIFIED));
    let phone = backend.create_phone_number(&id, "+1 555 555 0100").send().await.unwrap();
    let phone_id = phone.id.clone().unwrap();
    let early = backend.update_phone_number(&phone_id).reserved_for_second_factor(true).send().await;
    assert_eq!(early.unwrap_err().code(), Some(&ErrorCode::IDENTIFICATION_UPDATE_SECOND_FACTOR_UNVERIFIED));
    let begun = backend.prepare_phone_number_verification(&phone_id).send().await.unwrap();
    assert_eq!((begun.strategy.as_deref(), begun.channel.as_deref()), (Some("phone_code"), Some("sms")));
    let proof = begun.id.clone().unwrap();
    let wrong = backend.attempt_phone_number_verification(&phone_id, proof.as_str(), "000000").send().await;
    assert_eq!(wrong.unwrap_err().code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
    backend.attempt_phone_number_verification(&phone_id, proof.as_str(), "424242").send().await.unwrap();
    let phone = backend.update_phone_number(&phone_id).reserved_for_second_factor(true).primary(true);
    assert!(phone.send().await.unwrap().reserved_for_second_factor);
    let with_factor = backend.get_user(&id).send().await.unwrap();
    assert!(with_factor.two_factor_enabled && with_factor.mfa_enabled_at.is_some());
    assert_eq!(backend.get_phone_number(&phone_id).send().await.unwrap().phone_number, "+15555550100");
    assert!(backend.delete_phone_number(&phone_id).send().await.unwrap().deleted);
    let without = backend.get_user(&id).send().await.unwrap();
    assert!(!without.two_factor_enabled && without.mfa_disabled_at.is_some());
    assert!(without.primary_phone_number_id.is_none());
    let error = backend.get_phone_number(&phone_id).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
}

async fn a_number_is_replaced_and_no_longer_a_second_factor(world: World) {
    let backend = world.backend();
    let id = user(&world, "ann@example.com").await;
    let phone = backend.create_phone_number(&id, "+15555550100").verified(true).reserved_for_second_factor(true);
    phone.send().await.unwrap();
    let phone = backend.replace_user_phone_number(&id, "+15555550101").identification_status("unverified");
    let phone = phone.send().await.unwrap();
    assert!(phone.verification.is_none() && !phone.reserved);
    let user = backend.get_user(&id).send().await.unwrap();
    assert!(user.phone_numbers.len() == 1 && !user.two_factor_enabled);
}

async fn an_address_that_somebody_else_proves_first_is_lost(world: World) {
    let backend = world.backend();
    let id = user(&world, "ann@example.com").await;
    let email = backend.create_email_address(&id, "c+clerk_test@example.com").send().await.unwrap();
    let email = email.id.clone().unwrap();
    let proof = backend.prepare_email_address_verification(&email).send().await.unwrap().id.clone().unwrap();
    user(&world, "c+clerk_test@example.com").await;
    let error = backend.attempt_email_address_verification(&email, proof.as_str(), "424242").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::IDENTIFICATION_CLAIMED));
    let error = backend.update_email_address(&email).verified(true).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::IDENTIFICATION_CLAIMED));
}

async fn the_last_required_address_cannot_be_deleted(world: World) {
    let backend = world.backend();
    let id = user(&world, "ann@example.com").await;
    let only = backend.get_user(&id).send().await.unwrap().email_addresses[0].id.clone().unwrap();
    let error = backend.delete_email_address(&only).send().await.unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.code()),
        (400, Some(&ErrorCode::LAST_REQUIRED_IDENTIFICATION_DELETION_FAILED))
    );
    backend.get_email_address(&only).send().await.unwrap();
}
