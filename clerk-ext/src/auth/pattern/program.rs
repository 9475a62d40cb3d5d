//! What a pattern is compiled to, and how a path is tried against it.

use std::ops::Range;

use super::{
    expression::{self, Node, Set},
    template::{DELIMITERS, Matcher, Part, Repeat},
};

/// Instructions; counts that repeat each other would make more.
const LARGEST: usize = 4096;

/// What each parameter stands for, where it took part.
pub(super) type Spans = Vec<Option<Range<usize>>>;

#[derive(Clone, Debug)]
pub(super) struct Program {
    steps: Vec<Step>,
    parameters: usize,
}

#[derive(Clone, Debug)]
enum Step {
    /// One character.
    Set(Set),
    /// Nothing, where this text does not follow.
    Unless(Vec<char>),
    /// Goes to the first, and where that leads nowhere, to the second.
    Fork(usize, usize),
    Jump(usize),
    /// Notes where a parameter starts (even slots) or ends (odd ones).
    Mark(usize),
    End,
}

pub(super) fn compile(parts: &[Part]) -> Result<Program, String> {
    let mut writer = Writer { steps: Vec::new(), parameters: 0 };
    for part in parts {
        writer.part(part)?;
    }
    // A delimiter at the end is allowed.
    let delimiters = Set { ranges: DELIMITERS.map(|char| (char, char)).to_vec(), negated: false };
    writer.repeat(Repeat::Optional, true, |writer| writer.push(Step::Set(delimiters.clone())))?;
    writer.push(Step::End)?;
    Ok(Program { steps: writer.steps, parameters: writer.parameters })
}

struct Writer {
    steps: Vec<Step>,
    parameters: usize,
}

type Written = Result<(), String>;

impl Writer {
    fn push(&mut self, step: Step) -> Written {
        if self.steps.len() >= LARGEST {
            return Err("is too large; use fewer or smaller counts".into());
        }
        self.steps.push(step);
        Ok(())
    }

    fn part(&mut self, part: &Part) -> Written {
        match part {
            Part::Text(text) => self.text(text),
            Part::Group { text, repeat } => self.repeat(*repeat, true, |writer| writer.text(text)),
            Part::Parameter { prefix, suffix, matcher, repeat, .. } => {
                let expression = match matcher {
                    Matcher::Expression(text) => Some(expression::read(text)?),
                    Matcher::Segment { .. } => None,
                };
                let value = |writer: &mut Self| match (&expression, matcher) {
                    (Some(node), _) => writer.node(node),
                    (None, Matcher::Segment { until }) => writer.segment(until.as_deref()),
                    (None, Matcher::Expression(_)) => Ok(()),
                };
                let slot = self.parameters * 2;
                self.parameters += 1;
                let whole = |writer: &mut Self| {
                    writer.text(prefix)?;
                    writer.push(Step::Mark(slot))?;
                    value(writer)?;
                    if matches!(repeat, Repeat::Any | Repeat::Many) {
                        writer.repeat(Repeat::Any, true, |writer| {
                            writer.text(suffix)?;
                            writer.text(prefix)?;
                            value(writer)
                        })?;
                    }
                    writer.push(Step::Mark(slot + 1))?;
                    writer.text(suffix)
                };
                let once = match repeat {
                    Repeat::Once | Repeat::Many => Repeat::Once,
                    Repeat::Optional | Repeat::Any => Repeat::Optional,
                };
                self.repeat(once, true, whole)
            }
        }
    }

    fn text(&mut self, text: &str) -> Written {
        text.chars().try_for_each(|char| self.push(Step::Set(Set::one(char))))
    }

    /// As few characters as possible, one at least.
    fn segment(&mut self, until: Option<&str>) -> Written {
        let others = Set { ranges: DELIMITERS.map(|char| (char, char)).to_vec(), negated: true };
        self.repeat(Repeat::Many, false, |writer| {
            if let Some(until) = until {
                writer.push(Step::Unless(until.chars().collect()))?;
            }
            writer.push(Step::Set(others.clone()))
        })
    }

    fn node(&mut self, node: &Node) -> Written {
        match node {
            Node::Set(set) => self.push(Step::Set(set.clone())),
            Node::Sequence(nodes) => nodes.iter().try_for_each(|node| self.node(node)),
            Node::Either(branches) => self.either(branches),
            Node::Repeat { node, least, most, greedy } => {
                for _ in 0..*least {
                    self.node(node)?;
                }
                match most {
                    None => self.repeat(Repeat::Any, *greedy, |writer| writer.node(node)),
                    // Each one more only after the one before it.
                    Some(most) => self.up_to(most - least, *greedy, node),
                }
            }
        }
    }

    fn either(&mut self, branches: &[Node]) -> Written {
        let mut ends = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            if index + 1 == branches.len() {
                self.node(branch)?;
                break;
            }
            let fork = self.hole()?;
            self.node(branch)?;
            ends.push(self.hole()?);
            self.fill(fork, Step::Fork(fork + 1, self.steps.len()));
        }
        for end in ends {
            self.fill(end, Step::Jump(self.steps.len()));
        }
        Ok(())
    }

    fn up_to(&mut self, most: u32, greedy: bool, node: &Node) -> Written {
        let mut forks = Vec::new();
        for _ in 0..most {
            forks.push(self.hole()?);
            self.node(node)?;
        }
        for fork in forks {
            self.fill(fork, Self::fork(fork + 1, self.steps.len(), greedy));
        }
        Ok(())
    }

    fn repeat(&mut self, repeat: Repeat, greedy: bool, body: impl Fn(&mut Self) -> Written) -> Written {
        if matches!(repeat, Repeat::Once | Repeat::Many) {
            body(self)?;
        }
        if repeat == Repeat::Once {
            return Ok(());
        }
        let fork = self.hole()?;
        body(self)?;
        if repeat != Repeat::Optional {
            self.push(Step::Jump(fork))?;
        }
        self.fill(fork, Self::fork(fork + 1, self.steps.len(), greedy));
        Ok(())
    }

    fn fork(inside: usize, outside: usize, greedy: bool) -> Step {
        if greedy { Step::Fork(inside, outside) } else { Step::Fork(outside, inside) }
    }

    /// A place for a step whose targets are not known yet.
    fn hole(&mut self) -> Result<usize, String> {
        self.push(Step::End)?;
        Ok(self.steps.len() - 1)
    }

    fn fill(&mut self, hole: usize, step: Step) {
        if let Some(place) = self.steps.get_mut(hole) {
            *place = step;
        }
    }
}

/// What is left to try.
enum Left {
    At(usize, usize),
    /// A mark as it was before the way that failed.
    Unmark(usize, Option<usize>),
}

impl Program {
    /// What the parameters stand for, if the whole path fits.
    pub(super) fn run(&self, path: &str) -> Option<Spans> {
        let mut marks: Vec<Option<usize>> = vec![None; self.parameters * 2];
        let mut tried = Tried::new(self.steps.len(), path.len() + 1);
        let mut left = vec![Left::At(0, 0)];
        while let Some(next) = left.pop() {
            let (mut step, mut at) = match next {
                Left::At(step, at) => (step, at),
                Left::Unmark(slot, mark) => {
                    if let Some(place) = marks.get_mut(slot) {
                        *place = mark;
                    }
                    continue;
                }
            };
            // Whatever came of this place before will come of it again.
            while tried.is_new(step, at) {
                let rest = path.get(at..)?;
                match self.steps.get(step)? {
                    Step::End if rest.is_empty() => return Some(spans(&marks)),
                    Step::End => break,
                    Step::Set(set) => match rest.chars().next().filter(|char| set.holds(*char)) {
                        Some(char) => at += char.len_utf8(),
                        None => break,
                    },
                    Step::Unless(text) => {
                        let mut next = rest.chars();
                        if text.iter().all(|char| next.next().is_some_and(|next| next.eq_ignore_ascii_case(char))) {
                            break;
                        }
                    }
                    Step::Fork(first, second) => {
                        left.push(Left::At(*second, at));
                        step = *first;
                        continue;
                    }
                    Step::Jump(target) => {
                        step = *target;
                        continue;
                    }
                    Step::Mark(slot) => {
                        let place = marks.get_mut(*slot)?;
                        left.push(Left::Unmark(*slot, place.replace(at)));
                    }
                }
                step += 1;
            }
        }
        None
    }
}

fn spans(marks: &[Option<usize>]) -> Spans {
    let span = |pair: &[Option<usize>]| match pair {
        [Some(start), Some(end)] => Some(*start..*end),
        _ => None,
    };
    marks.chunks(2).map(span).collect()
}

/// Which steps were tried at which places of the path, a bit each.
struct Tried {
    bits: Vec<u64>,
    places: usize,
}

impl Tried {
    fn new(steps: usize, places: usize) -> Self {
        Self { bits: vec![0; (steps * places).div_ceil(64)], places }
    }

    fn is_new(&mut self, step: usize, place: usize) -> bool {
        let index = step * self.places + place;
        let Some(bits) = self.bits.get_mut(index / 64) else { return false };
        let bit = 1 << (index % 64);
        let is_new = *bits & bit == 0;
        *bits |= bit;
        is_new
    }
}
