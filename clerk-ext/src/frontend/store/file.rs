use std::{
    collections::HashMap,
    fmt,
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use clerk_core::BoxFuture;

use super::{
    CredentialStore, SecretBytes, StoreError,
    blocking::blocking,
    bytes::is,
    directory::{PrivateDirectory, is_open_to_others, regular},
    file_name::file_name,
    lock::{Lock, PATIENCE},
};

/// More than anything that is kept here; a file of that size was not written by this store.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Keeps everything in files of one directory, which belongs to the store alone.
///
/// It is safe for several processes and threads at once: each swap looks and replaces under a lock between processes,
/// waits for it at most five seconds, and replaces the file whole, so that no reader and no loss of power meets half of
/// it. Clones, and other stores on the same directory, see each other's work at once.
///
/// Nothing is encrypted; [`EncryptedStore`](super::EncryptedStore) does that. What protects the files is who may open
/// them. On Unix, directory and files are made for their owner alone, and a directory or file that others may touch is
/// refused with an error that says how to close it. On Windows nothing is checked: files inherit the rights of the
/// directory, and below `%APPDATA%` that is the user, administrators and the system.
///
/// The directory may be behind a link; links in place of the files are refused. It has to be on a disk of this machine,
/// since locks over networks do not always hold.
///
/// ```
/// use clerk_ext::frontend::{FileStore, Frontend};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let home = tempfile::tempdir()?;
/// # let folder = home.path().join("credentials");
/// let clerk = Frontend::builder(&local.publishable_key()).store(FileStore::new(&folder)).build()?;
/// clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
///
/// // The next run.
/// let clerk = Frontend::builder(&local.publishable_key()).store(FileStore::new(&folder)).build()?;
/// assert!(clerk.load().await?.user().is_some());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct FileStore(Arc<Files>);

/// A file for each name: a swap writes nothing but what it changes, and what is large and rarely needed is not read along
/// with the token.
struct Files {
    directory: PrivateDirectory,
    patience: Duration,
    seen: Mutex<HashMap<String, Seen>>,
}

/// What a file held when it was last read.
struct Seen {
    stamp: Stamp,
    bytes: SecretBytes,
    /// Kept open, because a file that is open keeps its number: otherwise the next but one could get the same.
    _open: File,
}

impl FileStore {
    /// A store in this directory, which is made when the first thing is kept.
    ///
    /// Give it one that holds nothing else: on Unix, others may not even look into it.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self::of(PrivateDirectory::new(directory.into()), PATIENCE)
    }

    /// A store where programs keep what belongs to their user, in `clerk` below a directory of this name.
    ///
    /// That is `$XDG_CONFIG_HOME/myapp/clerk` or `~/.config/myapp/clerk`, on macOS
    /// `~/Library/Application Support/myapp/clerk`, on Windows `%APPDATA%\myapp\clerk`.
    ///
    /// ```
    /// use clerk_ext::frontend::FileStore;
    ///
    /// # if false {
    /// let store = FileStore::in_config_dir("myapp")?;
    /// # let _: FileStore = store; }
    /// # Ok::<(), clerk_ext::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The name is not a plain one, or the user has no home directory.
    pub fn in_config_dir(application: &str) -> Result<Self, StoreError> {
        Ok(Self::of(PrivateDirectory::of_application(application)?, PATIENCE))
    }

    fn of(directory: PrivateDirectory, patience: Duration) -> Self {
        Self(Arc::new(Files { directory, patience, seen: Mutex::default() }))
    }
}

impl CredentialStore for FileStore {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SecretBytes>, StoreError>> {
        // Two questions about metadata as a rule: handing that to another thread would take longer.
        Box::pin(async move { self.0.load(name) })
    }

    fn swap<'a>(
        &'a self,
        name: &'a str,
        expected: Option<&'a [u8]>,
        new: Option<&'a [u8]>,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let (files, name) = (self.0.clone(), name.to_owned());
        let (expected, new) = (expected.map(SecretBytes::from), new.map(SecretBytes::from));
        Box::pin(blocking(move || {
            files.swap(&name, expected.as_ref().map(AsRef::as_ref), new.as_ref().map(AsRef::as_ref))
        }))
    }
}

impl Files {
    fn load(&self, name: &str) -> Result<Option<SecretBytes>, StoreError> {
        if !self.directory.is_there()? {
            return Ok(None);
        }
        let path = self.directory.path().join(file_name(name));
        match self.read(name, &path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Unread::NotThere) => {
                self.seen().remove(name);
                Ok(None)
            }
            Err(Unread::Failed(error)) => Err(error),
        }
    }

    fn read(&self, name: &str, path: &Path) -> Result<SecretBytes, Unread> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => Unread::NotThere,
            _ => Unread::Failed(StoreError::io(
                "the credential file cannot be read",
                path,
                "let this user read it, or remove it and sign in again",
                error,
            )),
        };
        // Asked before it is opened, because opening follows links and waits for pipes.
        let found = path.symlink_metadata().map_err(failed)?;
        check(&found, path)?;
        if let Some(bytes) = self.seen_as(name, &found) {
            return Ok(bytes);
        }
        let file = File::open(path).map_err(failed)?;
        // It may be another file by now.
        let opened = file.metadata().map_err(failed)?;
        check(&opened, path)?;
        let mut bytes = Vec::with_capacity(usize::try_from(opened.len()).unwrap_or_default());
        (&file).take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
        let bytes = SecretBytes::from(bytes);
        if let Some(stamp) = Stamp::of(&opened) {
            self.seen().insert(name.to_owned(), Seen { stamp, bytes: bytes.clone(), _open: file });
        }
        Ok(bytes)
    }

    fn swap(&self, name: &str, expected: Option<&[u8]>, new: Option<&[u8]>) -> Result<bool, StoreError> {
        self.directory.create()?;
        let path = self.directory.path().join(file_name(name));
        let _lock = Lock::take(&self.directory.path().join("lock"), self.patience)?;
        if !is(self.load(name)?.as_ref(), expected) {
            return Ok(false);
        }
        match new {
            _ if new == expected => {}
            Some(new) => self.write(&path, new)?,
            None => self.remove(&path)?,
        }
        Ok(true)
    }

    /// Replaces a file whole. Only who has the lock may.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        if bytes.len() as u64 > LARGEST {
            let remedy = "keep less under this name";
            return Err(StoreError::at("what is to be kept is larger than 16 MB", path, remedy));
        }
        // One name for all, so that what a process leaves that is killed here is gone with the next swap.
        let unfinished = self.directory.path().join("unfinished");
        let written = write_new(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path));
        if let Err(error) = written {
            let _ = fs::remove_file(&unfinished);
            let remedy = "see that the disk has room and this user may write there";
            return Err(StoreError::io("the credential file cannot be written", path, remedy, error));
        }
        self.directory.sync();
        Ok(())
    }

    fn remove(&self, path: &Path) -> Result<(), StoreError> {
        fs::remove_file(path).map_err(|error| {
            let remedy = "let this user write to its directory";
            StoreError::io("the credential file cannot be removed", path, remedy, error)
        })?;
        self.directory.sync();
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<String, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen_as(&self, name: &str, found: &Metadata) -> Option<SecretBytes> {
        let stamp = Stamp::of(found)?;
        self.seen().get(name).filter(|seen| seen.stamp == stamp).map(|seen| seen.bytes.clone())
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore").field("directory", &self.0.directory.path()).finish_non_exhaustive()
    }
}

/// Why there is nothing to hand out.
enum Unread {
    NotThere,
    Failed(StoreError),
}

impl From<StoreError> for Unread {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// Refuses what this store has not written like that.
fn check(metadata: &Metadata, path: &Path) -> Result<(), StoreError> {
    let (what, remedy) = if regular(metadata).is_err() {
        ("the credential file is a link or no file at all", "remove it and sign in again")
    } else if is_open_to_others(metadata) {
        (
            "others have access to the credential file",
            "close it with chmod 600, and sign in again if they may have read it",
        )
    } else if metadata.len() > LARGEST {
        ("the credential file is larger than 16 MB", "remove it and sign in again")
    } else {
        return Ok(());
    };
    Err(StoreError::at(what, path, remedy))
}

/// Writes a file that nobody has yet, down to the disk.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// What tells one state of a file from another.
///
/// Times alone would not do: two swaps fall into one tick of them. The number of the file differs after each swap.
#[derive(PartialEq, Eq)]
struct Stamp {
    #[cfg(unix)]
    numbers: [u64; 3],
    #[cfg(unix)]
    times: [i64; 4],
}

impl Stamp {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        Some(Self {
            numbers: [metadata.dev(), metadata.ino(), metadata.size()],
            times: [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()],
        })
    }

    /// Other systems do not tell the number, so there the file is read each time.
    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Option<Self> {
        None
    }
}

#[cfg(test)]
#[path = "file_processes_tests.rs"]
mod processes_tests;
#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
