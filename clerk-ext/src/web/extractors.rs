//! What handlers ask with, whatever the framework is.

mod extract;
mod require;
mod signed_in;
#[cfg(feature = "backend")]
mod user;

pub(super) use self::extract::Extract;
#[cfg(feature = "backend")]
pub(in crate::web) use self::user::UserOnce;
pub use self::{
    require::Require,
    signed_in::{MaybeSignedIn, SignedIn},
};
pub use crate::auth::Machine;
