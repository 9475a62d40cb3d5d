//! What is said about tokens, requests, errors and the configuration.

mod explained;
mod health;
