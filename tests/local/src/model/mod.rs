//! What is kept: plain data, of which both APIs' answers are made.

pub(crate) mod access;
pub(crate) mod client;
pub(crate) mod enterprise;
pub(crate) mod event;
pub(crate) mod image;
pub(crate) mod invitation;
pub(crate) mod machine;
pub(crate) mod message;
pub(crate) mod oauth;
pub(crate) mod organization;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod sign_up;
pub(crate) mod template;
pub(crate) mod user;
pub(crate) mod verification;
