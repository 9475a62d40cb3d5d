//! Which unhappy path of which flow is tried, as a table made of the tests' names.
//!
//! A test of a flow stands in a module of the flow's name and is called after its path. What is missing in the table has
//! a reason here; a reason for what is there, and a gap without one, fail.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
    process::Command,
};

const PATHS: [&str; 16] = [
    "works",
    "wrong_code",
    "expired_code",
    "too_many_codes",
    "wrong_password",
    "locked",
    "pwned",
    "cancelled",
    "denied",
    "foreign_callback",
    "replayed_callback",
    "late_callback",
    "second_pending_flow",
    "unknown_factor",
    "network_lost_between_prepare_and_attempt",
    "resumed_after_the_process_was_killed",
];

const CODES: &[&str] = &["wrong_code", "expired_code", "too_many_codes"];
const PASSWORDS: &[&str] = &["wrong_password", "pwned"];
const CALLBACKS: &[&str] = &["denied", "foreign_callback", "replayed_callback", "late_callback"];
const BROWSER: &str = "browser/";

/// For flows whose names begin so, why these paths are not tried.
const REASONS: &[(&[&str], &[&str], &str)] = &[];

const FILE: &str = "tests/frontend/FLOWS.md";

#[test]
fn every_flow_is_tried_on_every_path_or_says_why_not() {
    let rows = tried();
    let mut notes: Vec<&str> = Vec::new();
    let (mut table, mut problems) = (String::new(), Vec::new());
    for (flow, paths) in &rows {
        let mut cells = Vec::new();
        for path in PATHS {
            let reason = REASONS.iter().find(|(flows, columns, _)| {
                columns.contains(&path) && flows.iter().any(|start| flow.starts_with(start))
            });
            cells.push(match (paths.contains(path), reason) {
                (true, _) => "✓".to_owned(),
                (false, Some((_, _, reason))) => {
                    let at = notes.iter().position(|note| note == reason).unwrap_or_else(|| {
                        notes.push(reason);
                        notes.len() - 1
                    });
                    (at + 1).to_string()
                }
                (false, None) => {
                    problems.push(format!("{flow} is not tried on `{path}`, and nothing says why"));
                    "?".to_owned()
                }
            });
        }
        writeln!(table, "| {} | {} |", flow.replace('_', " "), cells.join(" | ")).unwrap();
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let unused: Vec<_> =
        REASONS.iter().map(|(_, _, reason)| *reason).filter(|reason| !notes.contains(reason)).collect();
    assert!(unused.is_empty(), "reasons for nothing: {unused:?}");
    is_written(&text(&table, &notes));
}

fn text(table: &str, notes: &[&str]) -> String {
    let mut text = "# Flows and their unhappy paths\n\nMade of the tests' names by `table.rs`. A tick is a test of that name in the \
                    flow's module; a number is the reason why there is none.\n\n|  |"
        .to_owned();
    for path in PATHS {
        write!(text, " {} |", path.replace('_', " ")).unwrap();
    }
    writeln!(text, "\n|---|{}", "---|".repeat(PATHS.len())).unwrap();
    text.push_str(table);
    text.push('\n');
    for (at, note) in notes.iter().enumerate() {
        writeln!(text, "{}. {note}", at + 1).unwrap();
    }
    text
}

/// The flows, each with the paths that it is tried on.
fn tried() -> BTreeMap<String, BTreeSet<String>> {
    let this = std::env::current_exe().unwrap();
    let listed = Command::new(this).args(["--list", "--format", "terse"]).output().unwrap();
    let mut rows = BTreeMap::<String, BTreeSet<String>>::new();
    for line in String::from_utf8(listed.stdout).unwrap().lines() {
        let Some(name) = line.strip_suffix(": test") else { continue };
        let parts: Vec<_> = name.split("::").collect();
        let [subject, .., flow, path] = parts.as_slice() else { continue };
        if PATHS.contains(path) {
            rows.entry(format!("{subject}/{flow}")).or_default().insert((*path).to_owned());
        }
    }
    rows
}

/// The file says what was found; with `UPDATE_FLOWS` it is made to.
fn is_written(text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os("UPDATE_FLOWS").is_some() {
        fs::write(&file, text).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert!(written == text, "{FILE} is not up to date: run this test with UPDATE_FLOWS=1");
}
