//! Identifiers, keys, codes and digests: everything here that is random or secret.
//!
//! Written for this server alone, so that it shares no code, and no mistake, with the crates it is used to test.

pub(crate) mod codes;
pub(crate) mod encoding;
pub(crate) mod ids;
mod import;
mod key_cache;
pub(crate) mod passkey;
mod passkey_data;
pub(crate) mod password;
pub(crate) mod pkce;
pub(crate) mod signing;
pub(crate) mod totp;
pub(crate) mod webhook;
