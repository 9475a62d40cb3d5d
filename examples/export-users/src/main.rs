//! All users of an instance to JSON Lines, with a progress bar, and on from where it stopped.

fn main() {}
