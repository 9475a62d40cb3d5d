//! What was measured, beside what it is compared with: the one type that all subjects answer with.

use serde::{Deserialize, Serialize};

use crate::machine::Machine;

/// Everything of one run, as it is in the JSON.
#[derive(Deserialize, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
}

/// What came of one subject, or of several.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Outcome {
    /// What could not be measured here, and why.
    pub(crate) left_out: Vec<String>,
    pub(crate) figures: Vec<Figure>,
}

impl Outcome {
    pub(crate) fn append(&mut self, mut other: Self) {
        self.left_out.append(&mut other.left_out);
        self.figures.append(&mut other.figures);
    }
}

impl From<Vec<Figure>> for Outcome {
    fn from(figures: Vec<Figure>) -> Self {
        Self { left_out: Vec::new(), figures }
    }
}

/// One thing that was measured, of ours and of those beside it.
#[derive(Deserialize, Serialize)]
pub(crate) struct Figure {
    pub(crate) id: String,
    pub(crate) what: String,
    pub(crate) unit: Unit,
    pub(crate) ours: Measured,
    pub(crate) peers: Vec<Measured>,
    pub(crate) target: Option<Target>,
    pub(crate) note: Option<String>,
    /// Ours, round by round.
    #[serde(skip)]
    samples: Vec<f64>,
}

/// The samples of one.
#[derive(Deserialize, Serialize)]
pub(crate) struct Measured {
    pub(crate) name: String,
    /// None of what is our own.
    pub(crate) version: Option<String>,
    #[serde(flatten)]
    pub(crate) spread: Spread,
    /// Of one beside ours: how many times its sample ours is, in each round. None where they have not the same rounds.
    pub(crate) ratio: Option<Spread>,
}

/// The least, the middle and the greatest of some samples.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
    pub(crate) rounds: usize,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) enum Unit {
    #[serde(rename = "ns")]
    Nanoseconds,
    #[serde(rename = "µs")]
    Microseconds,
    #[serde(rename = "ms")]
    Milliseconds,
    #[serde(rename = "s")]
    Seconds,
    #[serde(rename = "B")]
    Bytes,
    /// What is counted is said in the words.
    #[serde(rename = "")]
    Count,
}

/// What the project wants of a figure. It is shown, and nobody judges it.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    AtMost(f64),
    /// At most so many times one of those beside it.
    Times(f64, String),
    /// At least so many times as fast as one of those beside it.
    Faster(f64, String),
}

impl Figure {
    pub(crate) fn new(id: &str, what: &str, unit: Unit, name: &str, samples: &[f64]) -> Self {
        let ours = Measured { name: name.to_owned(), version: None, spread: Spread::of(samples), ratio: None };
        let (id, what, samples) = (id.to_owned(), what.to_owned(), samples.to_vec());
        Self { id, what, unit, ours, peers: Vec::new(), target: None, note: None, samples }
    }

    /// Beside something that has no version: ours in another way, or a part of the work.
    pub(crate) fn beside(self, name: &str, samples: &[f64]) -> Self {
        self.with(name, None, samples)
    }

    /// Beside a crate of this name, of the version that the lock file has.
    pub(crate) fn peer(self, name: &str, samples: &[f64]) -> Self {
        self.peer_of(name, locked(name), samples)
    }

    pub(crate) fn peer_of(self, name: &str, version: &str, samples: &[f64]) -> Self {
        self.with(name, Some(version.to_owned()), samples)
    }

    fn with(mut self, name: &str, version: Option<String>, samples: &[f64]) -> Self {
        let ratios: Vec<f64> = self.samples.iter().zip(samples).map(|(ours, theirs)| ours / theirs).collect();
        let are_ratios = self.samples.len() == samples.len() && ratios.iter().all(|ratio| ratio.is_finite());
        let ratio = are_ratios.then(|| Spread::of(&ratios));
        self.peers.push(Measured { name: name.to_owned(), version, spread: Spread::of(samples), ratio });
        self
    }

    /// How many times one beside it ours is.
    pub(crate) fn ratio(&self, peer: &Measured) -> f64 {
        peer.ratio.map_or(self.ours.spread.median / peer.spread.median, |ratio| ratio.median)
    }

    pub(crate) fn at_most(self, value: f64) -> Self {
        Self { target: Some(Target::AtMost(value)), ..self }
    }

    pub(crate) fn at_most_times(self, most: f64, of: &str) -> Self {
        Self { target: Some(Target::Times(most, of.to_owned())), ..self }
    }

    pub(crate) fn faster(self, least: f64, of: &str) -> Self {
        Self { target: Some(Target::Faster(least, of.to_owned())), ..self }
    }

    pub(crate) fn note(self, note: &str) -> Self {
        Self { note: Some(note.to_owned()), ..self }
    }
}

impl Spread {
    /// Of no samples it is no number.
    pub(crate) fn of(samples: &[f64]) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |place: usize| sorted.get(place).copied().unwrap_or(f64::NAN);
        let last = sorted.len().saturating_sub(1);
        let median = f64::midpoint(at(last / 2), at(sorted.len() / 2));
        Self { min: at(0), median, max: at(last), rounds: sorted.len() }
    }
}

/// The version of a crate in the lock file, the newest where there are several.
pub(crate) fn locked(name: &str) -> &'static str {
    const LOCK: &str = include_str!("../Cargo.lock");
    let entry = format!("name = \"{name}\"\nversion = \"");
    LOCK.rsplit_once(&entry).and_then(|(_, rest)| rest.split('"').next()).unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        assert_eq!(Spread::of(&[4.0, 1.0, 2.0, 3.0]), Spread { min: 1.0, median: 2.5, max: 4.0, rounds: 4 });
        assert_eq!(Spread::of(&[9.0, 1.0, 2.0]).median, 2.0);
        assert_eq!(Spread::of(&[]).rounds, 0);
    }

    #[test]
    fn a_ratio_is_of_what_was_measured_in_the_same_round() {
        // Slower in every round, though the middle of all rounds looks the same.
        let figure = Figure::new("", "", Unit::Count, "", &[2.0, 4.0, 12.0]).beside("", &[1.0, 4.0, 6.0]);
        let figure = figure.beside("", &[8.0]).beside("", &[0.0, 1.0, 1.0]);
        let [same, fewer, nothing] = figure.peers.as_slice() else { panic!("three beside it") };
        assert_eq!(same.ratio, Some(Spread { min: 1.0, median: 2.0, max: 2.0, rounds: 3 }));
        assert_eq!((figure.ratio(same), figure.ratio(fewer)), (2.0, 0.5));
        assert_eq!((nothing.ratio, figure.ratio(nothing)), (None, 4.0));
    }

    #[test]
    fn every_peer_is_of_the_version_that_is_locked() {
        assert_eq!(locked("clerk-rs"), "0.5.0");
        assert_eq!(locked("clerk-fapi-rs"), "0.2.0");
        assert!(locked("jsonwebtoken").starts_with("11."), "clerk-rs brings an older one");
        assert_eq!(locked("no such crate"), "unknown");
    }
}
