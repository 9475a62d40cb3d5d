use std::collections::BTreeSet;

use clerk_ext::{
    Json, Timestamp,
    webhooks::{Event, Webhook},
};
use serde_json::json;

use super::*;
use crate::database::Database;

/// An event as it comes, read as the server reads it.
fn event(kind: &str, at: i64, data: &Json) -> (Change, Timestamp) {
    let body = json!({"type": kind, "object": "event", "timestamp": at, "data": data}).to_string();
    let webhook = Webhook::new("whsec_dGVzdCBzZWNyZXQ=").unwrap();
    let headers = webhook.sign("msg_1", Timestamp::now(), &body).unwrap();
    let event: Event = webhook.verify(&headers, body).unwrap().event().unwrap();
    (Change::of(&event.payload).unwrap().expect("it is about something that is kept"), event.timestamp.unwrap())
}

fn user(name: &str, updated_at: i64) -> Json {
    json!({"id": "user_ann", "object": "user", "first_name": name, "updated_at": updated_at})
}

fn organization(name: &str, updated_at: i64) -> Json {
    json!({"id": "org_1", "object": "organization", "name": name, "updated_at": updated_at})
}

fn membership(id: &str, role: &str, updated_at: i64) -> Json {
    json!({
        "id": id, "object": "organization_membership", "role": role, "updated_at": updated_at,
        "organization": organization("Acme", 1), "public_user_data": {"user_id": "user_ann"},
    })
}

/// All that is kept, and what is known to be gone.
async fn state(database: &Database) -> (Vec<String>, BTreeSet<String>) {
    let state = database.change(|transaction| {
        let mut kept = Vec::new();
        for table in [Table::Users, Table::Organizations, Table::Memberships] {
            kept.extend(part(transaction, table, "")?.into_iter().map(|(_, data)| data));
        }
        let mut deleted = transaction.prepare("SELECT id FROM deleted")?;
        let deleted = deleted.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok((kept, deleted))
    });
    state.await.unwrap()
}

async fn after(events: &[(Change, Timestamp)]) -> (Vec<String>, BTreeSet<String>) {
    let database = Database::in_memory().unwrap();
    for (change, told_at) in events.iter().cloned() {
        database.change(move |transaction| change.apply(transaction, told_at)).await.unwrap();
    }
    state(&database).await
}

/// Numbers that look random, and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// The same events in another order, some of them several times.
fn shuffled(events: &[(Change, Timestamp)], numbers: &mut Numbers) -> Vec<(Change, Timestamp)> {
    let mut shuffled = events.to_vec();
    for _ in 0..events.len() {
        shuffled.push(events[numbers.below(events.len())].clone());
    }
    for last in (1..shuffled.len()).rev() {
        shuffled.swap(last, numbers.below(last + 1));
    }
    shuffled
}

#[tokio::test]
async fn events_leave_the_same_in_any_order_and_however_often_they_come() {
    let living = vec![
        event("user.created", 10, &user("Ann", 10)),
        event("user.updated", 20, &user("Anna", 20)),
        event("user.updated", 30, &user("Anne", 30)),
        // Somebody signed in: nothing that counts as an update.
        event("user.updated", 40, &user("Anne the second", 30)),
        // Two changes within one millisecond.
        event("user.updated", 40, &user("Anne the third", 30)),
        event("organization.created", 11, &organization("Acme", 11)),
        event("organization.updated", 21, &organization("Acme & Co", 21)),
        event("organizationMembership.created", 12, &membership("orgmem_1", "org:member", 12)),
        event("organizationMembership.updated", 22, &membership("orgmem_1", "org:admin", 22)),
        event("organizationMembership.deleted", 32, &membership("orgmem_1", "org:admin", 22)),
        event("organizationMembership.created", 42, &membership("orgmem_2", "org:member", 42)),
    ];
    let with_the_end = |kind: &str, id: &str| {
        let mut events = living.clone();
        events.push(event(kind, 50, &json!({"id": id, "deleted": true})));
        events
    };
    let histories = [
        (living.clone(), 3),
        (with_the_end("user.deleted", "user_ann"), 1),
        (with_the_end("organization.deleted", "org_1"), 1),
    ];
    for (events, left) in histories {
        let expected = after(&events).await;
        assert_eq!(expected.0.len(), left, "{expected:?}");
        for seed in 0..150 {
            let shuffled = shuffled(&events, &mut Numbers(seed));
            assert_eq!(after(&shuffled).await, expected, "the order of seed {seed}");
        }
    }
}

#[tokio::test]
async fn the_later_state_wins_whichever_comes_first() {
    let (old, new) = (event("user.created", 10, &user("Ann", 10)), event("user.updated", 20, &user("Anna", 20)));
    for events in [[old.clone(), new.clone()], [new, old]] {
        let (kept, _) = after(&events).await;
        assert!(kept[0].contains("\"Anna\""), "{kept:?}");
    }
}

#[tokio::test]
async fn who_was_deleted_does_not_come_back_and_takes_their_memberships_along() {
    let gone = event("user.deleted", 50, &json!({"id": "user_ann", "deleted": true}));
    let late = [
        event("user.updated", 60, &user("Ann", 60)),
        event("organizationMembership.updated", 60, &membership("orgmem_1", "org:admin", 60)),
    ];
    for events in
        [vec![gone.clone()], [vec![gone.clone()], late.to_vec()].concat(), [late.to_vec(), vec![gone]].concat()]
    {
        let (kept, deleted) = after(&events).await;
        assert!(kept.is_empty(), "{kept:?}");
        assert!(deleted.contains("user_ann"));
    }
}

#[tokio::test]
async fn columns_are_computed_from_what_clerk_said() {
    let database = Database::in_memory().unwrap();
    let mut ann = user("Ann", 10);
    ann["primary_email_address_id"] = json!("idn_2");
    ann["email_addresses"] = json!([
        {"id": "idn_1", "object": "email_address", "email_address": "ann@example.org"},
        {"id": "idn_2", "object": "email_address", "email_address": "ann@example.com"},
    ]);
    for (change, told_at) in [
        event("user.created", 10, &ann),
        event("organizationMembership.created", 12, &membership("orgmem_1", "org:admin", 12)),
    ] {
        database.change(move |transaction| change.apply(transaction, told_at)).await.unwrap();
    }
    let found: (String, String, String, String) = database
        .change(|transaction| {
            let sql = "SELECT users.first_name, email_address, organization_id, role FROM users
                       JOIN memberships ON memberships.user_id = users.id
                       JOIN email_addresses ON email_addresses.user_id = users.id AND is_primary";
            transaction.query_one(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        })
        .await
        .unwrap();
    assert_eq!(found, ("Ann".into(), "ann@example.com".into(), "org_1".into(), "org:admin".into()));
}
