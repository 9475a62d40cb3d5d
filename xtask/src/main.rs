//! The maker: imports API documents, generates the crates from them, checks the tree.

mod import;
mod model;
mod openapi;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use model::Api;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Imports API documents, generates the crates, checks the tree")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Works on the documents in spec/.
    #[command(subcommand)]
    Spec(Spec),
}

#[derive(Subcommand)]
enum Spec {
    /// Reads a published document and writes spec/<api>/<version>.json.
    Import {
        file: PathBuf,
        #[arg(long)]
        api: Api,
        #[arg(long)]
        version: String,
        /// Where spec/ is.
        #[arg(long, default_value_os_t = root().join("spec"))]
        spec: PathBuf,
    },
}

/// The root of the workspace this program was built from.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    match arguments.command {
        Command::Spec(Spec::Import { file, api, version, spec }) => {
            let source = import::parse(&file)?;
            let names = std::fs::read_to_string(spec.join("names.toml")).context("spec/names.toml")?;
            let names: import::NameTable = toml::from_str(&names).context("spec/names.toml")?;
            let (document, report) =
                import::import(&source, api, &version, &names).with_context(|| file.display().to_string())?;
            for line in report.lines() {
                println!("{line}");
            }
            let target = spec.join(api.name()).join(format!("{version}.json"));
            let mut text = serde_json::to_string_pretty(&openapi::write(&document, api))?;
            text.push('\n');
            std::fs::create_dir_all(target.parent().context("no folder")?)?;
            std::fs::write(&target, text)?;
            println!("wrote {}", target.display());
            Ok(())
        }
    }
}
