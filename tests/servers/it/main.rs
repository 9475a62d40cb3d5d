//! Requests and webhooks checked on a server, against the local Clerk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]

mod addresses;
mod answer;
mod attacks;
mod axum_server;
mod browser;
mod claims;
mod cookies;
mod diagnosis;
mod guards;
mod handshake;
mod keys;
mod layers;
mod machine_tokens;
mod organization_sync;
mod policies;
mod proxy;
mod random;
mod redirects;
mod reference;
mod refresh;
mod request_rules;
mod return_urls;
mod review_keys;
mod review_settings;
mod satellite;
mod sign_out;
mod tokens;
mod webhooks;
mod world;
