//! On what the figures were seen.

use std::fmt;
use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    /// Where it is known.
    memory_bytes: Option<u64>,
    system: String,
    /// The platform, as cargo calls it.
    pub(crate) host: String,
    rustc: String,
    /// None where Node is not installed.
    node: Option<String>,
    /// The day, as `2026-11-21`.
    date: String,
}

impl Machine {
    pub(crate) fn here() -> Result<Self> {
        let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
        let version = said(&rustc, &["-vV"]).context("rustc cannot be run")?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: "));
        Ok(Self {
            processor: processor().unwrap_or_else(|| "unknown processor".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: memory(),
            system: system(),
            host: host.context("rustc -vV names no host")?.to_owned(),
            rustc: version.split(' ').nth(1).unwrap_or_default().to_owned(),
            node: said("node", &["--version"]).map(|version| version.trim_start_matches('v').to_owned()),
            date: said("date", &["-u", "+%Y-%m-%d"]).context("date cannot be run")?,
        })
    }
}

/// What a program prints; none where it cannot be run.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

fn processor() -> Option<String> {
    match fs::read_to_string("/proc/cpuinfo") {
        Ok(text) => value(&text, ':', "model name"),
        Err(_) => said("sysctl", &["-n", "machdep.cpu.brand_string"]),
    }
}

fn memory() -> Option<u64> {
    match fs::read_to_string("/proc/meminfo") {
        Ok(text) => Some(value(&text, ':', "MemTotal")?.strip_suffix(" kB")?.parse::<u64>().ok()? * 1024),
        Err(_) => said("sysctl", &["-n", "hw.memsize"])?.parse().ok(),
    }
}

fn system() -> String {
    let named = fs::read_to_string("/etc/os-release").ok().and_then(|text| value(&text, '=', "PRETTY_NAME"));
    named.unwrap_or_else(|| std::env::consts::OS.to_owned())
}

/// The first value of this key in lines of keys and values; not every system gives every key.
fn value(text: &str, separator: char, key: &str) -> Option<String> {
    let mut lines = text.lines().filter_map(|line| line.split_once(separator));
    let (_, value) = lines.find(|(found, _)| found.trim() == key)?;
    Some(value.trim().trim_matches('"').to_owned())
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processor, cores, system, rustc, .. } = self;
        write!(f, "{processor}, {cores} cores, {system}, rustc {rustc}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_of_a_key_is_taken() {
        let text = "processor\t: 0\nmodel\t\t: 143\nmodel name\t: Some CPU @ 2.00GHz\nmodel name\t: Other\n";
        assert_eq!(value(text, ':', "model name").as_deref(), Some("Some CPU @ 2.00GHz"));
        assert_eq!(value("processor: 0\n", ':', "model name"), None);
        assert_eq!(value("PRETTY_NAME=\"Some OS 1\"\n", '=', "PRETTY_NAME").as_deref(), Some("Some OS 1"));
    }
}
