//! `@clerk/backend` on Node, in a process of its own, with the same tokens, keys and webhooks.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

use super::{
    tokens::{PUBLISHABLE_KEY, Signed},
    webhooks::{self, Message},
};
use crate::{
    figure::Figure,
    here,
    process::Process,
    target,
    turns::{Turn, turn},
};

const NAME: &str = "@clerk/backend";
const VERSION: &str = "3.25.0";

/// Node compiles what runs often, and this is often enough.
const WARM: usize = 4;

pub(super) struct Node(Process);

impl Node {
    /// Fails where there is no Node, and where the package is not installed and cannot be.
    pub(super) fn start(signed: &Signed, webhooks: &[Message]) -> Result<Self> {
        let folder = target().join("node");
        install(&folder)?;
        // Beside the package, where it is found by its name.
        let program = folder.join("clerk-backend.mjs");
        fs::copy(here().join("programs/clerk-backend.mjs"), &program)?;
        let mut command = Command::new("node");
        command.arg(&program);
        let process = Process::start(command)?;
        let given = serde_json::json!({
            "publishableKey": PUBLISHABLE_KEY,
            "jwtKey": signed.pem,
            "tokens": signed.tokens,
            "signingSecret": webhooks::SECRET,
            "webhooks": webhooks.iter().map(Message::to_json).collect::<Result<Vec<_>>>()?,
        });
        process.tell(&given.to_string())?;
        let node = Self(process);
        for what in ["verifyToken", "authenticateRequest", "verifyWebhook"] {
            for _ in 0..WARM {
                node.0.sample(what)?;
            }
        }
        Ok(node)
    }

    /// What one takes, in µs of all threads of Node: it checks signatures on others than its own.
    pub(super) fn turn<'a>(node: Option<&'a Self>, what: &'a str) -> Option<Turn<'a>> {
        node.and_then(|node| turn(move || node.0.sample(what)))
    }
}

/// The figure with it beside, if it was there.
pub(super) fn beside(figure: Figure, samples: &[f64]) -> Figure {
    if samples.is_empty() { figure } else { figure.peer_of(NAME, VERSION, samples) }
}

fn install(folder: &Path) -> Result<()> {
    let installed = || {
        let text = fs::read_to_string(folder.join("node_modules/@clerk/backend/package.json")).ok()?;
        let package: serde_json::Value = serde_json::from_str(&text).ok()?;
        (package["version"] == VERSION).then_some(())
    };
    if installed().is_some() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    eprintln!("installing {NAME} {VERSION}");
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix"]).arg(folder);
    npm.arg(format!("{NAME}@{VERSION}")).stdin(Stdio::null());
    let status = npm.status().context("npm cannot be run")?;
    ensure!(status.success() && installed().is_some(), "npm has not installed {NAME} {VERSION}");
    Ok(())
}
