use clerk_core::Json;
use serde_json::json;

use super::*;
use crate::auth::payload::Payload;

fn claims(mut payload: Json) -> Claims {
    let map = payload.as_object_mut().unwrap();
    map.entry("sub").or_insert_with(|| json!("user_1"));
    Claims::read(Payload::read(serde_json::to_vec(map).unwrap()).unwrap())
}

/// A session that has a bit of everything, with some claims replaced.
fn everything(but: Json) -> Claims {
    let mut payload = json!({
        "v": 2, "sts": "active", "fea": "o:exports", "pla": "o:pro", "fva": [0, 0],
        "o": { "id": "org_1", "slg": "acme", "rol": "admin", "per": "read,write", "fpm": "3" },
    });
    for (claim, value) in but.as_object().unwrap() {
        payload[claim] = value.clone();
    }
    claims(payload)
}

fn role(name: &'static str) -> Authorization {
    Authorization::new().role(name)
}

fn permission(name: &'static str) -> Authorization {
    Authorization::new().permission(name)
}

fn plan(name: &'static str) -> Authorization {
    Authorization::new().plan(name)
}

#[test]
fn the_ages_of_factors_decide_as_in_the_table() {
    let first_ten = Reverification::Custom { level: FactorLevel::FirstFactor, after_minutes: 10 };
    let asked =
        [Reverification::StrictMfa, Reverification::Strict, Reverification::Moderate, Reverification::Lax, first_ten];
    for (ages, expected) in [
        (json!([0, 0]), "TTTTT"),
        (json!([10, 10]), "FFTTF"),
        (json!([9, -1]), "TTTTT"),
        (json!([10, -1]), "FFTTF"),
        (json!([-1, 9]), "FTTTF"),
        (json!([-1, -1]), "FFFFF"),
        (json!([5, 61]), "FFFTT"),
        (json!([59, 60]), "FFFTF"),
        (json!([1.5, 2]), "TTTTT"),
        (json!(["0", "0"]), "FFFFF"),
    ] {
        let claims = claims(json!({ "fva": ages }));
        let held = |asked| claims.has(&Authorization::new().reverified(asked));
        let told: String = asked.iter().map(|asked| if held(*asked) { 'T' } else { 'F' }).collect();
        assert_eq!(told, expected, "{ages}");
    }
}

#[test]
fn no_proof_is_younger_than_no_minutes() {
    let now = Reverification::Custom { level: FactorLevel::FirstFactor, after_minutes: 0 };
    assert!(!claims(json!({ "fva": [0, 0] })).has(&Authorization::new().reverified(now)));
}

#[test]
fn a_token_without_ages_of_factors_proves_nothing() {
    assert!(!claims(json!({})).has(&Authorization::new().reverified(Reverification::Lax)));
    assert!(!claims(json!({ "fva": [0, 0, 0] })).has(&Authorization::new().reverified(Reverification::Lax)));
}

#[test]
fn the_prefix_of_a_role_may_be_written_or_not() {
    for asked in ["admin", "org:admin", "org:org:admin"] {
        assert!(everything(json!({})).has(&role(asked)), "{asked}");
        for said in ["admin", "org:admin", "org:org:admin"] {
            assert!(claims(json!({ "org_id": "org_1", "org_role": said })).has(&role(asked)), "{said} {asked}");
        }
    }
    for asked in ["member", "Admin", "admin ", "org:", "", ":admin"] {
        assert!(!everything(json!({})).has(&role(asked)), "{asked}");
    }
}

#[test]
fn a_role_needs_an_organization() {
    assert!(!claims(json!({ "org_role": "org:admin" })).has(&role("admin")));
    assert!(!claims(json!({ "v": 2, "o": { "rol": "admin" } })).has(&role("admin")));
    assert!(!claims(json!({ "org_id": "", "org_role": "org:admin" })).has(&role("admin")));
}

#[test]
fn nobody_has_the_role_without_a_name() {
    assert!(!claims(json!({ "org_id": "org_1", "org_role": "org:" })).has(&role("org:")));
    assert!(!claims(json!({ "org_id": "org_1", "org_role": "" })).has(&role("")));
}

#[test]
fn the_prefix_of_a_permission_may_be_left_out_in_the_question_only() {
    assert!(everything(json!({})).has(&permission("exports:read")));
    assert!(everything(json!({})).has(&permission("org:exports:read")));
    let said = json!({ "org_id": "org_1", "org_permissions": ["a:b", "org:org:c:d", "org:e:f"] });
    let claims = claims(said);
    assert!(!claims.has(&permission("a:b")));
    assert!(!claims.has(&permission("c:d")));
    assert!(claims.has(&permission("e:f")));
}

#[test]
fn a_permission_is_not_looked_for_inside_a_text() {
    let claims = claims(json!({ "org_id": "org_1", "org_permissions": "org:a:b,org:c:d" }));
    assert!(!claims.has(&permission("org:a:b")));
}

#[test]
fn a_plan_is_asked_for_with_its_scope_or_without() {
    for (said, asked) in [
        ("o:pro", "pro"),
        ("u:pro", "pro"),
        ("o:pro", "o:pro"),
        ("o:pro", "org:pro"),
        ("o:pro", "organization:pro"),
        ("u:pro", "u:pro"),
        ("u:pro", "user:pro"),
        ("ou:pro", "user:pro"),
        ("uo:pro", "org:pro"),
        ("x:pro,o:free,o:pro", "pro"),
        ("o:pro", "org:pro:whatever"),
    ] {
        assert!(claims(json!({ "pla": said })).has(&plan(asked)), "{said} {asked}");
    }
    for (said, asked) in [
        ("o:pro", "user:pro"),
        ("u:pro", "org:pro"),
        ("o:pro", "ou:pro"),
        ("o:pro", "x:pro"),
        ("o:pro", ":pro"),
        ("o:pro", "pro:"),
        ("o:pro", "Pro"),
        ("x:pro", "pro"),
        ("uxo:pro", "pro"),
        (":pro", "pro"),
        ("o: pro", "pro"),
        ("o:", ""),
        ("o:", "o:"),
        ("o:pro:max", "pro"),
        ("o:pro:max", "o:pro:max"),
    ] {
        assert!(!claims(json!({ "pla": said })).has(&plan(asked)), "{said} {asked}");
    }
}

#[test]
fn a_list_of_plans_that_is_malformed_anywhere_lists_none() {
    for said in [json!("pro"), json!("o:pro,free"), json!("o:pro,"), json!(""), json!(" "), json!(5), json!(["o:pro"])]
    {
        assert!(!claims(json!({ "pla": said })).has(&plan("pro")), "{said}");
    }
}

#[test]
fn plans_and_features_need_no_organization() {
    let claims = claims(json!({ "pla": "u:pro", "fea": "u:exports" }));
    assert!(claims.has(&plan("pro").feature("exports")));
}

#[test]
fn everything_that_is_asked_for_must_be_there() {
    let all =
        role("admin").permission("exports:write").feature("exports").plan("pro").reverified(Reverification::Strict);
    assert!(everything(json!({})).has(&all));
    for but in [
        json!({ "o": { "id": "org_1", "rol": "member", "per": "read,write", "fpm": "3" } }),
        json!({ "o": { "id": "org_1", "rol": "admin", "per": "read,write", "fpm": "1" } }),
        json!({ "fea": "o:imports" }),
        json!({ "pla": "o:free" }),
        json!({ "fva": [11, 11] }),
    ] {
        assert!(!everything(but.clone()).has(&all), "{but}");
    }
    assert!(!everything(json!({})).has(&role("admin").role("member")));
}

#[test]
fn asking_for_nothing_is_answered_no() {
    assert!(!everything(json!({})).has(&Authorization::new()));
}

#[test]
fn a_pending_session_has_nothing() {
    assert!(!everything(json!({ "sts": "pending" })).has(&role("admin")));
}

#[test]
fn a_token_of_nobody_has_nothing() {
    assert!(!everything(json!({ "sub": "" })).has(&role("admin")));
}

#[test]
fn a_question_that_the_token_cannot_answer_is_told_from_one_that_it_denies() {
    let ask = |question: Question, said: Json| question.ask(&claims(said));
    let exports = || Question::Feature("exports".into());
    let read = || Question::Permission("exports:read".into());
    assert_eq!(ask(exports(), json!({ "fea": "" })), Answer::No);
    assert_eq!(ask(exports(), json!({})), Answer::Unknown);
    assert_eq!(ask(exports(), json!({ "fea": "o:exports,x" })), Answer::Unknown);
    assert_eq!(
        ask(read(), json!({ "v": 2, "fea": "o:exports", "o": { "id": "org_1", "per": "read", "fpm": "0" } })),
        Answer::No
    );
    for doubtful in [
        json!({ "v": 2, "fea": "u:a,o:exports", "o": { "id": "org_1", "per": "read", "fpm": "1" } }),
        json!({ "v": 2, "fea": "u:a,o:exports", "o": { "id": "org_1", "per": "read", "fpm": "0,1" } }),
        json!({ "v": 2, "fea": "o:exports", "o": { "id": "org_1", "per": "read", "fpm": "x" } }),
        json!({ "v": 2, "fea": "exports", "o": { "id": "org_1", "per": "read", "fpm": "1" } }),
        json!({ "v": 2, "fea": "o:exports", "o": { "id": "org_1", "per": "read", "fpm": 1 } }),
        json!({ "org_id": "org_1" }),
        json!({ "org_id": "org_1", "org_permissions": [1] }),
        json!({}),
    ] {
        assert_eq!(ask(read(), doubtful.clone()), Answer::Unknown, "{doubtful}");
    }
    assert_eq!(ask(Question::Role("admin".into()), json!({})), Answer::Unknown);
    assert_eq!(ask(Question::Role("admin".into()), json!({ "org_id": "org_1" })), Answer::Unknown);
    assert_eq!(ask(Question::Role("admin".into()), json!({ "org_id": "org_1", "org_role": "member" })), Answer::No);
}

#[test]
fn a_reverification_is_written_as_front_ends_read_it() {
    let written = |asked: Reverification| serde_json::to_value(asked).unwrap();
    assert_eq!(written(Reverification::StrictMfa), json!("strict_mfa"));
    assert_eq!(written(Reverification::Strict), json!("strict"));
    assert_eq!(written(Reverification::Moderate), json!("moderate"));
    assert_eq!(written(Reverification::Lax), json!("lax"));
    let custom = Reverification::Custom { level: FactorLevel::SecondFactor, after_minutes: 15 };
    assert_eq!(written(custom), json!({ "level": "second_factor", "afterMinutes": 15 }));
}
