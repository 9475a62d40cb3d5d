use clerk_core::{Json, JsonMap};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::auth::payload::Payload;
use crate::auth::{FactorLevel, Reverification};

fn claims(mut payload: Json) -> Claims {
    let map = payload.as_object_mut().unwrap();
    map.entry("sub").or_insert_with(|| json!("user_1"));
    Claims::read(Payload::read(serde_json::to_vec(map).unwrap()).unwrap())
}

fn permissions(features: Json, names: &str, masks: &str) -> Vec<String> {
    let organization = json!({ "id": "org_1", "per": names, "fpm": masks });
    claims(json!({ "v": 2, "fea": features, "o": organization })).organization().unwrap().permissions().to_vec()
}

#[test]
fn a_mask_says_which_permissions_go_with_its_feature() {
    let granted = permissions(json!("o:posts,o:users"), "read,write,delete", "3,4");
    assert_eq!(granted, ["org:posts:read", "org:posts:write", "org:users:delete"]);
}

#[test]
fn a_mask_of_zero_keeps_its_place() {
    assert_eq!(permissions(json!("o:a,o:b,o:c"), "x", "1,0,1"), ["org:a:x", "org:c:x"]);
}

#[test]
fn a_feature_without_a_mask_has_no_permissions() {
    assert_eq!(permissions(json!("o:a,o:b,o:c"), "x", "1,1"), ["org:a:x", "org:b:x"]);
}

#[test]
fn bits_without_a_name_say_nothing() {
    assert_eq!(permissions(json!("o:a"), "x,y", "255"), ["org:a:x", "org:a:y"]);
}

#[test]
fn blanks_around_entries_do_not_matter() {
    assert_eq!(permissions(json!(" o:a , ou:b "), " x , y ", " 1 ,\t2"), ["org:a:x", "org:b:y"]);
}

#[test]
fn masks_are_numbers_of_any_size() {
    let names: Vec<String> = (0..200).map(|name| format!("p{name}")).collect();
    let bit = |exponent: usize| {
        // 2^exponent in decimal, by doubling.
        let mut digits = vec![1_u8];
        for _ in 0..exponent {
            let mut carry = 0;
            for digit in &mut digits {
                (carry, *digit) = ((*digit * 2 + carry) / 10, (*digit * 2 + carry) % 10);
            }
            if carry > 0 {
                digits.push(carry);
            }
        }
        digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect::<String>()
    };
    for exponent in [0, 1, 52, 53, 62, 63, 64, 65, 127, 128, 199] {
        let granted = permissions(json!("o:a"), &names.join(","), &bit(exponent));
        assert_eq!(granted, [format!("org:a:p{exponent}")], "2^{exponent}");
    }
    assert!(permissions(json!("o:a"), &names.join(","), &bit(200)).is_empty());
    assert_eq!(permissions(json!("o:a"), &names.join(","), "0000000000000000000000000000000000000000000001").len(), 1);
}

#[test]
fn a_mask_that_is_no_number_grants_nothing() {
    for mask in ["1invalid", "-1", "1.5", "+1", "0x1", "1e0", "", "１", "1 1", "\u{85}1"] {
        assert!(permissions(json!("o:a"), "x", mask).is_empty(), "{mask:?}");
    }
    assert_eq!(permissions(json!("o:a,o:b"), "x", "one,1"), ["org:b:x"]);
}

#[test]
fn malformed_features_leave_no_permissions() {
    for features in [json!("a"), json!("o:a,"), json!(",o:a"), json!("o:a,b"), json!(5), json!(["o:a"]), Json::Null] {
        assert!(permissions(features.clone(), "x", "1,1").is_empty(), "{features}");
    }
}

#[test]
fn only_features_of_the_organization_carry_permissions() {
    let granted = permissions(json!("o:a,ou:b,uo:c,u:d"), "x", "1,1,1,1");
    assert_eq!(granted, ["org:a:x", "org:b:x", "org:c:x"]);
    for scope in ["u", "org", "O", "oo", "xou", "", "o "] {
        assert!(permissions(json!(format!("{scope}:a")), "x", "1").is_empty(), "{scope:?}");
    }
}

#[test]
fn where_a_mask_can_belong_to_two_features_only_what_both_readings_grant_is_granted() {
    // Counted among the organization's features, `b` has the first mask; counted among all, the second.
    assert!(permissions(json!("u:a,o:b"), "x,y", "3").is_empty());
    assert!(permissions(json!("u:a,o:b"), "x,y", "0,3").is_empty());
    assert_eq!(permissions(json!("u:a,o:b"), "x,y", "1,3"), ["org:b:x"]);
    assert_eq!(permissions(json!("o:b,u:a"), "x,y", "3"), ["org:b:x", "org:b:y"]);
}

#[test]
fn an_organization_without_masks_or_names_has_no_permissions() {
    for organization in [
        json!({ "id": "org_1" }),
        json!({ "id": "org_1", "per": "x" }),
        json!({ "id": "org_1", "fpm": "1" }),
        json!({ "id": "org_1", "per": 1, "fpm": "1" }),
        json!({ "id": "org_1", "per": "x", "fpm": 1 }),
    ] {
        let claims = claims(json!({ "v": 2, "fea": "o:a", "o": organization }));
        assert!(claims.organization().unwrap().permissions().is_empty());
    }
}

#[test]
fn the_second_version_reads_the_organization_from_one_claim() {
    let claims = claims(json!({
        "v": 2, "o": { "id": "org_1", "slg": "acme", "rol": "admin" }, "org_id": "org_2", "org_role": "org:owner",
    }));
    let organization = claims.organization().unwrap();
    assert_eq!(claims.version(), 2);
    assert_eq!(organization.id(), &"org_1");
    assert_eq!(organization.slug(), Some("acme"));
    assert_eq!(organization.role(), Some("org:admin"));
}

#[test]
fn the_second_version_without_that_claim_has_no_organization() {
    for organization in [Json::Null, json!("org_1"), json!([]), json!({}), json!({ "id": 5 }), json!({ "id": "" })] {
        let claims = claims(json!({ "v": 2, "o": organization, "org_id": "org_2", "org_role": "org:admin" }));
        assert!(claims.organization().is_none(), "{organization}");
    }
}

#[test]
fn every_other_version_is_read_as_the_first() {
    for version in [Json::Null, json!(1), json!(3), json!("2"), json!(2.5)] {
        let claims = claims(json!({
            "v": version, "o": { "id": "org_1" },
            "org_id": "org_2", "org_slug": "acme", "org_role": "org:admin", "org_permissions": ["org:a:b", 5],
        }));
        let organization = claims.organization().unwrap();
        assert_eq!(claims.version(), 1);
        assert_eq!(organization.id(), &"org_2");
        assert_eq!(organization.slug(), Some("acme"));
        assert_eq!(organization.role(), Some("org:admin"));
        assert_eq!(organization.permissions(), ["org:a:b"]);
    }
    assert_eq!(claims(json!({ "v": 2.0 })).version(), 2);
}

#[test]
fn permissions_that_are_no_list_are_none() {
    for said in [json!("org:a:b"), json!({ "org:a:b": true }), Json::Null] {
        let claims = claims(json!({ "org_id": "org_1", "org_permissions": said }));
        assert!(claims.organization().unwrap().permissions().is_empty());
    }
}

#[test]
fn features_and_plans_say_whose_they_are() {
    let claims = claims(json!({ "fea": "o:a,u:b,ou:c,x:d", "pla": "" }));
    let features: Vec<_> = claims.features().iter().map(|has| (has.slug, has.of_organization, has.of_user)).collect();
    assert_eq!(features, [("a", true, false), ("b", false, true), ("c", true, true), ("d", false, false)]);
    assert!(claims.plans().is_empty());
}

#[test]
fn times_are_whole_seconds_and_stay_in_their_range() {
    let claims = claims(json!({ "iat": 1_700_000_000.9, "nbf": -5, "exp": 1e300 }));
    assert_eq!(claims.issued_at(), Some(Timestamp::from_millis(1_700_000_000_000)));
    assert_eq!(claims.not_before(), Some(Timestamp::from_millis(-5000)));
    assert_eq!(claims.expires_at(), Timestamp::from_millis(i64::MAX));
    assert_eq!(super::Claims::read(Payload::read(b"{}".to_vec()).unwrap()).expires_at(), Timestamp::from_millis(0));
}

#[test]
fn a_status_is_kept_also_when_nobody_knows_it() {
    let status = |said: Json| claims(json!({ "sts": said })).status();
    assert_eq!(status(json!("active")), Some(SessionStatus::Active));
    assert_eq!(status(json!("pending")), Some(SessionStatus::Pending));
    assert_eq!(status(json!("frozen")), Some(SessionStatus::Unknown("frozen".into())));
    assert_eq!(status(json!(5)), Some(SessionStatus::Unknown(String::new())));
    assert_eq!(status(Json::Null), None);
}

#[test]
fn factor_ages_that_are_malformed_are_none() {
    for said in [json!("x"), json!([]), json!([1]), json!([1, 2, 3]), json!([-2, 0]), json!([0, -0.5]), json!([0, "0"])]
    {
        assert_eq!(claims(json!({ "fva": said })).factor_ages(), None, "{said}");
    }
    let ages = claims(json!({ "fva": [1.5, -1] })).factor_ages().unwrap();
    assert_eq!(ages.first(), Some(std::time::Duration::from_secs(90)));
    assert_eq!(ages.second(), None);
}

#[test]
fn an_actor_is_told_whatever_the_claim_looks_like() {
    let said = json!({ "act": { "sub": "user_2", "iss": "https://issuer.example.com", "type": "agent", "task": 7 } });
    let claims_of = |said| claims(said);
    let impersonated = claims_of(said);
    let actor = impersonated.actor().unwrap();
    assert_eq!(
        (actor.subject(), actor.issuer(), actor.kind()),
        (Some("user_2"), Some("https://issuer.example.com"), Some("agent"))
    );
    assert_eq!(actor.raw()["task"], 7);
    assert_eq!(claims_of(json!({ "act": "x" })).actor().unwrap().subject(), None);
    assert!(claims_of(json!({ "act": null })).actor().is_none());
}

#[test]
fn no_custom_value_is_shown_by_debug_or_by_an_error() {
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code, reason = "it is only decoded")]
    struct Ours {
        tenant: u32,
    }
    let claims = claims(json!({ "tenant": "a test secret", "sid": "sess_1" }));
    assert!(format!("{claims:?}").contains("sess_1"));
    assert!(!format!("{claims:?}").contains("test secret"));
    let error = claims.custom::<Ours>().unwrap_err();
    let said = "the claims of the session do not fit the type at tenant: a string where u32 is expected";
    assert!(error.to_string().contains(said), "{error}");
    assert!(!format!("{error:?}").contains("test secret"));
}

fn any_json() -> impl Strategy<Value = Json> {
    let text = prop_oneof![
        "[a-z:,0-9 -]{0,12}",
        any::<String>(),
        prop::sample::select(vec!["o:a", "u:a,o:b", "1,3", "x,y", "admin", "org:admin", "pending", "org_1"])
            .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        text.prop_map(Json::from),
    ];
    let key = prop::sample::select(vec!["id", "slg", "rol", "per", "fpm", "sub", "x"]).prop_map(str::to_owned);
    leaf.prop_recursive(2, 12, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(key.clone(), inner, 0..6).prop_map(Json::from_iter),
        ]
    })
}

proptest! {
    #[test]
    fn claims_of_any_shape_are_read_and_asked_without_a_panic(
        said in prop::collection::btree_map(
            prop::sample::select(vec![
                "sub", "sid", "iss", "azp", "iat", "exp", "v", "o", "fea", "pla", "fva", "sts", "act", "org_id",
                "org_role", "org_slug", "org_permissions",
            ]),
            any_json(),
            0..10,
        ),
        second in any::<bool>(),
        asked in any::<String>(),
    ) {
        let mut raw: JsonMap = said.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        if second {
            raw.insert("v".into(), json!(2));
        }
        let claims = Claims::read(Payload::read(serde_json::to_vec(&raw).unwrap()).unwrap());
        let _ = (format!("{claims:?}"), claims.features(), claims.plans(), claims.factor_ages(), claims.clone());
        if let Some(organization) = claims.organization() {
            let _ = (organization.slug(), organization.permissions().len());
        }
        let strict = Reverification::Custom { level: FactorLevel::MultiFactor, after_minutes: 5 };
        for authorization in [
            Authorization::new().role(asked.clone()),
            Authorization::new().permission(asked.clone()),
            Authorization::new().feature(asked.clone()).plan(asked.clone()),
            Authorization::new().reverified(strict),
        ] {
            let _ = claims.has(&authorization);
        }
    }

    #[test]
    fn a_mask_means_the_same_as_the_number_that_it_writes(mask in any::<u128>(), names in 1..140_usize) {
        let list: Vec<String> = (0..names).map(|name| format!("p{name}")).collect();
        let granted = permissions(json!("o:a"), &list.join(","), &mask.to_string());
        let expected: Vec<String> = (0..names.min(128)).filter(|bit| mask >> bit & 1 == 1).map(|bit| format!("org:a:p{bit}")).collect();
        prop_assert_eq!(granted, expected);
    }
}
