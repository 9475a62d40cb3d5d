//! The public keys that tokens are checked with.

mod document;
mod pem;
mod public_key;
pub(crate) mod remote;
mod set;

pub(crate) use self::public_key::{Algorithm, PublicKey, SignatureCheck};
pub use self::set::KeySet;
