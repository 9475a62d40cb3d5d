//! Checking webhooks of 2 kB, beside the peer.

use anyhow::{Result, ensure};
use clerk_ext::{Bytes, Timestamp, http::HeaderMap, webhooks::Webhook};

use super::{
    Options,
    tokens::{each, figure},
};

const SECRET: &str = "whsec_dGVzdCBzZWNyZXQgdGVzdCBzZWNyZXQ=";
/// How many times as long as the peer a message may take.
const PEER: f64 = 1.0;

/// Measures both in turns, and prints them beside the target.
pub(super) fn run(options: &Options) -> Result<()> {
    let ours = Webhook::new(SECRET)?;
    let peer = svix::webhooks::Webhook::new(SECRET)?;
    let messages = (0..options.tokens.max(1)).map(|number| message(&ours, number)).collect::<Result<Vec<_>>>()?;
    agree(&ours, &peer, &messages)?;

    let (mut mine, mut theirs) = (vec![], vec![]);
    for round in 0..options.rounds.max(1) {
        let mut turns: [&mut dyn FnMut() -> Result<()>; 2] = [
            &mut || {
                mine.push(each(&messages, |(headers, body)| ours.verify(headers, body.clone()).map_err(Into::into))?);
                Ok(())
            },
            &mut || {
                theirs.push(each(&messages, |(headers, body)| peer.verify(body, headers).map_err(Into::into))?);
                Ok(())
            },
        ];
        turns.rotate_left(round % 2);
        for turn in turns {
            turn()?;
        }
    }
    println!("{:<38} {:>10} {:>10} {:>10}   target", "CPU µs a webhook of 2 kB", "min", "median", "max");
    let theirs = figure("  svix, for comparison", &mut theirs);
    let mine = figure("  verified", &mut mine);
    println!("{:<38} {:>21.2}              ≤ {PEER}", "  against svix", mine / theirs);
    Ok(())
}

/// A message as Clerk sends it, each another one.
fn message(webhook: &Webhook, number: usize) -> Result<(HeaderMap, Bytes)> {
    let body = serde_json::json!({
        "data": { "id": format!("user_{number:027}"), "object": "user", "public_metadata": { "about": "x".repeat(1_700) } },
        "event_attributes": { "http_request": { "client_ip": "192.0.2.1", "user_agent": "Mozilla/5.0 (X11; Linux x86_64)" } },
        "instance_id": "ins_2test0000000000000000000", "object": "event", "timestamp": 1_700_000_000_000_u64,
        "type": "user.updated",
    })
    .to_string();
    Ok((webhook.sign(&format!("msg_{number:027}"), Timestamp::now(), &body)?, Bytes::from(body)))
}

/// Fails if the two do not accept and refuse the same, since then their figures say nothing.
fn agree(ours: &Webhook, peer: &svix::webhooks::Webhook, messages: &[(HeaderMap, Bytes)]) -> Result<()> {
    for (headers, body) in messages {
        let other = Bytes::from([body, b" ".as_slice()].concat());
        for (body, is_good) in [(body, true), (&other, false)] {
            ensure!(ours.verify(headers, body.clone()).is_ok() == is_good, "clerk-ext errs");
            ensure!(peer.verify(body, headers).is_ok() == is_good, "svix errs");
        }
    }
    Ok(())
}
