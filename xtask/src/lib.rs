//! The maker: imports API documents, generates the crates from them, checks the tree.
//!
//! A program first; as a library it gives the tests the documents that the crates were generated from.

mod bench;
mod codegen;
mod deps;
mod diff;
mod emit;
mod generate;
mod import;
mod model;
mod normalise;
mod openapi;
mod replace;
mod shape;
#[cfg(test)]
mod sketch;
mod soak;
mod spec;
mod surface;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use codegen::Versions;
use model::Api;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Imports API documents, generates the crates, checks the tree")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Generates clerk-bapi and clerk-fapi from spec/.
    Codegen {
        /// Write nothing; fail if anything would change or words are missing.
        #[arg(long)]
        check: bool,
        /// The version of the Backend API [default: the newest].
        #[arg(long)]
        bapi: Option<String>,
        /// The version of the Frontend API [default: the newest].
        #[arg(long)]
        fapi: Option<String>,
        /// The version of the webhook events [default: the newest].
        #[arg(long)]
        webhooks: Option<String>,
        /// Where the crates' folders are.
        #[arg(long, default_value_os_t = root())]
        out: PathBuf,
        /// Where spec/ is.
        #[arg(long, default_value_os_t = root().join("spec"))]
        spec: PathBuf,
        /// Say what each rule touched.
        #[arg(long)]
        verbose: bool,
    },
    /// Prints the public surface of the crates, as the reviewed snapshots have it.
    Surface {
        /// The version of the Backend API [default: the newest].
        #[arg(long)]
        bapi: Option<String>,
        /// The version of the Frontend API [default: the newest].
        #[arg(long)]
        fapi: Option<String>,
    },
    /// Measures the crates beside their peers, and shows the figures in the README.
    Bench(bench::Options),
    /// Checks licences, Rust versions, crypto stack and duplicates of all dependencies, offline.
    Deps,
    /// Has clients work under random faults, and says what was tried, survived, reported and lost.
    Soak(soak::Soak),
    /// Works on the documents in spec/.
    #[command(subcommand)]
    Spec(Spec),
}

#[derive(Subcommand)]
enum Spec {
    /// Says what two imported versions have different, what breaks callers first.
    Diff {
        old: String,
        new: String,
        #[arg(long, default_value = "bapi")]
        api: Api,
        /// Compare the documents as published, without the patches.
        #[arg(long)]
        raw: bool,
        /// Where spec/ is.
        #[arg(long, default_value_os_t = root().join("spec"))]
        spec: PathBuf,
    },
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

/// What the tests ask of the specification.
#[derive(Debug)]
pub struct Facts {
    api: Api,
    document: serde_json::Value,
    tables: spec::Tables,
}

impl Facts {
    /// The facts of `bapi` or `fapi` at a version.
    ///
    /// # Errors
    ///
    /// There is no such API or version, a table does not read, or a patch does not apply.
    pub fn read(api: &str, version: &str) -> Result<Self> {
        let spec = spec::Spec::new(root().join("spec"));
        let api = Api::ALL.into_iter().find(|known| known.name() == api).with_context(|| format!("{api} is no API"))?;
        let mut document = spec.document(api, version, &mut Vec::new())?;
        if api == Api::Bapi {
            let events = spec.version(Api::Webhooks, None)?;
            codegen::add_events(&mut document, spec.document(Api::Webhooks, &events, &mut Vec::new())?)?;
        }
        Ok(Self { api, document: openapi::write(&document, api), tables: spec.tables()? })
    }

    /// The document that the crate was generated from: with its patches, and for `bapi` with the events' payloads.
    #[must_use]
    pub fn document(&self) -> &serde_json::Value {
        &self.document
    }

    /// The fields that a schema always has.
    #[must_use]
    pub fn always(&self, schema: &str) -> Vec<String> {
        let apis = if self.api == Api::Fapi { [Api::Fapi].as_slice() } else { &[Api::Bapi, Api::Webhooks] };
        self.tables.present(apis, schema).into_iter().map(str::to_owned).collect()
    }

    /// The type that a schema is a kind of wherever it stands.
    #[must_use]
    pub fn kind_of(&self, schema: &str) -> Option<&str> {
        let is_member = |members: &[String]| members.iter().any(|member| spec::Pattern::new(member).matches(schema));
        let mut unions = self.tables.unions.iter();
        unions.find(|(_, union)| union.everywhere && is_member(&union.members)).map(|(name, _)| name.as_str())
    }

    /// The name of an operation's method, where it is not the operation's id.
    #[must_use]
    pub fn method_name(&self, operation: &str) -> Option<&str> {
        self.tables.calls.name(operation)
    }

    /// Whether a string field holds a secret.
    #[must_use]
    pub fn is_secret(&self, schema: &str, field: &str) -> bool {
        self.tables.classify_field(schema, field) == spec::Classified::Secret
    }
}

/// The root of the workspace this program was built from.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            eprintln!("{}", in_one_line(&error.to_string()));
            return ExitCode::from(2);
        }
        Err(asked) => {
            print!("{asked}");
            return ExitCode::SUCCESS;
        }
    };
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What is wrong with the arguments, without the usage below it.
fn in_one_line(error: &str) -> String {
    let lines =
        error.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn run(arguments: Arguments) -> Result<()> {
    match arguments.command {
        Command::Codegen { check, bapi, fapi, webhooks, out, spec, verbose } => {
            codegen::run(&spec::Spec::new(spec), &Versions { bapi, fapi, webhooks }, &out, check, verbose)
        }
        Command::Surface { bapi, fapi } => {
            let spec = spec::Spec::new(root().join("spec"));
            for package in codegen::make(&spec, &Versions { bapi, fapi, webhooks: None })?.packages {
                for (name, text) in surface::surface(&package) {
                    println!("# {} {name}\n\n{text}", package.api.name());
                }
            }
            Ok(())
        }
        Command::Bench(options) => bench::run(&root(), &options),
        Command::Deps => deps::run(&root()),
        Command::Soak(asked) => soak::run(&root(), &asked),
        Command::Spec(Spec::Diff { old, new, api, raw, spec }) => {
            let spec = spec::Spec::new(spec);
            let read = |version: &str| {
                let version = spec.version(api, Some(version))?;
                if raw {
                    openapi::read(&spec.raw(api, &version)?, api)
                } else {
                    spec.document(api, &version, &mut Vec::new())
                }
            };
            print!("{}", diff::diff(&read(&old)?, &read(&new)?));
            Ok(())
        }
        Command::Spec(Spec::Import { file, api, version, spec }) => {
            let source = import::parse(&file)?;
            let names = std::fs::read_to_string(spec.join("names.toml")).context("spec/names.toml")?;
            let names: import::NameTable = spec::from_toml(&names, "spec/names.toml")?;
            let (document, report) =
                import::import(&source, api, &version, &names).with_context(|| file.display().to_string())?;
            for line in report.lines() {
                println!("{line}");
            }
            let target = spec.join(api.name()).join(format!("{version}.json"));
            let mut text = serde_json::to_string_pretty(&openapi::write(&document, api))?;
            text.push('\n');
            replace::file(&target, &text)?;
            println!("wrote {}", target.display());
            Ok(())
        }
    }
}
