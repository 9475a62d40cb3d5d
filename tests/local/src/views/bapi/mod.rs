//! What the Backend API shows, and events carry.

pub(crate) mod enterprise;
pub(crate) mod invitation;
pub(crate) mod machine;
pub(crate) mod oauth;
pub(crate) mod organization;
pub(crate) mod session;
pub(crate) mod sign_up;
pub(crate) mod user;
pub(crate) mod verification;
