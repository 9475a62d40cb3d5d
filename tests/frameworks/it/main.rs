//! The same server in axum, actix-web, Rocket and poem: it answers the same, to the byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]

mod app;
mod call;
mod on_actix;
mod on_axum;
mod on_poem;
mod on_rocket;
mod table;

/// What these tests share with those of servers.
#[allow(unused_imports, reason = "not every test needs all of it")]
#[path = "../../servers/it"]
mod shared {
    pub mod world;
}
