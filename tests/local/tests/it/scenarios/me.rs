//! Users change what is kept of them.

use clerk_core::{Error, Upload};
use clerk_fapi::types;
use clerk_local::Api;
use serde_json::json;

use crate::world::{Device, World};

scenarios![
    a_user_changes_their_names,
    a_username_has_to_be_well_formed_and_free,
    what_comes_first_has_to_be_the_users_and_verified,
    what_is_immutable_stays,
    unsafe_metadata_is_merged_and_never_too_large,
    older_versions_replace_metadata_with_the_user,
    a_password_is_changed_by_who_knows_it,
    a_new_password_ends_the_other_sessions,
    a_new_password_follows_the_rules,
    a_password_is_removed_where_nobody_has_to_have_one,
    a_forgotten_password_is_changed_after_a_fresh_look_only,
    a_picture_is_kept_replaced_and_removed,
    a_picture_that_is_none_is_refused,
    users_delete_themselves_where_they_may,
    nobody_signed_in_is_told_so,
];

pub const PASSWORD: &str = "correct horse battery";

/// The address of a person, whose codes are all 424242.
pub fn address(name: &str) -> String {
    format!("{name}+clerk_test@example.com")
}

/// Somebody who has just signed in on a device of their own, with [`PASSWORD`] and a verified [`address`].
pub async fn signed_in(world: &World, name: &str) -> Device {
    let device = world.device();
    sign_in(world, &device, name).await;
    device
}

/// The same on a device that is there already; the person is made where they are not.
pub async fn sign_in(world: &World, device: &Device, name: &str) {
    let address = address(name);
    let known = world.backend().get_users_count().email_address([address.as_str()]).send().await.unwrap();
    if known.total_count > 0 {
        device.create_sign_in().identifier(&address).password(PASSWORD).send().await.unwrap();
        return;
    }
    let sign_up = device.create_sign_up().email_address(&address).password(PASSWORD).send().await.unwrap().response;
    device.prepare_sign_up_verification(&sign_up.id, "email_code").send().await.unwrap();
    device.attempt_sign_up_verification(&sign_up.id, "email_code").code("424242").send().await.unwrap();
}

pub async fn me(device: &Device) -> types::User {
    device.get_user().send().await.unwrap().response
}

/// The status and the first code of a refusal.
pub fn refusal<T>(outcome: Result<T, Error>) -> (u16, String) {
    let error = outcome.err().expect("it is refused");
    (error.status().unwrap().as_u16(), error.code().map(ToString::to_string).unwrap_or_default())
}

/// What a refusal has to be.
pub fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

async fn a_user_changes_their_names(world: World) {
    let device = signed_in(&world, "ann").await;
    let user = device.update_user().first_name("Ann").last_name("Example").username("ann_example").send().await;
    let user = user.unwrap().response;
    assert_eq!(user.first_name.as_deref(), Some("Ann"));
    assert_eq!(user.last_name.as_deref(), Some("Example"));
    assert_eq!(user.username.as_deref(), Some("ann_example"));
    let user = device.update_user().clear_last_name().clear_username().send().await.unwrap().response;
    assert_eq!((user.last_name, user.username), (None, None));
    assert_eq!(me(&device).await.first_name.as_deref(), Some("Ann"));
    let long = device.update_user().first_name("x".repeat(257)).send().await;
    assert_eq!(refusal(long), refused(422, "form_param_max_length_exceeded"));
    assert_eq!(me(&device).await.first_name.as_deref(), Some("Ann"));
}

async fn a_username_has_to_be_well_formed_and_free(world: World) {
    let (ann, bob) = (signed_in(&world, "ann").await, signed_in(&world, "bob").await);
    ann.update_user().username("annie").send().await.unwrap();
    let taken = bob.update_user().username("Annie").first_name("Bob").send().await;
    assert_eq!(refusal(taken), refused(422, "form_identifier_exists"));
    for (name, code) in [
        ("abc", "form_username_invalid_length"),
        ("bob bob", "form_username_invalid_character"),
        ("12345", "form_username_needs_non_number_char"),
    ] {
        assert_eq!(refusal(bob.update_user().username(name).send().await), refused(422, code), "{name}");
    }
    let user = me(&bob).await;
    assert_eq!((user.username, user.first_name), (None, None), "a refused change changes nothing");
    world.local.update_settings(|settings| settings.attributes.username.enabled = false);
    assert_eq!(refusal(bob.update_user().username("robert").send().await), refused(422, "form_param_unknown"));
}

async fn what_comes_first_has_to_be_the_users_and_verified(world: World) {
    let device = signed_in(&world, "ann").await;
    let first = me(&device).await.primary_email_address_id.unwrap();
    let second = device.create_email_address(address("other")).send().await.unwrap().response.id;
    let unverified = device.update_user().primary_email_address_id(&second).send().await;
    assert_eq!(refusal(unverified), refused(422, "form_verification_needed"));
    let unknown = device.update_user().primary_email_address_id("idn_of_nobody").send().await;
    assert_eq!(refusal(unknown), refused(422, "form_resource_not_found"));
    device.send_verification_email(&second, "email_code").send().await.unwrap();
    device.verify_email_address(&second, "424242").send().await.unwrap();
    assert_eq!(me(&device).await.primary_email_address_id.as_ref(), Some(&first));
    let user = device.update_user().primary_email_address_id(&second).send().await.unwrap().response;
    assert_eq!(user.primary_email_address_id, Some(second));
    let wallet = device.update_user().primary_web3_wallet_id("idn_of_nobody").send().await;
    assert_eq!(refusal(wallet), refused(422, "form_resource_not_found"));
}

async fn what_is_immutable_stays(world: World) {
    let device = signed_in(&world, "ann").await;
    device.update_user().first_name("Ann").username("annie").send().await.unwrap();
    world.local.update_settings(|settings| {
        settings.attributes.first_name.immutable = true;
        settings.attributes.username.immutable = true;
        settings.attributes.email_address.immutable = true;
    });
    let code = "immutable_attribute_modification_not_allowed";
    assert_eq!(refusal(device.update_user().first_name("Anna").send().await), refused(403, code));
    assert_eq!(refusal(device.update_user().clear_username().send().await), refused(403, code));
    assert_eq!(refusal(device.create_email_address(address("other")).send().await), refused(403, code));
    let email = me(&device).await.primary_email_address_id.unwrap();
    assert_eq!(refusal(device.delete_email_address(email).send().await), refused(403, code));
    // Saying again what is so already changes nothing.
    device.update_user().first_name("Ann").send().await.unwrap();
}

async fn unsafe_metadata_is_merged_and_never_too_large(world: World) {
    let device = signed_in(&world, "ann").await;
    device.update_user_metadata(json!({"theme": {"dark": true, "size": 2}, "beta": 1})).send().await.unwrap();
    let user = device.update_user_metadata(json!({"theme": {"size": null}, "beta": null, "c": [1]})).send().await;
    let merged = json!({"theme": {"dark": true}, "c": [1]});
    assert_eq!(serde_json::Value::Object(user.unwrap().response.unsafe_metadata), merged);
    let large = device.update_user_metadata(json!({"c": "x".repeat(8 * 1024)})).send().await;
    assert_eq!(refusal(large), refused(422, "form_param_exceeds_allowed_size"));
    assert_eq!(serde_json::Value::Object(me(&device).await.unsafe_metadata), merged);
}

async fn older_versions_replace_metadata_with_the_user(world: World) {
    let device = signed_in(&world, "ann").await;
    device.update_user_metadata(json!({"theme": "dark"})).send().await.unwrap();
    let newest = device.update_user().with_field("unsafe_metadata", json!({"beta": true})).send().await;
    assert_eq!(refusal(newest), refused(422, "form_param_unknown"));
    for (version, status) in [("2025-04-10", 200), ("2026-05-12", 422)] {
        let request = clerk_core::http::Request::patch("/v1/me?_is_native=1").header("clerk-api-version", version);
        let request = request.header("authorization", device.token().unwrap());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let response = world.raw(Api::Frontend, request, "unsafe_metadata=%7B%22beta%22%3Atrue%7D").await;
        assert_eq!(response.status(), status, "{version}: {:?}", response.body());
    }
    assert_eq!(serde_json::Value::Object(me(&device).await.unsafe_metadata), json!({"beta": true}));
}

async fn a_password_is_changed_by_who_knows_it(world: World) {
    let device = signed_in(&world, "ann").await;
    let before = me(&device).await.password_last_updated_at;
    let wrong = device.change_password("another horse").current_password("wrong").send().await;
    assert_eq!(refusal(wrong), refused(422, "form_password_incorrect"));
    let same = device.change_password(PASSWORD).current_password(PASSWORD).send().await;
    assert_eq!(refusal(same), refused(422, "form_new_password_matches_current"));
    assert_eq!(me(&device).await.password_last_updated_at, before);
    world.local.clock().advance(std::time::Duration::from_secs(5));
    let user = device.change_password("another horse").current_password(PASSWORD).send().await.unwrap().response;
    assert!(user.password_last_updated_at > before);
    let old = device.change_password("a third horse").current_password(PASSWORD).send().await;
    assert_eq!(refusal(old), refused(422, "form_password_incorrect"));
    device.change_password("a third horse").current_password("another horse").send().await.unwrap();
}

async fn a_new_password_ends_the_other_sessions(world: World) {
    let (here, there) = (signed_in(&world, "ann").await, signed_in(&world, "ann").await);
    here.change_password("another horse").current_password(PASSWORD).send().await.unwrap();
    me(&there).await;
    let change = here.change_password("a third horse").current_password("another horse");
    change.sign_out_of_other_sessions(true).send().await.unwrap();
    me(&here).await;
    assert_eq!(refusal(there.get_user().send().await).0, 401);
}

async fn a_new_password_follows_the_rules(world: World) {
    let device = signed_in(&world, "ann").await;
    world.local.update_settings(|settings| settings.password.require_numbers = true);
    let short = device.change_password("ab").current_password(PASSWORD).send().await.unwrap_err();
    let codes: Vec<_> = short.errors().iter().map(|error| error.code.as_str()).collect();
    assert_eq!(codes, ["form_password_length_too_short", "form_password_no_number"]);
    let leaked = device.change_password("password1").current_password(PASSWORD).send().await;
    assert_eq!(refusal(leaked), refused(422, "form_password_pwned"));
    world.local.update_settings(|settings| settings.password.require_numbers = false);
    let own = device.change_password(address("ann")).current_password(PASSWORD).send().await;
    assert_eq!(refusal(own), refused(422, "form_password_matches_identifier"));
    let empty = device.change_password("").current_password(PASSWORD).send().await;
    assert_eq!(refusal(empty), refused(422, "form_param_nil"));
}

async fn a_password_is_removed_where_nobody_has_to_have_one(world: World) {
    let device = signed_in(&world, "ann").await;
    assert_eq!(refusal(device.remove_password(PASSWORD).send().await), refused(400, "password_required"));
    world.local.update_settings(|settings| settings.attributes.password.required = false);
    assert_eq!(refusal(device.remove_password("wrong").send().await), refused(422, "form_password_incorrect"));
    assert!(me(&device).await.password_enabled);
    let user = device.remove_password(PASSWORD).send().await.unwrap().response;
    assert!(!user.password_enabled);
    assert_eq!(refusal(device.remove_password(PASSWORD).send().await), refused(400, "no_password_set"));
    // Whoever has none sets one without saying the old one.
    let user = device.change_password("another horse").send().await.unwrap().response;
    assert!(user.password_enabled);
}

async fn a_forgotten_password_is_changed_after_a_fresh_look_only(world: World) {
    let device = signed_in(&world, "ann").await;
    world.local.clock().advance(std::time::Duration::from_secs(11 * 60));
    let stale = device.change_password("another horse").send().await;
    assert_eq!(refusal(stale), refused(403, "session_reverification_required"));
    device.change_password("another horse").current_password(PASSWORD).send().await.unwrap();
    for outcome in [
        refusal(device.delete_user().send().await),
        refusal(device.create_email_address(address("other")).send().await),
        refusal(device.create_phone_number("+15555550100").send().await),
        refusal(device.create_totp().send().await),
        refusal(device.create_passkey().send().await),
        refusal(device.update_user().username("annie").send().await),
    ] {
        assert_eq!(outcome, refused(403, "session_reverification_required"));
    }
    device.update_user().first_name("Ann").send().await.unwrap();
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand what follows";

async fn a_picture_is_kept_replaced_and_removed(world: World) {
    let device = signed_in(&world, "ann").await;
    assert_eq!(refusal(device.delete_profile_image().send().await), refused(404, "image_not_found"));
    assert!(!me(&device).await.has_image);
    let upload = Upload::new("ann.png", PNG).content_type("image/png");
    let image = device.update_profile_image(upload).send().await.unwrap().response;
    assert_eq!(image.name.as_deref(), Some("ann.png"));
    let user = me(&device).await;
    assert!(user.has_image);
    assert_eq!(user.image_url, image.public_url);
    let (kind, bytes) = picture(&world, user.image_url.as_deref()).await;
    assert_eq!((kind.as_str(), bytes.as_slice()), ("image/png", PNG));
    let upload = Upload::new("ann.jpg", b"\xff\xd8\xff\xe0 and what follows".as_slice());
    let other = device.update_profile_image(upload).send().await.unwrap().response;
    assert_ne!(other.public_url, image.public_url);
    let gone = device.delete_profile_image().send().await.unwrap().response;
    assert_eq!((gone.id, gone.deleted), (other.id, true));
    let user = me(&device).await;
    assert!(!user.has_image);
    assert_ne!(user.image_url, other.public_url);
    assert_eq!(picture(&world, user.image_url.as_deref()).await.0, "image/svg+xml");
}

async fn picture(world: &World, url: Option<&str>) -> (String, Vec<u8>) {
    let path = url.unwrap().strip_prefix(world.local.frontend_url()).unwrap();
    let response = world.raw(Api::Frontend, clerk_core::http::Request::get(path), "").await;
    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    (content_type, response.into_body().to_vec())
}

async fn a_picture_that_is_none_is_refused(world: World) {
    let device = signed_in(&world, "ann").await;
    let text = device.update_profile_image(Upload::new("ann.png", "no picture")).send().await;
    assert_eq!(refusal(text), refused(422, "form_param_value_invalid"));
    let mut bytes = PNG.to_vec();
    bytes.resize(10_000_001, 0);
    let large = device.update_profile_image(Upload::new("ann.png", bytes)).send().await;
    assert_eq!(refusal(large), refused(413, "image_too_large"));
    let empty = device.update_profile_image(Upload::new("ann.png", "")).send().await;
    assert_eq!(refusal(empty), refused(422, "form_param_missing"));
    assert!(!me(&device).await.has_image);
    // As the body itself, and as the data URL that a page has.
    for body in [PNG.to_vec(), b"data:image/png;base64,iVBORw0KGgo=".to_vec()] {
        let request = clerk_core::http::Request::post("/v1/me/profile_image?_is_native=1");
        let request = request.header("authorization", device.token().unwrap());
        let request = request.header("content-type", "application/octet-stream");
        let response = world.raw(Api::Frontend, request, body).await;
        assert_eq!(response.status(), 200, "{:?}", response.body());
    }
    assert!(me(&device).await.has_image);
}

async fn users_delete_themselves_where_they_may(world: World) {
    let device = signed_in(&world, "ann").await;
    let user = me(&device).await;
    assert!(user.delete_self_enabled);
    world.local.update_settings(|settings| settings.delete_self = false);
    assert_eq!(refusal(device.delete_user().send().await), refused(403, "user_delete_self_not_enabled"));
    assert!(!me(&device).await.delete_self_enabled);
    world.local.update_settings(|settings| settings.delete_self = true);
    let gone = device.delete_user().send().await.unwrap();
    assert_eq!(gone.response.id.as_deref(), Some(user.id.as_str()));
    assert!(gone.client.is_some_and(|client| client.last_active_session_id.is_none()));
    assert_eq!(refusal(device.get_user().send().await).0, 401);
    // The address is free again.
    let again = signed_in(&world, "ann").await;
    assert_ne!(me(&again).await.id, user.id);
}

async fn nobody_signed_in_is_told_so(world: World) {
    let device = world.device();
    assert_eq!(refusal(device.get_user().send().await), refused(401, "signed_out"));
    assert_eq!(refusal(device.get_email_addresses().send().await), refused(401, "signed_out"));
    assert_eq!(refusal(device.create_totp().send().await), refused(401, "signed_out"));
    assert_eq!(refusal(device.create_passkey().send().await), refused(401, "signed_out"));
}
