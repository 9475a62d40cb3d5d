//! `cargo xtask deps`: what the tree depends on, checked offline over `cargo metadata`.

mod licence;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use serde::Deserialize;

use crate::spec::from_toml;

/// `xtask/deps.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    /// Licences that may occur.
    licences: Vec<String>,
    /// Crates that must not occur, with what to use instead.
    forbidden: BTreeMap<String, String>,
    /// Crates that occur in several versions, with the reason.
    duplicates: BTreeMap<String, String>,
}

/// Checks licences, minimum Rust versions, forbidden crates and duplicates; prints the duplicates.
pub(crate) fn run(root: &Path) -> Result<()> {
    let policy = root.join("xtask/deps.toml");
    let policy = std::fs::read_to_string(&policy).with_context(|| format!("{}: cannot be read", policy.display()))?;
    let policy: Policy = from_toml(&policy, "xtask/deps.toml")?;
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(vec!["--offline".to_owned(), "--locked".to_owned()])
        .exec()
        .context("cargo metadata works offline here: run `cargo fetch` once")?;
    let mut problems = Vec::new();
    let outside: Vec<&Package> =
        metadata.packages.iter().filter(|package| !metadata.workspace_members.contains(&package.id)).collect();
    licences(&outside, &policy, &mut problems);
    let users = compiled_by_users(&metadata);
    rust_versions(&metadata, &users, &mut problems);
    for package in outside.iter().filter(|package| users.contains(&package.id)) {
        if let Some(instead) = policy.forbidden.get(package.name.as_str()) {
            problems.push(format!("{} {} is forbidden: {instead}", package.name, package.version));
        }
    }
    duplicates(&outside, &users, &policy, &mut problems);
    if problems.is_empty() {
        println!("{} packages, {} of them compiled by users: all as it should be", outside.len(), users.len());
        return Ok(());
    }
    bail!("{}", problems.join("\n  "))
}

fn licences(packages: &[&Package], policy: &Policy, problems: &mut Vec<String>) {
    for package in packages {
        match &package.license {
            Some(expression) if licence::fits(expression, &policy.licences) => {}
            Some(expression) => problems.push(format!("{} {}: licence {expression}", package.name, package.version)),
            None if package.license_file.is_some() => {
                problems.push(format!("{} {}: its licence is a file that nobody read", package.name, package.version));
            }
            None => problems.push(format!("{} {}: no licence", package.name, package.version)),
        }
    }
}

/// What the published crates bring along, with all their features; not what only tests and the maker use.
fn compiled_by_users(metadata: &Metadata) -> HashSet<PackageId> {
    let Some(resolve) = &metadata.resolve else {
        return HashSet::new();
    };
    let edges: HashMap<&PackageId, Vec<&PackageId>> = resolve
        .nodes
        .iter()
        .map(|node| {
            let built = node.deps.iter().filter(|dep| {
                dep.dep_kinds.iter().any(|kind| matches!(kind.kind, DependencyKind::Normal | DependencyKind::Build))
            });
            (&node.id, built.filter(|dep| is_active(metadata, node, &dep.pkg)).map(|dep| &dep.pkg).collect())
        })
        .collect();
    let published = metadata.packages.iter().filter(|package| {
        metadata.workspace_members.contains(&package.id) && package.publish.as_ref().is_none_or(|to| !to.is_empty())
    });
    let mut open: Vec<&PackageId> = published.map(|package| &package.id).collect();
    let mut found = HashSet::new();
    while let Some(id) = open.pop() {
        if found.insert(id.clone()) {
            open.extend(edges.get(id).into_iter().flatten());
        }
    }
    found.retain(|id| !metadata.workspace_members.contains(id));
    found
}

/// Whether a dependency is compiled: the graph also has the optional ones that no feature turns on.
fn is_active(metadata: &Metadata, node: &cargo_metadata::Node, dependency: &PackageId) -> bool {
    let (package, name) = (&metadata[&node.id], &metadata[dependency].name);
    let mut declared = package.dependencies.iter().filter(|declared| declared.name == name.as_str()).peekable();
    if declared.peek().is_none() || declared.clone().any(|declared| !declared.optional) {
        return true;
    }
    declared.any(|declared| {
        let key = declared.rename.as_deref().unwrap_or(&declared.name);
        let turns_on = |setting: &String| {
            setting == key
                || setting.strip_prefix("dep:") == Some(key)
                || setting.split_once('/').is_some_and(|(of, _)| of == key)
        };
        node.features.iter().any(|feature| {
            feature.as_str() == key && !package.features.contains_key(key)
                || package.features.get(feature.as_str()).is_some_and(|settings| settings.iter().any(turns_on))
        })
    })
}

fn rust_versions(metadata: &Metadata, users: &HashSet<PackageId>, problems: &mut Vec<String>) {
    let own = metadata.packages.iter().filter(|package| metadata.workspace_members.contains(&package.id));
    let Some(declared) = own.filter_map(|package| package.rust_version.clone()).max() else {
        problems.push("no crate declares its rust-version".to_owned());
        return;
    };
    for package in metadata.packages.iter().filter(|package| users.contains(&package.id)) {
        if let Some(needed) = &package.rust_version
            && *needed > declared
        {
            let (name, version) = (&package.name, &package.version);
            problems.push(format!("{name} {version} needs Rust {needed}, and {declared} is declared"));
        }
    }
}

fn duplicates(packages: &[&Package], users: &HashSet<PackageId>, policy: &Policy, problems: &mut Vec<String>) {
    let mut versions: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for package in packages.iter().filter(|package| users.contains(&package.id)) {
        versions.entry(package.name.as_str()).or_default().insert(package.version.to_string());
    }
    for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
        let all = versions.iter().cloned().collect::<Vec<_>>().join(", ");
        match policy.duplicates.get(*name) {
            Some(reason) => println!("{name} {all}: {reason}"),
            None => problems.push(format!("{name} comes in versions {all}; say why in xtask/deps.toml")),
        }
    }
    for name in policy.duplicates.keys() {
        if versions.get(name.as_str()).is_none_or(|versions| versions.len() < 2) {
            problems.push(format!("xtask/deps.toml: {name} is no longer there twice"));
        }
    }
}
