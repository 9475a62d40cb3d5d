use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use super::{StoreError, directory::regular};

/// How long a swap waits for those of other processes, which take milliseconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// A lock between processes and threads, held until it is dropped or its process ends.
///
/// The file stays: whoever removed it would let two in, one by the old file and one by the new.
pub(super) struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing gives it back too, but not as long as a program that is just being started has inherited the file.
        let _ = self.file.unlock();
    }
}

impl Lock {
    /// Waits for the lock; blocks the thread.
    pub(super) fn take(path: &Path, patience: Duration) -> Result<Self, StoreError> {
        const FAILED: &str = "the lock of the credential store cannot be taken";
        const REMEDY: &str = "keep the store on a disk of this machine, in a directory that this user may write";
        let failed = |error| StoreError::io(FAILED, path, REMEDY, error);
        let file = open(path).map_err(failed)?;
        let began = Instant::now();
        let mut pause = Duration::from_micros(500);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { file }),
                Err(TryLockError::WouldBlock) if began.elapsed() >= patience => {
                    let remedy = "see whether another copy of this program hangs, and end that one";
                    return Err(StoreError::at("the credential store is in use for too long", path, remedy));
                }
                Err(TryLockError::WouldBlock) => {
                    thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(8));
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }
}

/// Opens the file to lock, or makes it, without going where a link leads.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.clone().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            regular(&path.symlink_metadata()?)?;
            options.write(true).open(path)
        }
        opened => opened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_never_given_back_is_an_error_in_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let held = Lock::take(&path, PATIENCE).unwrap();
        let error = Lock::take(&path, Duration::from_millis(20)).err().unwrap().to_string();
        assert!(error.starts_with("the credential store is in use for too long"), "{error}");
        drop(held);
        Lock::take(&path, Duration::ZERO).unwrap();
    }

    #[test]
    fn a_program_that_is_being_started_does_not_keep_the_lock() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let held = Lock::take(&path, PATIENCE).unwrap();
        // What a child has between being forked and running.
        let _inherited = held.file.try_clone().unwrap();
        drop(held);
        Lock::take(&path, Duration::ZERO).unwrap();
    }

    #[test]
    fn a_lock_is_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let held = Lock::take(&path, PATIENCE).unwrap();
        let waiting = thread::spawn(move || Lock::take(&path, PATIENCE).is_ok());
        thread::sleep(Duration::from_millis(20));
        assert!(!waiting.is_finished());
        drop(held);
        assert!(waiting.join().unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_the_lock_is_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (directory.path().join("lock"), directory.path().join("elsewhere"));
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert!(Lock::take(&path, PATIENCE).is_err());
        assert!(!elsewhere.exists());
    }
}
