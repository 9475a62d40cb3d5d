//! What is true whichever API asks for it.

pub(crate) mod api_keys;
pub(crate) mod external;
pub(crate) mod images;
pub(crate) mod metadata;
pub(crate) mod organizations;
pub(crate) mod passwords;
pub(crate) mod sessions;
pub(crate) mod tickets;
pub(crate) mod tokens;
pub(crate) mod users;
pub(crate) mod verification;
