//! Faults that come and go while the programs work.

use std::time::{Duration, Instant};

use clerk_local::{Fault, FaultId};

use crate::{dice::Dice, scene::Scene, strikes::Strikes};

/// What the programs of an episode ask for; a fault without one of these strikes anything.
const OPERATIONS: &[&str] = &[
    "createSignIn",
    "createSignIn",
    "prepareSignInFactorOne",
    "attemptSignInFactorOne",
    "attemptSignInFactorOne",
    "attemptSignInFactorTwo",
    "createSignUps",
    "prepareSignUpsVerification",
    "attemptSignUpsVerification",
    "createSessionToken",
    "createSessionToken",
    "createSessionToken",
    "touchSession",
    "getClient",
    "getEnvironment",
    "removeClientSessionsAndRetainCookie",
    "removeSession",
    "GetJWKS",
    "GetUserList",
    "GetUserList",
    "GetUser",
    "CreateUser",
    "UpdateUser",
    "UpdateUserMetadata",
    "UpdateUserMetadata",
    "DeleteUser",
    "CreateOrganization",
    "RevokeSession",
];

/// Longer than any program here waits for an answer.
const NO_ANSWER: Duration = Duration::from_secs(4);

/// One kind of fault, and how it is made.
struct Kind {
    name: &'static str,
    make: fn(&mut Dice) -> Fault,
}

const KINDS: &[Kind] = &[
    Kind { name: "latency", make: |dice| Fault::latency(dice.millis(5..150)) },
    Kind { name: "latency", make: |dice| Fault::latency(dice.millis(5..150)).after_execution() },
    Kind { name: "no answer", make: |_| Fault::latency(NO_ANSWER) },
    Kind { name: "no answer after execution", make: |_| Fault::latency(NO_ANSWER).after_execution() },
    Kind { name: "5xx", make: |dice| Fault::status(broken(dice)) },
    Kind { name: "5xx", make: |dice| Fault::status(broken(dice)) },
    Kind { name: "5xx after execution", make: |dice| Fault::status(broken(dice)).after_execution() },
    Kind { name: "408", make: |_| Fault::status(408) },
    Kind { name: "429", make: |_| Fault::rate_limited(Duration::from_secs(1)) },
    Kind { name: "429", make: |_| Fault::rate_limited_until_date(Duration::from_secs(1)) },
    Kind { name: "429", make: |_| Fault::status(429) },
    Kind { name: "reset", make: |_| Fault::reset() },
    Kind { name: "reset after execution", make: |_| Fault::reset().after_execution() },
    Kind { name: "half an answer", make: |_| Fault::truncated() },
    Kind { name: "html with 200", make: |_| Fault::not_json() },
    Kind { name: "html with 502", make: |_| Fault::not_json_with_status(502) },
    Kind { name: "unknown fields", make: |_| Fault::extra_fields() },
];

fn broken(dice: &mut Dice) -> u16 {
    dice.pick(&[500, 502, 503, 504]).copied().unwrap_or(500)
}

/// A fault that is on, and what it is called.
type Active = (FaultId, &'static str);

/// Faults for so long; then there are none.
pub(crate) async fn blow(scene: &Scene, mut dice: Dice, length: Duration) {
    let began = Instant::now();
    let mut active: Vec<Active> = Vec::new();
    let is_changing_keys = dice.one_in(2);
    while began.elapsed() < length {
        tokio::time::sleep(dice.millis(10..70)).await;
        if let Some(kind) = dice.pick(KINDS) {
            let mut fault = (kind.make)(&mut dice).times(1 + dice.below(3));
            // Harmless faults may strike anything, the others one operation at a time, so that most work gets somewhere.
            let is_harmless = matches!(kind.name, "unknown fields" | "latency");
            let at = if is_harmless && dice.one_in(2) { None } else { dice.pick(OPERATIONS).copied() };
            if let Some(operation) = at {
                fault = fault.on(operation);
            }
            scene.strikes.aim(kind.name, at);
            active.push((scene.local.faults().add(fault), kind.name));
        }
        match dice.below(60) {
            0 => {
                scene.strikes.aim("keys unavailable", Some("GetJWKS"));
                active.push((scene.local.faults().add(Fault::jwks_outage().times(5)), "keys unavailable"));
            }
            1 => {
                scene.time.jump(dice.millis(20_000..90_000));
                scene.strikes.strike("clock jump");
            }
            2 if is_changing_keys => scene.rotate_keys(dice.one_in(3)),
            _ => {}
        }
        tidy(scene, &mut active);
    }
    count(scene, &active);
    scene.local.faults().clear();
}

/// Takes out what has struck as often as it may, and what nobody has met for long.
fn tidy(scene: &Scene, active: &mut Vec<Active>) {
    const MOST: usize = 24;
    if active.len() > MOST {
        let old: Vec<Active> = active.drain(..MOST / 2).collect();
        count(scene, &old);
        for (id, _) in old {
            scene.local.faults().remove(id);
        }
    }
}

fn count(scene: &Scene, faults: &[Active]) {
    let strikes: &Strikes = &scene.strikes;
    for known in scene.local.faults().list() {
        if let Some((_, name)) = faults.iter().find(|(id, _)| *id == known.id) {
            strikes.add(name, known.struck);
        }
    }
}
