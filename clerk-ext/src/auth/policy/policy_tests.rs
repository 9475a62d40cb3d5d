use std::borrow::Cow;

use clerk_core::{Json, JsonMap};
use proptest::{
    prelude::{Just, Strategy, prop},
    prop_assert, prop_assert_eq, prop_oneof, proptest,
};
use serde_json::json;

use super::*;
use crate::auth::{Claims, Session, payload::Payload, verify::Validity};

fn auth(claims: JsonMap) -> Auth {
    let validity = Validity { expires_at: 0, not_before: None, issued_at: None };
    let payload = Payload::read(serde_json::to_vec(&claims).unwrap()).unwrap();
    Auth::Session(Session::new("test", Claims::read(payload), validity))
}

/// Claims as tokens have them, and some that no token should have.
fn any_claims() -> impl Strategy<Value = JsonMap> {
    let list = prop::sample::select(vec![
        json!("o:a,o:b"),
        json!("u:a,o:b"),
        json!("u:b"),
        json!(""),
        json!("a"),
        json!("o:a,"),
        json!(5),
        Json::Null,
    ]);
    let masks = prop::sample::select(vec![json!("1,2"), json!("0"), json!("x,1"), json!("3"), json!(1), Json::Null]);
    let role = prop::sample::select(vec![json!("a"), json!("b"), json!("org:a"), json!(""), json!(5), Json::Null]);
    let ages =
        prop::sample::select(vec![json!([0, 0]), json!([99, -1]), json!([9999, 9999]), json!("now"), Json::Null]);
    let id = prop::sample::select(vec![json!("org_1"), json!(""), json!(1), Json::Null]);
    let status = prop::sample::select(vec![json!("active"), json!("pending"), Json::Null]);
    let version = prop::sample::select(vec![json!(2), json!(1)]);
    let user = prop::sample::select(vec![json!("user_1"), json!("user_1"), json!(""), Json::Null]);
    (list.clone(), list, masks, role, ages, id, status, version, user).prop_map(
        |(features, plans, masks, role, ages, id, status, version, user)| {
            let organization = json!({ "id": id, "rol": role, "slg": "acme", "per": "x,y", "fpm": masks });
            let claims = json!({
                "sub": user, "v": version, "sts": status, "fva": ages, "fea": features, "pla": plans,
                "o": organization, "org_id": id, "org_role": role, "org_permissions": ["org:a:x"],
            });
            claims.as_object().cloned().unwrap_or_default()
        },
    )
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let name = || prop::sample::select(vec!["a", "b", "c", "", "org:a", "user:b", "x:a", "a:x", "b:y"]);
    let asked = prop::sample::select(vec![Reverification::StrictMfa, Reverification::Lax]);
    let leaf = prop_oneof![
        name().prop_map(role),
        name().prop_map(permission),
        name().prop_map(feature),
        name().prop_map(plan),
        name().prop_map(scope),
        asked.prop_map(reverified),
        Just(()).prop_map(|()| active_organization()),
        prop::sample::select(vec!["org", "other"]).prop_map(organization_in_path),
        Just(()).prop_map(|()| claims(|said: &JsonMap| said.contains_key("fea"))),
        Just(()).prop_map(|()| claims(|said: &std::collections::BTreeMap<String, String>| said.is_empty())),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(all),
            prop::collection::vec(inner.clone(), 0..3).prop_map(any),
            inner.prop_map(not),
        ]
    })
}

proptest! {
    #[test]
    fn nobody_passes_a_rule_and_its_opposite(said in any_claims(), rule in any_rule()) {
        let auth = auth(said);
        let path = |name: &str| (name == "org").then_some(Cow::Borrowed("acme"));
        let subject = Subject::new(&auth).with_path(&path);
        let passes = subject.check(&rule).is_ok();
        prop_assert!(!passes || subject.check(&not(rule.clone())).is_err());
        prop_assert!(passes || subject.check(&not(not(rule.clone()))).is_err());
        prop_assert_eq!(passes, subject.check(&all([rule.clone()])).is_ok());
        prop_assert_eq!(passes, subject.check(&any([rule])).is_ok());
    }

    #[test]
    fn a_pending_session_passes_nothing(said in any_claims(), rule in any_rule()) {
        let mut pending = said;
        pending.insert("sts".into(), "pending".into());
        prop_assert_eq!(rule.check(&auth(pending)).unwrap_err().kind(), DeniedKind::NotSignedIn);
    }

    #[test]
    fn a_token_that_says_only_whose_it_is_passes_nothing_that_asks_for_more(rule in any_rule()) {
        let bare = JsonMap::from_iter([("sub".to_owned(), json!("user_1")), ("v".to_owned(), json!(2))]);
        let text = rule.to_string();
        // That no organization is active, and what a program looks for in the claims, can be told of it.
        if !text.contains("active_organization") && !text.contains("claims") {
            prop_assert!(rule.check(&auth(bare)).is_err(), "{}", text);
        }
    }
}
