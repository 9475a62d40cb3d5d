//! What people get to see.

use std::{
    fmt,
    io::{self, ErrorKind, Write as _},
};

use crate::problem::Problem;

/// Prints a line. That nobody reads it any more, as behind `| head -0`, is nothing to complain about.
///
/// Names come from other people: what of them would be an order to the terminal is left out.
pub(crate) fn say(line: impl fmt::Display) -> Result<(), Problem> {
    let line = line.to_string().replace(char::is_control, "");
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(Problem::Output),
    }
}
