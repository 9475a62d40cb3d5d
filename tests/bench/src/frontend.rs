//! What a device of the Frontend API costs: session tokens at hand, signing in, loading, memory.

mod device;
mod peer;
mod tokens;

use anyhow::Result;
use clerk_local::{Seed, SeedUser};

use crate::figure::Outcome;

const ADDRESS: &str = "ann@example.com";
const PASSWORD: &str = "test-hunter2-and-more";

/// Measures all of it.
pub(crate) fn measure(rounds: usize) -> Result<Outcome> {
    let mut outcome: Outcome = tokens::measure(rounds)?.into();
    outcome.append(device::measure(rounds)?.into());
    outcome.append(peer::measure(rounds)?);
    Ok(outcome)
}

fn ann() -> Seed {
    Seed::default().user(SeedUser::new(ADDRESS).password(PASSWORD))
}
