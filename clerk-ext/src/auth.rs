//! Requests to your own server: who is signed in, and what they may.

mod claims;
mod has;
mod jwt;
mod reason;
mod token_error;

pub use self::{
    claims::{ActiveOrganization, Actor, Claims, Entitlement, FactorAges, SessionStatus},
    has::{Authorization, FactorLevel, Reverification},
    reason::Reason,
    token_error::TokenError,
};
