//! How to test an application of your own against a Clerk on this machine.

fn main() {}
