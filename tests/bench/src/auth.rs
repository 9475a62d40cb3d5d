//! What it costs a server to check who sends its requests, and whose webhooks come.

mod server;
mod tokens;
mod webhooks;

use anyhow::Result;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Samples of each figure.
    #[arg(long, default_value_t = 30)]
    rounds: usize,
    /// Tokens, or webhooks, in one sample.
    #[arg(long, default_value_t = 500)]
    tokens: usize,
}

/// Measures all of it, and prints it beside the targets.
pub(crate) fn run(options: &Options) -> Result<()> {
    tokens::run(options)?;
    server::run(options)?;
    webhooks::run(options)
}
