//! Runs a local Clerk until it is told to stop.

fn main() {}
