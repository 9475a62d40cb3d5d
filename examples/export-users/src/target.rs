//! The file that grows, and the note beside it that says how much of it is good.
//!
//! The note never promises what is not on the disk: first the users are written and synced, then the note takes the place of the
//! one before, in one step. What a kill leaves behind the note's place, such as half a line, is cut off by the next run, which
//! asks for these users again.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io::{ErrorKind, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clerk_ext::{InstanceId, Json, backend::Position};
use serde::{Deserialize, Serialize};

/// Whom a file is about. Going on with another selection would mix two lists.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Selection {
    pub(crate) instance: InstanceId,
    pub(crate) query: Option<String>,
    pub(crate) concurrency: Option<usize>,
}

impl Selection {
    /// What is not as it is in the other one.
    fn difference(&self, other: &Self) -> Option<&'static str> {
        if self.instance != other.instance {
            Some("instance")
        } else if self.query != other.query {
            Some("--query")
        } else if self.concurrency != other.concurrency {
            Some("--concurrency")
        } else {
            None
        }
    }
}

/// What is good of a file that is not whole.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    selection: Selection,
    users: u64,
    bytes: u64,
    /// Behind these users; there is none before the first page.
    position: Option<Position>,
}

/// The file, locked for as long as this exists.
#[derive(Debug)]
pub(crate) struct Target {
    path: PathBuf,
    file: File,
    note: Note,
}

impl Target {
    /// Opens the file where an earlier run stopped, or begins it.
    pub(crate) fn open(path: &Path, selection: Selection, restart: bool) -> anyhow::Result<Self> {
        let shown = path.display();
        let mut file = private().truncate(false).open(path).with_context(|| format!("{shown} cannot be opened"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("{shown}: another export is writing to it"),
            Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("{shown} cannot be locked")),
        }
        let length = file.metadata().with_context(|| format!("{shown} cannot be looked at"))?.len();
        let known = if restart { None } else { Note::read(path)? };
        let note = match known {
            Some(note) => match note.selection.difference(&selection) {
                None => note,
                Some(what) => bail!(
                    "{shown} was begun with another {what}; give the same, another file, or --restart to write it anew"
                ),
            },
            None if restart || length == 0 => {
                let note = Note { selection, users: 0, bytes: 0, position: None };
                // Before anything is cut off: from here on the file is one that is not whole.
                note.write(path)?;
                note
            }
            None => bail!("{shown} is there already; give another file, or --restart to write it anew"),
        };
        if length < note.bytes {
            bail!("{shown} is shorter than it was left: somebody changed it; write it anew with --restart");
        }
        // It may have been there before, for others to read.
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .with_context(|| format!("{shown} cannot be closed to others"))?;
        file.set_len(note.bytes).with_context(|| format!("{shown} cannot be cut off"))?;
        file.seek(SeekFrom::End(0)).with_context(|| format!("{shown} cannot be written to"))?;
        Ok(Self { path: path.to_owned(), file, note })
    }

    /// How many users are in it.
    pub(crate) fn users(&self) -> u64 {
        self.note.users
    }

    /// Where the list goes on, unless it begins.
    pub(crate) fn position(&self) -> Option<&Position> {
        self.note.position.as_ref()
    }

    /// Adds a page, and notes where the list goes on behind it.
    ///
    /// It waits for the disk. The client reads the next page meanwhile, in another thread.
    pub(crate) fn append(&mut self, users: &[Json], position: Position) -> anyhow::Result<()> {
        let mut lines = Vec::new();
        for user in users {
            serde_json::to_writer(&mut lines, user)?;
            lines.push(b'\n');
        }
        let written = self.file.write_all(&lines).and_then(|()| self.file.sync_data());
        written.with_context(|| format!("{} cannot be written to", self.path.display()))?;
        self.note.users += users.len() as u64;
        self.note.bytes += lines.len() as u64;
        self.note.position = Some(position);
        self.note.write(&self.path)
    }

    /// Says that the file is whole.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let note = Note::path(&self.path);
        let removed = fs::remove_file(&note).and_then(|()| sync_folder(&note));
        removed.with_context(|| format!("{} cannot be removed, although the file is whole", note.display()))
    }
}

impl Note {
    fn path(file: &Path) -> PathBuf {
        beside(file, ".position")
    }

    fn read(file: &Path) -> anyhow::Result<Option<Self>> {
        let path = Self::path(file);
        let shown = path.display();
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .map(Some)
                .with_context(|| format!("{shown} is not what an export left; write the file anew with --restart")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{shown} cannot be read")),
        }
    }

    /// Takes the place of the note before, or leaves that as it is.
    fn write(&self, file: &Path) -> anyhow::Result<()> {
        let (path, new) = (Self::path(file), beside(file, ".position.new"));
        let text = serde_json::to_vec(self)?;
        let written = private().truncate(true).open(&new).and_then(|mut new| {
            new.write_all(&text)?;
            new.sync_all()
        });
        let written = written.and_then(|()| fs::rename(&new, &path)).and_then(|()| sync_folder(&path));
        written.with_context(|| format!("{} cannot be written", path.display()))
    }
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(ending);
    name.into()
}

/// How files are made that only their owner may read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes what happened to the names in a file's folder last.
fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Elsewhere a folder cannot be opened as a file.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
