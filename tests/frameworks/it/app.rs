//! What the servers have in common: policies, claims, and what is around them.

use std::net::SocketAddr;

use clerk_ext::{
    auth::Accepts,
    policy,
    web::{ClerkLayer, MaybeSignedIn, SignedIn},
    webhooks::Webhook,
};
use serde::Deserialize;
use serde_json::json;

use crate::shared::world::World;

policy! {
    /// Runs the organization.
    pub struct Admin: role("org:admin");

    /// Works in the organization of the path.
    pub struct Colleague: organization_in_path("org");

    /// Has just proved who they are.
    pub struct Verified: reverified(Reverification::Strict);
}

#[derive(Deserialize)]
pub struct Ours {
    tenant: String,
}

/// What a server is made of; without a layer where it was forgotten.
#[derive(Clone)]
pub struct Parts {
    pub layer: Option<ClerkLayer>,
    pub webhook: Option<Webhook>,
}

/// A server that was started. Those that are tasks end with the runtime of the test.
pub struct Server {
    pub address: SocketAddr,
}

pub const WEBHOOK_SECRET: &str = "whsec_dGVzdCBzZWNyZXQ=";

pub fn world() -> World {
    let world = World::production();
    let key = json!({
        "object": "api_key", "id": "ak_1", "subject": "user_9", "name": "key", "scopes": [],
        "revoked": false, "expired": false, "created_at": 1, "updated_at": 1,
    });
    world.api.answer("POST", "/api_keys/verify", 200, key);
    world
}

pub fn parts(world: &World) -> Parts {
    let clerk = world.builder().accepts(Accepts::any()).build().unwrap();
    Parts { layer: Some(ClerkLayer::new(clerk)), webhook: Some(Webhook::new(WEBHOOK_SECRET).unwrap()) }
}

pub fn me(person: &SignedIn) -> String {
    person.user_id().to_string()
}

pub fn tenant(person: &SignedIn<Ours>) -> String {
    person.custom().tenant.clone()
}

pub fn perhaps(person: &MaybeSignedIn) -> String {
    person.as_ref().map_or("nobody".to_owned(), me)
}
