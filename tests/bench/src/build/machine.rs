//! On what the figures were seen.

use std::fmt;
use std::fs;
use std::process::Command;

use anyhow::Result;

use super::cargo::Cargo;

#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) system: String,
    pub(crate) rustc: String,
}

impl Machine {
    pub(crate) fn here(cargo: &Cargo) -> Result<Self> {
        Ok(Self {
            processor: processor().unwrap_or_else(|| "unknown processor".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            rustc: cargo.rustc_version()?,
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
    let (_, name) = cpuinfo.lines().filter_map(|line| line.split_once(':')).find(|(key, _)| key.trim() == "model name")?;
    Some(name.trim().to_owned())
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processor, cores, system, rustc } = self;
        writeln!(f, "machine: {processor}, {cores} cores, {system}")?;
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
