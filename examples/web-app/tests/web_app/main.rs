//! The application as its visitors see it: by what goes over the wire, and in a real browser.

mod authenticator;
mod browser;
mod by_hand;
mod in_a_browser;

mod site;
mod wire;
