//! What goes on in the background when a program asks for it.

use std::time::Duration;

use clerk_local::{Api, Fault};

use crate::tokens::{SECOND, Timed, eventually};

/// Waits until the upkeep sleeps: a request that is under way has several timers.
async fn rests(timed: &Timed) {
    eventually(|| timed.clock.sleeping() == 1).await;
}

#[tokio::test]
async fn keep_fresh_fetches_ahead_of_expiry_until_it_is_dropped() {
    let timed = Timed::new().await;
    let first = timed.session.token().await.unwrap();
    let upkeep = timed.session.keep_fresh().unwrap();
    let tick = async || {
        rests(&timed).await;
        timed.pass(5 * SECOND);
        rests(&timed).await;
    };
    for _ in 0..8 {
        tick().await;
    }
    assert_eq!(timed.minted(), 0, "there were 20 seconds left");
    tick().await;
    assert_eq!(timed.minted(), 1);
    let second = timed.session.token().await.unwrap();
    assert_ne!(second.expose(), first.expose());
    assert_eq!(timed.minted(), 1, "nobody had to wait");
    drop(upkeep);
    eventually(|| timed.clock.sleeping() == 0).await;
    timed.pass(50 * SECOND);
    assert_eq!(timed.minted(), 1);
}

#[tokio::test]
async fn keep_fresh_leaves_a_token_alone_that_is_long_expired() {
    let timed = Timed::new().await;
    timed.session.token().await.unwrap();
    let upkeep = timed.session.keep_fresh().unwrap();
    rests(&timed).await;
    timed.pass(3600 * SECOND);
    rests(&timed).await;
    assert_eq!(timed.minted(), 0);
    timed.session.token().await.unwrap();
    assert_eq!(timed.minted(), 1);
    assert!(upkeep.is_running());
}

#[tokio::test]
async fn keep_fresh_waits_longer_after_each_failure_and_ends_with_the_session() {
    let timed = Timed::new().await;
    timed.session.token().await.unwrap();
    timed.pass(45 * SECOND);
    timed.local.faults().add(Fault::status(503).on("createSessionToken"));
    let upkeep = timed.session.keep_fresh().unwrap();
    let mut waits = Vec::new();
    for failures in 1..=4 {
        eventually(|| timed.minted() == failures && timed.clock.sleeping() == 1).await;
        let mut waited = 0;
        // Whoever is woken does not sleep any more from that moment on.
        while timed.clock.sleeping() == 1 && waited < 60 {
            timed.pass(Duration::from_millis(500));
            waited += 1;
        }
        waits.push(waited);
    }
    // Two seconds, four, eight, sixteen, give or take a fifth, in half seconds.
    for (waited, expected) in waits.iter().zip([4, 8, 16, 32]) {
        assert!((expected * 3 / 4..=expected * 5 / 4).contains(waited), "{waits:?}");
    }
    eventually(|| timed.minted() == 5 && timed.clock.sleeping() == 1).await;
    timed.clerk.sign_out().await.unwrap();
    rests(&timed).await;
    timed.pass(80 * SECOND);
    eventually(|| !upkeep.is_running()).await;
}

#[tokio::test]
async fn keep_alive_touches_the_session_in_the_foreground_until_it_ends() {
    let timed = Timed::new().await;
    let touched = || timed.local.calls(Api::Frontend).get("touchSession").copied().unwrap_or(0);
    let upkeep = timed.session.keep_alive(None).unwrap();
    rests(&timed).await;
    timed.pass(299 * SECOND);
    rests(&timed).await;
    assert_eq!(touched(), 0);
    timed.pass(SECOND);
    rests(&timed).await;
    assert_eq!(touched(), 1);
    timed.pass(300 * SECOND);
    rests(&timed).await;
    assert_eq!(touched(), 2);
    timed.session.sign_out().await.unwrap();
    timed.pass(300 * SECOND);
    eventually(|| !upkeep.is_running()).await;
    assert_eq!(touched(), 2);
}
