//! Applications that sign people in with their accounts here, and the tokens that they are given.

use clerk_ext::{Upload, backend::Backend};

use super::{front_end, listed, not_found, refused};
use crate::world::World;

pub(crate) async fn drive(world: &World) {
    applications(&world.clerk).await;
    access_tokens(world).await;
}

async fn applications(clerk: &Backend) {
    let applications = clerk.oauth_applications();
    let made = applications.create("Notes").redirect_uris(["https://notes.example.com/callback"]).await.unwrap();
    let secret = made.client_secret.unwrap();
    let changed = applications.update(&made.id).name("Diary").pkce_required(true).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.pkce_required), ("Diary", true));
    assert_eq!(applications.get(&made.id).await.unwrap().name, "Diary");
    let rotated = applications.rotate_secret(&made.id).await.unwrap().client_secret.unwrap();
    assert_ne!(rotated.expose(), secret.expose());
    let mut logo = Upload::new("logo.png", &b"\x89PNG\r\n\x1a\n"[..]);
    logo.content_type = Some("image/png".to_owned());
    assert!(applications.set_logo(&made.id, logo).await.unwrap().client_image_url.is_some());

    let other = applications.create("Other").public(true).await.unwrap();
    assert!(other.client_secret.is_none());
    let found = listed(applications.list().name_query("diar")).await;
    assert_eq!((found.len(), &found[0].id), (1, &made.id));
    let all = listed(applications.list().order_by("-name")).await;
    assert_eq!((&all[0].id, &all[1].id), (&other.id, &made.id));
    assert!(applications.delete(&made.id).await.unwrap().deleted);
    assert_eq!(refused(applications.get(&made.id)).await, not_found());
}

async fn access_tokens(world: &World) {
    let clerk = &world.clerk;
    let person = clerk.users().create().email_address(["reader@example.com"]).await.unwrap();
    let create = clerk.oauth_applications().create("Reader").redirect_uris(["https://reader.example.com/callback"]);
    let application = create.scopes("email profile").await.unwrap();
    let browser = world.local.sign_in_as(person.id.as_str()).unwrap();
    let token = front_end::oauth_access_token(world, &browser, &application).await;

    let seen = clerk.oauth_access_tokens().verify(token.clone()).await.unwrap();
    assert_eq!((seen.subject.as_deref(), seen.revoked), (Some(person.id.as_str()), Some(false)));
    assert_eq!(seen.client_id.as_ref(), Some(&application.client_id));
    clerk.oauth_applications().revoke_token(&application.id, token.clone()).await.unwrap();
    assert_eq!(clerk.oauth_access_tokens().verify(token).await.unwrap().revoked, Some(true));
    assert_eq!(refused(clerk.oauth_access_tokens().verify("oat_test")).await, not_found());
}
