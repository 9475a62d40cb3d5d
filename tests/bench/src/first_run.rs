//! The two commands of the README on a machine that has a Rust toolchain and nothing else: what everybody waits for once.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    cargo,
    figure::{Figure, Outcome, Unit},
    here, target,
};

/// Measures both, and deletes all that came of it.
pub(crate) fn measure() -> Result<Outcome> {
    let folder = target().join("first-run");
    remove(&folder)?;
    let tree = copy(&fs::canonicalize(here().join("../.."))?, &folder)?;
    let home = cargo_home(&folder)?;
    let mut figures = Vec::new();
    for (id, arguments) in
        [("quickstart", ["run", "-p", "clerk-ext", "--example", "quickstart"].as_slice()), ("test", &["test"])]
    {
        let mut command = cargo::command(&tree, &tree.join("target"));
        command.arg("-q").args(arguments).env("CARGO_HOME", &home);
        let what = format!("cargo {}", arguments.join(" "));
        eprintln!("{what}");
        let began = Instant::now();
        cargo::run(command)?;
        let took = began.elapsed().as_secs_f64();
        let figure = Figure::new(&format!("first-run.{id}"), &what, Unit::Seconds, "the first time", &[took]);
        figures.push(figure.note("by the clock, downloads and compiling included"));
    }
    remove(&folder)?;
    Ok(figures.into())
}

/// The files of the project as they are now, added or not, and nothing that git ignores.
fn copy(project: &Path, folder: &Path) -> Result<PathBuf> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = Command::new("git").args(arguments).current_dir(project).output().context("git cannot be run")?;
    ensure!(listed.status.success(), "git ls-files failed: this is measured in a checkout only");
    let tree = folder.join("tree");
    for file in String::from_utf8(listed.stdout)?.split_terminator('\0') {
        let (from, to) = (project.join(file), tree.join(file));
        // What is deleted and not yet committed is listed too.
        if from.is_file() {
            fs::create_dir_all(to.parent().unwrap_or(&tree))?;
            fs::copy(&from, &to).with_context(|| format!("{file} cannot be copied"))?;
        }
    }
    Ok(tree)
}

/// An empty one, but for how cargo reaches its registry from here.
fn cargo_home(folder: &Path) -> Result<PathBuf> {
    let home = folder.join("cargo");
    fs::create_dir_all(&home)?;
    let own = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let own = own.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    for name in ["config.toml", "config"] {
        if let Some(file) = own.as_ref().map(|own| own.join(name)).filter(|file| file.is_file()) {
            fs::copy(file, home.join(name))?;
        }
    }
    Ok(home)
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{}: cannot be removed", folder.display()))?;
    }
    Ok(())
}
