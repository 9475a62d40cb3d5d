//! API keys, machines and their tokens.

use clerk_ext::backend::Backend;
use serde_json::json;

use super::{listed, not_found, refused};
use crate::world::World;

pub(crate) async fn drive(world: &World) {
    api_keys(world).await;
    machines(&world.clerk).await;
    m2m_tokens(&world.clerk).await;
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
    let found = listed(keys.list(&owner.id).query("depl")).await;
    assert_eq!((found.len(), &found[0].id), (1, &made.id));
    let revoked = keys.revoke(&other.id).revocation_reason("lost").await.unwrap();
    assert_eq!((revoked.revoked, revoked.revocation_reason.as_deref()), (true, Some("lost")));
    let all = listed(keys.list(&owner.id).include_invalid(true)).await;
    assert!(all.len() == 2 && all.iter().any(|key| key.id == other.id && key.revoked));

    assert!(keys.delete(&made.id).await.unwrap().deleted);
    assert_eq!(refused(keys.verify(made.secret)).await, not_found());
}

async fn machines(clerk: &Backend) {
    let machines = clerk.machines();
    let billing = machines.create("Billing").await.unwrap();
    let mailer = machines.create("Mailer").scoped_machines([&billing.id]).await.unwrap();
    assert_eq!(mailer.scoped_machines[0].id, billing.id);
    let changed = machines.update(&mailer.id).name("Post").default_token_ttl(60).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.default_token_ttl), ("Post", Some(60)));
    assert_eq!(machines.get(&mailer.id).await.unwrap().name, "Post");

    let found = listed(machines.list().query("post")).await;
    assert_eq!((found.len(), &found[0].id), (1, &mailer.id));
    let all = listed(machines.list().order_by("+created_at")).await;
    assert_eq!((&all[0].id, &all[1].id), (&billing.id, &mailer.id));

    let gone = machines.delete_scope(&mailer.id, &billing.id).await.unwrap();
    assert!(gone.deleted);
    let scope = machines.create_scope(&billing.id, &mailer.id).await.unwrap();
    assert_eq!((&scope.from_machine_id, &scope.to_machine_id), (&billing.id, &mailer.id));
    let secret = machines.secret_key(&billing.id).await.unwrap().secret;
    assert_eq!(secret.expose(), billing.secret_key.expose());
    let rotated = machines.rotate_secret_key(&billing.id, 0).await.unwrap().secret;
    assert_ne!(rotated.expose(), secret.expose());
    let with_the_old = clerk.as_machine(&secret).unwrap().m2m_tokens().create();
    assert_eq!(refused(with_the_old).await.0, 401, "the old secret is void at once");
    assert!(machines.delete(&billing.id).await.unwrap().deleted);
    assert_eq!(refused(machines.get(&billing.id)).await.0, 404);
}

async fn m2m_tokens(clerk: &Backend) {
    let called = clerk.machines().create("Called").await.unwrap();
    let caller = clerk.machines().create("Caller").scoped_machines([&called.id]).await.unwrap();
    let as_caller = clerk.as_machine(&caller.secret_key).unwrap();
    let made = as_caller.m2m_tokens().create().claims(json!({"tier": "gold"})).await.unwrap();
    assert_eq!((made.subject.as_str(), made.scopes[0].as_str()), (caller.id.as_str(), called.id.as_str()));
    assert_eq!(refused(clerk.m2m_tokens().create()).await.0, 401, "the instance's key makes none");

    let as_called = clerk.as_machine(&called.secret_key).unwrap();
    let seen = as_called.m2m_tokens().verify(made.token.clone()).await.unwrap();
    assert_eq!((&seen.id, &seen.claims), (&made.id, &Some(json!({"tier": "gold"}))));
    let another = as_caller.m2m_tokens().create().await.unwrap();
    let revoked = clerk.m2m_tokens().revoke(&made.id).revocation_reason("leaked").await.unwrap();
    assert_eq!((revoked.revoked, revoked.revocation_reason.as_deref()), (true, Some("leaked")));

    let good = listed(clerk.m2m_tokens().list(&caller.id)).await;
    assert_eq!((good.len(), &good[0].id), (1, &another.id));
    let all = listed(clerk.m2m_tokens().list(&caller.id).revoked(true)).await;
    assert!(all.len() == 2 && all.iter().any(|token| token.id == made.id && token.revoked));
}
