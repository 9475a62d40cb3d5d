//! Who may, by policies.

use std::{borrow::Cow, sync::Arc};

use clerk_ext::{
    Json,
    auth::{
        Auth, FactorLevel, Reverification,
        policy::{
            Denied, DeniedKind, Policy, Rule, Subject, active_organization, all, any, claims, feature, not,
            organization_in_path, own, permission, plan, reverified, role, scope,
        },
    },
};
use serde::Deserialize;
use serde_json::json;

use crate::{claims::session, world::World};

/// A request of a session whose token says this too.
async fn says(claims: Json) -> Auth {
    Auth::Session(session(claims).await)
}

/// A request of an admin of the organization `acme`, who proved who they are some minutes ago.
async fn admin() -> Auth {
    says(json!({
        "fva": [20, -1], "fea": "o:exports", "pla": "o:pro",
        "o": { "id": "org_1", "slg": "acme", "rol": "admin", "per": "read,write", "fpm": "1" },
    }))
    .await
}

/// A request of somebody who is signed in and no more.
async fn somebody() -> Auth {
    says(json!({ "fea": "", "pla": "", "fva": null })).await
}

/// A request with an API key of this subject.
async fn api_key(subject: &str) -> Auth {
    let world = World::production();
    let key =
        json!({ "id": "ak_1", "subject": subject, "scopes": ["invoices:read"], "revoked": false, "expired": false });
    world.api.answer("POST", "/api_keys/verify", 200, key);
    Auth::Machine(world.clerk().verify_machine_token("ak_test_1").await.unwrap().into())
}

/// Whether a policy lets pass; otherwise what could be done about it.
fn told(policy: &impl Policy, auth: &Auth) -> Result<(), DeniedKind> {
    policy.check(auth).map_err(|denied| denied.kind())
}

/// The same for a request whose path names this.
fn told_of_path(policy: &impl Policy, auth: &Auth, organization: &str) -> Result<(), DeniedKind> {
    let parameters = |name: &str| (name == "org").then(|| Cow::Owned(organization.to_owned()));
    Subject::new(auth).with_path(&parameters).check(policy).map_err(|denied| denied.kind())
}

const FORBIDDEN: Result<(), DeniedKind> = Err(DeniedKind::Forbidden);
const NOT_SIGNED_IN: Result<(), DeniedKind> = Err(DeniedKind::NotSignedIn);

fn yes() -> Rule {
    active_organization()
}

fn no() -> Rule {
    role("org:owner")
}

#[tokio::test]
async fn each_rule_lets_pass_whoever_has_what_it_names() {
    let auth = admin().await;
    for rule in [
        role("org:admin"),
        permission("org:exports:read"),
        feature("exports"),
        plan("pro"),
        reverified(Reverification::Moderate),
        active_organization(),
    ] {
        assert_eq!(told(&rule, &auth), Ok(()), "{rule}");
    }
}

#[tokio::test]
async fn each_rule_refuses_whoever_lacks_what_it_names() {
    let auth = admin().await;
    for rule in [role("org:owner"), permission("org:exports:write"), feature("imports"), plan("user:pro")] {
        assert_eq!(told(&rule, &auth), FORBIDDEN, "{rule}");
    }
    let auth = somebody().await;
    for rule in
        [role("org:admin"), permission("org:exports:read"), feature("exports"), plan("pro"), active_organization()]
    {
        assert_eq!(told(&rule, &auth), FORBIDDEN, "{rule}");
    }
}

#[tokio::test]
async fn what_is_missing_is_said_and_no_value_is_quoted() {
    let auth = says(json!({ "o": { "id": "org_1", "rol": "test-secret" } })).await;
    let denied = all([role("org:admin"), plan("pro")]).check(&auth).unwrap_err();
    let said = r#"role("org:admin") does not hold, and the token does not tell whether plan("pro") holds"#;
    assert_eq!(denied.to_string(), said);
    let denied = any([role("org:admin"), not(not(role("org:owner")))]).check(&auth).unwrap_err();
    assert!(!format!("{denied:?}").contains("test-secret"));
}

#[tokio::test]
async fn an_old_proof_asks_for_another() {
    let auth = admin().await;
    let strict = Err(DeniedKind::Reverification(Reverification::Strict));
    assert_eq!(told(&reverified(Reverification::Strict), &auth), strict);
    assert_eq!(told(&reverified(Reverification::Strict), &somebody().await), strict);
}

#[tokio::test]
async fn nobody_is_asked_for_a_proof_that_would_not_help_them() {
    let (auth, strict) = (admin().await, reverified(Reverification::Strict));
    let asked = Err(DeniedKind::Reverification(Reverification::Strict));
    assert_eq!(told(&all([strict.clone(), no()]), &auth), FORBIDDEN);
    assert_eq!(told(&all([no(), strict.clone()]), &auth), FORBIDDEN);
    assert_eq!(told(&all([yes(), strict.clone()]), &auth), asked);
    assert_eq!(told(&any([no(), all([yes(), strict.clone()])]), &auth), asked);
    assert_eq!(told(&any([no(), all([no(), strict])]), &auth), FORBIDDEN);
}

#[tokio::test]
async fn of_several_proofs_the_one_that_serves_all_is_asked_for() {
    let auth = says(json!({ "fva": [2000, 2000] })).await;
    let level = |level, after_minutes| Reverification::Custom { level, after_minutes };
    let (first, both) = (level(FactorLevel::FirstFactor, 1), level(FactorLevel::MultiFactor, 60));
    let rules = || [reverified(first), reverified(both), reverified(Reverification::Lax)];
    assert_eq!(told(&all(rules()), &auth), Err(DeniedKind::Reverification(both)));
    assert_eq!(told(&any(rules()), &auth), Err(DeniedKind::Reverification(first)));
    let rules = || [reverified(Reverification::Lax), reverified(Reverification::Strict)];
    assert_eq!(told(&all(rules()), &auth), Err(DeniedKind::Reverification(Reverification::Strict)));
    assert_eq!(told(&any(rules()), &auth), Err(DeniedKind::Reverification(Reverification::Lax)));
}

#[tokio::test]
async fn all_and_any_mean_what_they_say() {
    let auth = admin().await;
    assert_eq!(told(&all([yes(), yes()]), &auth), Ok(()));
    assert_eq!(told(&all([yes(), no()]), &auth), FORBIDDEN);
    assert_eq!(told(&any([no(), yes()]), &auth), Ok(()));
    assert_eq!(told(&any([no(), no()]), &auth), FORBIDDEN);
    assert_eq!(told(&all([any([no(), yes()]), not(no())]), &auth), Ok(()));
}

#[tokio::test]
async fn an_empty_policy_refuses() {
    let auth = admin().await;
    for rule in [any([]), all([]), not(any([])), not(all([])), any([all([])]), not(not(all([])))] {
        assert_eq!(told(&rule, &auth), FORBIDDEN, "{rule}");
    }
}

#[tokio::test]
async fn not_lets_pass_whoever_surely_lacks_it() {
    let auth = admin().await;
    for rule in
        [role("org:guest"), permission("org:exports:write"), plan("free"), feature("imports"), all([yes(), no()])]
    {
        assert_eq!(told(&not(rule.clone()), &auth), Ok(()), "{rule}");
    }
    assert_eq!(told(&not(active_organization()), &somebody().await), Ok(()));
    assert_eq!(told(&not(role("admin")), &auth), FORBIDDEN);
    assert_eq!(told(&not(not(role("admin"))), &auth), Ok(()));
    assert_eq!(told(&not(any([no(), yes()])), &auth), FORBIDDEN);
}

#[tokio::test]
async fn not_refuses_what_cannot_be_told() {
    for (rule, claims) in [
        (role("org:guest"), json!({})),
        (role("org:guest"), json!({ "o": { "id": "org_1" } })),
        (role(""), json!({ "o": { "id": "org_1", "rol": "admin" } })),
        (permission("org:a:x"), json!({})),
        (permission("org:b:x"), json!({ "fea": "u:a,o:b", "o": { "id": "org_1", "per": "x", "fpm": "1" } })),
        (permission("org:a:x"), json!({ "fea": "o:a", "o": { "id": "org_1", "per": "x", "fpm": "1e0" } })),
        (plan("free"), json!({})),
        (plan("free"), json!({ "pla": "o:pro,free" })),
        (plan("everybody:free"), json!({ "pla": "o:free" })),
        (feature("exports"), json!({ "fea": ["o:exports"] })),
        (active_organization(), json!({ "o": { "id": 5 } })),
        (active_organization(), json!({ "o": "org_1" })),
        (reverified(Reverification::Lax), json!({ "fva": [2000, 2000] })),
        (reverified(Reverification::Lax), json!({ "fva": "now" })),
        (scope("invoices:read"), json!({})),
        (organization_in_path("org"), json!({})),
    ] {
        let auth = says(claims.clone()).await;
        assert_eq!(told(&not(rule.clone()), &auth), FORBIDDEN, "{rule} {claims}");
        assert_eq!(told(&not(any([rule.clone(), no()])), &auth), FORBIDDEN, "{rule} {claims}");
    }
}

#[tokio::test]
async fn a_pending_session_is_not_signed_in_whatever_is_asked() {
    struct Everybody;
    impl Policy for Everybody {
        fn decide(&self, _: &Subject<'_>) -> Result<(), Denied> {
            Ok(())
        }
    }
    clerk_ext::policy! { struct Anyone: own(Everybody); }
    let auth = says(json!({ "sts": "pending", "pla": "u:pro", "o": { "id": "org_1", "rol": "admin" } })).await;
    for rule in
        [role("admin"), not(role("guest")), plan("pro"), own(Everybody), not(no()), any([]), active_organization()]
    {
        assert_eq!(told(&rule, &auth), NOT_SIGNED_IN, "{rule}");
        assert_eq!(rule.decide(&Subject::new(&auth)).unwrap_err().kind(), DeniedKind::NotSignedIn, "{rule}");
    }
    assert_eq!(told(&Everybody, &auth), NOT_SIGNED_IN);
    assert_eq!(told(&Anyone, &auth), NOT_SIGNED_IN);
}

#[tokio::test]
async fn not_signed_in_is_told_before_anything_else() {
    struct Nobody;
    impl Policy for Nobody {
        fn decide(&self, _: &Subject<'_>) -> Result<(), Denied> {
            Err(Denied::not_signed_in("nobody is"))
        }
    }
    let auth = admin().await;
    let strict = || reverified(Reverification::Strict);
    assert_eq!(told(&all([strict(), no(), own(Nobody)]), &auth), NOT_SIGNED_IN);
    assert_eq!(told(&any([strict(), no(), own(Nobody)]), &auth), NOT_SIGNED_IN);
    assert_eq!(told(&not(own(Nobody)), &auth), NOT_SIGNED_IN);
}

#[tokio::test]
async fn the_organization_in_the_path_is_the_active_one_by_id_or_slug() {
    let (auth, rule) = (admin().await, organization_in_path("org"));
    assert_eq!(told_of_path(&rule, &auth, "org_1"), Ok(()));
    assert_eq!(told_of_path(&rule, &auth, "acme"), Ok(()));
    for other in ["org_2", "acm", "acme/", "ACME", "%61cme", "", " acme", "admin"] {
        assert_eq!(told_of_path(&rule, &auth, other), FORBIDDEN, "{other}");
    }
    assert_eq!(told_of_path(&rule, &somebody().await, "org_1"), FORBIDDEN);
    assert_eq!(told_of_path(&not(rule), &auth, "org_2"), Ok(()));
}

#[tokio::test]
async fn a_route_without_the_parameter_refuses_everybody() {
    let auth = admin().await;
    for rule in [organization_in_path("organization"), not(organization_in_path("organization"))] {
        assert_eq!(told_of_path(&rule, &auth, "org_1"), FORBIDDEN);
        assert_eq!(told(&rule, &auth), FORBIDDEN);
    }
}

#[tokio::test]
async fn a_slug_that_looks_like_an_id_does_not_pass_for_the_organization_of_that_id() {
    let auth = says(json!({ "o": { "id": "org_1", "slg": "org_2", "rol": "admin" } })).await;
    assert_eq!(told_of_path(&organization_in_path("org"), &auth, "org_2"), FORBIDDEN);
    assert_eq!(told_of_path(&organization_in_path("org"), &auth, "org_1"), Ok(()));
}

#[tokio::test]
async fn an_empty_slug_is_no_organization() {
    let auth = says(json!({ "o": { "id": "org_1", "slg": "" } })).await;
    assert_eq!(told_of_path(&organization_in_path("org"), &auth, ""), FORBIDDEN);
}

#[tokio::test]
async fn a_machine_has_scopes_and_its_organization_and_nothing_of_a_session() {
    let auth = api_key("org_1").await;
    assert_eq!(told(&scope("invoices:read"), &auth), Ok(()));
    assert_eq!(told(&scope("invoices:write"), &auth), FORBIDDEN);
    assert_eq!(told(&scope("invoices"), &auth), FORBIDDEN);
    assert_eq!(told(&not(scope("invoices:write")), &auth), Ok(()));
    assert_eq!(told(&scope(""), &auth), FORBIDDEN);
    assert_eq!(told(&active_organization(), &auth), Ok(()));
    assert_eq!(told_of_path(&organization_in_path("org"), &auth, "org_1"), Ok(()));
    assert_eq!(told_of_path(&organization_in_path("org"), &auth, "org_2"), FORBIDDEN);
    for rule in [role("admin"), permission("org:a:b"), feature("a"), plan("pro"), claims(|_: &Json| true)] {
        assert_eq!(told(&rule, &auth), FORBIDDEN, "{rule}");
        assert_eq!(told(&not(rule.clone()), &auth), FORBIDDEN, "{rule}");
    }
    assert_eq!(told(&reverified(Reverification::Lax), &auth), FORBIDDEN);
}

#[tokio::test]
async fn an_api_key_of_a_user_acts_in_no_organization() {
    let auth = api_key("user_1").await;
    assert_eq!(told(&active_organization(), &auth), FORBIDDEN);
    assert_eq!(told(&not(active_organization()), &auth), FORBIDDEN);
    assert_eq!(told_of_path(&organization_in_path("org"), &auth, "user_1"), FORBIDDEN);
}

#[derive(Deserialize)]
struct Ours {
    tenant: String,
}

#[tokio::test]
async fn a_test_of_custom_claims_decides_and_claims_that_do_not_fit_refuse() {
    let rule = claims(|ours: &Ours| ours.tenant == "north");
    assert_eq!(told(&rule, &says(json!({ "tenant": "north" })).await), Ok(()));
    assert_eq!(told(&rule, &says(json!({ "tenant": "south" })).await), FORBIDDEN);
    assert_eq!(told(&not(rule.clone()), &says(json!({ "tenant": "south" })).await), Ok(()));
    for unreadable in [json!({}), json!({ "tenant": 5 })] {
        let auth = says(unreadable).await;
        assert_eq!(told(&rule, &auth), FORBIDDEN);
        assert_eq!(told(&not(rule.clone()), &auth), FORBIDDEN);
    }
}

const PRO: &str = "pro";

clerk_ext::policy! {
    /// Runs an organization.
    #[derive(PartialEq)]
    pub struct Admin: role("org:admin");

    struct Writer: any([
        all([plan(PRO), permission(format!("org:{}:write", "exports"))]),
        claims(|ours: &Ours| { let tenant = &ours.tenant; tenant == "north" }),
    ]);

    struct Owner: no()
}

clerk_ext::policy!(struct InOrganization: organization_in_path("org"));

/// As an extractor makes it.
fn made<P: Policy + Default>() -> P {
    P::default()
}

#[tokio::test]
async fn a_policy_is_a_type_of_the_application() {
    let auth = admin().await;
    assert_eq!(told(&Admin, &auth), Ok(()));
    assert_eq!(told(&Writer, &auth), FORBIDDEN);
    assert_eq!(told(&Writer, &says(json!({ "tenant": "north" })).await), Ok(()));
    assert_eq!(told(&Owner, &auth), FORBIDDEN);
    assert_eq!(told_of_path(&InOrganization, &auth, "acme"), Ok(()));
    assert_eq!(made::<Admin>(), Admin);
    assert_eq!(told(&own(Admin), &auth), Ok(()));
}

#[tokio::test]
async fn a_policy_may_be_shared_boxed_and_sent() {
    fn assert_send<T: Send + Sync + 'static>(_: &T) {}
    let policies: Vec<Box<dyn Policy>> = vec![Box::new(Admin), Box::new(Arc::new(Owner)), Box::new(yes())];
    assert_send(&policies);
    let auth = admin().await;
    let told: Vec<bool> = policies.iter().map(|policy| policy.check(&auth).is_ok()).collect();
    assert_eq!(told, [true, false, true]);
}
