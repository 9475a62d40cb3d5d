//! The published SDK for JavaScript and ours judge the same requests in the same way.
//!
//! `CLERK_REFERENCE_SEED` and `CLERK_REFERENCE_CASES` choose other cases and more; `CLERK_REFERENCE_TABLE=1` prints how
//! often each outcome came. Where the published SDK is not installed, the test says so and passes, unless
//! `CLERK_REFERENCE=required`.

mod answers;
mod case;
mod changes;
mod dice;
mod draft;
mod generator;
mod mint;
mod node;
mod outcome;
mod scenes;
mod tokens;

use std::collections::BTreeMap;

use self::{mint::Mint, node::Node};

const SEED: u64 = 325;
const CASES: usize = 5_000;

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number")))
}

#[test]
fn requests_are_judged_as_the_published_sdk_judges_them() {
    let Some(mut node) = Node::start() else { return };
    let seed = number_from("CLERK_REFERENCE_SEED").unwrap_or(SEED);
    let count = number_from("CLERK_REFERENCE_CASES").map_or(CASES, |count| usize::try_from(count).unwrap());
    println!("seed {seed}, {count} requests");
    let mut mint = Mint::new();
    let mut table: BTreeMap<String, usize> = BTreeMap::new();
    for from in (0..count).step_by(256) {
        let cases: Vec<_> =
            (from..count.min(from + 256)).map(|number| generator::case(seed, number, &mut mint)).collect();
        for outcome in node.ask(&cases) {
            let mut short = outcome.in_short();
            if let Some(threw) = &outcome.threw {
                short = format!("threw {}", threw.chars().take(90).collect::<String>());
            }
            *table.entry(short).or_default() += 1;
        }
    }
    if std::env::var_os("CLERK_REFERENCE_TABLE").is_some() {
        for (outcome, times) in table {
            println!("{times:>6}  {outcome}");
        }
    }
}
