use clerk_ext::{Error, ErrorKind};

use super::*;
use crate::history::{Bearer, History};

fn bearer(session: &str) -> Bearer {
    Bearer { session: session.to_owned(), user: "user_ann".to_owned(), organization: None }
}

/// What the judge makes of some facts where the truth is as given.
fn losses(facts: impl IntoIterator<Item = Fact>, truth: Truth) -> Vec<Work> {
    let facts = Facts { facts: facts.into_iter().collect(), ..Facts::default() };
    judge(&facts, &truth, &Strikes::default()).losses.into_iter().map(|loss| loss.work).collect()
}

fn with_user(address: &str, numbers: &[(&str, u64)]) -> Truth {
    let numbers = numbers.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect();
    Truth { users: [(address.to_owned(), vec![numbers])].into(), ..Truth::default() }
}

fn made(thing: Thing, name: &str, told: Told) -> Fact {
    Fact::Made { work: Work::Create, thing, name: name.to_owned(), told }
}

fn wrote(value: u64, told: Told) -> Fact {
    Fact::Wrote { user: "ann@example.com".to_owned(), key: "writer1".to_owned(), value, told }
}

#[test]
fn what_was_made_is_there() {
    let ann = || made(Thing::User, "ann@example.com", Told::Done);
    assert_eq!(losses([ann()], with_user("ann@example.com", &[])), []);
    assert_eq!(losses([ann()], Truth::default()), [Work::Create]);
    let gone = Fact::Deleted { name: "ann@example.com".to_owned(), told: Told::Done };
    assert_eq!(losses([ann(), gone], Truth::default()), []);
}

#[test]
fn nothing_is_made_twice() {
    let acme = made(Thing::Organization, "Acme", Told::Unknown);
    let truth = |times| Truth { organizations: [("Acme".to_owned(), times)].into(), ..Truth::default() };
    assert_eq!(losses([acme.clone()], truth(1)), []);
    assert_eq!(losses([acme], truth(2)), [Work::Create]);
}

#[test]
fn what_was_not_sent_is_not_there() {
    let ann = made(Thing::User, "ann@example.com", Told::Unsent);
    assert_eq!(losses([ann.clone()], Truth::default()), []);
    assert_eq!(losses([ann], with_user("ann@example.com", &[])), [Work::Create]);
}

#[test]
fn who_was_deleted_is_gone() {
    let deleted = |told| Fact::Deleted { name: "ann@example.com".to_owned(), told };
    assert_eq!(losses([deleted(Told::Done)], with_user("ann@example.com", &[])), [Work::Delete]);
    assert_eq!(losses([deleted(Told::Unknown)], with_user("ann@example.com", &[])), []);
}

#[test]
fn the_last_acknowledged_number_stands_unless_a_later_one_may_have_come() {
    let stored = |value| with_user("ann@example.com", &[("writer1", value)]);
    let facts = || [wrote(1, Told::Done), wrote(2, Told::Unknown), wrote(3, Told::Unsent)];
    assert_eq!(losses(facts(), stored(1)), []);
    assert_eq!(losses(facts(), stored(2)), []);
    assert_eq!(losses(facts(), stored(3)), [Work::Update], "it was not sent");
    assert_eq!(losses(facts(), with_user("ann@example.com", &[])), [Work::Update], "another writer took it along");
    assert_eq!(losses([wrote(1, Told::Unknown), wrote(2, Told::Done)], stored(1)), [Work::Update], "it went back");
}

#[test]
fn a_walk_meets_everybody_who_is_there_all_the_time_once() {
    let walked = |seen: &[&str]| Fact::Walked {
        seen: seen.iter().map(|id| (*id).to_owned()).collect(),
        there: ["ann".to_owned(), "bob".to_owned()].into(),
    };
    assert_eq!(losses([walked(&["ann", "bob", "new"])], Truth::default()), []);
    assert_eq!(losses([walked(&["ann"])], Truth::default()), [Work::Walk]);
    assert_eq!(losses([walked(&["ann", "bob", "ann"])], Truth::default()), [Work::Walk]);
}

#[test]
fn as_many_codes_are_sent_as_were_asked_for() {
    let asked = |told| Fact::AskedForCode { work: Work::SignIn, address: "ann@example.com".to_owned(), told };
    let sent = |codes| Truth { codes: [("ann@example.com".to_owned(), codes)].into(), ..Truth::default() };
    let facts = || [asked(Told::Done), asked(Told::Unknown), asked(Told::Unsent)];
    assert_eq!(losses(facts(), sent(1)), []);
    assert_eq!(losses(facts(), sent(2)), []);
    assert_eq!(losses(facts(), sent(3)), [Work::SignIn]);
    assert_eq!(losses(facts(), sent(0)), [Work::SignIn]);
}

#[test]
fn a_token_is_of_the_session_the_user_and_the_organization() {
    let acme = Some("org_acme".to_owned());
    let token = |got: Bearer| Fact::Token { expected: bearer("sess_1"), organizations: vec![None], got };
    assert_eq!(losses([token(bearer("sess_1"))], Truth::default()), []);
    assert_eq!(losses([token(bearer("sess_2"))], Truth::default()), [Work::Token]);
    let bob = Bearer { user: "user_bob".to_owned(), ..bearer("sess_1") };
    assert_eq!(losses([token(bob)], Truth::default()), [Work::Token]);
    assert_eq!(losses([token(Bearer { organization: acme, ..bearer("sess_1") })], Truth::default()), [Work::Token]);
}

#[test]
fn nobody_is_signed_out_by_themselves() {
    let vanished = Fact::Vanished { work: Work::Restart, session: "sess_1".to_owned() };
    assert_eq!(losses([vanished], Truth::default()), [Work::Restart]);
    let active = || Truth { active: ["sess_1".to_owned()].into(), ..Truth::default() };
    let remains = |token| Fact::Remains { session: "sess_1".to_owned(), token };
    assert_eq!(losses([remains(Ok(()))], active()), []);
    assert_eq!(losses([remains(Ok(()))], Truth::default()), [Work::Restart]);
    assert_eq!(losses([remains(Err("401".to_owned()))], active()), [Work::Token]);
}

#[test]
fn who_left_has_left_at_clerk_too() {
    let active = || Truth { active: ["sess_1".to_owned()].into(), ..Truth::default() };
    let left = || Fact::Left { work: Work::SignOut, session: "sess_1".to_owned() };
    assert_eq!(losses([left()], active()), [Work::SignOut]);
    assert_eq!(losses([left()], Truth::default()), []);
}

#[test]
fn good_tokens_are_accepted_and_bad_ones_are_not() {
    let checked = |given, found| losses([Fact::Checked { given, expected: bearer("sess_1"), found }], Truth::default());
    let accepted = || Found::Accepted(bearer("sess_1"));
    let refused = || Found::Refused("token-expired".to_owned());
    assert_eq!(checked(Given::Good, accepted()), []);
    assert_eq!(checked(Given::Good, Found::Accepted(bearer("sess_2"))), [Work::Check]);
    assert_eq!(checked(Given::Good, refused()), [Work::Check]);
    assert_eq!(checked(Given::Good, Found::Outage), []);
    assert_eq!(checked(Given::Familiar, Found::Outage), [Work::Check], "the key was at hand");
    assert_eq!(checked(Given::Doubtful, refused()), []);
    assert_eq!(checked(Given::Bad, refused()), []);
    assert_eq!(checked(Given::Bad, accepted()), [Work::Forge]);
}

#[test]
fn a_webhook_is_handled_once() {
    let handled = || Fact::Handled { message: "msg_1".to_owned() };
    let wanted = |delivered: bool| Truth {
        wanted: ["msg_1".to_owned()].into(),
        delivered: delivered.then(|| "msg_1".to_owned()).into_iter().collect(),
        ..Truth::default()
    };
    assert_eq!(losses([handled()], wanted(true)), []);
    assert_eq!(losses([], wanted(true)), [Work::Webhook], "acknowledged and not handled");
    assert_eq!(losses([], wanted(false)), [Work::Webhook], "never taken");
    assert_eq!(losses([handled()], wanted(false)), [Work::Webhook], "sent for ever");
    assert_eq!(losses([handled(), handled()], wanted(true)), [Work::Webhook], "twice");
    assert_eq!(losses([handled()], Truth::default()), [Work::Webhook], "of nothing");
    assert_eq!(losses([Fact::ForgeryHandled], Truth::default()), [Work::Forge]);
}

#[test]
fn panics_hangs_and_impossible_states_are_lost_work() {
    let astray = Fact::Astray { work: Work::SignUp, what: "an unexpected state".to_owned() };
    let facts = [Fact::Panicked { work: Work::Walk }, Fact::Hung { work: Work::Token }, astray];
    assert_eq!(losses(facts, Truth::default()), [Work::Walk, Work::Token, Work::SignUp]);
}

/// What becomes of one error where these faults struck.
fn failure(error: &Error, also: &[ErrorKind], strikes: &[&'static str]) -> Tally {
    let history = History::default();
    history.secret("test-hunter2-and-more");
    history.begins(Work::SignIn);
    history.failed(Work::SignIn, error, also);
    let struck = Strikes::default();
    strikes.iter().for_each(|fault| struck.strike(fault));
    let verdict = judge(&history.take(), &Truth::default(), &struck);
    verdict.tallies[&Work::SignIn].clone()
}

#[test]
fn an_error_is_reported_where_a_fault_explains_it_and_lost_where_none_does() {
    let error = Error::new(ErrorKind::Network, "no answer came");
    assert_eq!(failure(&error, &[], &["reset"]).reported, [("Network".to_owned(), 1)].into());
    assert_eq!(failure(&error, &[], &["latency"]).lost, 1);
    let error = Error::new(ErrorKind::NotFound, "it is not there");
    assert_eq!(failure(&error, &[ErrorKind::NotFound], &[]).lost, 0);
    assert_eq!(failure(&error, &[], &["reset"]).lost, 1);
}

#[test]
fn a_fault_of_one_operation_explains_no_error_of_another() {
    let history = History::default();
    let strikes = Strikes::default();
    strikes.aim("reset", Some("createSignIn"));
    for operation in ["createSignIn", "getClient"] {
        let error = Error::new(ErrorKind::Network, "no answer came").with_operation(operation);
        history.failed(Work::SignIn, &error, &[]);
    }
    let verdict = judge(&history.take(), &Truth::default(), &strikes);
    assert_eq!(verdict.losses.len(), 1);
    assert!(verdict.losses[0].what.contains("getClient"));
}

#[test]
fn an_error_that_shows_a_secret_is_lost() {
    let telling = |text: &'static str| failure(&Error::new(ErrorKind::Network, text), &[], &["reset"]).lost;
    assert_eq!(telling("the password test-hunter2-and-more is wrong"), 1);
    assert_eq!(telling("the token eyJhbGciOiJSUzI1NiJ9 is over"), 1);
    let cause = Error::new(ErrorKind::Network, "test-hunter2-and-more");
    assert_eq!(failure(&Error::new(ErrorKind::Network, "no answer").with_source(cause), &[], &["reset"]).lost, 1);
}

#[test]
fn what_was_tried_and_neither_reported_nor_lost_has_survived() {
    let tally = Tally { tried: 10, reported: [("Network".to_owned(), 2)].into(), lost: 1 };
    assert_eq!(tally.survived(), 7);
}
