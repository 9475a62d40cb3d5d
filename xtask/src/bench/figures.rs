//! What the benchmark writes.

use anyhow::{Result, ensure};
use serde::Deserialize;

/// Everything of one run.
#[derive(Debug, Deserialize)]
pub(super) struct Figures {
    pub(super) machine: Machine,
    /// What could not be measured, and why.
    pub(super) left_out: Vec<String>,
    figures: Vec<Figure>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Machine {
    pub(super) processor: String,
    pub(super) cores: usize,
    pub(super) memory_bytes: Option<u64>,
    pub(super) system: String,
    pub(super) rustc: String,
    pub(super) node: Option<String>,
    pub(super) date: String,
}

/// One thing that was measured, of ours and of those beside it.
#[derive(Debug, Deserialize)]
pub(super) struct Figure {
    id: String,
    pub(super) what: String,
    pub(super) unit: String,
    pub(super) ours: Measured,
    peers: Vec<Measured>,
    pub(super) note: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Measured {
    pub(super) name: String,
    version: Option<String>,
    pub(super) min: f64,
    pub(super) median: f64,
    pub(super) max: f64,
    /// How many times this one ours is, by what was measured in the same rounds.
    ratio: Option<Ratio>,
}

#[derive(Debug, Deserialize)]
struct Ratio {
    median: f64,
}

/// A figure that is shown, and which of those beside it.
pub(super) struct Shown {
    pub(super) id: &'static str,
    pub(super) peers: &'static [&'static str],
}

impl Figures {
    /// What is shown of these, in their order.
    ///
    /// A subject that could not be measured on a machine is missing, and so may be one beside a figure; but no figure of a
    /// subject that was.
    pub(super) fn pick<'a>(&'a self, shown: &'a [Shown]) -> Result<Vec<(&'a Figure, Vec<&'a Measured>)>> {
        let mut picked = Vec::new();
        for Shown { id, peers } in shown {
            let Some(figure) = self.figures.iter().find(|figure| figure.id == *id) else {
                let measured = self.figures.iter().any(|figure| figure.subject() == subject(id));
                ensure!(!measured, "there is no figure {id:?}: run `cargo xtask bench`");
                continue;
            };
            let peer = |name: &&str| figure.peers.iter().find(|peer| peer.name == *name);
            picked.push((figure, peers.iter().filter_map(peer).collect()));
        }
        Ok(picked)
    }
}

impl Figure {
    fn subject(&self) -> &str {
        subject(&self.id)
    }
}

/// What an id begins with.
fn subject(id: &str) -> &str {
    id.split('.').next().unwrap_or(id)
}

impl Measured {
    /// Its name, with the version where it has one.
    pub(super) fn title(&self) -> String {
        self.version.as_ref().map_or_else(|| self.name.clone(), |version| format!("{} {version}", self.name))
    }

    /// How many times ours it is, in words; none where ours is nothing.
    pub(super) fn times(&self, ours: &Measured) -> Option<String> {
        let times = self.ratio.as_ref().map_or(self.median / ours.median, |ratio| ratio.median.recip());
        let digits = if times >= 10.0 { 0 } else { 2 };
        times.is_finite().then(|| format!("{times:.digits$} ×"))
    }
}

#[cfg(test)]
pub(super) fn sample() -> Figures {
    let measured = |name: &str, version: Option<&str>, median: f64| serde_json::json!({ "name": name, "version": version, "min": median * 0.9, "median": median, "max": median * 1.2, "rounds": 3 });
    let figure = |id: &str, what: &str, unit: &str, ours: f64, theirs: f64| {
        serde_json::json!({
            "id": id, "what": what, "unit": unit, "ours": measured("clerk-ext", None, ours),
            "peers": [measured("clerk-rs", Some("0.5.0"), theirs), measured("another <way>", None, 2.0 * ours)],
            "target": null, "note": "CPU time",
        })
    };
    let json = serde_json::json!({
        "machine": {
            "processor": "Some CPU", "cores": 2, "memory_bytes": 8_000_000_000_u64, "system": "Some OS 1",
            "host": "x86_64-unknown-linux-gnu", "rustc": "1.95.0", "node": null, "date": "2026-01-31",
        },
        "left_out": ["@clerk/backend: npm cannot be run"],
        "figures": [figure("token", "a token | of ours", "µs", 20.0, 30.0), figure("nothing", "requests", "", 0.0, 100.0)],
    });
    serde_json::from_value(json).unwrap()
}

#[cfg(test)]
impl Figures {
    /// Adds something that was measured once.
    pub(super) fn measured(&mut self, id: &str, unit: &str, amount: f64) {
        let ours =
            serde_json::json!({ "name": "ours", "version": null, "min": amount, "median": amount, "max": amount });
        let figure = serde_json::json!({ "id": id, "what": id, "unit": unit, "ours": ours, "peers": [], "note": null });
        self.figures.push(serde_json::from_value(figure).unwrap());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_figure_of_a_subject_that_was_measured_is_an_error_and_a_missing_peer_or_subject_is_not() {
        let figures = sample();
        let shown = [Shown { id: "token", peers: &["nobody", "clerk-rs"] }, Shown { id: "other.one", peers: &[] }];
        let picked = figures.pick(&shown).unwrap();
        assert_eq!(picked.len(), 1);
        assert_eq!(picked[0].1.iter().map(|peer| peer.title()).collect::<Vec<_>>(), ["clerk-rs 0.5.0"]);
        let error = figures.pick(&[Shown { id: "token.other", peers: &[] }]).unwrap_err().to_string();
        assert!(error.contains("\"token.other\"") && error.contains("cargo xtask bench"), "{error}");
    }

    #[test]
    fn a_multiple_is_of_the_rounds_where_they_are_known() {
        let mut figures = sample();
        let figure = &mut figures.figures[0];
        figure.peers[0].ratio = Some(Ratio { median: 0.8 });
        assert_eq!(figure.peers[0].times(&figure.ours), Some("1.25 ×".to_owned()));
        assert_eq!(figure.peers[1].times(&figure.ours), Some("2.00 ×".to_owned()));
    }

    #[test]
    fn nothing_is_a_multiple_of_nothing() {
        let figures = sample();
        let shown = [Shown { id: "token", peers: &["clerk-rs"] }, Shown { id: "nothing", peers: &["clerk-rs"] }];
        let times: Vec<_> =
            figures.pick(&shown).unwrap().iter().map(|(figure, peers)| peers[0].times(&figure.ours)).collect();
        assert_eq!(times, [Some("1.50 ×".to_owned()), None]);
    }
}
