//! What the Frontend API shows.

pub(crate) mod api_key;
pub(crate) mod client;
pub(crate) mod enterprise;
pub(crate) mod environment;
pub(crate) mod organization;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod sign_up;
pub(crate) mod user;
pub(crate) mod verification;
