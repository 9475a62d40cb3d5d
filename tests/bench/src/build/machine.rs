//! On what the figures were seen.

use std::fmt;
use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};

#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    /// The platform, as cargo calls it.
    pub(crate) host: String,
    pub(crate) rustc: String,
}

impl Machine {
    pub(crate) fn here() -> Result<Self> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc).arg("-vV").output().context("rustc cannot be run")?;
        let version = String::from_utf8_lossy(&output.stdout);
        let host = version.lines().find_map(|line| line.strip_prefix("host: "));
        Ok(Self {
            processor: processor().unwrap_or_else(|| "unknown processor".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            host: host.context("rustc -vV names no host")?.to_owned(),
            rustc: version.lines().next().unwrap_or_default().to_owned(),
        })
    }
}

fn processor() -> Option<String> {
    if let Ok(text) = fs::read_to_string("/proc/cpuinfo") {
        return named(&text);
    }
    let output = Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"]).output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

/// The name of the first processor of `/proc/cpuinfo`; some architectures give none.
fn named(cpuinfo: &str) -> Option<String> {
    let (_, name) =
        cpuinfo.lines().filter_map(|line| line.split_once(':')).find(|(key, _)| key.trim() == "model name")?;
    Some(name.trim().to_owned())
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processor, cores, host, rustc } = self;
        writeln!(f, "machine: {processor}, {cores} cores, {host}")?;
        write!(f, "compiler: {rustc}, dev profile, not incremental, one job")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_the_first_model_name() {
        let text = "processor\t: 0\nmodel\t\t: 143\nmodel name\t: Some CPU @ 2.00GHz\nmodel name\t: Other\n";
        assert_eq!(named(text).as_deref(), Some("Some CPU @ 2.00GHz"));
        assert_eq!(named("processor: 0\n"), None);
    }
}
