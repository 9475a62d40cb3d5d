//! A specification of its own and crates to generate into, in a folder that goes away with the test.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// The version that the documents of the tests are imported as.
pub(crate) const VERSION: &str = "2031-02-03";

pub(crate) struct Folder(tempfile::TempDir);

/// What a run of the program left behind.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    /// All tables that there are, empty but for one group of operations; two manifests to generate into.
    pub(crate) fn new() -> Result<Self> {
        let folder = Self(tempfile::tempdir()?);
        let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for entry in std::fs::read_dir(real.join("spec"))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".toml") {
                folder.write(&format!("spec/{name}"), "")?;
            }
        }
        let groups = "untagged = 'Rest'\n[API.groups]\neverything = ['Parcels', 'Rest']\n";
        let groups = ["bapi", "fapi"].map(|api| format!("[{api}]\n{}", groups.replace("API", api)));
        folder.write("spec/groups.toml", &groups.concat())?;
        for api in ["bapi", "fapi", "webhooks"] {
            folder.write(&format!("spec/docs/{api}.toml"), "")?;
            folder.write(&format!("spec/patches/{api}.toml"), "")?;
        }
        for name in ["clerk-bapi", "clerk-fapi"] {
            let manifest = std::fs::read_to_string(real.join(name).join("Cargo.toml"))?;
            folder.write(&format!("{name}/Cargo.toml"), &manifest)?;
        }
        Ok(folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().context("no folder")?)?;
        std::fs::write(&path, text).with_context(|| path.display().to_string())
    }

    /// Every file there is, with what is in it.
    pub(crate) fn files(&self) -> Result<Vec<(PathBuf, String)>> {
        let mut open = vec![self.0.path().to_path_buf()];
        let mut files = Vec::new();
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let text = std::fs::read_to_string(&path)?;
                    files.push((path, text));
                }
            }
        }
        files.sort();
        Ok(files)
    }

    /// Runs the program; `--spec` and where it matters `--out` are this folder's.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Ran> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(arguments).arg("--spec").arg(self.path("spec")).env("RUST_BACKTRACE", "1");
        if arguments.first() == Some(&"codegen") {
            command.arg("--out").arg(self.0.path());
        }
        let output = command.output()?;
        Ok(Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8(output.stderr)?,
        })
    }

    /// Imports a document that is expected to be taken, and gives back the report.
    pub(crate) fn import(&self, api: &str, document: &str) -> Result<String> {
        self.write("document.yaml", document)?;
        let file = self.path("document.yaml");
        let file = file.to_str().context("a path that is no text")?;
        let ran = self.run(&["spec", "import", file, "--api", api, "--version", VERSION])?;
        ensure!(ran.code == Some(0), "{}", ran.stderr);
        Ok(ran.stdout)
    }
}
