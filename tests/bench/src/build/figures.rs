//! What the samples of all subjects say: each beside its peers, and with all that it leaves to others.

use std::collections::HashMap;

use super::sample::Sample;
use crate::figure::{Figure, Unit};

const CLERK_RS: &str = "clerk-rs";
const CLERK_FAPI_RS: &str = "clerk-fapi-rs";

/// The samples of each subject, by its name.
#[derive(Default)]
pub(super) struct Samples(HashMap<&'static str, Vec<Sample>>);

impl Samples {
    pub(super) fn add(&mut self, subject: &'static str, sample: Sample) {
        self.0.entry(subject).or_default().push(sample);
    }

    /// The user CPU time in seconds, each round's.
    fn seconds(&self, subject: &str) -> Vec<f64> {
        self.of(subject, |sample| sample.user.as_secs_f64())
    }

    #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
    fn bytes(&self, subject: &str) -> Vec<f64> {
        self.of(subject, |sample| sample.bytes as f64)
    }

    fn of(&self, subject: &str, what: impl Fn(&Sample) -> f64) -> Vec<f64> {
        self.0.get(subject).map(|samples| samples.iter().map(what).collect()).unwrap_or_default()
    }

    /// The user CPU time of all of them together, each round's.
    fn together(&self, subjects: [&str; 3]) -> Vec<f64> {
        let [first, second, third] = subjects.map(|subject| self.seconds(subject));
        first.iter().zip(second).zip(third).map(|((first, second), third)| first + second + third).collect()
    }
}

/// All of them; a peer that could not be compiled is missing.
pub(super) fn figures(samples: &Samples) -> Vec<Figure> {
    let beside = |mut figure: Figure, peers: &[&str], of: &dyn Fn(&str) -> Vec<f64>| {
        for peer in peers {
            let theirs = of(peer);
            if !theirs.is_empty() {
                figure = figure.peer(peer, &theirs);
            }
        }
        figure
    };
    let time = |id: &str, what: &str, name: &str, ours: &[f64], peers: &[&str]| {
        let figure =
            Figure::new(&format!("build.{id}"), what, Unit::Seconds, name, ours).note("user CPU time of rustc");
        beside(figure, peers, &|peer| samples.seconds(peer))
    };
    let memory = |id: &str, what: &str, name: &str, subject: &str, peers: &[&str]| {
        let figure = Figure::new(&format!("build.{id}.memory"), what, Unit::Bytes, name, &samples.bytes(subject));
        beside(figure.note("the most that rustc held"), peers, &|peer| samples.bytes(peer))
    };
    let crate_alone = |id: &str, what: &str, name: &str, subject: &str, peers: &[&str]| {
        let what = format!("compiling the crate alone, {what}");
        [time(id, &what, name, &samples.seconds(subject), peers), memory(id, &what, name, subject, peers)]
    };
    let [bapi, bapi_memory] =
        crate_alone("bapi", "all of the Backend API", "clerk-bapi", "clerk-bapi full", &[CLERK_RS]);
    let [users, users_memory] =
        crate_alone("users", "the operations on users", "clerk-bapi", "clerk-bapi users", &[CLERK_RS]);
    let [fapi, fapi_memory] =
        crate_alone("fapi", "all of the Frontend API", "clerk-fapi", "clerk-fapi full", &[CLERK_RS, CLERK_FAPI_RS]);
    let whole = |id: &str, what: &str, name: &str, subjects: [&str; 3], peers: &[&str]| {
        let what = format!("compiling all of {what}, the part that ours leaves to programs included");
        time(id, &what, name, &samples.together(subjects), peers)
    };
    let mut program = Figure::new(
        "build.program",
        "compiling a program that calls ten operations",
        Unit::Seconds,
        "on clerk-bapi",
        &samples.seconds("program on clerk-bapi"),
    )
    .note("user CPU time of rustc, the crates compiled before");
    let theirs = samples.seconds("program on clerk-rs");
    if !theirs.is_empty() {
        program = program.peer(CLERK_RS, &theirs);
    }
    vec![
        whole(
            "bapi.whole",
            "the Backend API",
            "clerk-core, clerk-bapi, all calls",
            ["clerk-core", "clerk-bapi full", "every operation of clerk-bapi"],
            &[CLERK_RS],
        ),
        whole(
            "fapi.whole",
            "the Frontend API",
            "clerk-core, clerk-fapi, all calls",
            ["clerk-core", "clerk-fapi full", "every operation of clerk-fapi"],
            &[CLERK_FAPI_RS],
        ),
        bapi.at_most_times(0.65, CLERK_RS),
        bapi_memory.at_most(1.2e9),
        users.at_most_times(0.2, CLERK_RS),
        users_memory.at_most(0.5e9),
        fapi.at_most_times(0.6, CLERK_RS),
        fapi_memory,
        time("core", "compiling what both share", "clerk-core", &samples.seconds("clerk-core"), &[]),
        program,
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn samples(seconds: &[(&'static str, u64)]) -> Samples {
        let mut samples = Samples::default();
        for (name, seconds) in seconds {
            let sample = Sample { user: Duration::from_secs(*seconds), system: Duration::ZERO, bytes: 1 };
            samples.add(name, sample);
        }
        samples
    }

    fn figure(samples: &Samples, id: &str) -> Figure {
        figures(samples).into_iter().find(|figure| figure.id == id).unwrap()
    }

    #[test]
    fn a_crate_is_also_shown_with_all_that_it_leaves_to_others() {
        let samples = samples(&[
            ("clerk-rs", 20),
            ("clerk-core", 1),
            ("clerk-bapi full", 4),
            ("every operation of clerk-bapi", 5),
        ]);
        let whole = figure(&samples, "build.bapi.whole");
        assert_eq!((whole.ours.spread.median, whole.peers[0].spread.median), (10.0, 20.0));
    }

    #[test]
    fn a_peer_that_could_not_be_compiled_is_missing() {
        let samples = samples(&[("clerk-rs", 20), ("clerk-fapi full", 4)]);
        let peers = figure(&samples, "build.fapi").peers;
        assert_eq!(peers.iter().map(|peer| peer.name.as_str()).collect::<Vec<_>>(), ["clerk-rs"]);
    }
}
