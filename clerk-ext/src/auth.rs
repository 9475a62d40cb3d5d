//! Requests to your own server: who is signed in, and what they may.

mod builder;
mod claims;
mod clerk;
mod cookies;
pub mod diagnose;
mod field;
mod has;
mod header;
mod incoming;
mod instance_urls;
mod jwt;
mod keys;
mod machine;
mod organization_sync;
mod pattern;
mod payload;
pub mod policy;
pub(crate) mod proxy;
mod reason;
mod redirect;
mod request;
mod return_url;
mod session;
mod session_token;
mod settings;
mod sign_out;
mod state;
mod token_error;
mod token_type;
mod verified_tokens;
mod verify;

pub use self::{
    builder::ClerkBuilder,
    claims::{ActiveOrganization, Actor, Claims, Entitlement, FactorAges, SessionStatus},
    clerk::Clerk,
    has::{Authorization, FactorLevel, Reverification},
    keys::KeySet,
    machine::{ApiKey, CreateM2mToken, M2mToken, M2mTokens, Machine, OAuthActor, OAuthToken, RevokeM2mToken},
    organization_sync::OrganizationSync,
    proxy::{FrontendProxy, FrontendProxyBuilder},
    reason::Reason,
    redirect::Redirects,
    return_url::ReturnUrls,
    session::Session,
    sign_out::SignedOut,
    state::{Auth, RequestState, Status},
    token_error::TokenError,
    token_type::{Accepts, TokenType},
};
