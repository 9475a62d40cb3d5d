//! The program as somebody tries it by hand: with the seed of the examples, and nothing but requests.

use clerk_local::{LocalClerk, Seed};
use reqwest::Client;
use serde_json::{Value, json};

use crate::world::program;

#[tokio::test]
async fn with_the_seed_of_the_examples_bob_keeps_the_books_of_acme() {
    let seed = Seed::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../seed.json")).unwrap();
    let local = LocalClerk::builder().seed(seed).start().await.unwrap();
    let (_running, url) = program(&local).env("AUTHORIZED_PARTIES", "").serve().await;
    let http = Client::builder().no_proxy().build().unwrap();

    let bob = json!({"user": "bob@example.com", "organization": "acme"});
    let signed_in = http.post(format!("{}/local/sign_in", local.frontend_url())).json(&bob).send().await.unwrap();
    let token = signed_in.json::<Value>().await.unwrap()["session_token"].as_str().unwrap().to_owned();
    let me: Value = http.get(format!("{url}/api/me")).bearer_auth(&token).send().await.unwrap().json().await.unwrap();
    assert_eq!((&me["user"], &me["email"]), (&json!("user_bob"), &json!("bob@example.com")));
    assert_eq!(me["organization"], json!({"id": "org_acme", "role": "org:bookkeeper"}));

    let invoice = json!({"customer": "Zebra", "cents": 1250});
    let invoices = format!("{url}/api/organizations/acme/invoices");
    assert_eq!(http.post(invoices).bearer_auth(&token).json(&invoice).send().await.unwrap().status(), 201);
}
