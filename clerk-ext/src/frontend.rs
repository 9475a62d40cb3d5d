//! Signing people in from programs of their own: command lines, desktop and mobile apps, kiosks.

pub mod environment;
mod provider;
mod strategy;

pub use self::{environment::Environment, provider::Provider, strategy::Strategy};
