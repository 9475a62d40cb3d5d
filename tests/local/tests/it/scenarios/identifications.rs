//! Users add, prove and remove what they are known by.

use std::time::Duration;

use clerk_core::ErrorCode;
use clerk_core::http::Request;
use clerk_fapi::types;
use clerk_local::{Api, ProviderAccount};

use super::me::{address, me, refusal, refused, sign_in, signed_in};
use crate::world::{Device, World};

scenarios![
    an_address_is_added_proven_and_removed,
    a_wrong_code_is_counted_and_a_late_one_refused,
    a_code_is_not_sent_twice_at_once,
    an_address_that_somebody_has_proven_cannot_be_added,
    of_two_who_want_an_address_the_first_to_prove_it_has_it,
    the_last_address_that_everyone_must_have_stays,
    too_many_unproven_addresses_are_refused,
    an_address_is_proven_only_as_the_instance_has_it,
    an_email_link_is_sent_for_a_page,
    a_number_is_added_proven_and_removed,
    a_number_serves_as_second_factor,
    an_unproven_number_is_no_second_factor,
    a_demanded_second_factor_is_not_given_up,
    the_only_number_somebody_signs_in_with_is_no_second_factor,
    wallets_are_kept_and_asked_but_not_believed,
    an_account_elsewhere_is_disconnected,
    the_only_account_elsewhere_stays,
    what_is_of_somebody_else_is_not_found,
];

async fn email_of(device: &Device, name: &str) -> types::EmailAddress {
    device.create_email_address(address(name)).send().await.unwrap().response
}

fn status(verification: &Option<types::Verification>) -> Option<&str> {
    verification.as_ref().and_then(|it| it.status.as_ref()).map(|status| status.as_str())
}

async fn an_address_is_added_proven_and_removed(world: World) {
    let device = signed_in(&world, "ann").await;
    let email = device.create_email_address("Other+Clerk_Test@Example.com").send().await.unwrap().response;
    assert_eq!(email.email_address, "other+clerk_test@example.com");
    assert!(email.verification.is_none());
    assert_eq!(
        refusal(device.verify_email_address(&email.id, "424242").send().await),
        refused(400, "verification_missing")
    );
    let email = device.send_verification_email(email.id, "email_code").send().await.unwrap().response;
    assert_eq!(status(&email.verification), Some("unverified"));
    let email = device.verify_email_address(email.id, "424242").send().await.unwrap().response;
    assert_eq!(status(&email.verification), Some("verified"));
    let again = device.send_verification_email(&email.id, "email_code").send().await;
    assert_eq!(refusal(again), refused(400, "verification_already_verified"));
    let again = device.verify_email_address(&email.id, "424242").send().await;
    assert_eq!(refusal(again), refused(400, "verification_already_verified"));
    assert_eq!(device.get_email_addresses().send().await.unwrap().len(), 2);
    assert_eq!(device.get_email_address(&email.id).send().await.unwrap().response.email_address, email.email_address);
    let first = me(&device).await.primary_email_address_id.unwrap();
    let gone = device.delete_email_address(&first).send().await.unwrap().response;
    assert_eq!((gone.object.as_deref(), gone.deleted), (Some("email_address"), true));
    assert_eq!(me(&device).await.primary_email_address_id, Some(email.id), "the other one comes first now");
    assert_eq!(refusal(device.get_email_address(first).send().await), refused(404, "resource_not_found"));
    let malformed = device.create_email_address("nobody").send().await;
    assert_eq!(refusal(malformed), refused(422, "form_param_format_invalid"));
}

async fn a_wrong_code_is_counted_and_a_late_one_refused(world: World) {
    let device = signed_in(&world, "ann").await;
    world.local.update_settings(|settings| settings.lifetimes.reverification = Duration::from_secs(3600));
    let id = email_of(&device, "other").await.id;
    device.send_verification_email(&id, "email_code").send().await.unwrap();
    let wrong = device.verify_email_address(&id, "000000").send().await;
    assert_eq!(refusal(wrong), refused(422, "form_code_incorrect"));
    let email = device.get_email_address(&id).send().await.unwrap().response;
    assert_eq!(email.verification.as_ref().and_then(|it| it.attempts), Some(1));
    for _ in 0..3 {
        let _ = device.verify_email_address(&id, "000000").send().await.unwrap_err();
    }
    let last = device.verify_email_address(&id, "000000").send().await;
    assert_eq!(refusal(last), refused(400, "verification_failed"));
    let right = device.verify_email_address(&id, "424242").send().await;
    assert_eq!(refusal(right), refused(400, "verification_failed"));
    world.local.clock().advance(Duration::from_secs(31));
    device.send_verification_email(&id, "email_code").send().await.unwrap();
    world.local.clock().advance(Duration::from_secs(601));
    let late = device.verify_email_address(&id, "424242").send().await;
    assert_eq!(refusal(late), refused(400, "verification_expired"));
    let email = device.get_email_address(&id).send().await.unwrap().response;
    assert_eq!(status(&email.verification), Some("expired"));
}

async fn a_code_is_not_sent_twice_at_once(world: World) {
    let device = signed_in(&world, "ann").await;
    let id = email_of(&device, "other").await.id;
    device.send_verification_email(&id, "email_code").send().await.unwrap();
    let error = device.send_verification_email(&id, "email_code").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::VERIFICATION_CODE_TOO_MANY_REQUESTS));
    assert!(error.retry_after().is_some());
    world.local.clock().advance(Duration::from_secs(31));
    device.send_verification_email(&id, "email_code").send().await.unwrap();
}

async fn an_address_that_somebody_has_proven_cannot_be_added(world: World) {
    let (ann, bob) = (signed_in(&world, "ann").await, signed_in(&world, "bob").await);
    let taken = ann.create_email_address(address("bob")).send().await;
    assert_eq!(refusal(taken), refused(422, "form_identifier_exists"));
    let own = bob.create_email_address(address("bob")).send().await;
    assert_eq!(refusal(own), refused(422, "form_identifier_exists"));
    let number = "+15555550111";
    let id = ann.create_phone_number(number).send().await.unwrap().response.id;
    ann.send_verification_sms(&id, "phone_code").send().await.unwrap();
    ann.verify_phone_number(&id, "424242").send().await.unwrap();
    assert_eq!(refusal(bob.create_phone_number(number).send().await), refused(422, "form_identifier_exists"));
}

async fn of_two_who_want_an_address_the_first_to_prove_it_has_it(world: World) {
    let (ann, bob) = (signed_in(&world, "ann").await, signed_in(&world, "bob").await);
    let (anns, bobs) = (email_of(&ann, "both").await.id, email_of(&bob, "both").await.id);
    ann.send_verification_email(&anns, "email_code").send().await.unwrap();
    bob.send_verification_email(&bobs, "email_code").send().await.unwrap();
    bob.verify_email_address(&bobs, "424242").send().await.unwrap();
    let late = ann.verify_email_address(&anns, "424242").send().await;
    assert_eq!(refusal(late), refused(400, "identification_claimed"));
    let email = ann.get_email_address(&anns).send().await.unwrap().response;
    assert_eq!(status(&email.verification), Some("failed"));
    let prepare = ann.send_verification_email(&anns, "email_link").redirect_url("https://example.com/verified");
    world.local.clock().advance(Duration::from_secs(31));
    prepare.send().await.unwrap();
    let location = open(&world, &world.local.inbox().latest_link(&address("both")).unwrap()).await;
    assert!(location.contains("__clerk_status=failed"), "{location}");
    let email = ann.get_email_address(&anns).send().await.unwrap().response;
    assert_eq!(status(&email.verification), Some("failed"));
}

/// Opens a link, and gives where it leads.
async fn open(world: &World, link: &str) -> String {
    let path = link.strip_prefix(world.local.frontend_url()).unwrap();
    let response = world.raw(Api::Frontend, Request::get(path), "").await;
    assert_eq!(response.status(), 303);
    response.headers()["location"].to_str().unwrap().to_owned()
}

async fn the_last_address_that_everyone_must_have_stays(world: World) {
    let device = signed_in(&world, "ann").await;
    let first = me(&device).await.primary_email_address_id.unwrap();
    let unproven = email_of(&device, "other").await.id;
    let last = device.delete_email_address(&first).send().await;
    assert_eq!(refusal(last), refused(400, "last_required_identification_deletion_failed"));
    device.delete_email_address(&unproven).send().await.unwrap();
    world.local.update_settings(|settings| settings.attributes.email_address.required = false);
    let only = device.delete_email_address(&first).send().await;
    assert_eq!(refusal(only), refused(400, "identification_deletion_failed"));
    device.update_user().username("annie").send().await.unwrap();
    device.delete_email_address(&first).send().await.unwrap();
    let user = me(&device).await;
    assert_eq!((user.email_addresses.len(), user.primary_email_address_id), (0, None));
    let only = device.update_user().clear_username().send().await;
    assert_eq!(refusal(only), refused(400, "identification_deletion_failed"));
}

async fn too_many_unproven_addresses_are_refused(world: World) {
    let device = signed_in(&world, "ann").await;
    for number in 0..10 {
        email_of(&device, &format!("other{number}")).await;
    }
    let more = device.create_email_address(address("more")).send().await;
    assert_eq!(refusal(more), refused(400, "too_many_unverified_identifications"));
    let more = device.create_phone_number("+15555550100").send().await;
    assert_eq!(refusal(more), refused(400, "too_many_unverified_identifications"));
}

async fn an_address_is_proven_only_as_the_instance_has_it(world: World) {
    let device = signed_in(&world, "ann").await;
    let id = email_of(&device, "other").await.id;
    world
        .local
        .update_settings(|settings| settings.attributes.email_address.verifications.retain(|it| it != "email_code"));
    let code = device.send_verification_email(&id, "email_code").send().await;
    assert_eq!(refusal(code), refused(400, "verification_strategy_invalid"));
    let sso = device.send_verification_email(&id, "enterprise_sso").redirect_url("https://example.com").send().await;
    assert_eq!(refusal(sso), refused(422, "enterprise_sso_verification_connection_missing"));
    world.local.update_settings(|settings| settings.attributes.phone_number.enabled = false);
    assert_eq!(refusal(device.create_phone_number("+15555550100").send().await), refused(422, "form_param_unknown"));
}

async fn an_email_link_is_sent_for_a_page(world: World) {
    let device = signed_in(&world, "ann").await;
    let id = email_of(&device, "other").await.id;
    let nowhere = device.send_verification_email(&id, "email_link").send().await;
    assert_eq!(refusal(nowhere), refused(422, "form_param_missing"));
    let prepare = device.send_verification_email(&id, "email_link").redirect_url("https://example.com/verified");
    let email = prepare.send().await.unwrap().response;
    let verification = email.verification.as_ref().unwrap();
    assert_eq!(verification.strategy.as_ref().map(|it| it.as_str()), Some("email_link"));
    let code = device.verify_email_address(&id, "424242").send().await;
    assert_eq!(refusal(code), refused(400, "verification_not_sent"));
    let link = world.local.inbox().latest_link(&address("other")).unwrap();
    assert!(open(&world, &link).await.starts_with("https://example.com/verified"));
    let email = device.get_email_address(&id).send().await.unwrap().response;
    assert_eq!(status(&email.verification), Some("verified"));
}

async fn number_of(device: &Device, number: &str) -> types::PhoneNumber {
    let phone = device.create_phone_number(number).send().await.unwrap().response;
    device.send_verification_sms(&phone.id, "phone_code").send().await.unwrap();
    device.verify_phone_number(phone.id, "424242").send().await.unwrap().response
}

async fn a_number_is_added_proven_and_removed(world: World) {
    let device = signed_in(&world, "ann").await;
    let phone = number_of(&device, "+1 (555) 555-0100").await;
    assert_eq!(phone.phone_number, "+15555550100");
    assert_eq!(status(&phone.verification), Some("verified"));
    assert_eq!(me(&device).await.primary_phone_number_id.as_ref(), Some(&phone.id));
    let second = number_of(&device, "+15555550101").await;
    let user = device.update_user().primary_phone_number_id(&second.id).send().await.unwrap().response;
    assert_eq!(user.primary_phone_number_id.as_ref(), Some(&second.id));
    assert_eq!(device.get_phone_numbers().send().await.unwrap().len(), 2);
    assert_eq!(device.get_phone_number(&phone.id).send().await.unwrap().response.id, phone.id);
    let gone = device.delete_phone_number(&second.id).send().await.unwrap().response;
    assert_eq!(gone.object.as_deref(), Some("phone_number"));
    assert_eq!(me(&device).await.primary_phone_number_id, Some(phone.id));
    assert_eq!(refusal(device.get_phone_number(second.id).send().await), refused(404, "resource_not_found"));
    let malformed = device.create_phone_number("555").send().await;
    assert_eq!(refusal(malformed), refused(422, "form_param_format_invalid"));
    let third = device.create_phone_number("+15555550102").send().await.unwrap().response.id;
    let strategy = device.send_verification_sms(&third, "email_code").send().await.unwrap_err();
    assert_eq!(strategy.status().unwrap(), 422);
    device.send_verification_sms(&third, "phone_code").send().await.unwrap();
    let wrong = device.verify_phone_number(&third, "000000").send().await;
    assert_eq!(refusal(wrong), refused(422, "form_code_incorrect"));
}

async fn a_number_serves_as_second_factor(world: World) {
    let device = signed_in(&world, "ann").await;
    let (first, second) = (number_of(&device, "+15555550100").await, number_of(&device, "+15555550101").await);
    assert!(!me(&device).await.two_factor_enabled);
    let early = device.update_phone_number(&first.id).default_second_factor(true).send().await;
    assert_eq!(refusal(early), refused(400, "identification_update_failed"));
    let reserve = device.update_phone_number(&first.id).reserved_for_second_factor(true);
    let phone = reserve.default_second_factor(true).send().await.unwrap().response;
    assert!(phone.reserved_for_second_factor && phone.default_second_factor);
    assert_eq!(phone.backup_codes.len(), 10, "codes on paper come with the first second factor");
    let user = me(&device).await;
    assert!(user.two_factor_enabled && user.backup_code_enabled && user.mfa_enabled_at.is_some());
    let keep = device.update_phone_number(&first.id).default_second_factor(false).send().await;
    assert_eq!(refusal(keep), refused(422, "form_disable_default_second_factor_not_allowed"));
    let reserve = device.update_phone_number(&second.id).reserved_for_second_factor(true);
    let phone = reserve.default_second_factor(true).send().await.unwrap().response;
    assert!(phone.backup_codes.is_empty(), "and only with the first");
    let defaults: Vec<bool> = me(&device).await.phone_numbers.iter().map(|it| it.default_second_factor).collect();
    assert_eq!(defaults, [false, true]);
    device.update_phone_number(&second.id).reserved_for_second_factor(false).send().await.unwrap();
    let user = me(&device).await;
    assert!(user.two_factor_enabled && user.mfa_disabled_at.is_none());
    device.delete_phone_number(&first.id).send().await.unwrap();
    let user = me(&device).await;
    assert!(!user.two_factor_enabled && !user.backup_code_enabled && user.mfa_disabled_at.is_some());
}

async fn an_unproven_number_is_no_second_factor(world: World) {
    let device = signed_in(&world, "ann").await;
    let create = device.create_phone_number("+15555550100").reserved_for_second_factor(true).send().await;
    assert_eq!(refusal(create), refused(400, "identification_create_second_factor_unverified"));
    let id = device.create_phone_number("+15555550100").send().await.unwrap().response.id;
    let update = device.update_phone_number(&id).reserved_for_second_factor(true).send().await;
    assert_eq!(refusal(update), refused(400, "identification_update_second_factor_unverified"));
    device.send_verification_sms(&id, "phone_code").send().await.unwrap();
    device.verify_phone_number(&id, "424242").send().await.unwrap();
    world.local.update_settings(|settings| settings.attributes.phone_number.second_factors.clear());
    let update = device.update_phone_number(&id).reserved_for_second_factor(true).send().await;
    assert_eq!(refusal(update), refused(403, "feature_not_enabled"));
}

async fn a_demanded_second_factor_is_not_given_up(world: World) {
    let device = signed_in(&world, "ann").await;
    let id = number_of(&device, "+15555550100").await.id;
    device.update_phone_number(&id).reserved_for_second_factor(true).send().await.unwrap();
    world.local.update_settings(|settings| settings.second_factor_required = true);
    let code = "second_factor_deletion_not_allowed";
    let release = device.update_phone_number(&id).reserved_for_second_factor(false).send().await;
    assert_eq!(refusal(release), refused(400, code));
    assert_eq!(refusal(device.delete_phone_number(&id).send().await), refused(400, code));
    let other = number_of(&device, "+15555550101").await.id;
    device.update_phone_number(&other).reserved_for_second_factor(true).send().await.unwrap();
    device.delete_phone_number(&id).send().await.unwrap();
}

async fn the_only_number_somebody_signs_in_with_is_no_second_factor(world: World) {
    let world = world.rebuilt(|builder| builder.configure(|it| it.attributes.email_address.required = false)).await;
    let device = signed_in(&world, "ann").await;
    let id = number_of(&device, "+15555550100").await.id;
    let email = me(&device).await.primary_email_address_id.unwrap();
    device.delete_email_address(email).send().await.unwrap();
    let update = device.update_phone_number(&id).reserved_for_second_factor(true).send().await;
    assert_eq!(refusal(update), refused(400, "identification_update_failed"));
    assert_eq!(refusal(device.delete_phone_number(&id).send().await), refused(400, "identification_deletion_failed"));
}

async fn wallets_are_kept_and_asked_but_not_believed(world: World) {
    let world = world.rebuilt(|builder| builder.configure(|it| it.attributes.web3_wallet.enabled = true)).await;
    let device = signed_in(&world, "ann").await;
    let account = "0x52908400098527886E0F7030069857D2E4169EE7";
    let wallet = device.create_web3_wallet(account).send().await.unwrap().response;
    assert_eq!(wallet.web3_wallet, account.to_lowercase());
    assert_eq!(refusal(device.create_web3_wallet(account).send().await), refused(422, "form_identifier_exists"));
    assert_eq!(refusal(device.create_web3_wallet("0x12").send().await), refused(422, "form_param_format_invalid"));
    let prepare = device.prepare_web3_wallet_verification(&wallet.id, "web3_metamask_signature");
    let verification = prepare.send().await.unwrap().response.verification.unwrap();
    let nonce = verification.nonce.unwrap();
    assert!(verification.message.unwrap().contains(nonce.expose()));
    let other = device.prepare_web3_wallet_verification(&wallet.id, "email_code").send().await;
    assert_eq!(refusal(other), refused(400, "verification_strategy_invalid"));
    let attempt = device.attempt_web3_wallet_verification(&wallet.id, "0x00").send().await;
    assert_eq!(refusal(attempt), refused(501, "feature_not_implemented"));
    assert_eq!(device.get_web3_wallets().send().await.unwrap().len(), 1);
    device.get_web3_wallet(&wallet.id).send().await.unwrap();
    let gone = device.delete_web3_wallet(&wallet.id).send().await.unwrap().response;
    assert_eq!(gone.object.as_deref(), Some("web3_wallet"));
    assert_eq!(refusal(device.get_web3_wallet(wallet.id).send().await), refused(404, "resource_not_found"));
}

/// Connects an account of a provider.
async fn connect(world: &World, device: &Device, account: ProviderAccount) {
    world.local.provider().add(&account);
    let begun = device.create_external_account("oauth_google").redirect_url("https://example.com/done").send().await;
    let account = begun.unwrap().response;
    let url = account.verification.unwrap().external_verification_redirect_url.unwrap();
    let end = world.local.provider().approve(&url).await.unwrap();
    assert!(end.starts_with("https://example.com/done"), "{end}");
}

async fn an_account_elsewhere_is_disconnected(world: World) {
    let device = signed_in(&world, "ann").await;
    connect(&world, &device, ProviderAccount::new("google", "ann@example.org")).await;
    let user = me(&device).await;
    let account = &user.external_accounts[0];
    assert_eq!(status(&account.verification), Some("verified"));
    let linked = user.email_addresses.iter().find(|email| !email.linked_to.is_empty()).unwrap();
    assert_eq!(linked.email_address, "ann@example.org");
    let bound = device.delete_email_address(&linked.id).send().await;
    assert_eq!(refusal(bound), refused(400, "delete_linked_identification_disallowed"));
    device.revoke_external_account_tokens(&account.id).send().await.unwrap();
    let gone = device.delete_external_account(&account.id).send().await.unwrap().response;
    assert_eq!((gone.object.as_deref(), gone.id.as_deref()), (Some("external_account"), Some(account.id.as_str())));
    let user = me(&device).await;
    assert!(user.external_accounts.is_empty());
    assert!(user.email_addresses.iter().all(|email| email.linked_to.is_empty()));
    device.delete_email_address(&linked.id).send().await.unwrap();
}

async fn the_only_account_elsewhere_stays(world: World) {
    let world = world.rebuilt(|builder| builder.configure(|it| it.attributes.email_address.required = false)).await;
    let device = signed_in(&world, "ann").await;
    connect(&world, &device, ProviderAccount::new("google", "")).await;
    let user = me(&device).await;
    device.delete_email_address(user.primary_email_address_id.unwrap()).send().await.unwrap();
    let only = device.delete_external_account(&user.external_accounts[0].id).send().await;
    assert_eq!(refusal(only), refused(400, "identification_deletion_failed"));
    device.update_user().username("annie").send().await.unwrap();
    device.delete_external_account(&user.external_accounts[0].id).send().await.unwrap();
}

async fn what_is_of_somebody_else_is_not_found(world: World) {
    let (ann, bob) = (signed_in(&world, "ann").await, world.device());
    sign_in(&world, &bob, "bob").await;
    let email = me(&ann).await.primary_email_address_id.unwrap();
    let phone = ann.create_phone_number("+15555550100").send().await.unwrap().response.id;
    for outcome in [
        refusal(bob.get_email_address(&email).send().await),
        refusal(bob.delete_email_address(&email).send().await),
        refusal(bob.send_verification_email(&email, "email_code").send().await),
        refusal(bob.verify_email_address(&email, "424242").send().await),
        refusal(bob.get_phone_number(&phone).send().await),
        refusal(bob.update_phone_number(&phone).reserved_for_second_factor(false).send().await),
        refusal(bob.delete_phone_number(&phone).send().await),
        refusal(bob.delete_external_account("eac_1").send().await),
        refusal(bob.revoke_external_account_tokens("eac_1").send().await),
        refusal(bob.get_web3_wallet("idn_1").send().await),
    ] {
        assert_eq!(outcome, refused(404, "resource_not_found"));
    }
}
