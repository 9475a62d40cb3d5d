//! The figures of all subjects, as a table and as JSON.

use std::fmt;

use serde_json::{Value, json};

use super::machine::Machine;
use super::sample::{Sample, gigabytes};
use super::subject::{Subject, Target};

pub(crate) struct Report {
    machine: Machine,
    rows: Vec<Row>,
}

struct Row {
    subject: &'static Subject,
    samples: Vec<Sample>,
}

/// Subjects to add up: a crate with everything that it leaves to clerk-core and to the programs that use it.
const WHOLES: &[&[&str]] = &[
    &["clerk-core", "clerk-bapi full", "every operation of clerk-bapi"],
    &["clerk-core", "clerk-fapi full", "every operation of clerk-fapi"],
];

/// The least, the middle and the greatest of some figures.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    least: f64,
    median: f64,
    greatest: f64,
}

impl Spread {
    /// None of no figures.
    fn of(figures: impl Iterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.collect();
        figures.sort_by(f64::total_cmp);
        let upper = *figures.get(figures.len() / 2)?;
        let lower = *figures.get((figures.len() - 1) / 2)?;
        Some(Self { least: *figures.first()?, median: f64::midpoint(lower, upper), greatest: *figures.last()? })
    }

    fn to_json(self) -> Value {
        json!({ "min": self.least, "median": self.median, "max": self.greatest })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { least, median, greatest } = self;
        write!(f, "{least:.2} / {median:.2} / {greatest:.2}")
    }
}

impl Row {
    fn user(&self) -> Option<Spread> {
        Spread::of(self.samples.iter().map(|sample| sample.user.as_secs_f64()))
    }

    fn system(&self) -> Option<Spread> {
        Spread::of(self.samples.iter().map(|sample| sample.system.as_secs_f64()))
    }

    fn gigabytes(&self) -> Option<Spread> {
        Spread::of(self.samples.iter().map(|sample| gigabytes(sample.bytes)))
    }

    fn target(&self) -> String {
        match self.subject.target {
            Target::Peer => "the peer".to_owned(),
            Target::Shown => "none".to_owned(),
            Target::AtMost { cpu_ratio, bytes: None } => format!("≤ {cpu_ratio:.2} ×"),
            Target::AtMost { cpu_ratio, bytes: Some(bytes) } => {
                format!("≤ {cpu_ratio:.2} ×, ≤ {:.1} GB", gigabytes(bytes))
            }
        }
    }

    /// Whether it keeps its target; none if it has none, or if there is nothing to compare it with.
    fn met(&self, ratio: Option<f64>) -> Option<bool> {
        let Target::AtMost { cpu_ratio, bytes } = self.subject.target else {
            return None;
        };
        let fits = bytes.is_none_or(|most| self.samples.iter().all(|sample| sample.bytes <= most));
        Some(ratio? <= cpu_ratio && fits)
    }
}

impl Report {
    pub(crate) fn new(machine: Machine, subjects: &[&'static Subject]) -> Self {
        let rows = subjects.iter().map(|subject| Row { subject, samples: Vec::new() }).collect();
        Self { machine, rows }
    }

    pub(crate) fn add(&mut self, subject: &Subject, sample: Sample) {
        for row in self.rows.iter_mut().filter(|row| row.subject.name == subject.name) {
            row.samples.push(sample);
        }
    }

    /// The row's median CPU time as a multiple of the peer's.
    fn ratio(&self, row: &Row) -> Option<f64> {
        let peer = self.rows.iter().find(|peer| peer.subject.name == row.subject.peer)?;
        Some(row.user()?.median / peer.user()?.median)
    }

    /// The median CPU time of all these subjects together; none if one was not measured.
    fn whole(&self, names: &[&str]) -> Option<f64> {
        let median = |name: &&str| {
            let row = self.rows.iter().find(|row| row.subject.name == *name)?;
            Some(row.user()?.median)
        };
        names.iter().map(median).sum()
    }

    pub(crate) fn to_json(&self) -> String {
        let machine = &self.machine;
        let subjects: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let (ratio_target, bytes_target) = match row.subject.target {
                    Target::AtMost { cpu_ratio, bytes } => (Some(cpu_ratio), bytes),
                    Target::Peer | Target::Shown => (None, None),
                };
                let samples: Vec<Value> = row
                    .samples
                    .iter()
                    .map(|sample| {
                        json!({
                            "user_seconds": sample.user.as_secs_f64(),
                            "system_seconds": sample.system.as_secs_f64(),
                            "peak_bytes": sample.bytes,
                        })
                    })
                    .collect();
                json!({
                    "name": row.subject.name,
                    "user_seconds": row.user().map(Spread::to_json),
                    "system_seconds": row.system().map(Spread::to_json),
                    "peak_gigabytes": row.gigabytes().map(Spread::to_json),
                    "ratio_to_peer": self.ratio(row),
                    "target": { "ratio_to_peer": ratio_target, "peak_bytes": bytes_target },
                    "met": row.met(self.ratio(row)),
                    "samples": samples,
                })
            })
            .collect();
        let all = json!({
            "machine": { "processor": machine.processor, "cores": machine.cores, "host": machine.host },
            "rustc": machine.rustc,
            "subjects": subjects,
        });
        format!("{all:#}\n")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spread = |spread: Option<Spread>| spread.map_or_else(|| "-".to_owned(), |spread| spread.to_string());
        let mut lines = vec![[
            "min / median / max".to_owned(),
            "user CPU, s".to_owned(),
            "system, s".to_owned(),
            "peak memory, GB".to_owned(),
            "× peer".to_owned(),
            "target".to_owned(),
            String::new(),
        ]];
        for row in &self.rows {
            let ratio = self.ratio(row);
            lines.push([
                row.subject.name.to_owned(),
                spread(row.user()),
                spread(row.system()),
                spread(row.gigabytes()),
                ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
                row.target(),
                row.met(ratio).map_or("", |met| if met { "met" } else { "missed" }).to_owned(),
            ]);
        }
        let mut widths = [0; 7];
        for line in &lines {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = cell.chars().count().max(*width);
            }
        }
        for (index, line) in lines.iter().enumerate() {
            let mut text = String::new();
            for (cell, width) in line.iter().zip(widths) {
                text += &format!("{cell:<width$}  ");
            }
            let newline = if index == 0 { "" } else { "\n" };
            write!(f, "{newline}{}", text.trim_end())?;
        }
        let mut gap = "\n\n";
        for names in WHOLES {
            if let (Some(whole), Some(peer)) = (self.whole(names), self.whole(&["clerk-rs"])) {
                let ratio = whole / peer;
                write!(f, "{gap}{}: {whole:.2} s, {ratio:.2} × clerk-rs", names.join(" + "))?;
                gap = "\n";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn report(seconds: &[(&str, u64, u64)]) -> Report {
        let machine = Machine {
            processor: "Some CPU".to_owned(),
            cores: 2,
            host: "x86_64-unknown-linux-gnu".to_owned(),
            rustc: "rustc 1.95.0".to_owned(),
        };
        let subjects = Subject::chosen(&[]).unwrap();
        let mut report = Report::new(machine, &subjects);
        for (name, seconds, megabytes) in seconds {
            let subject = subjects.iter().find(|subject| subject.name == *name).unwrap();
            let sample =
                Sample { user: Duration::from_secs(*seconds), system: Duration::ZERO, bytes: megabytes * 1_000_000 };
            report.add(subject, sample);
        }
        report
    }

    fn line(report: &Report, name: &str) -> String {
        report.to_string().lines().find(|line| line.starts_with(name)).unwrap().to_owned()
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 3.0].into_iter()).unwrap().median, 2.5);
        assert_eq!(Spread::of([9.0, 1.0, 2.0].into_iter()).unwrap().median, 2.0);
        assert_eq!(Spread::of(std::iter::empty()), None);
    }

    #[test]
    fn a_subject_is_compared_with_the_peer_by_their_medians() {
        let report = report(&[
            ("clerk-rs", 100, 900),
            ("clerk-rs", 50, 900),
            ("clerk-rs", 60, 900),
            ("clerk-bapi full", 30, 1_200),
        ]);
        let line = line(&report, "clerk-bapi full");
        assert!(line.contains(" 0.50 ") && line.ends_with(" met"), "{line}");
    }

    #[test]
    fn one_round_above_the_memory_target_misses_it() {
        let report = report(&[("clerk-rs", 100, 900), ("clerk-bapi users", 10, 499), ("clerk-bapi users", 10, 501)]);
        assert!(line(&report, "clerk-bapi users").ends_with(" missed"));
    }

    #[test]
    fn nothing_is_judged_without_the_peer() {
        let report = report(&[("clerk-fapi full", 10, 100)]);
        assert!(line(&report, "clerk-fapi full").ends_with("≤ 0.60 ×"));
    }

    #[test]
    fn a_crate_is_also_shown_with_all_that_it_leaves_to_others() {
        let mut figures = vec![("clerk-rs", 20, 1), ("clerk-core", 1, 1), ("clerk-bapi full", 4, 1)];
        assert!(!report(&figures).to_string().contains(" + "));
        figures.push(("every operation of clerk-bapi", 5, 1));
        assert!(report(&figures).to_string().ends_with("clerk-bapi: 10.00 s, 0.50 × clerk-rs"));
    }

    #[test]
    fn the_json_has_every_sample() {
        let report = report(&[("clerk-rs", 4, 900), ("clerk-fapi full", 1, 100), ("clerk-fapi full", 3, 200)]);
        let json: Value = serde_json::from_str(&report.to_json()).unwrap();
        let fapi = json["subjects"].as_array().unwrap().iter().find(|one| one["name"] == "clerk-fapi full").unwrap();
        assert_eq!(fapi["ratio_to_peer"], 0.5);
        assert_eq!(fapi["met"], true);
        assert_eq!(fapi["samples"][1]["peak_bytes"], 200_000_000);
    }
}
