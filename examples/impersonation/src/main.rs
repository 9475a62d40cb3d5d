//! A member of the staff acts for a user, and the API knows who it really is.

fn main() {}
