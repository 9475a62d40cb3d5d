//! Patterns of paths, such as `/orgs/:slug(.*)`, in the language of path-to-regexp 6.
//!
//! A pattern is compiled to a small program, and a path is tried against it by backtracking that never does the same
//! thing twice. So the answer is that of the regular expression which path-to-regexp would make, and the cost is at most
//! the length of the path times the length of the program, whatever somebody writes into the address.

mod expression;
mod program;
mod template;

use clerk_core::Error;

use self::{
    program::{Program, Spans},
    template::Part,
};

/// Longer ones are a mistake.
const LONGEST: usize = 1024;

/// Several patterns; a path fits when it fits one of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patterns(Vec<Pattern>);

impl Patterns {
    /// Compiles them, and fails for the first one that is wrong.
    pub(crate) fn compile<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Result<Self, Error> {
        patterns.into_iter().map(|pattern| Pattern::compile(pattern.as_ref())).collect::<Result<_, _>>().map(Self)
    }

    /// What the first pattern finds that fits.
    pub(crate) fn find<'p>(&'p self, path: &'p str) -> Option<Found<'p>> {
        self.0.iter().find_map(|pattern| pattern.find(path))
    }
}

#[derive(Clone, Debug)]
struct Pattern {
    program: Program,
    names: Vec<String>,
}

impl Pattern {
    fn compile(pattern: &str) -> Result<Self, Error> {
        let wrong = |problem: String| Error::config(format!("the path pattern `{}` {problem}", pattern.escape_debug()));
        if pattern.len() > LONGEST {
            return Err(Error::config(format!("a path pattern is longer than {LONGEST} bytes")));
        }
        let parts = template::read(pattern).map_err(wrong)?;
        let program = program::compile(&parts).map_err(wrong)?;
        let names = parts.into_iter().filter_map(|part| match part {
            Part::Parameter { name, .. } => Some(name),
            _ => None,
        });
        Ok(Self { program, names: names.collect() })
    }

    fn find<'p>(&'p self, path: &'p str) -> Option<Found<'p>> {
        self.program.run(path).map(|spans| Found { path, names: &self.names, spans })
    }
}

/// A path that fits, with what its parameters stand for.
#[derive(Debug)]
pub(crate) struct Found<'p> {
    path: &'p str,
    names: &'p [String],
    spans: Spans,
}

impl<'p> Found<'p> {
    /// What a parameter stands for, as it is in the path: still encoded, and all of it where the parameter repeats.
    pub(crate) fn get(&self, name: &str) -> Option<&'p str> {
        // Of two parameters of one name, the reference keeps the later one that took part.
        let mut found = self.names.iter().zip(&self.spans).rev().filter(|(key, _)| *key == name);
        self.path.get(found.find_map(|(_, span)| span.clone())?)
    }
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
mod tests;
