use serde_json::{Value, json};

use super::*;

fn snapshot(client: Option<Value>) -> Snapshot {
    let client = client.map(|client| serde_json::from_value(client).unwrap());
    Snapshot::new(client, None, true)
}

fn session(id: &str, user: &str) -> Value {
    let user = json!({ "id": user, "first_name": user, "updated_at": 1 });
    json!({ "id": id, "status": "active", "user": user, "created_at": 1000, "last_active_organization_id": null })
}

/// A client with these sessions, the first in the foreground.
fn of(sessions: &[Value]) -> Value {
    let last = sessions.first().map(|session| session["id"].clone());
    json!({
        "id": "client_1",
        "sessions": sessions,
        "last_active_session_id": last,
        "last_authentication_strategy": "password",
    })
}

/// The same with something else in it.
fn with(mut value: Value, pointer: &str, new: Value) -> Value {
    *value.pointer_mut(pointer).unwrap() = new;
    value
}

/// What happened, in a line each.
fn happened(old: Option<Value>, new: Option<Value>) -> Vec<String> {
    happened_because(old, new, &BTreeMap::new())
}

fn happened_because(old: Option<Value>, new: Option<Value>, ended: &BTreeMap<SessionId, EndReason>) -> Vec<String> {
    let events = between(&snapshot(old), &snapshot(new), ended, Timestamp::from_millis(61_000));
    events.into_iter().map(line).collect()
}

fn line(event: Event) -> String {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "nothing".into());
    match event {
        Event::SignedIn { session, user, strategy } => {
            format!("{session} in: {} by {}", or_none(user.map(|user| user.to_string())), or_none(strategy))
        }
        Event::SessionActivated { session } => format!("{session} activated"),
        Event::SessionEnded { session, reason, duration } => {
            format!("{session} ended: {reason} after {}", or_none(duration.map(|lasted| lasted.as_secs().to_string())))
        }
        Event::UserUpdated { user } => format!("{user} updated"),
        Event::OrganizationChanged { session, organization } => {
            format!("{session} works in {}", or_none(organization.map(|it| it.to_string())))
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn each_change_is_told_as_what_it_is() {
    let (ann, ben) = (session("s_ann", "ann"), session("s_ben", "ben"));
    let one = of(std::slice::from_ref(&ann));
    let two = of(&[ben.clone(), ann.clone()]);
    let none = of(&[]);
    let acme = with(one.clone(), "/sessions/0/last_active_organization_id", json!("org_acme"));
    let activated = with(two.clone(), "/last_active_session_id", json!("s_ann"));
    let pending = with(one.clone(), "/sessions/0/status", json!("pending"));
    let renamed = with(one.clone(), "/sessions/0/user/first_name", json!("Anna"));
    let touched = with(one.clone(), "/sessions/0/user/updated_at", json!(2));
    let background = with(two.clone(), "/sessions/1/user/first_name", json!("Anna"));
    let elsewhere = with(two.clone(), "/sessions/1/last_active_organization_id", json!("org_acme"));
    let stranger = with(none.clone(), "/id", json!("client_2"));
    let nameless = with(one.clone(), "/last_authentication_strategy", Value::Null);
    let unborn = with(one.clone(), "/sessions/0/created_at", Value::Null);
    let unnamed = with(one.clone(), "/sessions/0/user", Value::Null);
    let later = with(one.clone(), "/sessions/0/created_at", json!(99_000_000));
    for (what, old, new, expected) in [
        ("nothing known, nothing there", None, None, vec![]),
        ("nothing known, nobody there", None, Some(none.clone()), vec![]),
        ("nothing new", Some(two.clone()), Some(two.clone()), vec![]),
        ("the first one", None, Some(one.clone()), vec!["s_ann in: ann by password", "s_ann activated"]),
        (
            "one where nobody was",
            Some(none.clone()),
            Some(one.clone()),
            vec!["s_ann in: ann by password", "s_ann activated"],
        ),
        ("a second one", Some(one.clone()), Some(two.clone()), vec!["s_ben in: ben by password", "s_ben activated"]),
        ("nobody says how", Some(none.clone()), Some(nameless), vec!["s_ann in: ann by nothing", "s_ann activated"]),
        (
            "nobody says who",
            Some(none.clone()),
            Some(unnamed),
            vec!["s_ann in: nothing by password", "s_ann activated"],
        ),
        (
            "a session with tasks left",
            Some(none.clone()),
            Some(pending.clone()),
            vec!["s_ann in: ann by password", "s_ann activated"],
        ),
        ("the tasks are done", Some(pending), Some(one.clone()), vec![]),
        ("another in the foreground", Some(two.clone()), Some(activated), vec!["s_ann activated"]),
        (
            "the one in the foreground ends",
            Some(two.clone()),
            Some(one.clone()),
            vec!["s_ben ended: unknown after 60", "s_ann activated"],
        ),
        ("the last one ends", Some(one.clone()), Some(none.clone()), vec!["s_ann ended: unknown after 60"]),
        ("nobody knows since when", Some(unborn), Some(none.clone()), vec!["s_ann ended: unknown after nothing"]),
        ("it began in the future", Some(later), Some(none.clone()), vec!["s_ann ended: unknown after nothing"]),
        ("the device is another", Some(one.clone()), Some(stranger), vec!["s_ann ended: client_lost after 60"]),
        ("the device is none", Some(one.clone()), None, vec!["s_ann ended: client_lost after 60"]),
        ("another organization", Some(one.clone()), Some(acme.clone()), vec!["s_ann works in org_acme"]),
        ("no organization", Some(acme), Some(one.clone()), vec!["s_ann works in nothing"]),
        ("an organization in the background", Some(two.clone()), Some(elsewhere), vec![]),
        ("another name", Some(one.clone()), Some(renamed), vec!["ann updated"]),
        ("another date", Some(one), Some(touched), vec!["ann updated"]),
        ("another name in the background", Some(two), Some(background), vec![]),
    ] {
        assert_eq!(happened(old, new), expected, "{what}");
    }
}

#[test]
fn why_a_session_is_over_is_told_by_its_status_or_by_whoever_knows_better() {
    let one = of(&[session("s_ann", "ann")]);
    for (status, reason) in [
        ("expired", "expired"),
        ("abandoned", "abandoned"),
        ("revoked", "revoked"),
        ("removed", "removed"),
        ("ended", "ended"),
        ("replaced", "replaced"),
        ("something_new", "unknown"),
    ] {
        let over = with(one.clone(), "/sessions/0/status", json!(status));
        let expected = [format!("s_ann ended: {reason} after 60")];
        assert_eq!(happened(Some(one.clone()), Some(over.clone())), expected, "{status}");
        assert_eq!(happened(Some(over.clone()), Some(over.clone())), [""; 0], "{status}: told once");
        let known = BTreeMap::from([("s_ann".into(), EndReason::SignedOut), ("s_ben".into(), EndReason::Revoked)]);
        let expected = ["s_ann ended: signed_out after 60"];
        assert_eq!(happened_because(Some(one.clone()), Some(over), &known), expected, "{status}");
    }
}

#[test]
fn each_code_that_ends_a_session_has_its_reason_and_others_have_none() {
    for (code, reason) in [
        ("session_revoked", Some("revoked")),
        ("session_expired", Some("expired")),
        ("session_ended", Some("ended")),
        ("session_removed", Some("removed")),
        ("session_replaced", Some("replaced")),
        ("session_not_found", Some("unknown")),
        ("session_invalid", Some("unknown")),
        ("session_exists", None),
        ("authentication_invalid", None),
        ("resource_not_found", None),
        ("", None),
    ] {
        assert_eq!(EndReason::of_code(code).map(EndReason::as_str), reason, "{code}");
    }
}

#[tokio::test]
async fn who_listens_too_slowly_is_told_how_much_was_missed() {
    let teller = Teller::new();
    let mut events = teller.listen();
    for _ in 0..KEPT + 7 {
        teller.tell(Event::Loaded);
    }
    assert!(matches!(events.next().await, Some(Event::Missed(7))));
    let rest = std::iter::from_fn(|| events.try_next()).filter(|event| matches!(event, Event::Loaded)).count();
    assert_eq!(rest, KEPT);
    teller.tell(Event::Loaded);
    assert!(matches!(events.next().await, Some(Event::Loaded)), "it goes on");
    drop(teller);
    assert!(events.next().await.is_none());
}

#[test]
fn who_stops_listening_is_gone_and_nobody_has_to_listen() {
    let teller = Teller::new();
    let (one, other) = (teller.listen(), teller.listen());
    assert_eq!(teller.0.receiver_count(), 2);
    drop(one);
    assert_eq!(teller.0.receiver_count(), 1);
    drop(other);
    teller.tell(Event::Loaded);
    assert!(teller.listen().try_next().is_none(), "what happened before is not told");
}
