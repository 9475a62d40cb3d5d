use proptest::{prelude::*, prop_assert, prop_assert_eq, proptest};
use serde_json::json;

use super::*;
use crate::frontend::record::Leaving;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn stamp(sequence: u64, answered_at: Option<i64>, updated_at: Option<i64>) -> Stamp {
    Stamp { sequence, answered_at: answered_at.map(at), updated_at: updated_at.map(at) }
}

fn client(id: &str, updated_at: Option<i64>, sessions: &[&str]) -> Arc<types::Client> {
    let sessions: Vec<_> = sessions.iter().map(|id| json!({ "id": id, "status": "active" })).collect();
    let last = sessions.first().map(|session| session["id"].clone());
    let client = json!({ "id": id, "sessions": sessions, "last_active_session_id": last, "updated_at": updated_at });
    serde_json::from_value(client).unwrap()
}

fn token(text: &str) -> Option<Secret> {
    Some(Secret::from(text))
}

fn rotated(text: &str) -> TokenNews {
    TokenNews::Rotated(Secret::from(text))
}

fn says(client: Arc<types::Client>) -> Learned {
    Learned { client: Some(client), ..Learned::default() }
}

/// A device that has sent so many requests, and holds this.
fn holding(sent: u64, name: Option<&str>, client: Option<Arc<types::Client>>) -> State {
    let mut state = State::default();
    let record = Record { token: name.map(Secret::from), client, ..Record::default() };
    state.sent = sent;
    state.take(Some(record.written().into()), record);
    state
}

/// Judges and settles, as the core does; says whether something changed.
fn hear(state: &mut State, ticket: &Ticket, learned: &Learned) -> bool {
    match state.judge(ticket, learned, at(1)) {
        Verdict::Changed(changed) => {
            let (record, stamp) = *changed;
            state.settle(Some(record.written().into()), record, stamp);
            true
        }
        Verdict::Nothing | Verdict::Outdated => false,
    }
}

fn sessions(state: &State) -> Vec<&str> {
    state.record.client.iter().flat_map(|client| &client.sessions).map(|session| session.id.as_str()).collect()
}

#[test]
fn an_answer_is_newer_by_its_number_or_its_date_or_the_change_that_it_tells() {
    let none = None;
    for (this, other, is_newer) in [
        // What was asked for later.
        (stamp(2, none, none), stamp(1, none, none), true),
        (stamp(2, Some(1000), none), stamp(1, Some(9000), none), true),
        (stamp(2, Some(1000), Some(1)), stamp(1, Some(1000), Some(9)), true),
        // What was asked for earlier, and answered later.
        (stamp(1, Some(2000), none), stamp(2, Some(1000), none), true),
        (stamp(1, Some(2000), Some(9)), stamp(2, Some(1000), Some(1)), true),
        // But looked up before a change that the other one tells.
        (stamp(1, Some(2000), Some(1)), stamp(2, Some(1000), Some(9)), false),
        (stamp(1, Some(1000), Some(9)), stamp(2, Some(2000), Some(1)), false),
        // Answered within one second, or nobody knows when: the later change.
        (stamp(1, Some(1000), Some(2)), stamp(2, Some(1000), Some(1)), true),
        (stamp(1, Some(1000), Some(1)), stamp(2, Some(1000), Some(1)), false),
        (stamp(1, Some(1000), Some(1)), stamp(2, Some(1000), Some(2)), false),
        (stamp(1, none, Some(2)), stamp(2, none, Some(1)), true),
        (stamp(1, Some(1000), Some(2)), stamp(2, none, Some(1)), true),
        (stamp(1, none, Some(1)), stamp(2, Some(1000), Some(2)), false),
        // Nothing tells: it is not.
        (stamp(1, none, none), stamp(2, none, none), false),
        (stamp(1, none, Some(2)), stamp(2, none, none), false),
        (stamp(1, none, none), stamp(2, none, Some(1)), false),
        (stamp(1, Some(1000), none), stamp(2, none, none), false),
        // Itself.
        (stamp(1, Some(1000), Some(1)), stamp(1, Some(1000), Some(1)), false),
    ] {
        assert_eq!(this.is_newer_than(&other), is_newer, "{this:?} and {other:?}");
    }
}

#[test]
fn what_an_answer_says_of_the_token_is_taken_up() {
    for (held, news, kept, changed) in [
        (Some("one"), TokenNews::Kept, Some("one"), false),
        (Some("one"), rotated("two"), Some("two"), true),
        (Some("one"), rotated("one"), Some("one"), false),
        (Some("one"), TokenNews::Cleared, None, true),
        (None, TokenNews::Kept, None, false),
        (None, rotated("two"), Some("two"), true),
        (None, TokenNews::Cleared, None, false),
    ] {
        let mut state = holding(0, held, None);
        let ticket = state.leave();
        let heard = hear(&mut state, &ticket, &Learned { token: news.clone(), ..Learned::default() });
        assert_eq!(heard, changed, "{held:?} {news:?}");
        assert_eq!(state.record.token.as_ref().map(Secret::expose), kept, "{held:?} {news:?}");
    }
}

#[test]
fn a_device_that_is_forgotten_takes_its_client_along() {
    let mut state = holding(0, Some("one"), Some(client("client", None, &["ann"])));
    let ticket = state.leave();
    let learned = Learned { token: TokenNews::Cleared, ..says(client("client", None, &["ann"])) };
    assert!(hear(&mut state, &ticket, &learned));
    assert!(state.record.client.is_none() && state.record.token.is_none());
    assert!(!hear(&mut state, &ticket, &says(client("client", None, &["ann"]))), "that was another device");
}

#[test]
fn what_was_asked_with_another_token_says_nothing_of_this_device() {
    for (held, asked) in [(Some("two"), Some("one")), (Some("two"), None), (None, Some("one"))] {
        for news in [TokenNews::Kept, TokenNews::Cleared, rotated("three")] {
            let state = holding(3, held, Some(client("client", None, &["ann"])));
            let ticket = Ticket { sequence: 9, token: asked.map(Secret::from), client: None };
            let learned = Learned { token: news, ..says(client("other", Some(9), &[])) };
            assert!(matches!(state.judge(&ticket, &learned, at(1)), Verdict::Outdated), "{held:?} {asked:?}");
        }
    }
}

#[test]
fn the_answer_to_an_earlier_request_does_not_replace_that_to_a_later_one() {
    let mut state = holding(0, Some("one"), None);
    let (first, second) = (state.leave(), state.leave());
    assert!(hear(&mut state, &second, &says(client("client", Some(5), &["ann", "ben"]))));
    assert!(!hear(&mut state, &first, &says(client("client", Some(4), &["ann"]))));
    assert_eq!(sessions(&state), ["ann", "ben"]);
    // It was answered after the other, whatever was asked first.
    let learned = Learned { answered_at: Some(at(9000)), ..says(client("client", Some(6), &["ben"])) };
    assert!(hear(&mut state, &first, &learned));
    assert_eq!(sessions(&state), ["ben"]);
}

#[test]
fn an_older_answer_still_brings_its_token() {
    let mut state = holding(0, Some("one"), None);
    let (first, second) = (state.leave(), state.leave());
    hear(&mut state, &second, &says(client("client", Some(5), &["ann"])));
    let learned = Learned { token: rotated("two"), ..says(client("client", Some(4), &[])) };
    assert!(hear(&mut state, &first, &learned));
    assert_eq!((sessions(&state), &state.record.token), (vec!["ann"], &token("two")));
}

#[test]
fn the_client_of_a_new_token_comes_with_it_however_old_the_answer_is() {
    let mut state = holding(0, Some("one"), None);
    let (first, second) = (state.leave(), state.leave());
    hear(&mut state, &second, &says(client("client", Some(5), &["ann"])));
    let learned = Learned { token: rotated("two"), ..says(client("stranger", Some(4), &[])) };
    assert!(hear(&mut state, &first, &learned));
    assert_eq!(state.record.client.as_ref().unwrap().id.as_str(), "stranger");
    assert_eq!(state.record.token, token("two"));
}

#[test]
fn what_others_put_into_the_store_is_replaced_by_what_is_asked_after_it() {
    let mut state = holding(0, Some("one"), None);
    let before = state.leave();
    let record = Record {
        token: token("one"),
        client: Some(client("client", Some(5), &["ben"])),
        answered_at: Some(at(5000)),
        ..Record::default()
    };
    state.take(Some(record.written().into()), record);
    let after = state.leave();
    let older = Learned { answered_at: Some(at(4000)), ..says(client("client", Some(4), &["ann"])) };
    assert!(!hear(&mut state, &before, &older));
    assert!(hear(&mut state, &after, &older));
    assert_eq!(sessions(&state), ["ann"]);
}

#[test]
fn what_clerk_looked_up_before_another_process_changed_it_and_said_after_is_older() {
    let mut state = holding(0, Some("one"), Some(client("client", Some(4), &["ann"])));
    let before = state.leave();
    let record = Record {
        token: token("one"),
        client: Some(client("client", Some(5), &["ann", "ben"])),
        answered_at: Some(at(5000)),
        ..Record::default()
    };
    state.take(Some(record.written().into()), record);
    let late = |updated_at| Learned { answered_at: Some(at(6000)), ..says(client("client", updated_at, &["ann"])) };
    assert!(!hear(&mut state, &before, &late(Some(4))));
    assert_eq!(sessions(&state), ["ann", "ben"]);
    // Where nothing is said of that, the answer that came later counts.
    assert!(hear(&mut state, &before, &late(None)));
}

#[test]
fn a_session_that_is_over_is_struck_and_the_next_comes_into_the_foreground() {
    let mut state = holding(0, Some("one"), Some(client("client", None, &["ann", "ben"])));
    let ticket = state.leave();
    let over = |id: &str| Learned { ended: Some((id.into(), EndReason::Revoked)), ..Learned::default() };
    assert!(!hear(&mut state, &ticket, &over("somebody")));
    assert!(hear(&mut state, &ticket, &over("ann")));
    assert_eq!(sessions(&state), ["ben"]);
    assert_eq!(state.record.client.as_ref().unwrap().last_active_session_id, Some("ben".into()));
    assert!(!hear(&mut state, &ticket, &over("ann")), "once is enough");
    assert!(hear(&mut state, &ticket, &over("ben")));
    assert_eq!(state.record.client.as_ref().unwrap().last_active_session_id, None);
}

#[test]
fn who_has_left_does_not_come_back_with_an_answer() {
    let mut state = holding(0, Some("one"), Some(client("client", None, &["ben"])));
    let leaving = vec![Leaving { token: None, session: Some("ann".into()) }];
    state.record = Arc::new(Record { leaving, ..Record::clone(&state.record) });
    let ticket = state.leave();
    assert!(hear(&mut state, &ticket, &says(client("client", Some(5), &["ann", "ben"]))));
    assert_eq!(sessions(&state), ["ben"]);
    assert_eq!(state.record.client.as_ref().unwrap().last_active_session_id, Some("ben".into()));
}

#[test]
fn the_time_of_this_machine_and_that_of_clerk_are_kept_apart() {
    let mut state = holding(0, Some("one"), None);
    let ticket = state.leave();
    hear(&mut state, &ticket, &Learned { answered_at: Some(at(7000)), ..says(client("client", Some(5), &[])) });
    assert_eq!((state.record.learned_at, state.record.answered_at), (Some(at(1)), Some(at(7000))));
    let ticket = state.leave();
    hear(&mut state, &ticket, &Learned { token: rotated("two"), answered_at: Some(at(8000)), ..Learned::default() });
    assert_eq!(state.record.answered_at, Some(at(7000)), "nothing was learned of the client");
}

/// An answer as a server gives it that says when it answered.
#[derive(Clone, Debug)]
struct Said {
    /// Which of the requests it answers.
    request: usize,
    answered_at: i64,
    updated_at: i64,
    news: u8,
}

fn answers() -> impl Strategy<Value = Vec<Said>> {
    let one = (0..8_usize, 0..4_i64, 0..6_i64, 0..12_u8).prop_map(|(request, answered_at, updated_at, news)| Said {
        request,
        answered_at: answered_at * 1000,
        updated_at,
        news,
    });
    prop::collection::vec(one, 1..24)
}

proptest! {
    #[test]
    fn the_client_that_is_held_is_never_older_than_one_that_was_held_before(answers in answers()) {
        let mut state = holding(0, Some("one"), None);
        let tickets: Vec<_> = (0..8).map(|_| state.leave()).collect();
        let mut held: Vec<Stamp> = Vec::new();
        for said in answers {
            let ticket = &tickets[said.request];
            let learned = Learned {
                answered_at: Some(at(said.answered_at)),
                ..says(client("client", Some(said.updated_at), &[]))
            };
            let is_first = held.is_empty();
            if hear(&mut state, ticket, &learned) {
                let now = stamp(ticket.sequence, Some(said.answered_at), Some(said.updated_at));
                for before in &held {
                    prop_assert!(now.is_newer_than(before), "{now:?} after {before:?}");
                }
                held.push(now);
            } else {
                prop_assert!(!is_first, "the first is always taken");
            }
        }
    }

    #[test]
    fn the_token_that_is_held_is_the_last_that_was_given_to_its_holder(answers in answers()) {
        let mut state = holding(0, None, None);
        let mut tickets: Vec<_> = (0..8).map(|_| state.leave()).collect();
        let mut token: Option<String> = None;
        for (count, said) in answers.into_iter().enumerate() {
            let ticket = tickets[said.request].clone();
            let is_holder = ticket.token.as_ref().map(Secret::expose) == token.as_deref();
            let news = match said.news {
                0 => TokenNews::Cleared,
                1..4 => rotated(&format!("token-{count}")),
                _ => TokenNews::Kept,
            };
            let learned = Learned { token: news.clone(), ..says(client("client", Some(said.updated_at), &[])) };
            hear(&mut state, &ticket, &learned);
            match news {
                TokenNews::Cleared if is_holder => token = None,
                TokenNews::Rotated(new) if is_holder => token = Some(new.expose().to_owned()),
                _ => {}
            }
            prop_assert_eq!(state.record.token.as_ref().map(Secret::expose), token.as_deref());
            tickets[said.request] = state.leave();
        }
    }
}
