use clerk_core::{ErrorKind, Upload};
use clerk_ext::{
    frontend::{EndReason, Event, Frontend},
    metadata,
    metadata::Patch,
};
use clerk_local::{Seed, SeedUser};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ANN, calls, enter, world};
use crate::world::{PASSWORD, World, device};

metadata! {
    struct App { user_unsafe: Settings }
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
struct Settings {
    theme: Option<String>,
    size: u8,
}

fn stored(clerk: &Frontend) -> Value {
    Value::Object(clerk.me().current().unwrap().unwrap().raw.unsafe_metadata)
}

#[tokio::test]
async fn the_profile_and_the_metadata_are_changed_at_once() {
    let World { local, clerk } = world().await;
    let me = clerk.typed::<App>().me();
    let patch = Patch::between(&Settings::default(), &Settings { theme: Some("dark".into()), size: 3 }).unwrap();
    let user = me.update().first_name("Anna").username("anna").clear_last_name().unsafe_(patch).await.unwrap();
    assert_eq!((user.first_name.as_deref(), user.username.as_deref()), (Some("Anna"), Some("anna")));
    assert_eq!((user.last_name.as_deref(), &user.unsafe_), (None, &Settings { theme: Some("dark".into()), size: 3 }));
    assert_eq!((calls(&local, "patchUser"), calls(&local, "patchUserMetadata")), (1, 1));

    let known = me.current().unwrap().unwrap();
    assert_eq!((known.first_name.as_deref(), known.unsafe_.size), (Some("Anna"), 3));
    assert_eq!(me.get().await.unwrap().id, known.id);
}

#[tokio::test]
async fn only_what_changes_is_sent() {
    let World { local, clerk } = world().await;
    clerk.me().update().unsafe_(json!({ "size": 1 })).await.unwrap();
    clerk.me().update().first_name("Anna").unsafe_(Patch::default()).await.unwrap();
    assert_eq!((calls(&local, "patchUser"), calls(&local, "patchUserMetadata")), (1, 1));
    clerk.me().update().await.unwrap();
    assert_eq!((calls(&local, "patchUser"), calls(&local, "patchUserMetadata")), (2, 1));
}

#[tokio::test]
async fn an_update_that_fails_halfway_says_what_took_effect() {
    let World { local: _local, clerk } = world().await;
    let too_much = json!({ "text": "x".repeat(20_000) });
    let error = clerk.me().update().first_name("Anna").unsafe_(too_much).await.unwrap_err();
    assert_eq!((error.operation(), error.completed()), (Some("patchUserMetadata"), &["patchUser".into()][..]));
    assert_eq!(clerk.snapshot().user().unwrap().first_name.as_deref(), Some("Anna"));
}

#[tokio::test]
async fn metadata_that_is_replaced_leaves_nothing_of_what_was_there() {
    let World { local, clerk } = world().await;
    clerk.me().update().unsafe_(json!({ "theme": "dark", "size": 1, "other": { "a": [1] } })).await.unwrap();
    let me = clerk.typed::<App>().me();
    let user = me.update().replace_unsafe(&Settings { theme: None, size: 2 }).await.unwrap();
    assert_eq!((user.unsafe_, stored(&clerk)), (Settings { theme: None, size: 2 }, json!({ "size": 2 })));
    assert_eq!((calls(&local, "getUser"), calls(&local, "patchUser")), (1, 0));

    // What the profile's answer says need not be asked for; and where nothing differs nothing is sent.
    let merged = calls(&local, "patchUserMetadata");
    me.update().first_name("Anna").replace_unsafe(&Settings { theme: None, size: 2 }).await.unwrap();
    assert_eq!((calls(&local, "getUser"), calls(&local, "patchUserMetadata")), (1, merged));
}

#[tokio::test]
async fn metadata_of_another_shape_is_an_error_or_comes_as_it_is() {
    let World { local: _local, clerk } = world().await;
    let me = clerk.typed::<App>().me();
    let odd = || json!({ "size": "large" });
    clerk.me().update().unsafe_(odd()).await.unwrap();
    assert_eq!(me.current().unwrap_err().kind(), ErrorKind::Metadata);
    let error = me.update().first_name("Anna").await.unwrap_err();
    assert_eq!((error.kind(), error.completed()), (ErrorKind::Metadata, &["patchUser".into()][..]));
    let unfit = me.update().first_name("Anna").or_raw().await.unwrap().unwrap_err();
    assert_eq!(unfit.raw.response.unsafe_metadata.get("size"), odd().get("size"));
    assert_eq!(me.get().or_raw().await.unwrap().unwrap_err().error.path(), Some("unsafe_metadata.size"));
}

#[tokio::test]
async fn nobody_is_known_before_somebody_signs_in() {
    let World { local: _local, clerk } = World::new().await;
    assert!(clerk.me().current().unwrap().is_none());
    assert_eq!(clerk.me().get().await.unwrap_err().kind(), ErrorKind::Unauthorized);
}

#[tokio::test]
async fn a_session_in_the_background_is_acted_for_by_name() {
    let World { local, clerk } = world().await;
    local.seed(&Seed::default().user(SeedUser::new("ben@example.com").password(PASSWORD))).unwrap();
    let ann = clerk.session().unwrap();
    enter(&clerk, "ben@example.com").await;
    assert_ne!(clerk.session().unwrap().id(), ann.id());

    let added = clerk.me_in(&ann).email_addresses().add("ann@work.example.com").await.unwrap();
    let sent = added.verify_by_code().await.unwrap();
    sent.attempt(super::code(&local, "ann@work.example.com")).await.unwrap();
    let user = clerk.me_in(&ann).update().first_name("Anna").await.unwrap();
    assert_eq!((user.email_addresses.len(), user.first_name.as_deref()), (2, Some("Anna")));
    assert_eq!(clerk.me_in(&ann).current().unwrap().unwrap().id, user.id);
    let ben = clerk.me().get().await.unwrap();
    assert_eq!((ben.email_addresses.len(), ben.first_name.as_deref()), (1, None));
}

#[tokio::test]
async fn what_began_for_one_user_ends_for_them_whoever_comes_into_the_foreground() {
    let World { local, clerk } = world().await;
    let added = clerk.me().email_addresses().add("ann@work.example.com").await.unwrap();
    local.seed(&Seed::default().user(SeedUser::new("ben@example.com").password(PASSWORD))).unwrap();
    enter(&clerk, "ben@example.com").await;
    let sent = added.verify_by_code().await.unwrap();
    sent.attempt(super::code(&local, "ann@work.example.com")).await.unwrap();
}

#[tokio::test]
async fn a_password_is_changed_and_removed() {
    let World { local, clerk } = super::configured(|it| it.attributes.password.required = false).await;
    let other = device(&local).build().unwrap();
    enter(&other, ANN).await;

    let me = clerk.me();
    let wrong = me.change_password("test-another-one-and-more").current_password("test-wrong").await.unwrap_err();
    assert!(wrong.has_code("form_password_incorrect"), "{wrong}");
    let change = me.change_password("test-another-one-and-more").current_password(PASSWORD);
    change.sign_out_of_other_sessions(true).await.unwrap();
    other.load().await.unwrap();
    assert!(other.session().is_none());

    let user = me.remove_password("test-another-one-and-more").await.unwrap();
    assert!(!user.password_enabled);
}

#[tokio::test]
async fn a_picture_is_set_and_taken_away() {
    let World { local: _local, clerk } = world().await;
    let picture = Upload::new("ann.png", &b"\x89PNG\r\n\x1a\nann"[..]).content_type("image/png");
    let image = clerk.me().set_image(picture).await.unwrap();
    assert!(image.public_url.is_some());
    assert!(clerk.snapshot().user().unwrap().has_image);
    assert!(clerk.me().delete_image().await.unwrap().deleted);
    assert!(!clerk.snapshot().user().unwrap().has_image);
}

#[tokio::test]
async fn who_is_deleted_is_signed_out() {
    let World { local, clerk } = world().await;
    let mut events = clerk.events();
    assert!(clerk.me().delete().await.unwrap().deleted);
    assert!(clerk.snapshot().session().is_none());
    let ended = std::iter::from_fn(|| events.try_next()).find_map(|event| match event {
        Event::SessionEnded { reason, .. } => Some(reason),
        _ => None,
    });
    assert_eq!(ended, Some(EndReason::SignedOut));
    assert!(device(&local).build().unwrap().sign_in().password(ANN, PASSWORD).await.is_err());
}

#[tokio::test]
async fn the_token_of_a_service_is_asked_for_by_its_name() {
    let World { local, clerk } = world().await;
    // The Clerk on this machine integrates with nothing.
    assert_eq!(clerk.me().service_token("firebase").await.unwrap_err().status().map(|it| it.as_u16()), Some(501));
    assert_eq!(calls(&local, "createServiceToken"), 1);
}
