use futures_util::FutureExt as _;
use tempfile::TempDir;

use super::*;

fn somewhere() -> (TempDir, FileStore) {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(home.path().join("credentials"));
    (home, store)
}

/// Outside of a runtime a store does everything at once.
fn load(store: &FileStore, name: &str) -> Result<Option<SecretBytes>, StoreError> {
    store.load(name).now_or_never().unwrap()
}

fn swap(store: &FileStore, expected: Option<&str>, new: Option<&str>) -> Result<bool, StoreError> {
    store.swap("token", expected.map(str::as_bytes), new.map(str::as_bytes)).now_or_never().unwrap()
}

fn kept(store: &FileStore) -> Option<SecretBytes> {
    load(store, "token").unwrap()
}

fn files(store: &FileStore) -> Vec<String> {
    let listed = fs::read_dir(store.0.directory.path()).unwrap();
    let mut names: Vec<_> = listed.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn looking_makes_no_directory() {
    let (home, store) = somewhere();
    assert_eq!(kept(&store), None);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn what_is_kept_is_there_in_the_next_run() {
    let (_home, store) = somewhere();
    assert!(swap(&store, None, Some("test_1")).unwrap());
    let next = FileStore::new(store.0.directory.path());
    assert_eq!(kept(&next), Some("test_1".into()));
    assert!(swap(&next, Some("test_1"), None).unwrap());
    assert_eq!(kept(&store), None);
    assert_eq!(files(&store), ["lock"]);
}

#[test]
fn a_store_sees_at_once_what_another_wrote_in_the_same_tick() {
    let (_home, writer) = somewhere();
    let reader = FileStore::new(writer.0.directory.path());
    let mut before = None;
    // As many as it takes for numbers of removed files to come back, all of the same length.
    for round in 0..300 {
        let now = format!("test_{round:04}");
        assert!(swap(&writer, before.as_deref(), Some(&now)).unwrap());
        if round % 2 == 0 {
            assert_eq!(kept(&reader), Some(now.as_str().into()));
        }
        before = Some(now);
    }
}

#[cfg(unix)]
#[test]
fn the_number_of_a_file_that_was_read_is_not_given_to_its_successors() {
    use std::os::unix::fs::MetadataExt as _;
    let (_home, writer) = somewhere();
    let reader = FileStore::new(writer.0.directory.path());
    assert!(swap(&writer, None, Some("test_1")).unwrap());
    assert_eq!(kept(&reader), Some("test_1".into()));
    let number = || fs::metadata(writer.0.directory.path().join("clerk-token")).unwrap().ino();
    let first = number();
    let mut before = "test_1".to_owned();
    for round in 2..10 {
        let now = format!("test_{round}");
        assert!(swap(&writer, Some(&before), Some(&now)).unwrap());
        // The writer holds no file open that it has not read.
        writer.0.seen().clear();
        assert_ne!(number(), first);
        before = now;
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_has_not_changed_is_not_read_again() {
    let (_home, store) = somewhere();
    swap(&store, None, Some("test_1")).unwrap();
    let (first, second) = (kept(&store).unwrap(), kept(&store).unwrap());
    assert!(std::ptr::eq(first.as_ref(), second.as_ref()));
}

#[test]
fn a_megabyte_and_nothing_at_all_are_both_kept_as_they_are() {
    let (_home, store) = somewhere();
    let large = "test".repeat(256 * 1024);
    assert!(swap(&store, None, Some("")).unwrap());
    assert_eq!(kept(&store), Some("".into()));
    assert!(swap(&store, Some(""), Some(&large)).unwrap());
    assert_eq!(kept(&store), Some(large.as_str().into()));
}

#[test]
fn more_than_a_store_hands_out_is_not_taken_either() {
    let (_home, store) = somewhere();
    let large = "x".repeat(usize::try_from(LARGEST).unwrap() + 1);
    let error = swap(&store, None, Some(&large)).unwrap_err().to_string();
    assert!(error.contains("larger than 16 MB"), "{error}");
    assert_eq!(kept(&store), None);
}

#[test]
fn a_file_that_others_damaged_is_handed_out_as_it_is() {
    let (_home, store) = somewhere();
    swap(&store, None, Some("test_1")).unwrap();
    fs::write(store.0.directory.path().join("clerk-token"), b"\xff\0").unwrap();
    assert_eq!(kept(&store), Some(b"\xff\0".as_slice().into()));
}

#[test]
fn what_a_killed_process_left_unfinished_is_gone_with_the_next_swap() {
    let (_home, store) = somewhere();
    swap(&store, None, Some("test_1")).unwrap();
    fs::write(store.0.directory.path().join("unfinished"), b"test_ha").unwrap();
    assert!(swap(&store, Some("test_1"), Some("test_2")).unwrap());
    assert_eq!(files(&store), ["clerk-token", "lock"]);
    assert_eq!(kept(&store), Some("test_2".into()));
}

#[test]
fn a_swap_that_fails_leaves_what_was_there_and_no_traces() {
    let (_home, store) = somewhere();
    swap(&store, None, Some("test_1")).unwrap();
    // A directory cannot be replaced by a file.
    let path = store.0.directory.path().join("clerk-token");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(store.0.write(&path, b"test_2").is_err());
    assert_eq!(files(&store), ["clerk-token", "lock"]);
}

#[test]
fn a_lock_that_others_keep_is_an_error_after_a_while() {
    let (_home, store) = somewhere();
    store.0.directory.create().unwrap();
    let hasty = FileStore::of(store.0.directory.clone(), Duration::from_millis(10));
    let held = Lock::take(&store.0.directory.path().join("lock"), PATIENCE).unwrap();
    let error = swap(&hasty, None, Some("test_1")).unwrap_err().to_string();
    assert!(error.contains("in use for too long"), "{error}");
    drop(held);
    assert!(swap(&hasty, None, Some("test_1")).unwrap());
}

#[test]
fn a_lock_does_not_keep_anybody_from_reading() {
    let (_home, store) = somewhere();
    swap(&store, None, Some("test_1")).unwrap();
    let _held = Lock::take(&store.0.directory.path().join("lock"), PATIENCE).unwrap();
    assert_eq!(kept(&FileStore::new(store.0.directory.path())), Some("test_1".into()));
}

#[tokio::test]
async fn a_swap_whose_future_is_dropped_goes_on_to_its_end() {
    let (_home, store) = somewhere();
    let mut swapping = store.swap("token", None, Some(b"test_1"));
    let begun = (&mut swapping).now_or_never();
    drop(swapping);
    let deadline = std::time::Instant::now() + PATIENCE;
    while kept(&store).is_none() && std::time::Instant::now() < deadline {
        tokio::task::yield_now().await;
    }
    assert!(begun.is_none_or(|swapped| swapped.unwrap()));
    assert_eq!(kept(&store), Some("test_1".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_tasks_that_swap_the_same_only_one_does() {
    let (_home, store) = somewhere();
    let racing = (0..16).map(|round| {
        let store = store.clone();
        tokio::spawn(async move { store.swap("token", None, Some(format!("test_{round}").as_bytes())).await.unwrap() })
    });
    let racing: Vec<_> = racing.collect();
    let mut winners = 0;
    for one in racing {
        winners += usize::from(one.await.unwrap());
    }
    assert_eq!(winners, 1);
}

#[test]
fn what_a_file_store_keeps_is_not_printed() {
    let (_home, store) = somewhere();
    swap(&store, None, Some("test_1")).unwrap();
    kept(&store);
    let printed = format!("{store:?}");
    assert!(printed.contains("credentials") && !printed.contains("test_1"), "{printed}");
}

#[cfg(unix)]
mod access {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn allow(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn everything_a_store_makes_is_for_its_owner_alone() {
        let (home, _) = somewhere();
        let above = home.path().join("above");
        let store = FileStore::new(above.join("credentials"));
        swap(&store, None, Some("test_1")).unwrap();
        let directory = store.0.directory.path();
        assert_eq!((mode(&above), mode(directory)), (0o700, 0o700));
        assert_eq!((mode(&directory.join("clerk-token")), mode(&directory.join("lock"))), (0o600, 0o600));
    }

    #[test]
    fn a_directory_that_others_get_into_is_refused_with_the_remedy() {
        let (_home, store) = somewhere();
        swap(&store, None, Some("test_1")).unwrap();
        for open in [0o750, 0o701, 0o720, 0o755] {
            allow(store.0.directory.path(), open);
            for error in [load(&store, "token").unwrap_err(), swap(&store, None, Some("test_2")).unwrap_err()] {
                let error = error.to_string();
                assert!(error.contains("chmod 700") && error.contains("credentials"), "{error}");
            }
        }
        allow(store.0.directory.path(), 0o700);
        assert_eq!(kept(&store), Some("test_1".into()));
    }

    #[test]
    fn a_file_that_others_may_touch_is_refused_with_the_remedy_even_when_it_was_read_before() {
        let (_home, store) = somewhere();
        swap(&store, None, Some("test_1")).unwrap();
        let path = store.0.directory.path().join("clerk-token");
        for open in [0o640, 0o602, 0o604] {
            assert_eq!(kept(&store), Some("test_1".into()));
            allow(&path, open);
            for error in [load(&store, "token").unwrap_err(), swap(&store, Some("test_1"), None).unwrap_err()] {
                assert!(error.to_string().contains("chmod 600"), "{error}");
            }
            allow(&path, 0o600);
        }
    }

    #[test]
    fn a_link_in_place_of_a_file_is_neither_read_nor_written_through() {
        let (home, store) = somewhere();
        swap(&store, None, Some("test_1")).unwrap();
        let elsewhere = home.path().join("elsewhere");
        fs::write(&elsewhere, b"test_2").unwrap();
        allow(&elsewhere, 0o600);
        for name in ["clerk-token", "unfinished"] {
            let path = store.0.directory.path().join(name);
            let _ = fs::remove_file(&path);
            symlink(&elsewhere, &path).unwrap();
        }
        assert!(load(&store, "token").unwrap_err().to_string().contains("is a link"));
        assert!(swap(&store, Some("test_2"), Some("test_3")).is_err());

        fs::remove_file(store.0.directory.path().join("clerk-token")).unwrap();
        assert!(swap(&store, None, Some("test_3")).unwrap());
        assert_eq!(fs::read(&elsewhere).unwrap(), b"test_2");
    }

    #[test]
    fn a_directory_behind_a_link_will_do() {
        let (home, store) = somewhere();
        swap(&store, None, Some("test_1")).unwrap();
        let link = home.path().join("link");
        symlink(store.0.directory.path(), &link).unwrap();
        assert_eq!(kept(&FileStore::new(link)), Some("test_1".into()));
    }

    #[test]
    fn a_path_that_is_no_directory_is_refused() {
        let (home, _) = somewhere();
        let file = home.path().join("file");
        fs::write(&file, b"").unwrap();
        let error = load(&FileStore::new(file), "token").unwrap_err().to_string();
        assert!(error.starts_with("the path of the credential store is no directory"), "{error}");
    }
}
