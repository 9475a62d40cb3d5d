//! The published SDK for JavaScript and ours judge the same requests in the same way.
//!
//! `CLERK_REFERENCE_SEED` and `CLERK_REFERENCE_CASES` choose other cases and more; `CLERK_REFERENCE_TABLE=1` prints how
//! often each outcome came. Where the published SDK is not installed, the test says so and passes, unless
//! `CLERK_REFERENCE=required`.

mod answers;
mod case;
mod changes;
mod dice;
mod differences;
mod draft;
mod generator;
mod legible;
mod mint;
mod node;
mod ours;
mod outcome;
mod scenes;
mod tokens;

use std::collections::BTreeMap;

use self::{
    case::Case,
    differences::DIFFERENCES,
    mint::Mint,
    node::Node,
    outcome::{Outcome, differing},
};

const SEED: u64 = 325;
const CASES: usize = 5_000;
const BATCH: usize = 128;

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number")))
}

/// What is not the same and not meant to be otherwise.
enum Verdict {
    Same,
    Meant(&'static str),
    Wrong(String),
}

fn verdict(case: &Case, theirs: &Outcome, ours: &Outcome) -> Verdict {
    let differing = differing(theirs, ours);
    if differing.is_empty() {
        return Verdict::Same;
    }
    match DIFFERENCES.iter().find(|difference| (difference.explains)(case, theirs, ours)) {
        Some(difference) => Verdict::Meant(difference.name),
        None => {
            Verdict::Wrong(format!("{}: theirs {} | ours {}", differing.join(", "), theirs.in_short(), ours.in_short()))
        }
    }
}

/// What went wrong in the same way, with the first case.
struct Wrong {
    times: usize,
    case: Case,
}

/// What came of all cases so far.
#[derive(Default)]
struct Tally {
    outcomes: BTreeMap<String, usize>,
    meant: BTreeMap<&'static str, usize>,
    wrong: BTreeMap<String, Wrong>,
}

impl Tally {
    async fn compare(&mut self, cases: Vec<Case>, answered: Vec<Outcome>) {
        for (case, theirs) in cases.into_iter().zip(answered) {
            *self.outcomes.entry(theirs.in_short()).or_default() += 1;
            let ours = ours::judge(&case).await;
            match verdict(&case, &theirs, &ours) {
                Verdict::Same => {}
                Verdict::Meant(name) => *self.meant.entry(name).or_default() += 1,
                Verdict::Wrong(how) => self.wrong.entry(how).or_insert(Wrong { times: 0, case }).times += 1,
            }
        }
    }
}

#[tokio::test]
async fn requests_are_judged_as_the_published_sdk_judges_them() {
    let Some(node) = Node::start() else { return };
    let seed = number_from("CLERK_REFERENCE_SEED").unwrap_or(SEED);
    let count = number_from("CLERK_REFERENCE_CASES").map_or(CASES, |count| usize::try_from(count).unwrap());
    println!("seed {seed}, {count} requests");
    let mut mint = Mint::new();
    let mut tally = Tally::default();
    let mut asked: Vec<Case> = Vec::new();
    for from in (0..count).step_by(BATCH) {
        let next: Vec<_> =
            (from..count.min(from + BATCH)).map(|number| generator::case(seed, number, &mut mint)).collect();
        // While one batch is compared, the next is on its way.
        node.send(&next);
        let asked = std::mem::replace(&mut asked, next);
        let answered = node.receive(asked.len());
        tally.compare(asked, answered).await;
    }
    let answered = node.receive(asked.len());
    tally.compare(asked, answered).await;
    let Tally { outcomes, meant, wrong } = tally;
    if std::env::var_os("CLERK_REFERENCE_TABLE").is_some() {
        outcomes.iter().for_each(|(outcome, times)| println!("{times:>6}  {outcome}"));
        meant.iter().for_each(|(difference, times)| println!("{times:>6}  {difference}"));
    }
    assert!(wrong.is_empty(), "{}", report(seed, wrong, &node).await);
    if (seed, count) == (SEED, CASES) {
        let unseen = DIFFERENCES.iter().find(|difference| !meant.contains_key(difference.name));
        assert!(unseen.is_none(), "{:?} explains nothing", unseen.map(|difference| difference.name));
    }
}

/// The most frequent first, each by the smallest case that shows it.
async fn report(seed: u64, wrong: BTreeMap<String, Wrong>, node: &Node) -> String {
    const SHOWN: usize = 40;
    let mut all: Vec<_> = wrong.into_iter().collect();
    all.sort_by_key(|(_, wrong)| std::cmp::Reverse(wrong.times));
    let mut text = format!("seed {seed}: {} ways to differ\n", all.len());
    for (how, Wrong { times, case }) in all.into_iter().take(SHOWN) {
        let case = smallest(case, &how, node).await;
        let (theirs, ours) = (node.ask(std::slice::from_ref(&case)), ours::judge(&case).await);
        text += &format!(
            "\n{times} × {how}\n{}  theirs: {}\n  ours: {}\n",
            legible::case(&case, [&theirs[0], &ours]),
            legible::outcome(&theirs[0]),
            legible::outcome(&ours)
        );
    }
    text
}

/// Leaves out of a case what it differs without.
async fn smallest(mut case: Case, how: &str, node: &Node) -> Case {
    'smaller: loop {
        let candidates = case.smaller();
        for (candidate, theirs) in candidates.iter().zip(node.ask(&candidates)) {
            let ours = ours::judge(candidate).await;
            if matches!(verdict(candidate, &theirs, &ours), Verdict::Wrong(still) if still == how) {
                case = candidate.clone();
                continue 'smaller;
            }
        }
        return case;
    }
}
