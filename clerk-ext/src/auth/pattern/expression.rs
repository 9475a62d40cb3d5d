//! The inner language: the part of regular expressions that path patterns use.
//!
//! What it does not know is an error: a pattern must not match other paths than its author meant.

use std::{iter::Peekable, str::Chars};

/// Groups in groups.
const DEEPEST: usize = 16;

/// How often a count may repeat something.
const MOST: u32 = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Set(Set),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat { node: Box<Node>, least: u32, most: Option<u32>, greedy: bool },
}

/// Characters that may stand in one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Set {
    pub(super) ranges: Vec<(char, char)>,
    pub(super) negated: bool,
}

impl Set {
    pub(super) fn one(char: char) -> Self {
        Self { ranges: vec![(char, char)], negated: false }
    }

    /// Whether it holds a character, in either case.
    pub(super) fn holds(&self, char: char) -> bool {
        let either = [char.to_ascii_lowercase(), char.to_ascii_uppercase()];
        let is_in = |char: &char| self.ranges.iter().any(|(first, last)| (first..=last).contains(&char));
        either.iter().any(is_in) != self.negated
    }
}

const DIGITS: &[(char, char)] = &[('0', '9')];
const WORDS: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
const BLANKS: &[(char, char)] = &[
    ('\t', '\r'),
    (' ', ' '),
    ('\u{a0}', '\u{a0}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{2000}', '\u{200a}'),
    ('\u{2028}', '\u{2029}'),
    ('\u{202f}', '\u{202f}'),
    ('\u{205f}', '\u{205f}'),
    ('\u{3000}', '\u{3000}'),
    ('\u{feff}', '\u{feff}'),
];
const LINE_ENDS: &[(char, char)] = &[('\n', '\n'), ('\r', '\r'), ('\u{2028}', '\u{2029}')];

pub(super) fn read(expression: &str) -> Result<Node, String> {
    let mut reader = Reader { chars: expression.chars().peekable(), depth: 0 };
    let node = reader.either()?;
    match reader.chars.next() {
        None => Ok(node),
        Some(_) => Err("has an expression with a parenthesis that opens nothing".into()),
    }
}

struct Reader<'e> {
    chars: Peekable<Chars<'e>>,
    depth: usize,
}

impl Reader<'_> {
    fn either(&mut self) -> Result<Node, String> {
        let mut branches = vec![self.sequence()?];
        while self.chars.next_if_eq(&'|').is_some() {
            branches.push(self.sequence()?);
        }
        Ok(match branches.pop() {
            Some(branch) if branches.is_empty() => branch,
            last => Node::Either(branches.into_iter().chain(last).collect()),
        })
    }

    fn sequence(&mut self) -> Result<Node, String> {
        let mut nodes = Vec::new();
        while self.chars.peek().is_some_and(|char| !matches!(char, '|' | ')')) {
            let node = self.atom()?;
            nodes.push(self.repeated(node)?);
        }
        Ok(Node::Sequence(nodes))
    }

    fn atom(&mut self) -> Result<Node, String> {
        Ok(Node::Set(match self.chars.next() {
            Some('(') => return self.group(),
            Some('[') => self.set()?,
            Some('.') => Set { ranges: LINE_ENDS.to_vec(), negated: true },
            Some('\\') => match self.escape()? {
                Escape::Char(char) => Set::one(char),
                Escape::Class(ranges, negated) => Set { ranges: ranges.to_vec(), negated },
            },
            Some(char @ ('^' | '$')) => {
                return Err(format!("has {char} in an expression; patterns are anchored anyway"));
            }
            Some(char @ ('*' | '+' | '?' | '{' | '}' | ']')) => {
                return Err(format!("has {char} in an expression where nothing can be repeated or closed"));
            }
            Some(char) => Set::one(char),
            None => return Err("has an expression that ends too early".into()),
        }))
    }

    fn group(&mut self) -> Result<Node, String> {
        if (self.chars.next(), self.chars.next()) != (Some('?'), Some(':')) {
            return Err("has a group in an expression that is none of (?:…)".into());
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("has groups more than {DEEPEST} deep"));
        }
        let node = self.either()?;
        self.depth -= 1;
        self.chars.next_if_eq(&')').ok_or("has a group in an expression that does not close")?;
        Ok(node)
    }

    fn repeated(&mut self, node: Node) -> Result<Node, String> {
        let (least, most) = match self.chars.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => self.counts()?,
            _ => return Ok(node),
        };
        self.chars.next();
        let greedy = self.chars.next_if_eq(&'?').is_none();
        Ok(Node::Repeat { node: Box::new(node), least, most, greedy })
    }

    /// Up to the brace that closes, without it.
    fn counts(&mut self) -> Result<(u32, Option<u32>), String> {
        let wrong = || format!("has braces in an expression that are no counts up to {MOST}");
        self.chars.next();
        let mut text = String::new();
        while let Some(char) = self.chars.next_if(|char| *char != '}') {
            text.push(char);
        }
        let count = |text: &str| {
            let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_plain.then(|| text.parse().ok()).flatten().filter(|count| *count <= MOST).ok_or_else(wrong)
        };
        self.chars.peek().ok_or_else(wrong)?;
        let (least, most) = match text.split_once(',') {
            None => (count(&text)?, Some(count(&text)?)),
            Some((least, "")) => (count(least)?, None),
            Some((least, most)) => (count(least)?, Some(count(most)?)),
        };
        if most.is_some_and(|most| most < least) { Err(wrong()) } else { Ok((least, most)) }
    }

    fn set(&mut self) -> Result<Set, String> {
        let open = || String::from("has a [ in an expression that does not close");
        let mut set = Set { negated: self.chars.next_if_eq(&'^').is_some(), ..Set::default() };
        loop {
            let first = match self.chars.next().ok_or_else(open)? {
                ']' => return Ok(set),
                '\\' => match self.escape()? {
                    Escape::Class(ranges, negated) => {
                        set.ranges.extend(if negated { others(ranges) } else { ranges.to_vec() });
                        continue;
                    }
                    Escape::Char(char) => char,
                },
                char => char,
            };
            let mut ahead = self.chars.clone();
            if ahead.next() != Some('-') || ahead.next() == Some(']') {
                set.ranges.push((first, first));
                continue;
            }
            self.chars.next();
            let last = match self.chars.next().ok_or_else(open)? {
                '\\' => match self.escape()? {
                    Escape::Class(..) => return Err("has a range in an expression that ends in a class".into()),
                    Escape::Char(char) => char,
                },
                char => char,
            };
            if last < first {
                return Err("has a range in an expression that ends before it begins".into());
            }
            set.ranges.push((first, last));
        }
    }

    fn escape(&mut self) -> Result<Escape, String> {
        Ok(match self.chars.next().ok_or("has an expression that ends in a backslash")? {
            'd' => Escape::Class(DIGITS, false),
            'D' => Escape::Class(DIGITS, true),
            'w' => Escape::Class(WORDS, false),
            'W' => Escape::Class(WORDS, true),
            's' => Escape::Class(BLANKS, false),
            'S' => Escape::Class(BLANKS, true),
            char if char.is_ascii_alphanumeric() => {
                return Err(format!("has \\{char} in an expression, which is not supported"));
            }
            char => Escape::Char(char),
        })
    }
}

enum Escape {
    Char(char),
    Class(&'static [(char, char)], bool),
}

/// All characters between those of a class, which is in order.
fn others(ranges: &[(char, char)]) -> Vec<(char, char)> {
    let before = |char: char| (u32::from(char).checked_sub(1)).and_then(char::from_u32);
    let after = |char: char| (u32::from(char).checked_add(1)).and_then(char::from_u32);
    let starts = std::iter::once(Some('\0')).chain(ranges.iter().map(|(_, last)| after(*last)));
    let ends = ranges.iter().map(|(first, _)| before(*first)).chain(std::iter::once(Some(char::MAX)));
    starts.zip(ends).filter_map(|(start, end)| start.zip(end)).filter(|(start, end)| start <= end).collect()
}
