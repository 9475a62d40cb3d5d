//! An API on poem: roles, a guard around routes, webhooks.

fn main() {}
