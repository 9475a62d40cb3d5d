//! Requests to your own server: who is signed in, and what they may.

mod cookies;
mod incoming;
mod jwt;
mod pattern;
mod reason;
mod token_error;

pub use self::{reason::Reason, token_error::TokenError};
