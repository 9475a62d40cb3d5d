//! The folder in which signing keys outlive a process.
//!
//! The temporary folder is open to everybody on the machine, so nothing in it is believed unless it is ours alone.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::{
    encoding, ids,
    signing::{SigningError, SigningKey},
};

const FOLDER: &str = "clerk-local-keys";

/// A PKCS#8 document of 2048 bits takes about 1200 bytes.
const MOST_BYTES: u64 = 16 * 1024;

/// Many servers that start at once in one process wait for one key instead of making one each.
static MAKING: Mutex<()> = Mutex::new(());

/// The key of the slot in the cache below the parent; without a usable cache, a key of this process alone.
pub(super) fn load_or_make(parent: &Path, slot: &str) -> Result<SigningKey, SigningError> {
    let Ok(folder) = our_folder(parent) else { return SigningKey::generate() };
    let path = folder.join(file_name(slot));
    if let Some(key) = load(&path) {
        return Ok(key);
    }
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(key) = load(&path) {
        return Ok(key);
    }
    let key = SigningKey::generate()?;
    Ok(keep(&folder, &path, &key).unwrap_or(key))
}

/// A slot is a caller's word and may hold anything; the file's name may not.
fn file_name(slot: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    if (1..=40).contains(&slot.len()) && slot.bytes().all(plain) {
        format!("{slot}.pk8")
    } else {
        // No plain name has a dot, so a hash is never taken for a slot.
        format!("sha256.{}.pk8", encoding::hex(&encoding::sha256(&[slot.as_bytes()])))
    }
}

fn our_folder(parent: &Path) -> io::Result<PathBuf> {
    let folder = parent.join(FOLDER);
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = fs::symlink_metadata(&folder)?;
    if found.is_dir() && is_private(parent, &found)? {
        Ok(folder)
    } else {
        Err(io::Error::from(io::ErrorKind::PermissionDenied))
    }
}

/// Whether a file or folder belongs to this user, and to no other.
#[cfg(unix)]
fn is_private(parent: &Path, found: &fs::Metadata) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    // The standard library does not tell who we are; a file that we make does.
    let probe = parent.join(format!(".clerk-local-{}", ids::random_hex(16)));
    let made = new_file(&probe).and_then(|file| file.metadata());
    let _ = fs::remove_file(&probe);
    Ok(found.uid() == made?.uid() && found.mode() & 0o077 == 0)
}

/// Elsewhere the temporary folder is the user's own.
#[cfg(not(unix))]
fn is_private(_parent: &Path, _found: &fs::Metadata) -> io::Result<bool> {
    Ok(true)
}

fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The key in a file; a file that is missing, damaged or no file at all has none.
fn load(path: &Path) -> Option<SigningKey> {
    if !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
    SigningKey::from_pkcs8(&bytes).ok()
}

/// Writes the key and tells which key the file has in the end: another process may have been faster.
fn keep(folder: &Path, path: &Path, key: &SigningKey) -> Option<SigningKey> {
    let pkcs8 = key.pkcs8().ok()?;
    let draft = folder.join(format!(".{}", ids::random_hex(16)));
    let written = new_file(&draft).and_then(|mut file| file.write_all(&pkcs8));
    let kept = written.ok().and_then(|()| {
        // A link, unlike a rename, does not replace the key of whoever came first.
        if fs::hard_link(&draft, path).is_err() {
            if let Some(theirs) = load(path) {
                return Some(theirs);
            }
            fs::rename(&draft, path).ok()?;
        }
        load(path)
    });
    let _ = fs::remove_file(&draft);
    kept
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn path_of(parent: &Path, slot: &str) -> PathBuf {
        parent.join(FOLDER).join(file_name(slot))
    }

    fn leftovers(parent: &Path) -> usize {
        fs::read_dir(parent.join(FOLDER)).unwrap().count() + fs::read_dir(parent).unwrap().count() - 1
    }

    #[test]
    fn a_key_is_made_once_per_slot() {
        let parent = tempfile::tempdir().unwrap();
        let first = load_or_make(parent.path(), "main").unwrap();
        assert_eq!(load_or_make(parent.path(), "main").unwrap().kid(), first.kid());
        assert_ne!(load_or_make(parent.path(), "other").unwrap().kid(), first.kid());
        assert_eq!(leftovers(parent.path()), 2);
    }

    #[test]
    fn a_damaged_file_is_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let first = load_or_make(parent.path(), "main").unwrap();
        let path = path_of(parent.path(), "main");
        let whole = fs::read(&path).unwrap();
        for damaged in [&whole[..whole.len() / 2], b"", &[0x30; 100_000]] {
            fs::write(&path, damaged).unwrap();
            let second = load_or_make(parent.path(), "main").unwrap();
            assert_ne!(second.kid(), first.kid());
            assert_eq!(load_or_make(parent.path(), "main").unwrap().kid(), second.kid());
        }
        assert_eq!(leftovers(parent.path()), 1);
    }

    #[test]
    fn whoever_keeps_a_key_second_gets_the_first() {
        let parent = tempfile::tempdir().unwrap();
        let folder = our_folder(parent.path()).unwrap();
        let path = path_of(parent.path(), "main");
        // As two processes do it, which do not share the lock.
        let kids: Vec<String> = thread::scope(|scope| {
            let race = || {
                let key = SigningKey::generate().unwrap();
                keep(&folder, &path, &key).unwrap().kid().to_owned()
            };
            let racers: Vec<_> = (0..4).map(|_| scope.spawn(race)).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        assert!(kids.iter().all(|kid| *kid == kids[0]), "{kids:?}");
        assert_eq!(load(&path).unwrap().kid(), kids[0]);
        assert_eq!(leftovers(parent.path()), 1);
    }

    #[test]
    fn a_slot_cannot_leave_the_folder() {
        for slot in ["", "../x", "/etc/x", "a/b", "a.b", "A", "é", &"a".repeat(500)] {
            let name = file_name(slot);
            assert!(name.starts_with("sha256.") && !name.contains('/'), "{name}");
        }
        assert_eq!(file_name("main-2"), "main-2.pk8");
    }

    #[test]
    fn a_folder_that_cannot_be_made_still_leaves_a_key() {
        let parent = tempfile::tempdir().unwrap();
        let missing = parent.path().join("missing");
        let first = load_or_make(&missing, "main").unwrap();
        assert_ne!(load_or_make(&missing, "main").unwrap().kid(), first.kid());
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_and_the_file_are_ours_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let parent = tempfile::tempdir().unwrap();
        load_or_make(parent.path(), "main").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&parent.path().join(FOLDER)), 0o700);
        assert_eq!(mode(&path_of(parent.path(), "main")), 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn an_open_folder_or_a_link_in_its_place_is_not_used() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let open = tempfile::tempdir().unwrap();
        let kept = load_or_make(open.path(), "main").unwrap();
        fs::set_permissions(open.path().join(FOLDER), fs::Permissions::from_mode(0o770)).unwrap();
        assert_ne!(load_or_make(open.path(), "main").unwrap().kid(), kept.kid());

        fs::set_permissions(open.path().join(FOLDER), fs::Permissions::from_mode(0o700)).unwrap();
        let linked = tempfile::tempdir().unwrap();
        symlink(open.path().join(FOLDER), linked.path().join(FOLDER)).unwrap();
        assert_ne!(load_or_make(linked.path(), "main").unwrap().kid(), kept.kid());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_the_file_is_replaced_not_followed() {
        let parent = tempfile::tempdir().unwrap();
        let folder = our_folder(parent.path()).unwrap();
        let target = parent.path().join("target");
        fs::write(&target, SigningKey::generate().unwrap().pkcs8().unwrap()).unwrap();
        let before = fs::read(&target).unwrap();
        std::os::unix::fs::symlink(&target, folder.join(file_name("main"))).unwrap();
        let key = load_or_make(parent.path(), "main").unwrap();
        assert_ne!(key.kid(), SigningKey::from_pkcs8(&before).unwrap().kid());
        assert_eq!(fs::read(&target).unwrap(), before);
        assert!(fs::symlink_metadata(folder.join(file_name("main"))).unwrap().is_file());
    }
}
