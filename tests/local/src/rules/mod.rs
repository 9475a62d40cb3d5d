//! What is true whichever API asks for it.

pub(crate) mod api_keys;
pub(crate) mod enterprise;
pub(crate) mod external;
pub(crate) mod factors;
pub(crate) mod identifications;
pub(crate) mod images;
pub(crate) mod invitations;
pub(crate) mod lockout;
pub(crate) mod metadata;
pub(crate) mod nonces;
pub(crate) mod oauth;
pub(crate) mod organizations;
pub(crate) mod passkeys;
pub(crate) mod passwords;
pub(crate) mod restrictions;
pub(crate) mod reverification;
pub(crate) mod second_factors;
pub(crate) mod sessions;
pub(crate) mod sign_ins;
pub(crate) mod sign_up_proofs;
pub(crate) mod sign_ups;
pub(crate) mod tasks;
pub(crate) mod tickets;
pub(crate) mod tokens;
pub(crate) mod users;
pub(crate) mod verification;
