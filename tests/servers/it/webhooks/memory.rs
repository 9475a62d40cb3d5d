use std::{sync::Arc, time::Duration};

use clerk_ext::{
    clock::ManualClock,
    webhooks::{Claim, Dedupe, Lease, MemoryDedupe},
};
use futures_util::FutureExt as _;

use super::clock;

const MINUTE: Duration = Duration::from_secs(60);

fn memory() -> (MemoryDedupe, ManualClock) {
    let clock = clock();
    (MemoryDedupe::new().clock(Arc::new(clock.clone())), clock)
}

fn lease(id: &str) -> Lease {
    Lease::new(id, MINUTE).unwrap()
}

fn claim(memory: &MemoryDedupe, lease: &Lease) -> Claim {
    memory.claim(lease).now_or_never().unwrap().unwrap()
}

fn finish(memory: &MemoryDedupe, lease: &Lease) {
    memory.finish(lease).now_or_never().unwrap().unwrap();
}

fn release(memory: &MemoryDedupe, lease: &Lease) {
    memory.release(lease).now_or_never().unwrap().unwrap();
}

/// A message that was handled.
fn done(memory: &MemoryDedupe, id: &str) {
    let lease = lease(id);
    assert_eq!(claim(memory, &lease), Claim::New);
    finish(memory, &lease);
}

#[test]
fn a_message_is_new_then_busy_then_done() {
    let (memory, _) = memory();
    let (first, second) = (lease("msg_1"), lease("msg_1"));
    assert_eq!((claim(&memory, &first), claim(&memory, &second)), (Claim::New, Claim::Busy));
    assert_eq!(claim(&memory, &lease("msg_2")), Claim::New);
    finish(&memory, &first);
    assert_eq!((claim(&memory, &first), claim(&memory, &second)), (Claim::Done, Claim::Done));
}

#[test]
fn a_message_that_is_given_back_is_new_again() {
    let (memory, _) = memory();
    let (first, second, third) = (lease("msg_1"), lease("msg_1"), lease("msg_1"));
    claim(&memory, &first);
    release(&memory, &first);
    assert_eq!(claim(&memory, &second), Claim::New);
    memory.abandon(&second);
    assert_eq!(claim(&memory, &third), Claim::New);
}

#[test]
fn only_who_holds_a_message_gives_it_back() {
    let (memory, _) = memory();
    let (holder, other) = (lease("msg_1"), lease("msg_1"));
    claim(&memory, &holder);
    release(&memory, &other);
    memory.abandon(&other);
    assert_eq!(claim(&memory, &other), Claim::Busy);
    finish(&memory, &holder);
    release(&memory, &holder);
    assert_eq!(claim(&memory, &other), Claim::Done);
}

#[test]
fn a_lease_ends_and_then_its_holder_holds_nothing() {
    let (memory, clock) = memory();
    let (dead, next) = (lease("msg_1"), lease("msg_1"));
    claim(&memory, &dead);
    clock.advance(MINUTE - Duration::from_millis(1));
    assert_eq!(claim(&memory, &next), Claim::Busy);
    clock.advance(Duration::from_millis(1));
    assert_eq!(claim(&memory, &next), Claim::New);
    release(&memory, &dead);
    assert_eq!(claim(&memory, &lease("msg_1")), Claim::Busy);
    // Late, but true.
    finish(&memory, &dead);
    release(&memory, &next);
    assert_eq!(claim(&memory, &lease("msg_1")), Claim::Done);
}

#[test]
fn what_is_done_is_remembered_for_two_days() {
    let (memory, clock) = memory();
    done(&memory, "msg_1");
    clock.advance(Duration::from_secs(48 * 3600) - Duration::from_millis(1));
    assert_eq!(claim(&memory, &lease("msg_1")), Claim::Done);
    clock.advance(Duration::from_millis(1));
    assert_eq!(claim(&memory, &lease("msg_1")), Claim::New);
}

#[test]
fn beyond_the_capacity_the_oldest_that_is_done_is_forgotten() {
    let (memory, _) = memory();
    let memory = memory.capacity(3);
    let held = lease("held");
    claim(&memory, &held);
    for id in ["msg_1", "msg_2", "msg_3"] {
        done(&memory, id);
    }
    assert_eq!(claim(&memory, &lease("held")), Claim::Busy);
    assert_eq!(claim(&memory, &lease("msg_3")), Claim::Done);
    assert_eq!(claim(&memory, &lease("msg_2")), Claim::Done);
    assert_eq!(claim(&memory, &lease("msg_1")), Claim::New);
}

#[test]
fn full_of_messages_that_are_worked_on_it_takes_no_more_until_a_lease_ends() {
    let (memory, clock) = memory();
    let memory = memory.capacity(2);
    claim(&memory, &lease("msg_1"));
    clock.advance(MINUTE / 2);
    claim(&memory, &lease("msg_2"));
    assert_eq!(claim(&memory, &lease("msg_3")), Claim::Busy);
    clock.advance(MINUTE / 2);
    assert_eq!(claim(&memory, &lease("msg_3")), Claim::New);
    assert_eq!(claim(&memory, &lease("msg_4")), Claim::Busy);
}

#[test]
fn each_lease_has_a_holder_of_its_own_that_is_not_shown() {
    let (one, two) = (lease("msg_1"), lease("msg_1"));
    assert_ne!(one.holder(), two.holder());
    assert!(!format!("{one:?}").contains(one.holder()));
}
