//! What it costs a server to check who sends its requests, and whose webhooks come.

mod node;
mod server;
mod tokens;
mod webhooks;

use anyhow::Result;

use crate::figure::Outcome;
use node::Node;

/// Tokens, or webhooks, in one sample.
const TOKENS: usize = 500;

/// Of the threads that do the work, so that other programs on the machine are not in it.
const CPU: &str = "CPU time";

/// Measures all of it.
pub(crate) fn measure(rounds: usize) -> Result<Outcome> {
    let signed = tokens::sign(TOKENS)?;
    let webhooks = webhooks::messages(TOKENS)?;
    let mut outcome = Outcome::default();
    let node = match Node::start(&signed, &webhooks) {
        Ok(node) => Some(node),
        Err(error) => {
            eprintln!("without @clerk/backend: {error:#}");
            outcome.left_out.push(format!("@clerk/backend: {error:#}"));
            None
        }
    };
    outcome.append(tokens::measure(rounds, &signed, node.as_ref())?.into());
    outcome.append(webhooks::measure(rounds, &webhooks, node.as_ref())?.into());
    outcome.append(server::measure(rounds, &signed)?.into());
    Ok(outcome)
}
