//! The file that keeps the state: a line for what each request changed, so that a kill loses nothing that was answered.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use clerk_core::{Json, JsonMap};

use crate::state::State;

/// The first line: what the file is, and how it is written.
const HEADER: &str = r#"{"clerk_local":1}"#;

/// Below this no file is written anew while it is in use.
const SMALL: u64 = 32 * 1024 * 1024;

/// The open file, which no other process writes meanwhile.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    failed: bool,
    /// How large it is, and at which size it is written anew.
    size: u64,
    limit: u64,
}

impl Journal {
    /// Whether there is nothing yet to go on from.
    pub(crate) fn is_new(path: &Path) -> bool {
        path.metadata().map_or(true, |metadata| metadata.len() == 0)
    }

    /// Takes in what a file holds, and writes it anew without what is outdated.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written, is in use, or is not one of ours. A last line that was cut off is left out.
    pub(crate) fn open(path: &Path, state: &mut State) -> io::Result<Self> {
        // Those of the system do not say which file they are about.
        Self::begin(path, state).map_err(|error| match error.get_ref() {
            Some(_) => error,
            None => io::Error::new(error.kind(), format!("the data file {} cannot be used: {error}", path.display())),
        })
    }

    fn begin(path: &Path, state: &mut State) -> io::Result<Self> {
        let old = if path.exists() { Some(File::open(path)?) } else { None };
        if let Some(old) = &old {
            lock(old, path)?;
            if !Self::is_new(path) {
                read(old, path, state)?;
            }
        }
        let (file, size) = anew(path, state)?;
        state.start_journal();
        Ok(Self { file, path: path.to_owned(), failed: false, size, limit: limit(size) })
    }

    /// Writes what changed; a disk that is full is told once, and the state goes on in memory.
    pub(crate) fn write(&mut self, state: &mut State) {
        let mut line = Vec::new();
        state.drain(&mut |change| {
            line.push(if line.is_empty() { b'[' } else { b',' });
            // Writing to memory does not fail.
            let _ = write!(line, "{change}");
        });
        if line.is_empty() || self.failed {
            return;
        }
        line.extend_from_slice(b"]\n");
        // All of it is one line: of a line that was cut off nothing counts, so no half of a request is kept.
        if let Err(error) = self.file.write_all(&line) {
            self.failed = true;
            eprintln!("clerk-local: cannot write {}, the state is no longer kept: {error}", self.path.display());
            return;
        }
        self.size = self.size.saturating_add(line.len() as u64);
        if self.size > self.limit {
            // Where that does not work, the file that is there goes on growing.
            if let Ok((file, size)) = anew(&self.path, state) {
                (self.file, self.size) = (file, size);
            }
            self.limit = limit(self.size);
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // Closing gives the lock back too, but not as long as a program that is just being started has inherited the file.
        let _ = self.file.unlock();
    }
}

/// How large a file may become: so much larger that writing it anew costs little in the end.
fn limit(size: u64) -> u64 {
    size.saturating_mul(4).max(SMALL)
}

/// A file without what is outdated, in the place of the one that is there; and its size.
fn anew(path: &Path, state: &mut State) -> io::Result<(File, u64)> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let fresh = PathBuf::from(name);
    let file = private(&fresh)?;
    lock(&file, path)?;
    let file = written(file, state)?;
    std::fs::rename(&fresh, path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

/// Two that write one file would each lose what the other keeps.
fn lock(file: &File, path: &Path) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let message = format!("{} is in use: stop the other clerk-local first", path.display());
            Err(io::Error::new(io::ErrorKind::ResourceBusy, message))
        }
        // Not every file system has locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// The file with everything in it, at its end.
fn written(file: File, state: &mut State) -> io::Result<File> {
    let mut writer = BufWriter::new(file);
    let mut outcome = writeln!(writer, "{HEADER}");
    state.dump(&mut |line| {
        if outcome.is_ok() {
            outcome = writeln!(writer, "[{line}]");
        }
    });
    outcome?;
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(file)
}

fn read(file: &File, path: &Path, state: &mut State) -> io::Result<()> {
    let invalid = |number: usize, error: &dyn std::fmt::Display| {
        let message = format!("line {number} of {} cannot be read: {error}", path.display());
        io::Error::new(io::ErrorKind::InvalidData, message)
    };
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let Some(text) = line.strip_suffix(b"\n") else {
            // A kill may have cut the last line off, but not the first one.
            if number > 1 {
                break;
            }
            return Err(invalid(number, &"this is no data file of clerk-local"));
        };
        if number == 1 {
            if text != HEADER.as_bytes() {
                return Err(invalid(number, &"this is no data file of this version of clerk-local"));
            }
            continue;
        }
        let changes: Vec<JsonMap> = serde_json::from_slice(text).map_err(|error| invalid(number, &error))?;
        for mut change in changes {
            let record = change.remove("record").filter(|record| !record.is_null());
            let field = |name: &str| change.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
            let (Some(table), Some(id)) = (field("table"), field("id")) else {
                return Err(invalid(number, &"it names no record"));
            };
            state.apply(table, id, record).map_err(|error| invalid(number, &error))?;
        }
    }
    Ok(())
}

/// A new file that only its owner reads: it holds keys and passwords' digests.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clerk_core::Timestamp;

    use super::*;
    use crate::{
        crypto::signing::SigningKey,
        model::access::RedirectUrl,
        settings::Settings,
        state::{Addresses, Keys},
    };

    fn state() -> State {
        let addresses = Addresses { frontend: "http://127.0.0.1:1".to_owned(), backend: String::new() };
        let keys = Keys { publishable: String::new(), secret: "sk_test_x".to_owned(), instance_id: String::new() };
        State::new(Settings::default(), addresses, keys, Arc::new(SigningKey::cached("journal").unwrap()))
    }

    #[test]
    fn a_program_that_is_being_started_does_not_keep_the_file_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let journal = Journal::open(&path, &mut state()).unwrap();
        assert_eq!(Journal::open(&path, &mut state()).unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        // What a child has between being forked and running.
        let _inherited = journal.file.try_clone().unwrap();
        drop(journal);
        Journal::open(&path, &mut state()).unwrap();
    }

    #[test]
    fn a_file_that_has_grown_is_written_anew_and_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let mut state = state();
        let mut journal = Journal::open(&path, &mut state).unwrap();
        let mut change = |journal: &mut Journal, times: usize| {
            for time in 0..times {
                let now = Timestamp::from_millis(0);
                let (id, url) = ("ru_1".to_owned(), format!("app://{time}"));
                state.tables.redirect_urls.insert(RedirectUrl { id, url, created_at: now, updated_at: now });
                journal.write(&mut state);
            }
        };
        journal.limit = journal.size.saturating_mul(2);
        change(&mut journal, 100);
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines < 100, "{lines}");
        change(&mut journal, 3);
        assert_eq!(journal.size, path.metadata().unwrap().len());
        drop(journal);
        let mut again = self::state();
        Journal::open(&path, &mut again).unwrap();
        assert_eq!(again.tables.redirect_urls.get("ru_1").unwrap().url, "app://2");
        assert_eq!(again.tables.redirect_urls.len(), 1);
    }
}
