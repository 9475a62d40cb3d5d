//! `cargo xtask bench`: runs the benchmark, and shows its figures in the README and in a chart.
//!
//! What measures is `tests/bench`, a package with a lock file of its own. What it writes, `figures.json`, is all that is
//! known here: the README says nothing that is not in it.

mod amount;
mod chart;
mod figures;
mod section;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::replace;
use figures::Figures;

const FIGURES: &str = "tests/bench/figures.json";
const CHART: &str = "tests/bench/chart.svg";
const README: &str = "README.md";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only this subject; may be given several times. Prints its figures and writes nothing.
    #[arg(long, value_name = "SUBJECT")]
    only: Vec<String>,
    /// Samples of each figure [default: each subject's own].
    #[arg(long)]
    rounds: Option<u32>,
    /// Measure nothing; write the README's section and the chart anew from the figures that are there.
    #[arg(long, conflicts_with_all = ["only", "rounds"])]
    readme: bool,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    if !options.readme {
        measure(root, options)?;
    }
    // A part of a run is for who looks at it: what is published is of one run.
    if options.only.is_empty() {
        for (file, text) in shown(root)? {
            replace::file(&file, &text)?;
            println!("wrote {}", file.strip_prefix(root).unwrap_or(&file).display());
        }
    }
    Ok(())
}

fn measure(root: &Path, options: &Options) -> Result<()> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--release", "--locked", "--manifest-path", "tests/bench/Cargo.toml", "--"]);
    if options.only.is_empty() {
        command.args(["--json", FIGURES]);
    }
    for subject in &options.only {
        command.args(["--only", subject]);
    }
    if let Some(rounds) = options.rounds {
        command.args(["--rounds", &rounds.to_string()]);
    }
    // As it is compiled by hand, whatever is set for the workspace.
    for name in ["CARGO_INCREMENTAL", "CARGO_TARGET_DIR", "RUSTFLAGS"] {
        command.env_remove(name);
    }
    let status = command.current_dir(root).status().context("cargo cannot be run")?;
    ensure!(
        status.success(),
        "the benchmark has failed: see above; what it has measured is in {FIGURES} if it came to its end, \
         and `cargo xtask bench --readme` shows that"
    );
    Ok(())
}

/// The files that show the figures, with what has to be in them.
fn shown(root: &Path) -> Result<[(PathBuf, String); 2]> {
    let read = |name: &str| std::fs::read_to_string(root.join(name)).with_context(|| format!("{name}: cannot be read"));
    let figures: Figures =
        serde_json::from_str(&read(FIGURES)?).with_context(|| format!("{FIGURES}: run `cargo xtask bench`"))?;
    let readme = section::readme(&read(README)?, &figures)?;
    Ok([(root.join(CHART), chart::chart(&figures)?), (root.join(README), readme)])
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_readme_and_the_chart_are_of_the_figures() {
        for (file, text) in super::shown(&crate::root()).unwrap() {
            let present = std::fs::read_to_string(&file).unwrap();
            assert!(present == text, "{} is not of the figures: run `cargo xtask bench --readme`", file.display());
        }
    }
}
