//! What a device of the Frontend API costs: session tokens at hand, signing in, loading, memory.

mod device;
mod tokens;

use anyhow::Result;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Samples of each figure.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Tokens in one sample, for each thread.
    #[arg(long, default_value_t = 500_000)]
    tokens: u32,
    /// Threads at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    threads: u32,
}

/// Measures all of it, and prints it beside the targets.
pub(crate) fn run(options: &Options) -> Result<()> {
    tokens::run(options)?;
    device::run(options)
}
