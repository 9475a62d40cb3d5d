//! The file that keeps the state: a line for each change, so that a kill loses nothing that was answered.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use clerk_core::{Json, JsonMap};

use crate::state::State;

/// The open file.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    failed: bool,
}

impl Journal {
    /// Takes in what a file holds, and writes it anew without what is outdated.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written, or is not one of ours. A last line that was cut off is left out.
    pub(crate) fn open(path: &Path, state: &mut State) -> std::io::Result<Self> {
        if path.exists() {
            read(path, state)?;
        }
        let fresh = path.with_extension("new");
        {
            let mut writer = BufWriter::new(private(&fresh)?);
            let mut outcome = Ok(());
            state.dump(&mut |line| {
                if outcome.is_ok() {
                    outcome = writeln!(writer, "{line}");
                }
            });
            outcome?;
            writer.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        }
        std::fs::rename(&fresh, path)?;
        state.start_journal();
        let file = OpenOptions::new().append(true).open(path)?;
        Ok(Self { file, path: path.to_owned(), failed: false })
    }

    /// Writes what changed; a disk that is full is told once, and the state goes on in memory.
    pub(crate) fn write(&mut self, state: &mut State) {
        let mut lines = Vec::new();
        state.drain(&mut |line| {
            // Writing to memory does not fail.
            let _ = writeln!(lines, "{line}");
        });
        if lines.is_empty() || self.failed {
            return;
        }
        // One write: a kill between two lines of one request would keep half of it.
        if let Err(error) = self.file.write_all(&lines) {
            self.failed = true;
            eprintln!("clerk-local: cannot write {}, the state is no longer kept: {error}", self.path.display());
        }
    }
}

fn read(path: &Path, state: &mut State) -> std::io::Result<()> {
    let invalid = |number: usize, error: &dyn std::fmt::Display| {
        let message = format!("line {number} of {} is not one of clerk-local's: {error}", path.display());
        std::io::Error::new(std::io::ErrorKind::InvalidData, message)
    };
    let mut reader = BufReader::new(File::open(path)?);
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            break;
        }
        // A kill may have cut the last line off.
        if !line.ends_with('\n') {
            break;
        }
        let mut change: JsonMap = serde_json::from_str(&line).map_err(|error| invalid(number, &error))?;
        let record = change.remove("record").filter(|record| !record.is_null());
        let field = |name: &str| change.get(name).and_then(Json::as_str).unwrap_or_default();
        state.apply(field("table"), field("id"), record).map_err(|error| invalid(number, &error))?;
    }
    Ok(())
}

/// A new file that only its owner reads: it holds keys and passwords' digests.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}
