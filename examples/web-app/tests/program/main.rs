//! The application as its visitors see it: by what goes over the wire, and in a real browser.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)] // a test may panic

mod browser;
mod by_hand;
mod hostile;
mod in_a_browser;
mod seldom;
mod site;
mod wire;
