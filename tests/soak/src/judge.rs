//! Holds what programs were told against what is true: a pure function, so that its own tests can show it lies.

use std::collections::{BTreeMap, BTreeSet};

use clerk_ext::ErrorKind;

use crate::{
    history::{Fact, Facts, Failure, Found, Given, Thing, Told, Work},
    strikes::Strikes,
    truth::Truth,
};

/// What must never be: something was lost, done twice, mixed up, or told wrongly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    pub(crate) work: Work,
    pub(crate) what: String,
}

/// What became of all work of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) tried: u64,
    /// By the kind of the error.
    pub(crate) reported: BTreeMap<String, u64>,
    pub(crate) lost: u64,
}

impl Tally {
    pub(crate) fn survived(&self) -> u64 {
        self.tried.saturating_sub(self.reported.values().sum::<u64>()).saturating_sub(self.lost)
    }
}

/// What became of everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) tallies: BTreeMap<Work, Tally>,
    pub(crate) losses: Vec<Loss>,
}

/// Judges an episode.
pub(crate) fn judge(facts: &Facts, truth: &Truth, strikes: &Strikes) -> Verdict {
    let mut losses = Vec::new();
    losses.extend(facts.facts.iter().filter_map(|fact| of_fact(fact, truth)));
    losses.extend(made_more_often_than_asked(facts, truth));
    losses.extend(numbers_that_nobody_wrote_last(facts, truth));
    losses.extend(codes_that_nobody_asked_for(facts, truth));
    losses.extend(webhooks(facts, truth));
    let mut verdict = Verdict::default();
    for (work, tried) in &facts.tried {
        verdict.tallies.entry(*work).or_default().tried = *tried;
    }
    for failure in &facts.failures {
        match untrue(failure, facts, strikes) {
            Some(what) => losses.push(Loss { work: failure.work, what }),
            None => {
                let reported = &mut verdict.tallies.entry(failure.work).or_default().reported;
                *reported.entry(format!("{:?}", failure.kind)).or_default() += 1;
            }
        }
    }
    let webhooks = verdict.tallies.entry(Work::Webhook).or_default();
    webhooks.tried += truth.wanted.len() as u64;
    for loss in &losses {
        verdict.tallies.entry(loss.work).or_default().lost += 1;
    }
    verdict.losses = losses;
    verdict
}

/// What a single fact says against the truth.
fn of_fact(fact: &Fact, truth: &Truth) -> Option<Loss> {
    let loss = |work, what: String| Some(Loss { work, what });
    match fact {
        Fact::Token { expected, organizations, got } => {
            if got.session != expected.session || got.user != expected.user {
                return loss(Work::Token, format!("a token of {got:?} was handed out for {expected:?}"));
            }
            let is_elsewhere = !organizations.contains(&got.organization);
            is_elsewhere
                .then(|| Loss { work: Work::Token, what: format!("a token of {got:?} for one of {organizations:?}") })
        }
        Fact::Vanished { work, session } => loss(*work, format!("the device lost {session}, which nobody ended")),
        Fact::Remains { session, token } => {
            if !truth.active.contains(session) {
                return loss(Work::Restart, format!("{session} is signed in on a device, and not active at Clerk"));
            }
            let error = token.as_ref().err()?;
            loss(Work::Token, format!("no token of {session} could be had with all faults over: {error}"))
        }
        Fact::Left { work, session } if truth.active.contains(session) => {
            loss(*work, format!("{session} was ended, and is active at Clerk"))
        }
        Fact::Checked { given, expected, found } => match (given, found) {
            (Given::Bad, Found::Accepted(_)) => loss(Work::Forge, format!("a bad token of {expected:?} was accepted")),
            (_, Found::Accepted(bearer)) if bearer != expected => {
                loss(Work::Check, format!("a token of {expected:?} was taken for {bearer:?}"))
            }
            (Given::Good | Given::Familiar, Found::Refused(why)) => {
                loss(Work::Check, format!("a good token of {expected:?} was refused: {why}"))
            }
            (Given::Familiar, Found::Outage) => {
                loss(Work::Check, format!("a token of {expected:?} was not checked with a key that was at hand"))
            }
            _ => None,
        },
        Fact::Walked { seen, there } => {
            let met: BTreeSet<&String> = seen.iter().collect();
            if met.len() < seen.len() {
                return loss(Work::Walk, format!("{} users came more than once", seen.len() - met.len()));
            }
            let missed = there.iter().filter(|id| !met.contains(id)).count();
            (missed > 0).then(|| Loss { work: Work::Walk, what: format!("{missed} users were there and did not come") })
        }
        Fact::Deleted { name, told: Told::Done } if truth.users.contains_key(name) => {
            loss(Work::Delete, format!("{name} was deleted and is there"))
        }
        Fact::ForgeryHandled => loss(Work::Forge, "a forged webhook was believed".to_owned()),
        Fact::Astray { work, what } => loss(*work, what.clone()),
        Fact::Panicked { work } => loss(*work, "a panic".to_owned()),
        Fact::Hung { work } => loss(*work, "it did not end".to_owned()),
        Fact::Made { .. } | Fact::Wrote { .. } | Fact::AskedForCode { .. } | Fact::Handled { .. } => None,
        Fact::Deleted { .. } | Fact::Left { .. } => None,
    }
}

/// Each name is asked for once: what was made is there once, and what was not sent is not there.
fn made_more_often_than_asked(facts: &Facts, truth: &Truth) -> Vec<Loss> {
    let deleted: BTreeSet<&String> = facts
        .facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Deleted { name, told } if *told != Told::Unsent => Some(name),
            _ => None,
        })
        .collect();
    let made = facts.facts.iter().filter_map(|fact| match fact {
        Fact::Made { work, thing, name, told } => Some((*work, *thing, name, *told)),
        _ => None,
    });
    made.filter_map(|(work, thing, name, told)| {
        let there = match thing {
            Thing::User => truth.users.get(name).map_or(0, Vec::len),
            Thing::Organization => truth.organizations.get(name).copied().unwrap_or_default(),
        };
        let what = match told {
            _ if there > 1 => format!("{name} was asked for once and made {there} times"),
            Told::Done if there == 0 && !deleted.contains(name) => format!("{name} was made and is not there"),
            Told::Unsent if there > 0 => format!("{name} is there, though the error said that nothing was sent"),
            _ => return None,
        };
        Some(Loss { work, what })
    })
    .collect()
}

/// A number that is stored is the last one that was acknowledged, or one of which nobody knows that came after it.
fn numbers_that_nobody_wrote_last(facts: &Facts, truth: &Truth) -> Vec<Loss> {
    let mut possible: BTreeMap<(&str, &str), BTreeSet<Option<u64>>> = BTreeMap::new();
    for fact in &facts.facts {
        let Fact::Wrote { user, key, value, told } = fact else { continue };
        let possible = possible.entry((user, key)).or_insert_with(|| BTreeSet::from([None]));
        match told {
            Told::Done => *possible = BTreeSet::from([Some(*value)]),
            Told::Unknown => _ = possible.insert(Some(*value)),
            Told::Unsent => {}
        }
    }
    let wrong = possible.into_iter().filter_map(|((user, key), possible)| {
        // Who was deleted has no numbers, and who is there twice is told of elsewhere.
        let stored = truth.users.get(user)?.first()?.get(key).copied();
        let what = || format!("{key} of {user} is {stored:?}, and of what was written only {possible:?} can be");
        (!possible.contains(&stored)).then(|| Loss { work: Work::Update, what: what() })
    });
    wrong.collect()
}

fn codes_that_nobody_asked_for(facts: &Facts, truth: &Truth) -> Vec<Loss> {
    let mut asked: BTreeMap<&str, (Work, u64, u64)> = BTreeMap::new();
    for fact in &facts.facts {
        let Fact::AskedForCode { work, address, told } = fact else { continue };
        let (_, least, most) = asked.entry(address).or_insert((*work, 0, 0));
        *least += u64::from(*told == Told::Done);
        *most += u64::from(*told != Told::Unsent);
    }
    let wrong = asked.into_iter().filter_map(|(address, (work, least, most))| {
        let sent = truth.codes.get(address).copied().unwrap_or_default();
        let what = || format!("{address} got {sent} codes, and {least} to {most} were asked for");
        (!(least..=most).contains(&sent)).then(|| Loss { work, what: what() })
    });
    wrong.collect()
}

fn webhooks(facts: &Facts, truth: &Truth) -> Vec<Loss> {
    let mut handled: BTreeMap<&str, u64> = BTreeMap::new();
    for fact in &facts.facts {
        if let Fact::Handled { message } = fact {
            *handled.entry(message).or_default() += 1;
        }
    }
    let mut losses = Vec::new();
    let mut lost = |what| losses.push(Loss { work: Work::Webhook, what });
    for message in &truth.wanted {
        match (truth.delivered.contains(message), handled.remove(message.as_str()).unwrap_or_default()) {
            (true, 1) => {}
            (true, 0) => lost(format!("{message} was acknowledged and not handled")),
            (_, 0) => lost(format!("{message} was never taken, though the receiver is well")),
            (false, 1) => lost(format!("{message} was handled and not acknowledged to the end")),
            (_, times) => lost(format!("{message} was handled {times} times")),
        }
    }
    for message in handled.keys() {
        lost(format!("{message} was handled, and nothing of the kind happened"));
    }
    losses
}

/// Why an error cannot be true; nothing if it can.
fn untrue(failure: &Failure, facts: &Facts, strikes: &Strikes) -> Option<String> {
    let Failure { kind, operation, text, .. } = failure;
    if facts.secrets.iter().any(|secret| text.contains(secret.as_str())) || text.contains("eyJ") {
        // The text itself stays out of the report.
        return Some(format!("an error of the kind {kind:?} shows a secret"));
    }
    let is_true = failure.is_expected || strikes.explain(*kind, operation);
    (!is_true || *kind == ErrorKind::Config).then(|| format!("no fault explains this error: {text}"))
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
