//! Metadata of any shape: what the client says about a change is what the server then holds.

use std::future::Future;

use clerk_ext::{
    ErrorKind, Json, JsonMap,
    backend::{Backend, Organization, OrganizationMembership, User},
    metadata::Patch,
};
use clerk_local::LocalClerk;
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::world::backend;

/// Keys that changes have a chance to meet again, among them what paths, headers and forms would trip over.
fn key() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 12] =
        ["", "a", "b", "plan", "a.b", "with space", "naïve", "日本", "🦀", "quote\"s", "__proto__", "null"];
    prop_oneof![9 => proptest::sample::select(&KNOWN[..]).prop_map(str::to_owned), 1 => "\\PC{0,8}"]
}

fn leaf() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        (-1_000_i64..1_000).prop_map(Json::from),
        any::<f64>().prop_filter_map("not a number", |number| serde_json::Number::from_f64(number).map(Json::Number)),
        "\\PC{0,12}".prop_map(Json::from),
        "[\\x00-\\x1f\\x7f\"\\\\]{0,4}".prop_map(Json::from),
    ]
}

fn value() -> impl Strategy<Value = Json> {
    leaf().prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            btree_map(key(), inner, 0..4).prop_map(|object| object.into_iter().collect()),
        ]
    })
}

fn object() -> impl Strategy<Value = Json> {
    btree_map(key(), value(), 0..5).prop_map(|object| object.into_iter().collect())
}

/// Runs a property over HTTP, in the same cases each time.
fn check<S: Strategy, F: Future<Output = Result<(), TestCaseError>>>(
    cases: u32,
    strategy: S,
    property: impl Fn(World, S::Value) -> F,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&strategy, |value| runtime.block_on(property(world.clone(), value)));
    drop(runtime);
    outcome.unwrap();
}

/// A Clerk with a user who is a member of an organization.
#[derive(Clone)]
struct World {
    _local: std::sync::Arc<LocalClerk>,
    clerk: Backend,
    user: String,
    organization: String,
}

impl World {
    async fn new() -> Self {
        let local = LocalClerk::builder().start().await.unwrap();
        let clerk = backend(&local).with_network(|network| network.limiter(None));
        let user = clerk
            .users()
            .create()
            .email_address(["ann@example.com"])
            .skip_password_requirement(true)
            .await
            .unwrap()
            .raw
            .id
            .to_string();
        let organization = clerk.organizations().create("Acme").await.unwrap().raw.id.to_string();
        clerk.organization_memberships().create(&organization, &user, "org:member").await.unwrap();
        Self { _local: local.into(), clerk, user, organization }
    }

    /// The public, private and unsafe metadata of the user, as the server has them now.
    async fn user(&self) -> [Json; 3] {
        let user = self.clerk.raw().get_user(&self.user).await.unwrap();
        [user.public_metadata, user.private_metadata, user.unsafe_metadata].map(Json::Object)
    }

    async fn organization(&self) -> [Json; 2] {
        let organization = self.clerk.raw().get_organization(&self.organization).await.unwrap();
        [organization.public_metadata, organization.private_metadata].map(Json::Object)
    }

    async fn membership(&self) -> [Json; 2] {
        let members = self.clerk.raw().list_organization_memberships(&self.organization).await.unwrap();
        let member = members.data.into_iter().next().unwrap();
        [member.public_metadata, member.private_metadata].map(Json::Object)
    }
}

fn of_user(user: User) -> [Json; 3] {
    [user.public, user.private, user.unsafe_]
}

fn of_organization(organization: Organization) -> [Json; 2] {
    [organization.public, organization.private]
}

fn of_membership(membership: OrganizationMembership) -> [Json; 2] {
    [membership.public, membership.private]
}

fn patch(change: &Json) -> Patch<Json> {
    change.clone().into()
}

/// What the client says that a change makes of what is there.
fn applied<const N: usize>(changes: &[Json; N], mut stored: [Json; N]) -> [Json; N] {
    stored.iter_mut().zip(changes).for_each(|(stored, change)| patch(change).apply(stored));
    stored
}

#[test]
fn what_was_replaced_and_merged_for_a_user_is_what_the_server_holds() {
    let parts = || [object(), object(), object()];
    check(64, (parts(), parts()), |world, (stored, change)| async move {
        let update = || world.clerk.users().update(&world.user);
        let [public, private, unsafe_] = &stored;
        let answer = update().replace_public(public).replace_private(private).replace_unsafe(unsafe_).await.unwrap();
        prop_assert_eq!(of_user(answer), stored.clone());
        prop_assert_eq!(world.user().await, stored.clone());

        let [public, private, unsafe_] = &change;
        let update = update().public(patch(public)).private(patch(private)).unsafe_(patch(unsafe_));
        let answer = of_user(update.await.unwrap());
        prop_assert_eq!(&answer, &applied(&change, stored));
        prop_assert_eq!(answer, world.user().await);
        Ok(())
    });
}

#[test]
fn what_was_replaced_and_merged_for_an_organization_is_what_the_server_holds() {
    let parts = || [object(), object()];
    check(64, (parts(), parts()), |world, (stored, change)| async move {
        let update = || world.clerk.organizations().update(&world.organization);
        let answer = update().replace_public(&stored[0]).replace_private(&stored[1]).await.unwrap();
        prop_assert_eq!(of_organization(answer), stored.clone());
        prop_assert_eq!(world.organization().await, stored.clone());

        let answer = update().public(patch(&change[0])).private(patch(&change[1])).await.unwrap();
        let answer = of_organization(answer);
        prop_assert_eq!(&answer, &applied(&change, stored));
        prop_assert_eq!(answer, world.organization().await);
        Ok(())
    });
}

#[test]
fn what_was_merged_for_a_membership_is_what_the_server_holds() {
    // It cannot be replaced: each case changes what the one before left.
    check(64, [object(), object()], |world, change| async move {
        let before = world.membership().await;
        let memberships = world.clerk.organization_memberships();
        let update = memberships.update_metadata(&world.organization, &world.user);
        let answer = of_membership(update.public(patch(&change[0])).private(patch(&change[1])).await.unwrap());
        prop_assert_eq!(&answer, &applied(&change, before));
        prop_assert_eq!(answer, world.membership().await);
        Ok(())
    });
}

/// What is left of a value that was merged: `null` deletes.
fn without_nulls(value: &Json) -> Json {
    match value {
        Json::Object(object) => {
            let left = object.iter().filter(|(_, value)| !value.is_null());
            left.map(|(key, value)| (key.clone(), without_nulls(value))).collect()
        }
        other => other.clone(),
    }
}

#[test]
fn the_change_between_two_values_makes_one_of_the_other_on_the_server() {
    check(64, [object(), object()], |world, [before, after]| async move {
        // Only what can be merged can be stored and found again; lists keep their nulls.
        let (before, after) = (without_nulls(&before), without_nulls(&after));
        let update = || world.clerk.users().update(&world.user);
        update().replace_private(&before).await.unwrap();
        let change = Patch::between(&before, &after).unwrap();
        let answer = update().private(change).await.unwrap();
        prop_assert_eq!(&answer.private, &after);
        prop_assert_eq!(&world.user().await[1], &after);
        Ok(())
    });
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Plan {
    plan: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seats: Option<u32>,
    #[serde(default)]
    limits: Limits,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Limits {
    #[serde(default)]
    users: u64,
}

clerk_ext::metadata! { struct App { user_public: Plan } }

fn plan() -> impl Strategy<Value = Plan> {
    ("\\PC{0,8}", any::<Option<u32>>(), any::<u64>()).prop_map(|(plan, seats, users)| Plan {
        plan,
        seats,
        limits: Limits { users },
    })
}

/// The keys that `Plan` does not know, at both depths.
fn unknown(stored: &Json) -> Json {
    let mut stored = stored.clone();
    let object = stored.as_object_mut().unwrap();
    object.remove("plan");
    object.remove("seats");
    if let Some(Json::Object(limits)) = object.get_mut("limits") {
        limits.remove("users");
    }
    stored
}

#[test]
fn a_type_that_knows_few_keys_loses_no_others_by_changing_and_all_by_replacing() {
    check(64, (object(), object(), plan(), plan()), |world, (others, limits, first, second)| async move {
        let mut stored = others.as_object().cloned().unwrap_or_default();
        let mut limits = limits.as_object().cloned().unwrap_or_default();
        limits.insert("users".to_owned(), first.limits.users.into());
        stored.insert("plan".to_owned(), first.plan.clone().into());
        stored.insert("seats".to_owned(), first.seats.into());
        stored.insert("limits".to_owned(), limits.into());
        let stored = Json::Object(stored);
        world.clerk.users().update(&world.user).replace_public(&stored).await.unwrap();

        let typed = world.clerk.typed::<App>();
        let ann = typed.users().get(&world.user).await.unwrap();
        prop_assert_eq!(&ann.public, &first);
        let edited = Patch::edit(&ann.public, |plan| plan.clone_from(&second)).unwrap();
        prop_assert_eq!(&edited, &Patch::between(&first, &second).unwrap());
        let answer = typed.users().update(&world.user).public(edited).await.unwrap();
        prop_assert_eq!(&answer.public, &second);
        let [held, ..] = world.user().await;
        prop_assert_eq!(unknown(&held), unknown(&stored));

        typed.users().update(&world.user).replace_public(&second).await.unwrap();
        let [held, ..] = world.user().await;
        prop_assert_eq!(held, serde_json::to_value(&second).unwrap());
        Ok(())
    });
}

#[tokio::test]
async fn metadata_that_does_not_fit_is_named_by_id_and_place_and_its_value_by_nothing() {
    let world = World::new().await;
    let typed = world.clerk.typed::<App>();
    for (stored, path) in [
        (json!({ "plan": 4711 }), "public_metadata.plan"),
        (json!({ "seats": 4711 }), "public_metadata"),
        (json!({ "plan": "4711", "limits": { "users": "4711" } }), "public_metadata.limits.users"),
        (json!({ "plan": "4711", "seats": -4711 }), "public_metadata.seats"),
    ] {
        world.clerk.users().update(&world.user).replace_public(&stored).await.unwrap();
        let mut stream = typed.users().list().stream();
        let errors = [
            typed.users().get(&world.user).await.unwrap_err(),
            typed.users().update(&world.user).first_name("Ann").await.unwrap_err(),
            typed.users().list().page().await.unwrap_err(),
            stream.try_next().await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!((error.kind(), error.path()), (ErrorKind::Metadata, Some(path)));
            let (text, debug) = (error.to_string(), format!("{error:?}"));
            assert!(text.contains(&world.user) && text.contains(path), "{text}");
            assert!(!text.contains("4711") && !debug.contains("4711"), "{text} {debug}");
        }
    }
}

#[tokio::test]
async fn a_walk_hands_over_what_does_not_fit_and_goes_on() {
    let world = World::new().await;
    let (clerk, typed) = (&world.clerk, world.clerk.typed::<App>());
    clerk.users().delete(&world.user).await.unwrap();
    for n in 0..30 {
        let metadata = if n % 3 == 0 { json!({ "seats": n }) } else { json!({ "plan": "pro", "seats": n }) };
        clerk
            .users()
            .create()
            .email_address([format!("user{n}@example.com")])
            .skip_password_requirement(true)
            .public(&metadata)
            .await
            .unwrap();
    }
    let mut users = typed.users().list().order_by("created_at").page_size(7).or_raw().stream();
    let (mut fit, mut unfit) = (Vec::new(), Vec::new());
    while let Some(user) = users.try_next().await.unwrap() {
        match user {
            Ok(user) => fit.push(user.public.seats.unwrap()),
            Err(misfit) => {
                assert_eq!(misfit.error.kind(), ErrorKind::Metadata);
                assert!(misfit.error.to_string().contains(misfit.raw.id.as_str()), "{}", misfit.error);
                unfit.push(misfit.raw.public_metadata["seats"].as_u64().unwrap());
            }
        }
    }
    assert_eq!((fit.len(), unfit.len()), (20, 10));
    assert!(unfit.iter().all(|seats| seats % 3 == 0) && fit.iter().all(|seats| seats % 3 != 0));

    let page = typed.users().list().page_size(5).or_raw().page().await.unwrap();
    assert_eq!(page.data.iter().filter(|user| user.is_err()).count(), 1 + usize::from(page.data[0].is_err()));
    let error = typed.users().list().page().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Metadata);
}

#[tokio::test]
async fn a_user_without_metadata_is_read_by_a_type_that_needs_none() {
    let world = World::new().await;
    let ann = world.clerk.users().get(&world.user).await.unwrap();
    assert_eq!([ann.public, ann.private, ann.unsafe_], [json!({}), json!({}), json!({})]);
    assert_eq!(JsonMap::new(), ann.raw.public_metadata);
}
