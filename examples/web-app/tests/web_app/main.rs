//! The application as its visitors see it: by what goes over the wire, and in a real browser.


mod by_hand;

mod site;
mod wire;
