//! API keys, machines and their tokens, applications that sign people in.

use clerk_ext::backend::Backend;
use clerk_fapi::types::OAuthToken;
use serde_json::json;

use super::refusals::refused;
use crate::world::World;

pub(crate) async fn drive(world: &World) {
    api_keys(world).await;
    machines(&world.clerk).await;
    m2m_tokens(&world.clerk).await;
    oauth_applications(&world.clerk).await;
    oauth_tokens(world).await;
}

async fn api_keys(world: &World) {
    let keys = world.clerk.api_keys();
    let owner = world.clerk.users().create().email_address(["keys@example.com"]).await.unwrap();
    let made = keys.create("Deploy", &owner.id).scopes(["read"]).claims(json!({"team": 1})).await.unwrap();
    assert_eq!((made.subject.as_str(), made.scopes.as_slice()), (owner.id.as_str(), &["read".to_owned()][..]));

    let presented = keys.verify(made.secret.clone()).await.unwrap();
    assert_eq!((presented.id, presented.claims), (made.id.clone(), Some(json!({"team": 1}))));
    assert_eq!(keys.secret(&made.id).await.unwrap().secret.expose(), made.secret.expose());
    let changed = keys.update(&made.id).description("for CI").clear_claims().await.unwrap();
    assert_eq!((changed.description.as_deref(), changed.claims), (Some("for CI"), None));
    assert_eq!(keys.get(&made.id).await.unwrap().name.as_deref(), Some("Deploy"));

    let other = keys.create("Backup", owner.id.as_str()).await.unwrap();
    let page = keys.list(&owner.id).query("depl").page().await.unwrap();
    assert_eq!((page.total_count, &page.data[0].id), (Some(1), &made.id));
    let revoked = keys.revoke(&other.id).revocation_reason("lost").await.unwrap();
    assert_eq!((revoked.revoked, revoked.revocation_reason.as_deref()), (true, Some("lost")));
    let mut all = keys.list(&owner.id).include_invalid(true).page_size(1).stream();
    let mut names = Vec::new();
    while let Some(key) = all.try_next().await.unwrap() {
        names.extend(key.name);
    }
    names.sort();
    assert_eq!(names, ["Backup", "Deploy"]);

    assert!(keys.delete(&made.id).await.unwrap().deleted);
    assert_eq!(refused(keys.verify(made.secret).await), (404, "resource_not_found".to_owned()));
}

async fn machines(clerk: &Backend) {
    let machines = clerk.machines();
    let billing = machines.create("Billing").await.unwrap();
    let mailer = machines.create("Mailer").scoped_machines([&billing.id]).await.unwrap();
    assert_eq!(mailer.scoped_machines[0].id, billing.id);
    let changed = machines.update(&mailer.id).name("Post").default_token_ttl(60).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.default_token_ttl), ("Post", Some(60)));
    assert_eq!(machines.get(&mailer.id).await.unwrap().name, "Post");

    let found = machines.list().query("post").page().await.unwrap();
    assert_eq!((found.total_count, &found.data[0].id), (Some(1), &mailer.id));
    let mut all = machines.list().order_by("+created_at").page_size(1).stream();
    assert_eq!(all.try_next().await.unwrap().unwrap().id, billing.id);
    assert_eq!(all.try_next().await.unwrap().unwrap().id, mailer.id);

    let gone = machines.delete_scope(&mailer.id, &billing.id).await.unwrap();
    assert!(gone.deleted);
    let scope = machines.create_scope(&billing.id, &mailer.id).await.unwrap();
    assert_eq!((&scope.from_machine_id, &scope.to_machine_id), (&billing.id, &mailer.id));
    let secret = machines.secret_key(&billing.id).await.unwrap().secret;
    assert_eq!(secret.expose(), billing.secret_key.expose());
    let rotated = machines.rotate_secret_key(&billing.id, 0).await.unwrap().secret;
    assert_ne!(rotated.expose(), secret.expose());
    let with_the_old = clerk.as_machine(&secret).unwrap().m2m_tokens().create().await;
    assert_eq!(refused(with_the_old).0, 401, "the old secret is void at once");
    assert!(machines.delete(&billing.id).await.unwrap().deleted);
    assert_eq!(refused(machines.get(&billing.id).await).0, 404);
}

async fn m2m_tokens(clerk: &Backend) {
    let called = clerk.machines().create("Called").await.unwrap();
    let caller = clerk.machines().create("Caller").scoped_machines([&called.id]).await.unwrap();
    let as_caller = clerk.as_machine(&caller.secret_key).unwrap();
    let made = as_caller.m2m_tokens().create().claims(json!({"tier": "gold"})).await.unwrap();
    assert_eq!((made.subject.as_str(), made.scopes[0].as_str()), (caller.id.as_str(), called.id.as_str()));
    assert_eq!(refused(clerk.m2m_tokens().create().await).0, 401, "the instance's key makes none");

    let as_called = clerk.as_machine(&called.secret_key).unwrap();
    let seen = as_called.m2m_tokens().verify(made.token.clone()).await.unwrap();
    assert_eq!((&seen.id, &seen.claims), (&made.id, &Some(json!({"tier": "gold"}))));
    let another = as_caller.m2m_tokens().create().await.unwrap();
    let revoked = clerk.m2m_tokens().revoke(&made.id).revocation_reason("leaked").await.unwrap();
    assert_eq!((revoked.revoked, revoked.revocation_reason.as_deref()), (true, Some("leaked")));

    let page = clerk.m2m_tokens().list(&caller.id).page().await.unwrap();
    assert_eq!((page.total_count, &page.data[0].id), (Some(1), &another.id));
    let mut all = clerk.m2m_tokens().list(&caller.id).revoked(true).page_size(1).stream();
    let mut ids = Vec::new();
    while let Some(token) = all.try_next().await.unwrap() {
        ids.push(token.id);
    }
    assert!(ids.len() == 2 && ids.contains(&made.id) && ids.contains(&another.id), "{ids:?}");
}

async fn oauth_applications(clerk: &Backend) {
    let applications = clerk.oauth_applications();
    let made = applications.create("Notes").redirect_uris(["https://notes.example.com/callback"]).await.unwrap();
    let secret = made.client_secret.unwrap();
    let changed = applications.update(&made.id).name("Diary").pkce_required(true).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.pkce_required), ("Diary", true));
    assert_eq!(applications.get(&made.id).await.unwrap().name, "Diary");
    let rotated = applications.rotate_secret(&made.id).await.unwrap().client_secret.unwrap();
    assert_ne!(rotated.expose(), secret.expose());
    let mut logo = clerk_ext::Upload::new("logo.png", &b"\x89PNG\r\n\x1a\n"[..]);
    logo.content_type = Some("image/png".to_owned());
    assert!(applications.set_logo(&made.id, logo).await.unwrap().client_image_url.is_some());

    let other = applications.create("Other").public(true).await.unwrap();
    assert!(other.client_secret.is_none());
    let page = applications.list().name_query("diar").page().await.unwrap();
    assert_eq!((page.total_count, &page.data[0].id), (Some(1), &made.id));
    let mut all = applications.list().order_by("-name").page_size(1).stream();
    assert_eq!(all.try_next().await.unwrap().unwrap().id, other.id);
    assert_eq!(all.try_next().await.unwrap().unwrap().id, made.id);
    assert!(applications.delete(&made.id).await.unwrap().deleted);
    assert_eq!(refused(applications.get(&made.id).await).0, 404);
}

async fn oauth_tokens(world: &World) {
    let clerk = &world.clerk;
    let reader = clerk.users().create().email_address(["reader@example.com"]).await.unwrap();
    let callback = "https://reader.example.com/callback";
    let create = clerk.oauth_applications().create("Reader").redirect_uris([callback]).public(true);
    let application = create.scopes("email profile").await.unwrap();
    let token = granted(world, application.client_id.as_str(), reader.id.as_str(), callback).await.access_token;

    let seen = clerk.oauth_access_tokens().verify(token.clone()).await.unwrap();
    assert_eq!((seen.subject.as_deref(), seen.revoked), (Some(reader.id.as_str()), Some(false)));
    assert_eq!(seen.client_id.as_ref(), Some(&application.client_id));
    clerk.oauth_applications().revoke_token(&application.id, token.clone()).await.unwrap();
    assert_eq!(clerk.oauth_access_tokens().verify(token).await.unwrap().revoked, Some(true));
    assert_eq!(refused(clerk.oauth_access_tokens().verify("oat_test").await).0, 404);
}

/// The tokens of a public application that a user agrees to.
async fn granted(world: &World, client_id: &str, user: &str, callback: &str) -> OAuthToken {
    // RFC 7636, appendix B.
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let signed_in = world.local.sign_in_as(user).unwrap();
    let builder = clerk_fapi::Client::builder(&world.local.publishable_key()).transport(world.local.transport());
    let program = builder.build().unwrap();
    let device = program.with_client_token(&signed_in.client_token).unwrap();
    let consent = device.submit_oauth_consent(client_id, true).redirect_uri(callback).response_type("code");
    let consent = consent.code_challenge(challenge).code_challenge_method("S256").state("12345678");
    let back = consent.await.unwrap().unwrap().location;
    let code = back.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned();
    let trade = program.get_oauth_token("authorization_code").code(code).redirect_uri(callback);
    trade.client_id(client_id).code_verifier(verifier).await.unwrap()
}
