use serde_json::{Value, json};

use super::*;

fn session(id: &str, status: &str) -> Value {
    json!({ "id": id, "status": status, "user": { "id": format!("user_{id}"), "first_name": "test-secret-name" } })
}

fn snapshot(client: Value) -> Snapshot {
    Snapshot::new(Some(serde_json::from_value(client).unwrap()), None, true)
}

fn of(last: Option<&str>, sessions: &[Value]) -> Snapshot {
    snapshot(json!({ "id": "client_1", "sessions": sessions, "last_active_session_id": last }))
}

#[test]
fn the_session_in_the_foreground_is_the_last_active_one_that_counts_or_the_first() {
    let (ann, ben, cid) = (session("ann", "active"), session("ben", "pending"), session("cid", "expired"));
    let all = [cid, ben.clone(), ann];
    for (last, sessions, expected) in [
        (Some("ann"), &all[..], Some("ann")),
        (Some("ben"), &all[..], Some("ben")),
        (Some("cid"), &all[..], Some("ben")),
        (Some("nobody"), &all[..], Some("ben")),
        (None, &all[..], Some("ben")),
        (Some("cid"), &all[..1], None),
        (Some("ann"), &[], None),
        (None, &[session("dan", "something_new"), ben], Some("ben")),
    ] {
        let snapshot = of(last, sessions);
        let found = snapshot.session().map(|session| session.id.as_str());
        assert_eq!(found, expected, "{last:?}");
        let user = expected.map(|id| format!("user_{id}"));
        assert_eq!(snapshot.user().map(|user| user.id.to_string()), user, "{last:?}");
    }
}

#[test]
fn sessions_that_are_over_are_not_among_those_that_count() {
    let listed = of(None, &[session("ann", "active"), session("ben", "revoked"), session("cid", "pending")]);
    let ids: Vec<_> = listed.sessions().map(|session| session.id.as_str()).collect();
    assert_eq!(ids, ["ann", "cid"]);
    assert!(listed.session_by_id(&"ben".into()).is_none() && listed.session_by_id(&"cid".into()).is_some());
}

#[test]
fn the_organization_is_that_of_the_session_in_the_foreground() {
    let membership =
        |id: &str| json!({ "id": format!("mem_{id}"), "role": "org:member", "organization": { "id": id, "name": id } });
    let mut ann = session("ann", "active");
    ann["user"]["organization_memberships"] = json!([membership("org_acme"), membership("org_bolt")]);
    ann["last_active_organization_id"] = json!("org_bolt");
    let ben = session("ben", "active");
    let there = of(Some("ann"), &[ann.clone(), ben.clone()]);
    assert_eq!(there.organization().map(|it| it.name.as_str()), Some("org_bolt"));
    assert_eq!(there.membership().map(|it| it.id.as_str()), Some("mem_org_bolt"));
    let personal = of(Some("ben"), &[ann.clone(), ben]);
    assert!(personal.organization_id().is_none() && personal.organization().is_none());
    ann["last_active_organization_id"] = json!("org_new");
    let unknown = of(Some("ann"), &[ann]);
    assert_eq!(unknown.organization_id().map(OrganizationId::as_str), Some("org_new"));
    assert!(unknown.organization().is_none() && unknown.membership().is_none());
}

#[test]
fn the_same_is_told_from_another_by_all_that_is_shown() {
    let at = |millis| Some(Timestamp::from_millis(millis));
    let client = || Some(Arc::new(types::Client::new("client_1")));
    let one = Snapshot::new(client(), at(1), true);
    assert!(one.is_same(&Snapshot::new(client(), at(1), true).after(&one)), "the count is none of it");
    for other in [
        Snapshot::new(client(), at(2), true),
        Snapshot::new(client(), at(1), false),
        Snapshot::new(None, at(1), true),
        Snapshot::new(Some(Arc::new(types::Client::new("client_2"))), at(1), true),
    ] {
        assert!(!one.is_same(&other) && !other.is_same(&one), "{other:?}");
    }
}

#[test]
fn nothing_about_people_is_shown_to_who_prints_it_but_ids() {
    let printed = format!("{:?}", of(Some("ann"), &[session("ann", "active")]).after(&Snapshot::default()));
    assert!(printed.contains("user_ann") && printed.contains("revision: 1"), "{printed}");
    assert!(!printed.contains("test-secret"), "{printed}");
}
