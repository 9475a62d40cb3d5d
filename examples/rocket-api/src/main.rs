//! An API on Rocket: roles, guarded routes, webhooks.

fn main() {}
