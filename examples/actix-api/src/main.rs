//! An API on actix-web: roles, guarded scopes, webhooks.

fn main() {}
