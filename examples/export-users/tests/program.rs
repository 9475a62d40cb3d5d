//! An export against a Clerk on this machine: whole, stopped in every way and gone on with, refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]

use std::{
    collections::HashSet,
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use clerk_local::{Api, Fault, LocalClerk, Seed, SeedUser};
use clerk_program::{Program, Running};
use serde_json::{Value, json};
use tempfile::TempDir;

const USERS: usize = 2_500;

/// Longer than any test: what waits for it is stopped before.
const FOREVER: Duration = Duration::from_secs(600);

/// A Clerk with users, and a folder for the file.
struct World {
    local: LocalClerk,
    folder: TempDir,
}

impl World {
    async fn with(users: usize) -> Self {
        let mut seed = Seed::default();
        seed.users = (0..users).map(user).collect();
        let local = LocalClerk::builder().seed(seed).start().await.unwrap();
        Self { local, folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("users.jsonl")
    }

    fn position(&self) -> PathBuf {
        self.folder.path().join("users.jsonl.position")
    }

    fn export(&self, options: &[&str]) -> Program {
        Program::new(env!("CARGO_BIN_EXE_example-export-users")).clerk(&self.local).args(options).args([self.file()])
    }

    /// Runs it to its end, and gives what it said.
    async fn whole(&self, options: &[&str]) -> String {
        self.export(options).run().await.well()
    }

    /// An export that has written so many users and will not get more, since the server takes its time.
    async fn stuck_after(&self, users: usize) -> Running {
        let fault = Fault::latency(FOREVER).on("GetUserList").after((users / 500) as u64);
        let fault = self.local.faults().add(fault);
        let running = self.export(&[]).start();
        let began = Instant::now();
        while self.noted() != Some(users as u64) {
            assert!(began.elapsed() < Duration::from_secs(60), "it did not come to {users} users");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.local.faults().remove(fault);
        running
    }

    /// How many users the note beside the file speaks of.
    fn noted(&self) -> Option<u64> {
        let note: Value = serde_json::from_slice(&fs::read(self.position()).ok()?).unwrap();
        note["users"].as_u64()
    }

    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.file()).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'), "the last line is torn");
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn ids(&self) -> Vec<String> {
        self.lines().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Asks the Backend API as it stands in the documents.
    async fn ask(&self, method: reqwest::Method, path: &str) -> Value {
        let request = reqwest::Client::new().request(method, format!("{}/v1{path}", self.local.backend_url()));
        let answer = request.bearer_auth(self.local.secret_key().expose()).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }
}

fn user(number: usize) -> SeedUser {
    let mut user = SeedUser::new(format!("user{number}@example.com")).id(id(number));
    user.private_metadata.insert("number".into(), json!(number));
    user.public_metadata.insert("nested".into(), json!({"zero": 0.0, "none": null, "list": [number]}));
    user
}

fn id(number: usize) -> String {
    format!("user_{number:05}")
}

fn all(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(id).collect()
}

#[tokio::test]
async fn every_user_is_written_once_as_the_api_wrote_it() {
    let world = World::with(USERS).await;
    // As a later version of the API has them.
    world.local.faults().add(Fault::extra_fields().on("GetUserList"));
    let ended = world.export(&[]).run().await;
    assert_eq!(ended.errors, "", "it is quiet where nobody watches");
    assert!(ended.well().contains("wrote 2500 users"));

    let mut expected = Vec::new();
    for offset in (0..USERS).step_by(500) {
        let path = format!("/users?limit=500&offset={offset}&order_by=created_at");
        let page = world.ask(reqwest::Method::GET, &path).await;
        expected.extend(page.as_array().unwrap().iter().cloned());
    }
    let lines = world.lines();
    assert!(lines.iter().all(|user| user.get("future_field").is_some()));
    assert_eq!(lines.len(), USERS);
    assert!(lines == expected, "the users differ from those of the API");
    assert!(!world.position().exists());
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_its_note_are_for_their_owner_alone() {
    let world = World::with(600).await;
    let running = world.stuck_after(500).await;
    for path in [world.file(), world.position()] {
        assert_eq!(mode(&path), 0o600);
    }
    running.kill().await;
}

#[tokio::test]
async fn a_killed_export_goes_on_where_it_stopped() {
    let world = World::with(USERS).await;
    world.stuck_after(1_000).await.kill().await;
    let before = fs::read(world.file()).unwrap();
    assert_eq!(world.ids(), all(0..1_000));

    let ended = world.export(&[]).run().await;
    assert!(ended.errors.contains("going on after 1000 users"), "{}", ended.errors);
    assert!(ended.well().contains("wrote 2500 users"));
    assert_eq!(world.ids(), all(0..USERS));
    assert!(fs::read(world.file()).unwrap().starts_with(&before));
    assert!(!world.position().exists());
    // Two pages before the kill and one that was under way, four behind them.
    assert!(world.local.calls(Api::Backend)["GetUserList"] <= 7, "it began anew");
}

#[tokio::test]
async fn what_a_kill_left_behind_the_last_note_is_written_anew() {
    for torn in [&b"{\"id\":\"user_01000\",\"first_na"[..], b"{\"id\":\"user_01000\"}\n", b"\0\0\0\0"] {
        let world = World::with(1_200).await;
        world.stuck_after(1_000).await.kill().await;
        OpenOptions::new().append(true).open(world.file()).unwrap().write_all(torn).unwrap();
        // A note that did not come to take the place of the one before.
        fs::write(world.folder.path().join("users.jsonl.position.new"), b"{\"use").unwrap();
        world.whole(&[]).await;
        assert_eq!(world.ids(), all(0..1_200));
    }
}

#[tokio::test]
async fn an_export_that_was_killed_before_its_first_page_begins() {
    let world = World::with(10).await;
    let fault = world.local.faults().add(Fault::latency(FOREVER).on("GetUserList"));
    let running = world.export(&[]).start();
    while world.noted() != Some(0) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    running.kill().await;
    world.local.faults().remove(fault);
    world.whole(&[]).await;
    assert_eq!(world.ids(), all(0..10));
}

#[tokio::test]
async fn users_who_come_or_go_make_nobody_be_missed_or_written_twice() {
    let world = World::with(USERS).await;
    world.stuck_after(1_000).await.kill().await;
    // Those before the place, the very last among them, and some behind it.
    let gone: HashSet<usize> = (990..1_000).chain([3, 1_200, 2_499]).collect();
    for number in &gone {
        world.ask(reqwest::Method::DELETE, &format!("/users/{}", id(*number))).await;
    }
    let mut seed = Seed::default();
    seed.users = (USERS..USERS + 5).map(user).collect();
    world.local.seed(&seed).unwrap();

    world.whole(&[]).await;
    let expected = all((0..USERS + 5).filter(|number| *number < 1_000 || !gone.contains(number)));
    assert_eq!(world.ids(), expected);
}

#[tokio::test]
async fn a_server_in_trouble_is_waited_for() {
    let world = World::with(USERS).await;
    world.local.faults().add(Fault::status(503).on("GetUserList").after(1).times(2));
    world.local.faults().add(Fault::rate_limited(Duration::from_secs(1)).on("GetUserList").after(5).times(1));
    world.local.faults().add(Fault::reset().on("GetUserList").after(7).times(1));
    world.whole(&[]).await;
    assert_eq!(world.ids(), all(0..USERS));
    assert!(world.local.faults().list().iter().all(|fault| fault.struck > 0), "{:?}", world.local.faults().list());
}

#[tokio::test]
async fn an_error_says_how_to_go_on_and_loses_nothing() {
    let world = World::with(USERS).await;
    let fault = world.local.faults().add(Fault::status(403).on("GetUserList").after(3));
    let ended = world.export(&[]).run().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.errors.contains("stopped after 1500 users; run the same command again"), "{}", ended.errors);
    assert!(ended.errors.contains("403"), "{}", ended.errors);
    world.local.faults().remove(fault);
    world.whole(&[]).await;
    assert_eq!(world.ids(), all(0..USERS));
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_says_how_to_go_on_and_loses_nothing() {
    let world = World::with(USERS).await;
    let running = world.stuck_after(1_000).await;
    let kill = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let ended = running.end().await;
    assert_eq!(ended.status.code(), Some(130));
    assert!(ended.errors.contains("stopped after 1000 users; run the same command again"), "{}", ended.errors);
    world.whole(&[]).await;
    assert_eq!(world.ids(), all(0..USERS));
}

#[tokio::test]
async fn a_file_that_was_begun_for_others_is_not_gone_on_with() {
    let world = World::with(1_200).await;
    world.stuck_after(500).await.kill().await;
    let before = fs::read(world.file()).unwrap();
    for (options, what) in [(&["--query", "user1"][..], "another --query"), (&["--concurrency", "2"], "--concurrency")]
    {
        refused(&world, options, what).await;
    }
    let mut note: Value = serde_json::from_slice(&fs::read(world.position()).unwrap()).unwrap();
    note["selection"]["instance"] = json!("ins_another");
    fs::write(world.position(), note.to_string()).unwrap();
    refused(&world, &[], "another instance").await;
    assert!(fs::read(world.file()).unwrap() == before, "a refusal changed the file");

    world.whole(&["--restart", "--query", "user11"]).await;
    let expected = (0..1_200).filter(|number| format!("user{number}@example.com").contains("user11"));
    assert_eq!(world.ids(), all(expected));
}

#[tokio::test]
async fn a_file_that_is_whole_is_not_overwritten_unless_told_so() {
    let world = World::with(3).await;
    fs::write(world.file(), "somebody's notes\n").unwrap();
    refused(&world, &[], "is there already").await;
    assert_eq!(fs::read_to_string(world.file()).unwrap(), "somebody's notes\n");
    #[cfg(unix)]
    fs::set_permissions(world.file(), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    world.whole(&["--restart"]).await;
    assert_eq!(world.ids(), all(0..3));
    #[cfg(unix)]
    assert_eq!(mode(&world.file()), 0o600, "who could read what was there reads no users");
}

#[tokio::test]
async fn a_file_that_somebody_cut_is_not_gone_on_with() {
    let world = World::with(600).await;
    world.stuck_after(500).await.kill().await;
    OpenOptions::new().write(true).open(world.file()).unwrap().set_len(10).unwrap();
    refused(&world, &[], "shorter than it was left").await;
}

#[tokio::test]
async fn two_exports_do_not_write_to_one_file() {
    let world = World::with(600).await;
    let first = world.stuck_after(500).await;
    refused(&world, &[], "another export is writing").await;
    refused(&world, &["--restart"], "another export is writing").await;
    first.kill().await;
    world.whole(&[]).await;
    assert_eq!(world.ids(), all(0..600));
}

#[tokio::test]
async fn several_requests_at_once_write_the_same() {
    let world = World::with(USERS).await;
    world.whole(&["--concurrency", "4"]).await;
    assert_eq!(world.ids(), all(0..USERS));
}

#[tokio::test]
async fn that_nobody_reads_what_it_says_stops_no_export() {
    let world = World::with(1_200).await;
    world.stuck_after(500).await.kill().await;
    // It would say that it goes on, and in the end how many there were.
    assert_eq!(world.export(&[]).unread().await.code(), Some(0));
    assert_eq!(world.ids(), all(0..1_200));
    assert_eq!(world.export(&[]).unread().await.code(), Some(1), "it is there already");
}

#[tokio::test]
async fn an_instance_without_users_is_an_empty_file() {
    let world = World::with(0).await;
    assert!(world.whole(&[]).await.contains("wrote 0 users"));
    assert_eq!(fs::read(world.file()).unwrap(), b"");
    assert!(!world.position().exists());
}

#[tokio::test]
async fn what_is_wrong_with_the_environment_or_the_folder_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.jsonl");
    let ended = Program::new(env!("CARGO_BIN_EXE_example-export-users")).args([&file]).run().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.errors.contains("CLERK_SECRET_KEY"), "{}", ended.errors);
    assert!(!file.exists(), "a file was begun that nothing can go into");

    let world = World::with(1).await;
    let nowhere = Path::new("there/is/no/such/folder/users.jsonl");
    let program = Program::new(env!("CARGO_BIN_EXE_example-export-users")).clerk(&world.local).args([nowhere]);
    let ended = program.run().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.errors.contains("users.jsonl cannot be opened"), "{}", ended.errors);
}

#[cfg(unix)]
fn mode(file: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;

    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

async fn refused(world: &World, options: &[&str], why: &str) {
    let ended = world.export(options).run().await;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.output);
    assert!(ended.errors.contains(why), "{}", ended.errors);
}
