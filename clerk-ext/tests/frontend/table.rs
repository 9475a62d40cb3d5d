//! Which unhappy path of which flow is tried, as a table made of the tests' names.
//!
//! A test of a flow stands in a module of the flow's name and is called after its path. What is missing in the table has
//! a reason here; a gap without one, and a reason that no gap has, fail.

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
const CALLBACKS: &[&str] = &["foreign_callback", "replayed_callback", "late_callback"];

/// For flows whose names begin so, why these paths are not tried.
const REASONS: &[(&[&str], &[&str], &str)] = &[
    (
        &[
            "browser/",
            "me/add_email_by_link",
            "reverification/enterprise_sso",
            "reverification/password",
            "session_tasks/choose_organization",
            "session_tasks/reset_password",
            "sign_in/already_signed_in",
            "sign_in/client_trust_by_link",
            "sign_in/email_link",
            "sign_in/enterprise_domain",
            "sign_in/new_password",
            "sign_in/password",
            "sign_in/transfer",
            "sign_up/email_link",
            "sign_up/legal",
            "sign_up/password",
            "sign_up/transfer",
            "sign_up/username",
            "waitlist",
        ],
        CODES,
        "No code is typed in it.",
    ),
    (&["sign_in/backup_code"], &["expired_code"], "A code on paper is good until it is used."),
    (
        &["me/add_wallet", "sign_in/id_token", "sign_in/protect_check", "sign_up/"],
        &["expired_code"],
        "What is too old is refused like anything else that is wrong.",
    ),
    (
        &["me/add_authenticator_app", "session_tasks/setup_mfa"],
        &["too_many_codes"],
        "An app that is being set up guards nothing yet: its codes are not counted.",
    ),
    (
        &["me/add_", "reverification/passkey", "sign_in/", "sign_up/"],
        &["too_many_codes"],
        "What is handed in was signed by somebody, not guessed: nobody counts.",
    ),
    (
        &["reverification/password"],
        &["pwned"],
        "Whether a password has leaked is asked where it is set, and where somebody signs in with it.",
    ),
    (
        &["browser/", "me/", "reverification/", "session_tasks/", "sign_in/", "sign_up/", "waitlist"],
        &["wrong_password", "pwned"],
        "No password is typed in it, or one that is tried in a flow of its own.",
    ),
    (&["sign_up/", "waitlist"], &["locked"], "There is no account yet that could be locked."),
    (
        &["browser/external_account", "me/", "reverification/", "session_tasks/"],
        &["locked"],
        "Whoever does it is signed in; a lock counts what goes wrong before that.",
    ),
    (
        &["sign_in/second_factor_email_code"],
        &["locked", "unknown_factor"],
        "The Clerk on this machine sends it by phone only: it is tried there.",
    ),
    (&["browser/", "sign_in/"], &["locked"], "Nothing is typed in it that a lock would count."),
    (&["browser/oauth_application"], &["cancelled"], "Its page knows one way to say no, which is tried."),
    (
        &[
            "me/add_authenticator_app",
            "me/add_passkey",
            "me/add_wallet",
            "reverification/password",
            "session_tasks/",
            "sign_in/",
            "sign_up/",
            "waitlist",
        ],
        &["cancelled"],
        "Whoever does not go on drops the step: there is nothing to take back.",
    ),
    (
        &["browser/email_link_native", "me/", "reverification/", "session_tasks/", "sign_in/", "sign_up/"],
        &["denied"],
        "Nobody else is asked who could refuse.",
    ),
    (
        &["browser/loopback"],
        &["late_callback", "resumed_after_the_process_was_killed"],
        "A listener lives for one wait in one process; the flow behind it is tried on its own.",
    ),
    (
        &["me/", "reverification/", "session_tasks/", "sign_in/", "sign_up/", "waitlist"],
        CALLBACKS,
        "Nothing is read that a browser comes back with.",
    ),
    (
        &["sign_in/", "sign_up/"],
        &["second_pending_flow"],
        "A device has one sign-in and one sign-up at a time, whatever the steps: tried with other factors.",
    ),
    (&["me/"], &["second_pending_flow"], "Each thing is proven on its own: tried with addresses, apps and passkeys."),
    (
        &["reverification/"],
        &["second_pending_flow", "unknown_factor"],
        "A reverification is begun and read in one way, whatever the factor: tried with the password.",
    ),
    (
        &["reverification/"],
        &["resumed_after_the_process_was_killed"],
        "A reverification is not kept, but begun anew: tried with password, code and second factor.",
    ),
    (&["session_tasks/"], &["second_pending_flow"], "A task is done once, however often it was begun."),
    (&["waitlist"], &["second_pending_flow"], "It is one call, which is made anew."),
    (
        &["sign_up/"],
        &["unknown_factor"],
        "What a newer Clerk asks for is tried for all of them, in `sign_up/unknown.rs`.",
    ),
    (
        &["browser/", "me/", "session_tasks/", "sign_in/", "waitlist"],
        &["unknown_factor"],
        "There is no list of factors in it to choose from.",
    ),
    (
        &[
            "me/add_trusted_device",
            "sign_in/already_signed_in",
            "sign_in/enterprise_domain",
            "sign_in/id_token",
            "sign_in/ticket",
            "sign_up/id_token",
            "sign_up/protection",
            "waitlist",
        ],
        &["network_lost_between_prepare_and_attempt", "resumed_after_the_process_was_killed"],
        "It is one call, which is made anew.",
    ),
];

const FILE: &str = "tests/frontend/FLOWS.md";

#[test]
fn every_flow_is_tried_on_every_path_or_says_why_not() {
    let (mut notes, mut used) = (Vec::<&str>::new(), BTreeSet::new());
    let (mut table, mut problems) = (String::new(), Vec::new());
    for (flow, paths) in &tried() {
        let mut cells = Vec::new();
        for path in PATHS {
            if paths.contains(path) {
                cells.push("✓".to_owned());
                continue;
            }
            let mut reasons = REASONS.iter().enumerate().filter(|(_, (_, columns, _))| columns.contains(&path));
            let found = reasons.find_map(|(at, (flows, _, reason))| {
                flows.iter().find(|start| flow.starts_with(**start)).map(|start| ((at, *start), *reason))
            });
            let Some((entry, reason)) = found else {
                problems.push(format!("{flow} is not tried on `{path}`, and nothing says why"));
                continue;
            };
            used.insert(entry);
            if !notes.contains(&reason) {
                notes.push(reason);
            }
            cells.extend(notes.iter().position(|note| *note == reason).map(|at| (at + 1).to_string()));
        }
        writeln!(table, "| {} | {} |", flow.replace('_', " "), cells.join(" | ")).unwrap();
    }
    for (at, (flows, _, reason)) in REASONS.iter().enumerate() {
        let unused = flows.iter().filter(|start| !used.contains(&(at, **start)));
        problems.extend(unused.map(|start| format!("nothing of {start} needs the reason: {reason}")));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
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
        let (flow, path) = match parts.as_slice() {
            [flow, path] => ((*flow).to_owned(), path),
            [subject, .., flow, path] => (format!("{subject}/{flow}"), path),
            _ => continue,
        };
        if PATHS.contains(path) {
            rows.entry(flow).or_default().insert((*path).to_owned());
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
