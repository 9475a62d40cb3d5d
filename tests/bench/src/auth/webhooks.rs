//! Checking webhooks of 2 kB, beside the peers.

use anyhow::{Result, ensure};
use clerk_ext::{Bytes, Timestamp, http::HeaderMap, webhooks::Webhook};

use super::{
    CPU,
    node::{self, Node},
};
use crate::{
    clock::each,
    figure::{Figure, Unit},
    turns::{in_turns, turn},
};

pub(super) const SECRET: &str = "whsec_dGVzdCBzZWNyZXQgdGVzdCBzZWNyZXQ=";

/// How many times as long as svix a message may take.
const TARGET: f64 = 1.0;

pub(super) struct Message {
    headers: HeaderMap,
    body: Bytes,
}

impl Message {
    pub(super) fn to_json(&self) -> Result<serde_json::Value> {
        let headers: serde_json::Map<_, _> = self
            .headers
            .iter()
            .map(|(name, value)| Ok((name.to_string(), value.to_str()?.into())))
            .collect::<Result<_>>()?;
        Ok(serde_json::json!({ "headers": headers, "body": std::str::from_utf8(&self.body)? }))
    }
}

/// Measures all in turns.
pub(super) fn measure(rounds: usize, messages: &[Message], node: Option<&Node>) -> Result<Vec<Figure>> {
    let ours = Webhook::new(SECRET)?;
    let peer = svix::webhooks::Webhook::new(SECRET)?;
    agree(&ours, &peer, messages)?;

    let check = |message: &Message| ours.verify(&message.headers, message.body.clone()).map_err(Into::into);
    let peer_checks = |message: &Message| peer.verify(&message.body, &message.headers).map_err(Into::into);
    let turns =
        [turn(|| each(messages, check)), turn(|| each(messages, peer_checks)), Node::turn(node, "verifyWebhook")];
    let [mine, theirs, nodes] = in_turns(rounds, 1, turns)?;
    let figure = Figure::new("auth.webhook", "a webhook of 2 kB", Unit::Microseconds, "clerk-ext", &mine)
        .peer("svix", &theirs)
        .at_most_times(TARGET, "svix")
        .note(CPU);
    Ok(vec![node::beside(figure, &nodes)])
}

/// Messages as Clerk sends them, each another one.
pub(super) fn messages(count: usize) -> Result<Vec<Message>> {
    let webhook = Webhook::new(SECRET)?;
    (0..count).map(|number| message(&webhook, number)).collect()
}

fn message(webhook: &Webhook, number: usize) -> Result<Message> {
    let body = serde_json::json!({
        "data": { "id": format!("user_{number:027}"), "object": "user", "public_metadata": { "about": "x".repeat(1_700) } },
        "event_attributes": { "http_request": { "client_ip": "192.0.2.1", "user_agent": "Mozilla/5.0 (X11; Linux x86_64)" } },
        "instance_id": "ins_2test0000000000000000000", "object": "event", "timestamp": 1_700_000_000_000_u64,
        "type": "user.updated",
    })
    .to_string();
    let headers = webhook.sign(&format!("msg_{number:027}"), Timestamp::now(), &body)?;
    Ok(Message { headers, body: body.into() })
}

/// Fails if the two do not accept and refuse the same, since then their figures say nothing.
fn agree(ours: &Webhook, peer: &svix::webhooks::Webhook, messages: &[Message]) -> Result<()> {
    for Message { headers, body } in messages {
        let other = Bytes::from([body, b" ".as_slice()].concat());
        for (body, is_good) in [(body, true), (&other, false)] {
            ensure!(ours.verify(headers, body.clone()).is_ok() == is_good, "clerk-ext errs");
            ensure!(peer.verify(body, headers).is_ok() == is_good, "svix errs");
        }
    }
    Ok(())
}
