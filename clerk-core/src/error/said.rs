//! Texts of others, fit for one line of a log.

use std::fmt::{self, Write as _};

/// How many characters of what a server says are printed.
const SHOWN: usize = 500;

pub(crate) fn cut(text: &str) -> &str {
    text.char_indices().nth(SHOWN).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// What a server says, fit for one line of a log.
pub(crate) struct Said<'a>(pub(crate) &'a str);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = cut(self.0);
        write!(f, "{}", OneLine(shown))?;
        if shown.len() < self.0.len() { f.write_char('…') } else { Ok(()) }
    }
}

/// A text without line breaks, terminal commands and marks that turn the direction of what follows.
pub(crate) struct OneLine<'a>(pub(crate) &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => write!(f, "{}", c.escape_unicode()),
            c if c.is_control() => write!(f, "{}", c.escape_default()),
            c => f.write_char(c),
        })
    }
}
