//! What the tour prints.

use std::fmt::Display;

use crate::Result;

/// A headline.
pub(crate) fn chapter(title: &str) {
    println!("\n{title}");
}

/// What is done, and what came of it.
pub(crate) fn line(what: &str, outcome: impl Display) {
    println!("  {what:<44}  {outcome}");
}

/// The same, where the outcome is known beforehand: another one ends the tour.
pub(crate) fn expect(what: &str, outcome: impl Display, expected: impl Display) -> Result {
    let (outcome, expected) = (outcome.to_string(), expected.to_string());
    line(what, &outcome);
    if outcome == expected { Ok(()) } else { Err(format!("{what}: expected {expected}, got {outcome}").into()) }
}
