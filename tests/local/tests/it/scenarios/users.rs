//! Users, as a back end makes and changes them.

use clerk_core::{ErrorCode, Json, UserId};
use serde_json::json;

use crate::world::World;

scenarios![
    a_user_is_made_read_changed_and_deleted,
    a_new_user_has_everything_that_was_given,
    what_the_instance_asks_of_every_user_is_asked_of_back_ends_too,
    no_two_users_have_the_same_name,
    identifiers_may_be_reserved_before_they_are_verified,
    what_is_no_address_number_name_or_date_is_refused,
    a_password_follows_the_rules_unless_they_are_skipped,
    digests_of_other_systems_are_taken_along,
    metadata_is_merged_or_replaced,
    too_much_metadata_is_refused_and_leaves_what_was_there,
    only_what_is_verified_becomes_primary,
    a_null_clears_and_what_is_not_sent_stays,
    bans_and_locks_come_and_go,
    many_users_are_banned_at_once_or_none,
    a_password_is_tried_marked_and_taken_away,
    a_picture_is_set_and_taken_away,
    the_terms_have_to_be_accepted_where_the_instance_asks,
];

async fn ann(world: &World) -> UserId {
    let backend = world.backend();
    let user = backend.create_user().email_address(["ann@example.com"]).password("correct horse battery");
    user.send().await.unwrap().id.clone()
}

async fn a_user_is_made_read_changed_and_deleted(world: World) {
    let backend = world.backend();
    let id = ann(&world).await;
    let user = backend.get_user(&id).send().await.unwrap();
    assert_eq!(user.email_addresses[0].email_address, "ann@example.com");
    assert_eq!(user.primary_email_address_id, user.email_addresses[0].id);
    assert!(user.password_enabled && !user.has_image && user.image_url.is_some());
    let changed = backend.update_user(&id).first_name("Ann").username("ann_lee").send().await.unwrap();
    assert_eq!((changed.first_name.as_deref(), changed.username.as_deref()), (Some("Ann"), Some("ann_lee")));
    let gone = backend.delete_user(&id).send().await.unwrap();
    assert!(gone.deleted);
    let error = backend.get_user(&id).send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (404, Some(&ErrorCode::RESOURCE_NOT_FOUND)));
    assert_eq!(backend.delete_user(&id).send().await.unwrap_err().code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
}

async fn a_new_user_has_everything_that_was_given(world: World) {
    let world = world.rebuilt(|builder| builder.configure(|s| s.attributes.web3_wallet.enabled = true)).await;
    let backend = world.backend();
    let user = backend
        .create_user()
        .external_id("customer-1")
        .first_name("Ann")
        .last_name("Lee")
        .locale("de-DE")
        .email_address(["Ann@Example.com", "ann.lee@example.com"])
        .phone_number(["+1 (555) 555-0100"])
        .web3_wallet(["0xabcdef0123456789abcdef0123456789abcdef01"])
        .username("ann_lee")
        .password("correct horse battery")
        .totp_secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
        .backup_codes(["first-code", "second-code"])
        .public_metadata(json!({"plan": "pro"}))
        .private_metadata(json!({"customer": 1}))
        .unsafe_metadata(json!({"theme": "dark"}))
        .delete_self_enabled(false)
        .create_organization_enabled(false)
        .create_organizations_limit(3_i64)
        .created_at("2020-01-31T12:00:00Z")
        .legal_accepted_at("2020-01-31T12:00:00Z")
        .bypass_client_trust(true)
        .banned(true)
        .locked(true)
        .send()
        .await
        .unwrap();
    let addresses: Vec<_> = user.email_addresses.iter().map(|email| email.email_address.as_str()).collect();
    assert_eq!(addresses, ["ann@example.com", "ann.lee@example.com"]);
    assert_eq!(user.phone_numbers[0].phone_number, "+15555550100");
    assert_eq!(user.primary_web3_wallet_id, user.web3_wallets[0].id);
    assert_eq!(user.email_addresses[1].verification.as_ref().unwrap().strategy.as_ref().unwrap().as_str(), "admin");
    assert_eq!((user.external_id.as_deref(), user.locale.as_deref()), (Some("customer-1"), Some("de-DE")));
    assert!(user.totp_enabled && user.two_factor_enabled && user.backup_code_enabled && user.mfa_enabled_at.is_some());
    assert_eq!(user.public_metadata["plan"], "pro");
    assert_eq!(user.private_metadata["customer"], 1);
    assert_eq!(user.unsafe_metadata["theme"], "dark");
    assert!(!user.delete_self_enabled && !user.create_organization_enabled && user.bypass_client_trust);
    assert_eq!(user.create_organizations_limit, Some(3));
    assert_eq!(user.created_at.unwrap().as_millis(), 1_580_472_000_000);
    assert!(user.banned && user.locked && user.lockout_expires_in_seconds == Some(3600));
}

async fn what_the_instance_asks_of_every_user_is_asked_of_back_ends_too(world: World) {
    let backend = world.backend();
    let error = backend.create_user().first_name("Ann").send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (422, Some(&ErrorCode::FORM_DATA_MISSING)));
    assert_eq!(error.errors()[0].meta.as_ref().unwrap()["param_names"], json!(["email_address", "password"]));
    let without_password = backend.create_user().email_address(["ann@example.com"]);
    without_password.skip_password_requirement(true).send().await.unwrap();
    backend.create_user().first_name("Nobody").skip_user_requirement(true).send().await.unwrap();
}

async fn no_two_users_have_the_same_name(world: World) {
    let backend = world.backend();
    let first = backend.create_user().email_address(["ann@example.com"]).phone_number(["+15555550100"]);
    let first = first.username("ann_lee").external_id("1").skip_password_requirement(true).send().await.unwrap();
    let user = || backend.create_user().skip_password_requirement(true).skip_user_requirement(true);
    let attempts = [
        (user().email_address(["ANN@example.com"]), "email_address"),
        (user().phone_number(["+1 555 555 0100"]), "phone_number"),
        (user().username("ANN_lee"), "username"),
        (user().external_id("1"), "external_id"),
    ];
    for (attempt, param) in attempts {
        let error = attempt.send().await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::FORM_IDENTIFIER_EXISTS));
        assert_eq!(error.errors()[0].meta.as_ref().unwrap()["param_name"], param);
    }
    let error = user().email_address(["b@example.com", "B@example.com"]).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::FORM_PARAM_DUPLICATE));
    // One's own name is not taken.
    backend.update_user(&first.id).username("ann_lee").external_id("1").send().await.unwrap();
    assert_eq!(backend.get_users_count().send().await.unwrap().total_count, 1);
}

async fn identifiers_may_be_reserved_before_they_are_verified(world: World) {
    let backend = world.backend();
    let user =
        backend.create_user().email_address(["ann@example.com", "b@example.com"]).skip_password_requirement(true);
    let user = user.email_address_identification_status(["verified", "reserved"]).send().await.unwrap();
    assert!(user.email_addresses[0].verification.is_some() && !user.email_addresses[0].reserved);
    assert!(user.email_addresses[1].verification.is_none() && user.email_addresses[1].reserved);
    let other = backend.create_user().email_address(["b@example.com"]).skip_password_requirement(true);
    assert_eq!(other.send().await.unwrap_err().code(), Some(&ErrorCode::FORM_IDENTIFIER_EXISTS));
    let uneven = backend.create_user().email_address(["c@example.com"]).skip_password_requirement(true);
    let error = uneven.email_address_identification_status(["verified", "reserved"]).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::FORM_PARAM_ARRAY_LENGTH_MISMATCH));
}

async fn what_is_no_address_number_name_or_date_is_refused(world: World) {
    let backend = world.backend();
    let user = || backend.create_user().skip_user_requirement(true);
    let attempts = [
        (user().email_address(["ann"]), "form_param_format_invalid"),
        (user().phone_number(["555"]), "form_param_format_invalid"),
        (user().username("ab"), "form_username_invalid_length"),
        (user().username("ann lee"), "form_username_invalid_character"),
        (user().username("12345"), "form_username_needs_non_number_char"),
        (user().created_at("yesterday"), "form_param_invalid_time"),
        (user().created_at("2999-01-01T00:00:00Z"), "form_disallow_future_date"),
        (user().totp_secret("not base32!"), "invalid_totp_secret_code"),
        (user().create_organizations_limit(-1_i64), "form_param_value_invalid"),
        (user().first_name("a".repeat(257)), "form_param_max_length_exceeded"),
        (user().web3_wallet(["0xabc"]), "form_param_unknown"),
    ];
    for (attempt, code) in attempts {
        let error = attempt.send().await.unwrap_err();
        assert_eq!((error.status().unwrap().as_u16(), error.code().map(ErrorCode::as_str)), (422, Some(code)));
    }
}

async fn a_password_follows_the_rules_unless_they_are_skipped(world: World) {
    let backend = world.backend();
    let user = |password: &str| backend.create_user().email_address(["ann@example.com"]).password(password);
    assert_eq!(user("short").send().await.unwrap_err().code(), Some(&ErrorCode::FORM_PASSWORD_LENGTH_TOO_SHORT));
    assert_eq!(user("password1").send().await.unwrap_err().code(), Some(&ErrorCode::FORM_PASSWORD_PWNED));
    let id = user("short").skip_password_checks(true).send().await.unwrap().id.clone();
    let change = backend.update_user(&id).password("weak");
    assert_eq!(change.send().await.unwrap_err().code(), Some(&ErrorCode::FORM_PASSWORD_LENGTH_TOO_SHORT));
    assert!(backend.verify_password(&id, "short").send().await.unwrap().verified);
}

async fn digests_of_other_systems_are_taken_along(world: World) {
    let backend = world.backend();
    let sha256 = "0bb09d80600eec3eb9d7793a6f859bedde2a2d83899b70bd78e961ed674b32f4";
    let user = || backend.create_user().email_address(["ann@example.com"]).password_digest(sha256);
    assert_eq!(user().send().await.unwrap_err().code(), Some(&ErrorCode::FORM_CONDITIONAL_PARAM_MISSING));
    let unknown = user().password_hasher("rot13");
    assert_eq!(unknown.send().await.unwrap_err().code(), Some(&ErrorCode::FORM_PARAM_VALUE_INVALID));
    let malformed = user().password_hasher("bcrypt");
    assert_eq!(malformed.send().await.unwrap_err().code(), Some(&ErrorCode::FORM_PASSWORD_DIGEST_INVALID_CODE));
    let both = user().password_hasher("sha256").password("correct horse battery");
    assert_eq!(both.send().await.unwrap_err().code(), Some(&ErrorCode::FORM_CONDITIONAL_PARAM_DISALLOWED));
    let id = user().password_hasher("sha256").send().await.unwrap().id.clone();
    let error = backend.verify_password(&id, "something else").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::INCORRECT_PASSWORD));
}

async fn metadata_is_merged_or_replaced(world: World) {
    let backend = world.backend();
    let id = ann(&world).await;
    let set = |value: Json| backend.update_user_metadata(&id).public_metadata(value);
    set(json!({"a": {"b": 1, "c": 2}, "d": 3})).send().await.unwrap();
    let merged = set(json!({"a": {"b": null, "e": 4}, "d": null})).send().await.unwrap();
    assert_eq!(Json::Object(merged.public_metadata.clone()), json!({"a": {"c": 2, "e": 4}}));
    let replaced = backend.replace_user_metadata(&id).public_metadata(json!({"z": null})).send().await.unwrap();
    assert_eq!(Json::Object(replaced.public_metadata.clone()), json!({"z": null}));
    assert!(replaced.private_metadata.is_empty());
}

async fn too_much_metadata_is_refused_and_leaves_what_was_there(world: World) {
    let backend = world.backend();
    let id = ann(&world).await;
    backend.update_user_metadata(&id).private_metadata(json!({"kept": true})).send().await.unwrap();
    let large = json!({"kept": false, "large": "x".repeat(9000)});
    let error = backend.update_user_metadata(&id).private_metadata(large).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::FORM_PARAM_EXCEEDS_ALLOWED_SIZE));
    assert_eq!(backend.get_user(&id).send().await.unwrap().private_metadata["kept"], true);
}

async fn only_what_is_verified_becomes_primary(world: World) {
    let backend = world.backend();
    let id = ann(&world).await;
    let second = backend.create_email_address(&id, "b@example.com").send().await.unwrap().id.clone().unwrap();
    let primary = |id: &UserId| backend.update_user(id).primary_email_address_id(&second);
    assert_eq!(primary(&id).send().await.unwrap_err().code(), Some(&ErrorCode::FORM_VERIFICATION_NEEDED));
    backend.update_email_address(&second).verified(true).send().await.unwrap();
    let user = primary(&id).notify_primary_email_address_changed(true).send().await.unwrap();
    assert_eq!(user.primary_email_address_id, Some(second));
    let foreign = backend.update_user(&id).primary_phone_number_id("idn_none");
    assert_eq!(foreign.send().await.unwrap_err().code(), Some(&ErrorCode::FORM_RESOURCE_NOT_FOUND));
}

async fn a_null_clears_and_what_is_not_sent_stays(world: World) {
    let backend = world.backend();
    let id = ann(&world).await;
    let update = backend.update_user(&id).first_name("Ann").last_name("Lee").username("ann_lee").external_id("1");
    update.totp_secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").send().await.unwrap();
    let user = backend.update_user(&id).clear_first_name().clear_username().clear_external_id().clear_totp_secret();
    let user = user.send().await.unwrap();
    assert_eq!((user.first_name.as_deref(), user.last_name.as_deref()), (None, Some("Lee")));
    assert_eq!((user.username.as_deref(), user.external_id.as_deref()), (None, None));
    assert!(!user.totp_enabled && user.mfa_disabled_at.is_some());
    assert!(user.password_enabled);
}

async fn bans_and_locks_come_and_go(world: World) {
    let backend = world.backend();
    let id = ann(&world).await;
    assert!(backend.ban_user(&id).send().await.unwrap().banned);
    assert!(!backend.unban_user(&id).send().await.unwrap().banned);
    assert!(backend.lock_user(&id).send().await.unwrap().locked);
    assert!(!backend.unlock_user(&id).send().await.unwrap().locked);
    backend.lock_user(&id).send().await.unwrap();
    world.local.clock().advance(std::time::Duration::from_secs(3600));
    let user = backend.get_user(&id).send().await.unwrap();
    assert!(!user.locked && user.lockout_expires_in_seconds.is_none());
    assert_eq!(backend.ban_user("user_none").send().await.unwrap_err().code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
}

async fn many_users_are_banned_at_once_or_none(world: World) {
    let backend = world.backend();
    let first = ann(&world).await;
    let second = backend.create_user().email_address(["b@example.com"]).skip_password_requirement(true);
    let second = second.send().await.unwrap().id.clone();
    let error = backend.ban_users([first.as_str(), "user_none"]).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
    assert!(!backend.get_user(&first).send().await.unwrap().banned);
    let banned = backend.ban_users([&first, &second]).send().await.unwrap();
    assert_eq!(banned.iter().filter(|user| user.banned).count(), 2);
    let freed = backend.unban_users([&second]).send().await.unwrap();
    assert!(freed.len() == 1 && !freed[0].banned);
    assert!(backend.get_user(&first).send().await.unwrap().banned);
    let error = backend.ban_users(vec!["user_none"; 101]).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::FORM_PARAM_ARRAY_SIZE_EXCEEDED));
}

async fn a_password_is_tried_marked_and_taken_away(world: World) {
    let backend = world.backend();
    let id = ann(&world).await;
    assert!(backend.verify_password(&id, "correct horse battery").send().await.unwrap().verified);
    let error = backend.verify_password(&id, "wrong").send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (422, Some(&ErrorCode::INCORRECT_PASSWORD)));
    backend.set_user_password_compromised(&id).revoke_all_sessions(true).send().await.unwrap();
    backend.unset_user_password_compromised(&id).send().await.unwrap();
    let user = backend.remove_user_password(&id).sign_out_of_other_sessions(true).send().await.unwrap();
    assert!(!user.password_enabled);
    for code in [
        backend.remove_user_password(&id).send().await.unwrap_err(),
        backend.verify_password(&id, "wrong").send().await.unwrap_err(),
        backend.set_user_password_compromised(&id).send().await.unwrap_err(),
    ] {
        assert_eq!((code.status().unwrap().as_u16(), code.code()), (400, Some(&ErrorCode::NO_PASSWORD_SET)));
    }
}

async fn a_picture_is_set_and_taken_away(world: World) {
    let backend = world.backend();
    let id = ann(&world).await;
    let before = backend.get_user(&id).send().await.unwrap().image_url.clone();
    let png = clerk_core::Upload::new("ann.png", &b"\x89PNG\r\n\x1a\nrest"[..]).content_type("image/png");
    let user = backend.set_user_profile_image(&id, png).send().await.unwrap();
    assert!(user.has_image && user.image_url != before);
    let text = clerk_core::Upload::new("ann.txt", &b"no picture"[..]);
    let error = backend.set_user_profile_image(&id, text).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::FORM_PARAM_VALUE_INVALID));
    let user = backend.delete_user_profile_image(&id).send().await.unwrap();
    assert!(!user.has_image && user.image_url == before);
    assert_eq!(
        backend.delete_user_profile_image(&id).send().await.unwrap_err().code(),
        Some(&ErrorCode::IMAGE_NOT_FOUND)
    );
}

async fn the_terms_have_to_be_accepted_where_the_instance_asks(world: World) {
    let world = world.rebuilt(|builder| builder.configure(|s| s.sign_up.legal_consent_required = true)).await;
    let backend = world.backend();
    let user = || backend.create_user().email_address(["ann@example.com"]).password("correct horse battery");
    assert_eq!(user().send().await.unwrap_err().code(), Some(&ErrorCode::FORM_PARAM_MISSING));
    let accepted = user().legal_accepted_at("2024-01-31T12:00:00+01:00").send().await.unwrap();
    assert_eq!(accepted.legal_accepted_at.unwrap().as_millis(), 1_706_698_800_000);
    let other = backend.create_user().email_address(["b@example.com"]).password("correct horse battery");
    assert!(other.skip_legal_checks(true).send().await.unwrap().legal_accepted_at.is_none());
}
