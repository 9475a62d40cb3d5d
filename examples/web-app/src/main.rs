//! A web application on axum: people sign up and in, and look after their profile and organizations.

fn main() {}
