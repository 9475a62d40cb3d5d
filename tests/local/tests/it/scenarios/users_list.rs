//! Finding users.

use std::time::Duration;

use clerk_bapi::users::GetUserList;
use clerk_core::{ErrorCode, Timestamp, UserId};
use clerk_local::{Seed, SeedUser};

use crate::world::World;

scenarios![
    users_are_found_by_every_filter,
    users_come_in_the_order_that_is_asked_for,
    a_list_is_walked_through_by_offset_and_by_cursor,
    a_list_refuses_what_it_cannot_do,
    times_bound_a_list_on_both_sides,
];

async fn three(world: &World) -> [UserId; 3] {
    let seed: Seed = serde_json::from_value(serde_json::json!({"users": [
        {"id": "user_a", "email_addresses": ["ann@example.com"], "username": "ann_lee", "first_name": "Ann",
         "last_name": "Lee", "external_id": "1", "external_accounts": [["google", "g-1"]]},
        {"id": "user_b", "email_addresses": ["ben@example.org"], "phone_numbers": ["+15555550100"],
         "first_name": "Ben", "external_id": "2"},
        {"id": "user_c", "email_addresses": ["cid@example.com"], "first_name": "Änne", "last_name": "Zorn",
         "external_id": "3", "banned": true},
    ]}))
    .unwrap();
    world.local.seed(&seed).unwrap();
    ["user_a", "user_b", "user_c"].map(UserId::from)
}

async fn found(list: GetUserList) -> Vec<String> {
    let users = list.order_by("+created_at").send().await.unwrap();
    users.iter().map(|user| user.id.as_str().trim_start_matches("user_").to_owned()).collect()
}

async fn users_are_found_by_every_filter(world: World) {
    three(&world).await;
    let backend = world.backend();
    let list = || backend.get_user_list();
    assert_eq!(found(list()).await, ["a", "b", "c"]);
    assert_eq!(found(list().email_address(["ANN@example.com", "ben@example.org", "x@example.com"])).await, ["a", "b"]);
    assert_eq!(found(list().phone_number(["+15555550100"])).await, ["b"]);
    assert_eq!(found(list().username(["Ann_Lee"])).await, ["a"]);
    assert_eq!(found(list().external_id(["+1", "3"])).await, ["a", "c"]);
    assert_eq!(found(list().external_id(["-1"])).await, ["b", "c"]);
    assert_eq!(found(list().user_id(["user_c", "user_a", "user_a"])).await, ["a", "c"]);
    assert_eq!(found(list().user_id(["-user_b"])).await, ["a", "c"]);
    assert_eq!(found(list().provider("oauth_google")).await, ["a"]);
    assert_eq!(found(list().provider("oauth_google").provider_user_id(["g-1"])).await, ["a"]);
    assert!(found(list().provider("oauth_google").provider_user_id(["g-2"])).await.is_empty());
    assert!(found(list().web3_wallet(["0xabc"])).await.is_empty());
    assert!(found(list().organization_id(["org_none"])).await.is_empty());
    assert_eq!(found(list().query("EXAMPLE.COM")).await, ["a", "c"]);
    assert_eq!(found(list().query("ann lee")).await, ["a"]);
    assert_eq!(found(list().query("5550100")).await, ["b"]);
    assert_eq!(found(list().name_query("äN")).await, ["c"]);
    assert_eq!(found(list().email_address_query(".org")).await, ["b"]);
    assert_eq!(found(list().username_query("lee")).await, ["a"]);
    assert_eq!(found(list().phone_number_query("+1555")).await, ["b"]);
    assert_eq!(found(list().banned(true)).await, ["c"]);
    assert_eq!(found(list().banned(false).query("example.com")).await, ["a"]);
    assert_eq!(backend.get_users_count().send().await.unwrap().total_count, 3);
    assert_eq!(backend.get_users_count().query("example.com").send().await.unwrap().total_count, 2);
}

async fn users_come_in_the_order_that_is_asked_for(world: World) {
    three(&world).await;
    let backend = world.backend();
    let orders = [
        ("", "c b a"),
        ("created_at", "a b c"),
        ("-created_at", "c b a"),
        ("+email_address", "a b c"),
        ("-email_address", "c b a"),
        ("first_name", "a b c"),
        ("-first_name", "c b a"),
        ("last_name", "a c b"),
        ("-last_name", "c a b"),
        ("phone_number", "b a c"),
        ("username", "a b c"),
        ("-web3wallet", "c b a"),
        ("updated_at", "a b c"),
        ("last_active_at", "a b c"),
        ("-last_sign_in_at", "c b a"),
    ];
    for (order, expected) in orders {
        let users = backend.get_user_list().order_by(order).send().await.unwrap();
        let ids: Vec<_> = users.iter().map(|user| user.id.as_str().trim_start_matches("user_")).collect();
        assert_eq!(ids.join(" "), expected, "{order}");
    }
}

async fn a_list_is_walked_through_by_offset_and_by_cursor(world: World) {
    let users = (0..25).map(|n| SeedUser::new(format!("user{n:02}@example.com")));
    world.local.seed(&users.fold(Seed::default(), Seed::user)).unwrap();
    let backend = world.backend();
    let all = backend.get_user_list().limit(500).send().await.unwrap();
    assert_eq!(all.len(), 25);
    assert_eq!(all[0].email_addresses[0].email_address, "user24@example.com");
    assert_eq!(backend.get_user_list().send().await.unwrap().len(), 10);
    for order in ["-created_at", "+email_address", "-email_address"] {
        let all = backend.get_user_list().limit(500).order_by(order).send().await.unwrap();
        let mut by_offset = Vec::new();
        let mut by_cursor = Vec::new();
        for offset in (0..30).step_by(6) {
            let page = backend.get_user_list().limit(6).offset(offset).order_by(order).send().await.unwrap();
            by_offset.extend(page.iter().map(|user| user.id.clone()));
        }
        loop {
            let mut page = backend.get_user_list().limit(7).order_by(order);
            if let Some(last) = by_cursor.last() {
                page = page.starting_after(last);
            }
            let page = page.send().await.unwrap();
            if page.is_empty() {
                break;
            }
            by_cursor.extend(page.iter().map(|user| user.id.clone()));
        }
        let all: Vec<_> = all.iter().map(|user| user.id.clone()).collect();
        assert_eq!((&by_offset, &by_cursor), (&all, &all), "{order}");
    }
}

async fn a_list_refuses_what_it_cannot_do(world: World) {
    let backend = world.backend();
    let list = || backend.get_user_list();
    let attempts = [
        (list().limit(501), "form_param_value_invalid"),
        (list().limit(0), "form_param_value_invalid"),
        (list().offset(-1), "form_param_value_invalid"),
        (list().order_by("shoe_size"), "form_param_value_invalid"),
        (list().starting_after("user_none"), "form_param_value_invalid"),
        (list().provider_user_id(["1"]), "form_conditional_param_missing"),
        (list().email_address(vec!["a@example.com"; 101]), "form_param_array_size_exceeded"),
    ];
    for (attempt, code) in attempts {
        let error = attempt.send().await.unwrap_err();
        assert_eq!((error.status().unwrap().as_u16(), error.code().map(ErrorCode::as_str)), (422, Some(code)));
    }
}

async fn times_bound_a_list_on_both_sides(world: World) {
    let clock = clerk_local::Clock::frozen(Timestamp::from_millis(1_700_000_000_000));
    let world = world.rebuilt(|builder| builder.clock(clock)).await;
    let backend = world.backend();
    let mut made = Vec::new();
    for n in 0..3 {
        let user = backend.create_user().email_address([format!("user{n}@example.com")]);
        made.push(user.skip_password_requirement(true).send().await.unwrap());
        world.local.clock().advance(Duration::from_secs(10));
    }
    let second = made[1].created_at.unwrap();
    let ids = |users: &[clerk_bapi::types::User]| users.iter().map(|user| user.id.clone()).collect::<Vec<_>>();
    let after = backend.get_user_list().created_at_after(second).send().await.unwrap();
    assert_eq!(ids(&after), [made[2].id.clone()]);
    let before = backend.get_user_list().created_at_before(second).send().await.unwrap();
    assert_eq!(ids(&before), [made[0].id.clone()]);
    // Nobody has been active yet.
    assert!(backend.get_user_list().last_active_at_after(second).send().await.unwrap().is_empty());
    assert!(backend.get_user_list().last_sign_in_at_before(second).send().await.unwrap().is_empty());
}
