//! The parts of a crate's `Cargo.toml` that follow from the document: its features and its API version.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::crate_name;
use crate::model::Api;
use crate::shape::Package;

const BEGIN: &str = "# Groups of operations, by `cargo xtask codegen`.\n";
const END: &str = "# End of the groups.\n";

/// Where the manifest is, below the workspace.
pub(crate) fn manifest_path(api: Api) -> PathBuf {
    PathBuf::from(crate_name(api).replace('_', "-")).join("Cargo.toml")
}

/// The manifest with its generated parts made anew.
pub(crate) fn manifest(package: &Package, text: &str) -> Result<String> {
    let (before, rest) = text.split_once(BEGIN).context("the line that begins the groups is missing")?;
    let (_, after) = rest.split_once(END).context("the line that ends the groups is missing")?;
    let names: Vec<String> = package.groups.keys().map(|group| format!("{group:?}")).collect();
    let mut groups = format!("full = [{}]\n", names.join(", "));
    for (group, words) in &package.groups {
        let about = words.lines().next().unwrap_or_default();
        groups.push_str(&format!("## {about}\n{group} = []\n"));
    }
    let text = format!("{before}{BEGIN}{groups}{END}{after}");
    let lines = text.lines().map(|line| {
        if line.starts_with("api-version = ") {
            format!("api-version = {:?}\n", package.version)
        } else {
            format!("{line}\n")
        }
    });
    Ok(lines.collect())
}
