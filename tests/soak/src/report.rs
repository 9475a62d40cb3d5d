//! What a run came to: a table for people, JSON for programs.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::Serialize;

use crate::{
    episode::{Outcome, written},
    history::Work,
    judge::Loss,
};

/// What a run came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    seed: String,
    seconds: u64,
    episodes: u64,
    work: BTreeMap<&'static str, Row>,
    faults: BTreeMap<&'static str, u64>,
    losses: Vec<Lost>,
}

/// What became of one kind of work.
#[derive(Clone, Debug, Default, Serialize)]
struct Row {
    tried: u64,
    survived: u64,
    reported: BTreeMap<String, u64>,
    lost: u64,
}

/// Something that was lost, and how to see it again.
#[derive(Clone, Debug, Serialize)]
struct Lost {
    episode: String,
    work: &'static str,
    what: String,
}

impl Report {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed: written(seed), ..Self::default() }
    }

    pub(crate) fn add(&mut self, episode: u64, outcome: &Outcome) {
        self.episodes += 1;
        for (work, tally) in &outcome.verdict.tallies {
            let row = self.work.entry(work.name()).or_default();
            row.tried += tally.tried;
            row.survived += tally.survived();
            row.lost += tally.lost;
            for (kind, times) in &tally.reported {
                *row.reported.entry(kind.clone()).or_default() += times;
            }
        }
        for (fault, times) in &outcome.faults {
            *self.faults.entry(fault).or_default() += times;
        }
        let lost = |loss: &Loss| Lost { episode: written(episode), work: loss.work.name(), what: loss.what.clone() };
        self.losses.extend(outcome.verdict.losses.iter().map(lost));
    }

    pub(crate) fn took(&mut self, time: Duration) {
        self.seconds = time.as_secs();
    }

    /// How much was lost: anything but zero is a defect.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.losses.len()
    }

    /// How often some work was tried, all kinds together.
    #[must_use]
    pub fn tried(&self) -> u64 {
        self.work.values().map(|row| row.tried).sum()
    }

    /// How often a kind of work ended well, by its name in the table.
    #[must_use]
    pub fn survived(&self, work: &str) -> u64 {
        self.work.get(work).map_or(0, |row| row.survived)
    }

    /// The names of all kinds of work.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        Work::ALL.into_iter().map(Work::name)
    }

    /// One line on how far it has got.
    #[must_use]
    pub fn progress(&self) -> String {
        let sum = |of: fn(&Row) -> u64| self.work.values().map(of).sum::<u64>();
        let reported = sum(|row| row.reported.values().sum());
        let (survived, faults) = (sum(|row| row.survived), self.faults.values().sum::<u64>());
        format!(
            "{:>5} s  {} episodes, {faults} faults: {} tried, {survived} survived, {reported} reported, {} lost",
            self.seconds,
            self.episodes,
            self.tried(),
            self.lost()
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<32}{:>9}{:>10}{:>10}{:>7}", "", "tried", "survived", "reported", "lost")?;
        for work in Work::ALL {
            let Some(row) = self.work.get(work.name()) else { continue };
            let reported: u64 = row.reported.values().sum();
            let by_kind: Vec<_> = row.reported.iter().map(|(kind, times)| format!("{kind} {times}")).collect();
            let line = format!("{:<32}{:>9}{:>10}{reported:>10}{:>7}", work.name(), row.tried, row.survived, row.lost);
            writeln!(f, "{line}  {}", by_kind.join(", "))?;
        }
        let faults: Vec<_> = self.faults.iter().map(|(fault, times)| format!("{fault} {times}")).collect();
        writeln!(f, "\nfaults: {}", faults.join(", "))?;
        writeln!(f, "{} episodes of the seed {} in {} s", self.episodes, self.seed, self.seconds)?;
        for lost in &self.losses {
            writeln!(f, "\nLOST {}: {}", lost.work, lost.what)?;
            writeln!(f, "     again: cargo xtask soak --episode {}", lost.episode)?;
        }
        Ok(())
    }
}
