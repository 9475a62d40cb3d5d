//! The layer and the guard for any tower service of HTTP requests.

mod check;
mod guarded;

pub use self::{
    check::{ClerkFuture, ClerkService},
    guarded::{GuardFuture, GuardService},
};
