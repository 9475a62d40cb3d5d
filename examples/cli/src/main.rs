//! A command line that people sign in to with their browser: login, whoami, logout.

fn main() {}
