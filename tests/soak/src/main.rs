//! Clients under random faults.

fn main() {}
