//! What is there from the start.

use clerk_local::{Seed, SeedOrganization, SeedUser};
use serde_json::json;

use crate::world::World;

scenarios![
    a_seed_brings_users_organizations_settings_and_keys,
    a_seed_that_contradicts_itself_names_the_entry_and_adds_nothing,
    a_seed_is_added_to_what_is_there,
    what_is_seeded_did_not_happen,
    the_seed_of_the_readme_is_one,
    the_readme_names_every_setting,
];

fn seed(value: serde_json::Value) -> Seed {
    serde_json::from_value(value).unwrap()
}

async fn a_seed_brings_users_organizations_settings_and_keys(world: World) {
    let seed = seed(json!({
        "settings": {"application_name": "Shop"},
        "keys": {"secret_key": "sk_test_known_in_advance"},
        "users": [
            {"id": "user_ann", "email_addresses": ["ann@example.com"], "password": "short", "username": "ann_lee",
             "phone_numbers": ["+15555550100"], "second_factor_phone_numbers": ["+15555550100"],
             "external_accounts": [["google", "g-1"]], "public_metadata": {"a": 1}},
            {"email_addresses": ["ben@example.com"]}
        ],
        "organizations": [
            {"id": "org_acme", "name": "Acme", "slug": "acme",
             "members": [{"user": "ann_lee", "role": "org:admin"}, {"user": "Ben@example.com"}]}
        ]
    }));
    let world = world.rebuilt(|builder| builder.seed(seed)).await;
    assert_eq!(world.local.secret_key().expose(), "sk_test_known_in_advance");
    let backend = world.backend();
    let ann = backend.get_user("user_ann").send().await.unwrap();
    assert!(ann.two_factor_enabled && ann.public_metadata["a"] == 1);
    assert_eq!(ann.external_accounts[0].provider, "oauth_google");
    assert!(backend.verify_password("user_ann", "short").send().await.unwrap().verified);
    let members =
        backend.get_user_list().organization_id(["org_acme"]).order_by("+email_address").send().await.unwrap();
    let members: Vec<_> = members.iter().map(|user| user.email_addresses[0].email_address.as_str()).collect();
    assert_eq!(members, ["ann@example.com", "ben@example.com"]);
    let others = backend.get_user_list().organization_id(["-org_acme"]).send().await.unwrap();
    assert!(others.is_empty());
}

async fn a_seed_that_contradicts_itself_names_the_entry_and_adds_nothing(world: World) {
    let ann = || json!({"email_addresses": ["ann@example.com"]});
    let organization =
        |members: serde_json::Value| json!({"users": [ann()], "organizations": [{"name": "Acme", "members": members}]});
    let seeds = [
        (json!({"users": [ann(), {"email_addresses": ["ANN@example.com"]}]}), "users[1]", "email address"),
        (json!({"users": [{"id": "user_a"}, {"id": "user_a"}]}), "users[1]", "same id"),
        (json!({"users": [ann(), {"email_addresses": ["ben"]}]}), "users[1]", "ben"),
        (json!({"users": [{"username": "a"}]}), "users[0]", "username"),
        (json!({"users": [{"totp_secret": "1"}]}), "users[0]", "totp_secret"),
        (json!({"users": [{"second_factor_phone_numbers": ["+15555550100"]}]}), "users[0]", "phone_numbers"),
        (json!({"users": [{"private_metadata": {"a": "x".repeat(9000)}}]}), "users[0]", "private_metadata"),
        (json!({"users": [{"id": "a/b"}]}), "users[0]", "a/b"),
        (organization(json!([{"user": "nobody@example.com"}])), "organizations[0]", "nobody@example.com"),
        (organization(json!([{"user": "ann@example.com", "role": "org:king"}])), "organizations[0]", "org:king"),
        (organization(json!([{"user": "ann@example.com"}, {"user": "ann@example.com"}])), "organizations[0]", "twice"),
        (json!({"organizations": [{"name": " "}]}), "organizations[0]", "name"),
        (
            json!({"organizations": [{"name": "a", "slug": "a"}, {"name": "b", "slug": "a"}]}),
            "organizations[1]",
            "slug",
        ),
    ];
    for (value, entry, reason) in seeds {
        let error = world.local.seed(&seed(value)).unwrap_err();
        assert!(error.contains(entry) && error.contains(reason), "{error}");
    }
    assert_eq!(world.backend().get_users_count().send().await.unwrap().total_count, 0);
}

async fn a_seed_is_added_to_what_is_there(world: World) {
    let backend = world.backend();
    let ann = backend.create_user().email_address(["ann@example.com"]).skip_password_requirement(true);
    ann.send().await.unwrap();
    let again = Seed::default().user(SeedUser::new("ann@example.com"));
    assert!(world.local.seed(&again).unwrap_err().contains("ann@example.com"));
    let more = Seed::default()
        .user(SeedUser::new("ben@example.com").id("user_ben").name("Ben", "Oak").password("correct horse battery"))
        .organization(SeedOrganization::new("Acme").member("ann@example.com", "org:admin"));
    world.local.seed(&more).unwrap();
    assert_eq!(backend.get_user("user_ben").send().await.unwrap().last_name.as_deref(), Some("Oak"));
    assert_eq!(backend.get_users_count().send().await.unwrap().total_count, 2);
}

async fn what_is_seeded_did_not_happen(world: World) {
    world.local.seed(&Seed::default().user(SeedUser::new("ann@example.com"))).unwrap();
    assert!(world.local.events().is_empty());
    let backend = world.backend();
    let ben = backend.create_user().email_address(["ben@example.com"]).skip_password_requirement(true);
    ben.send().await.unwrap();
    assert_eq!(world.local.events().len(), 1);
}

async fn the_seed_of_the_readme_is_one(world: World) {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, rest) = readme.split_once("<!-- seed: begin -->\n```json\n").unwrap();
    let (seed, _) = rest.split_once("```\n<!-- seed: end -->").unwrap();
    let seed: Seed = serde_json::from_str(seed).unwrap();
    let world = world.rebuilt(|builder| builder.seed(seed)).await;
    let backend = world.backend();
    let members = backend.get_user_list().organization_id(["org_acme"]).send().await.unwrap();
    assert_eq!(members.len(), 2);
    assert!(backend.verify_totp("user_ann", "first-code").send().await.unwrap().verified);
}

async fn the_readme_names_every_setting(_: World) {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, rest) = readme.split_once("| setting | what it says |").unwrap();
    let (table, _) = rest.split_once("\n\n").unwrap();
    let settings = serde_json::to_value(clerk_local::Settings::default()).unwrap();
    let missing: Vec<_> =
        settings.as_object().unwrap().keys().filter(|name| !table.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
