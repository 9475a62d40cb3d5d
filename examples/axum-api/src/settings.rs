//! What the environment says.

use std::{env, time::Duration};

use clerk_ext::config::Config;

use crate::Result;

pub(crate) struct Settings {
    pub(crate) clerk: Config,
    /// The origins whose pages may send tokens here; with none, tokens for any origin of the instance count.
    pub(crate) authorized_parties: Vec<String>,
    pub(crate) port: u16,
    pub(crate) health_check_every: Duration,
}

impl Settings {
    pub(crate) fn from_env() -> Result<Self> {
        let clerk = Config::from_env()?;
        clerk.require_publishable_key()?;
        Ok(Self {
            clerk,
            authorized_parties: list(&variable("AUTHORIZED_PARTIES")?.unwrap_or_default()),
            port: number("PORT", 3000)?,
            health_check_every: Duration::from_secs(number::<u64>("HEALTH_CHECK_SECONDS", 60)?.max(1)),
        })
    }
}

/// A variable that is set to nothing counts as one that is not set.
fn variable(name: &str) -> Result<Option<String>> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8; set it again").into()),
    }
}

fn number<N: std::str::FromStr>(name: &str, usual: N) -> Result<N> {
    let Some(text) = variable(name)? else { return Ok(usual) };
    text.parse().map_err(|_| format!("{name} has to be a number that fits; it is set to something else").into())
}

/// What stands between commas.
fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}
