//! Signing people in from programs that run on their devices.

pub mod store;
