//! Two services, one of which calls the other with a token for machines.

fn main() {}
