//! Users, organizations and memberships kept in SQLite from webhooks.

fn main() {}
