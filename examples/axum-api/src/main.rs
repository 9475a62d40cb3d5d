//! An API on axum: roles, a guard around a whole router, webhooks.

fn main() {}
