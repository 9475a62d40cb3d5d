//! The program: what it prints, what it refuses, how it stops, and what a data file keeps.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use clerk_core::SecretKey;

/// A running program; dropping it kills it.
struct Program {
    child: Child,
    /// What it told to put into the environment.
    told: BTreeMap<String, String>,
}

impl Program {
    /// Starts it on free ports, and waits until it has told where.
    fn start(arguments: &[&str]) -> Self {
        let mut command = command(arguments);
        let mut child = command.args(["--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut told = BTreeMap::new();
        while !told.contains_key("CLERK_JWT_KEY") {
            let line = lines.next().expect("it tells everything before it serves").unwrap();
            if let Some((name, value)) = line.strip_prefix("export ").and_then(|line| line.split_once('=')) {
                told.insert(name.to_owned(), value.to_owned());
            }
        }
        Self { child, told }
    }

    fn backend(&self) -> clerk_bapi::Client {
        let secret: SecretKey = self.told["CLERK_SECRET_KEY"].parse().unwrap();
        clerk_bapi::Client::builder().api_url(&self.told["CLERK_API_URL"]).secret_key(&secret).build().unwrap()
    }

    /// As a machine that loses its power: nothing can be put in order.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clerk-local"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command(arguments).output().unwrap();
    assert!(stdout.is_empty());
    (status.code(), String::from_utf8(stderr).unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn it_tells_keys_and_addresses_that_work() {
    let program = Program::start(&[]);
    assert_eq!(program.backend().get_users_count().send().await.unwrap().total_count, 0);
    let publishable: clerk_core::PublishableKey = program.told["CLERK_PUBLISHABLE_KEY"].parse().unwrap();
    assert_eq!(publishable.frontend_url(), program.told["CLERK_FAPI_URL"]);
    assert_eq!(program.told["CLERK_JWT_KEY"], "\"-----BEGIN PUBLIC KEY-----");
}

#[test]
fn what_it_does_not_know_is_one_line_and_status_2() {
    for arguments in [&["--prot", "1"][..], &["--port", "x"], &["--port", "99999"], &["--host", "here"], &["file"]] {
        let (status, said) = refused(arguments);
        assert_eq!((status, said.lines().count()), (Some(2), 1), "{arguments:?}: {said}");
        assert!(said.starts_with("clerk-local: "), "{said}");
    }
}

#[test]
fn what_it_cannot_use_is_named_and_status_1() {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.json");
    std::fs::write(&seed, r#"{"users": [{"emails": []}]}"#).unwrap();
    let (status, said) = refused(&["--port", "0", "--seed", text(&seed)]);
    assert_eq!((status, said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("seed.json") && said.contains("emails"), "{said}");
    let (status, said) = refused(&["--port", "0", "--seed", text(&folder.path().join("none.json"))]);
    assert_eq!(status, Some(1));
    assert!(said.contains("none.json"), "{said}");
    let (status, said) = refused(&["--port", "0", "--data", text(&folder.path().join("none/state"))]);
    assert_eq!(status, Some(1));
    assert!(said.contains("none/state"), "{said}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (status, said) = refused(&["--port", &port]);
    assert_eq!(status, Some(1));
    assert!(said.contains(&port) && said.contains("--port"), "{said}");
}

#[test]
fn help_and_version_are_printed() {
    let help = command(&["--help"]).output().unwrap();
    assert!(help.status.success());
    let help = String::from_utf8(help.stdout).unwrap();
    for option in ["--port", "--host", "--seed", "--data", "--quiet"] {
        assert!(help.contains(option), "{help}");
    }
    let version = command(&["--version"]).output().unwrap();
    assert_eq!(String::from_utf8(version.stdout).unwrap(), concat!("clerk-local ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn listening_to_everyone_is_warned_of() {
    let mut child = command(&["--host", "0.0.0.0", "--port", "0"]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn();
    let child = child.as_mut().unwrap();
    let mut said = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut said).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said.contains("warning") && said.contains("0.0.0.0"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_signal_stops_it_in_good_order() {
    for signal in ["-INT", "-TERM"] {
        let mut program = Program::start(&[]);
        let id = program.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        assert!(program.child.wait().unwrap().success(), "{signal}");
    }
}

#[tokio::test]
async fn what_was_answered_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let (data, seed) = (folder.path().join("state"), folder.path().join("seed.json"));
    let seeded = r#"{"settings": {"application_name": "Shop", "environment": "production"},
        "keys": {"secret_key": "sk_live_outliving"}, "users": [{"email_addresses": ["ann@example.com"]}]}"#;
    std::fs::write(&seed, seeded).unwrap();
    let arguments = ["--data", text(&data), "--seed", text(&seed)];
    let first = Program::start(&arguments);
    assert_eq!(first.told["CLERK_SECRET_KEY"], "sk_live_outliving");
    let backend = first.backend();
    let user = backend.create_user().email_address(["ben@example.com"]).password("correct horse battery");
    let user = user.send().await.unwrap().id.clone();
    let gone = backend.get_user_list().query("ann").send().await.unwrap()[0].id.clone();
    backend.delete_user(&gone).send().await.unwrap();
    first.kill();
    // The seed is not read again, and the file does without it.
    for arguments in [&arguments[..], &arguments[..2]] {
        let again = Program::start(arguments);
        assert_eq!(again.told["CLERK_SECRET_KEY"], "sk_live_outliving");
        assert!(again.told["CLERK_PUBLISHABLE_KEY"].starts_with("pk_live_"));
        assert_eq!(again.backend().get_users_count().send().await.unwrap().total_count, 1);
        assert!(again.backend().verify_password(&user, "correct horse battery").send().await.unwrap().verified);
        again.kill();
    }
}

#[tokio::test]
async fn a_line_that_was_cut_off_is_left_out_and_a_damaged_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("state");
    let program = Program::start(&["--data", text(&data)]);
    let backend = program.backend();
    let user = backend.create_user().email_address(["ann@example.com"]).skip_password_requirement(true);
    user.send().await.unwrap();
    program.kill();
    let whole = std::fs::read_to_string(&data).unwrap();
    std::fs::write(&data, format!("{whole}{{\"table\":\"users\",\"id\":\"user_torn\",\"rec")).unwrap();
    let program = Program::start(&["--data", text(&data)]);
    assert_eq!(program.backend().get_users_count().send().await.unwrap().total_count, 1);
    program.kill();
    let mut lines: Vec<&str> = whole.lines().collect();
    let place = lines.iter().position(|line| line.contains("ann@example.com")).unwrap();
    let damaged = lines[place].replace("ann@example.com\"", "ann@example.com");
    lines[place] = &damaged;
    std::fs::write(&data, format!("{}\n", lines.join("\n"))).unwrap();
    let (status, said) = refused(&["--port", "0", "--data", text(&data)]);
    assert_eq!(status, Some(1));
    assert!(said.contains(&format!("line {} of", place + 1)), "{said}");
    assert!(!said.contains("ann@example.com"), "{said}");
}

#[tokio::test]
async fn a_request_whose_line_was_cut_off_is_left_out_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("state");
    let program = Program::start(&["--data", text(&data)]);
    let before = std::fs::read(&data).unwrap().len();
    let backend = program.backend();
    let user = backend.create_user().email_address(["ann@example.com"]).skip_password_requirement(true);
    user.send().await.unwrap();
    program.kill();
    let whole = std::fs::read(&data).unwrap();
    // The user and the event that tells of it are one: there is no place where one of them would be left.
    for end in [before + 1, before.midpoint(whole.len()), whole.len() - 2, whole.len() - 1] {
        std::fs::write(&data, &whole[..end]).unwrap();
        let program = Program::start(&["--data", text(&data)]);
        assert_eq!(program.backend().get_users_count().send().await.unwrap().total_count, 0, "{end}");
        program.kill();
    }
    assert!(!String::from_utf8(whole[before..whole.len() - 1].to_vec()).unwrap().contains('\n'));
}

#[tokio::test]
async fn what_is_nested_as_deeply_as_is_taken_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("state");
    let program = Program::start(&["--data", text(&data)]);
    let nested = format!("{}1{}", "{\"a\":".repeat(99), "}".repeat(99));
    let nested: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&nested).unwrap();
    let backend = program.backend();
    let user = backend.create_user().email_address(["ann@example.com"]).skip_password_requirement(true);
    user.private_metadata(nested).send().await.unwrap();
    program.kill();
    let program = Program::start(&["--data", text(&data)]);
    assert_eq!(program.backend().get_users_count().send().await.unwrap().total_count, 1);
}

#[test]
fn a_file_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("notes");
    for notes in ["no newline", "a line\nand another\n", "{\"users\": []}\n"] {
        std::fs::write(&data, notes).unwrap();
        let (status, said) = refused(&["--port", "0", "--data", text(&data)]);
        assert_eq!(status, Some(1), "{notes}");
        assert!(said.contains("line 1 of"), "{said}");
        assert_eq!(std::fs::read_to_string(&data).unwrap(), notes);
    }
}

#[test]
fn two_do_not_share_a_data_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("state");
    let first = Program::start(&["--data", text(&data)]);
    let (status, said) = refused(&["--port", "0", "--data", text(&data)]);
    assert_eq!(status, Some(1));
    assert!(said.contains("in use"), "{said}");
    first.kill();
    Program::start(&["--data", text(&data)]);
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_a_data_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("state");
    Program::start(&["--data", text(&data)]);
    assert_eq!(data.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn quiet_prints_nothing() {
    let mut child = command(&["--quiet", "--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    child.kill().unwrap();
    let mut said = String::new();
    child.stdout.as_mut().unwrap().read_to_string(&mut said).unwrap();
    child.stderr.as_mut().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    assert_eq!(said, "");
}
