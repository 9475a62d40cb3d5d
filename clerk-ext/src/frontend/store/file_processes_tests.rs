//! Several processes on one store: the test starts itself.

use std::{
    env,
    process::{Child, Command, Stdio},
};

use futures_util::FutureExt as _;

use super::*;

/// Tells a child which store to use.
const DIRECTORY: &str = "CLERK_EXT_TEST_STORE";
const CHILDREN: u32 = 3;
const ROUNDS: u32 = 60;
/// Long enough that it is not written in one go.
const REPEATED: usize = 3000;

/// A value in which every part says what the whole is.
fn value(count: u32) -> Vec<u8> {
    format!("{count:08}").repeat(REPEATED).into_bytes()
}

fn count(kept: Option<&SecretBytes>) -> u32 {
    let Some(kept) = kept else { return 0 };
    let text = std::str::from_utf8(kept.as_ref()).unwrap();
    let count = text[..8].parse().unwrap();
    assert!(kept.as_ref() == value(count), "torn at {count}");
    count
}

fn look(store: &FileStore) -> Option<SecretBytes> {
    store.load("counter").now_or_never().unwrap().unwrap()
}

fn count_up(store: &FileStore) {
    loop {
        let kept = look(store);
        let next = value(count(kept.as_ref()) + 1);
        let expected = kept.as_ref().map(AsRef::as_ref);
        if store.swap("counter", expected, Some(&next)).now_or_never().unwrap().unwrap() {
            return;
        }
    }
}

#[test]
fn processes_that_count_in_one_store_lose_nothing_and_read_nothing_torn() {
    if let Some(directory) = env::var_os(DIRECTORY) {
        let store = FileStore::new(directory);
        (0..ROUNDS).for_each(|_| count_up(&store));
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("credentials");
    let name = "processes_that_count_in_one_store_lose_nothing_and_read_nothing_torn";
    let (_, module) = module_path!().split_once("::").unwrap();
    let start = |_| {
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", &format!("{module}::{name}")]).env(DIRECTORY, &directory).stdout(Stdio::null());
        child.spawn().unwrap()
    };
    let mut children: Vec<Child> = (0..CHILDREN).map(start).collect();
    let store = FileStore::new(&directory);
    let mut last = 0;
    while children.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
        let now = count(look(&store).as_ref());
        assert!(now >= last, "{now} after {last}");
        last = now;
    }
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(count(look(&store).as_ref()), CHILDREN * ROUNDS);
}
