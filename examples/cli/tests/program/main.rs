//! The command line as people use it: a process for each command, and a browser that is played here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]

mod browser;
mod shell;

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use clerk_ext::auth::Clerk;
use clerk_local::{Fault, ProviderMode, Seed, SeedOrganization, SeedUser};
use tokio::task::JoinSet;

use crate::{browser::Browser, shell::Shell};

const ANN: &str = "Ann Example <ann@example.com>";

#[tokio::test]
async fn who_signs_in_with_the_browser_stays_signed_in_from_one_run_to_the_next() {
    let shell = Shell::new().await;
    assert_eq!(shell.fails(&["whoami"]).await, "example-cli: nobody is signed in; run `example-cli login`\n");
    let (login, page) = shell.login(&[]).await;
    let told = Browser::new().signs_in_on(&page, "ann@example.com").await;
    assert!(told.contains("Back to the application"), "{told}");
    assert!(login.end().await.well().ends_with(&format!("signed in as {ANN}\n")));
    assert_eq!(shell.succeeds(&["whoami"]).await, format!("{ANN}\nin no organization\n"));
    assert_eq!(shell.succeeds(&["login"]).await, format!("signed in as {ANN} already; log out to be somebody else\n"));
}

#[tokio::test]
async fn a_provider_signs_in_as_well() {
    let shell = Shell::new().await;
    shell.local.update_settings(|settings| settings.provider = ProviderMode::Approve);
    let (login, page) = shell.login(&["--provider", "github"]).await;
    Browser::new().follows(&page).await;
    assert!(login.end().await.well().contains("signed in as "));
}

#[tokio::test]
async fn an_account_with_a_second_factor_is_sent_to_the_pages_that_ask_for_it() {
    let shell = Shell::new().await;
    let mut bob = SeedUser::new("bob@example.com");
    bob.totp_secret = Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
    bob.external_accounts = vec![("github".to_owned(), "test-112233".to_owned())];
    shell.local.seed(&Seed::default().user(bob)).unwrap();
    shell.local.update_settings(|settings| settings.provider = ProviderMode::Approve);
    let (login, page) = shell.login(&["--provider", "github"]).await;
    Browser::new().follows(&page).await;
    let ended = login.end().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.errors.ends_with("run `example-cli login` without --provider\n"), "{}", ended.errors);
    assert!(shell.fails(&["whoami"]).await.contains("nobody is signed in"));
}

#[tokio::test]
async fn a_token_is_all_that_is_printed_and_servers_accept_it() {
    let shell = Shell::signed_in().await;
    let printed = shell.succeeds(&["token"]).await;
    let server = Clerk::builder().jwt_key(shell.local.jwt_key().parse().unwrap()).build().unwrap();
    let seen = server.verify_token(printed.trim_end()).await.unwrap();
    assert_eq!(seen.user_id().as_str(), "user_ann");
}

#[tokio::test]
async fn who_logs_out_is_signed_out_here_and_at_clerk() {
    let shell = Shell::signed_in().await;
    assert_eq!(shell.sessions().await, ["active"]);
    assert_eq!(shell.succeeds(&["logout"]).await, "signed out\n");
    assert_eq!(shell.sessions().await, ["removed"]);
    for command in ["whoami", "token", "organizations"] {
        assert_eq!(shell.fails(&[command]).await, "example-cli: nobody is signed in; run `example-cli login`\n");
    }
}

#[tokio::test]
async fn logging_out_without_a_network_holds_here_and_clerk_is_told_later() {
    let shell = Shell::signed_in().await;
    shell.local.faults().add(Fault::reset());
    assert!(shell.succeeds(&["logout"]).await.starts_with("signed out on this device; Clerk is told"));
    shell.local.faults().clear();
    assert_eq!(shell.sessions().await, ["active"]);
    assert!(shell.fails(&["whoami"]).await.contains("nobody is signed in"));
    assert_eq!(shell.sessions().await, ["removed"]);
}

#[tokio::test]
async fn credentials_are_for_their_owner_alone() {
    let shell = Shell::signed_in().await;
    let folder = shell.home.path().join("example-cli/clerk");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty());
    assert!(files.iter().all(|file| mode(file) == 0o600), "{files:?}");

    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    assert!(shell.fails(&["whoami"]).await.contains("others have access to the directory of credentials"));
}

#[tokio::test]
async fn credentials_can_be_elsewhere() {
    let shell = Shell::new().await;
    let elsewhere = shell.home.path().join("elsewhere");
    let folder = elsewhere.to_str().unwrap();
    let (login, page) = shell.login(&["--config", folder]).await;
    Browser::new().signs_in_on(&page, "ann@example.com").await;
    drop(login.end().await.well());
    assert!(shell.succeeds(&["--config", folder, "whoami"]).await.starts_with(ANN));
    shell.fails(&["whoami"]).await;
}

#[tokio::test]
async fn a_callback_that_is_not_of_this_sign_in_signs_nobody_in() {
    let shell = Shell::new().await;
    let seed = Seed::default().user(SeedUser::new("bob@example.com"));
    shell.local.seed(&seed).unwrap();
    // Bob begins a sign-in elsewhere, and has Ann's browser go where his would have ended.
    let bobs = Shell::of(shell.local.clone());
    let (_waits, bobs_page) = bobs.login(&[]).await;
    let browser = Browser::new();
    let bobs_end = browser.chooses(&bobs_page, "bob@example.com").await;
    let (_, bobs_query) = bobs_end.split_once('?').unwrap();

    let (mut login, page) = shell.login(&[]).await;
    let line = login.line_with("waiting for it to come back to ").await;
    let here = line.rsplit(' ').next().unwrap();
    browser.follows(&format!("{here}?{bobs_query}")).await;
    browser.follows(&format!("{here}?created_session_id=sess_test&rotating_token_nonce=test&state=test")).await;
    assert!(shell.fails(&["whoami"]).await.contains("nobody is signed in"));

    // The sign-in goes on, and takes what is its own.
    browser.signs_in_on(&page, "ann@example.com").await;
    assert!(login.end().await.well().ends_with(&format!("signed in as {ANN}\n")));
}

#[tokio::test]
async fn who_refuses_at_the_provider_is_told_so() {
    let shell = Shell::new().await;
    shell.local.update_settings(|settings| settings.provider = ProviderMode::Deny);
    let (login, page) = shell.login(&["--provider", "github"]).await;
    Browser::new().follows(&page).await;
    let ended = login.end().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.errors.starts_with("example-cli: "), "{}", ended.errors);
}

#[tokio::test]
async fn a_browser_that_does_not_come_back_is_not_waited_for_without_end() {
    let shell = Shell::new().await;
    let (login, _) = shell.login(&["--wait", "1"]).await;
    let ended = login.end().await;
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(ended.errors, "example-cli: the browser did not come back in time; begin again\n");
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn the_browser_of_the_desktop_is_opened() {
    let shell = Shell::new().await;
    let (path, opened) = browser::of_a_desktop(shell.home.path());
    let mut login = shell.command(&["login", "--port", "0"]).env("PATH", path).start();
    let page = login.line_with("  http").await;
    browser::eventually(&opened, page.trim()).await;
    Browser::new().signs_in_on(page.trim(), "ann@example.com").await;
    drop(login.end().await.well());
}

#[tokio::test]
async fn organizations_are_listed_and_switched_for_every_run_to_come() {
    let shell = Shell::signed_in().await;
    let line = |star: char, name: &str, rest: &str| format!("{star} {name:<20} {rest}\n");
    let listed = shell.succeeds(&["organizations"]).await;
    assert!(listed.contains(&line(' ', "acme", "Acme as org:admin")), "{listed}");
    assert!(listed.contains(&line(' ', "bolt", "Bolt as org:member")), "{listed}");

    assert_eq!(shell.succeeds(&["switch", "acme"]).await, "in Acme\n");
    assert!(shell.succeeds(&["organizations"]).await.contains(&line('*', "acme", "Acme as org:admin")));
    assert_eq!(shell.succeeds(&["whoami"]).await, format!("{ANN}\nin Acme as org:admin\n"));
    let server = Clerk::builder().jwt_key(shell.local.jwt_key().parse().unwrap()).build().unwrap();
    let token = shell.succeeds(&["token"]).await;
    let seen = server.verify_token(token.trim_end()).await.unwrap();
    assert_eq!(seen.claims().organization().unwrap().role(), Some("org:admin"));

    let refused = shell.fails(&["switch", "other"]).await;
    assert!(refused.starts_with("example-cli: you belong to no organization 'other'"), "{refused}");
    assert_eq!(shell.succeeds(&["switch", "--personal"]).await, "in no organization\n");
}

#[tokio::test]
async fn where_an_organization_has_to_be_chosen_there_is_no_token_before() {
    let shell = Shell::new().await;
    shell.local.update_settings(|settings| settings.organizations.force_selection = true);
    let (login, page) = shell.login(&[]).await;
    Browser::new().signs_in_on(&page, "ann@example.com").await;
    assert!(login.end().await.well().contains("choose an organization"));
    assert!(shell.fails(&["token"]).await.contains("choose-organization"));
    assert!(shell.succeeds(&["whoami"]).await.ends_with("before the session counts: choose-organization\n"));
    assert_eq!(shell.succeeds(&["switch", "acme"]).await, "in Acme\n");
    shell.succeeds(&["token"]).await;
}

#[tokio::test]
async fn without_a_network_whoami_goes_by_what_is_kept_and_says_so() {
    let shell = Shell::signed_in().await;
    shell.local.faults().add(Fault::reset());
    let told = shell.succeeds(&["whoami"]).await;
    assert_eq!(told, format!("{ANN}\nin no organization\noffline: this is as Clerk said 0 minutes ago\n"));
    let refused = shell.fails(&["organizations"]).await;
    assert!(
        refused.starts_with("example-cli: Clerk cannot be reached; try again when there is a network"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_session_that_was_ended_elsewhere_is_told_as_that() {
    for command in ["whoami", "token"] {
        let shell = Shell::signed_in().await;
        shell.revoke_sessions().await;
        let told = shell.fails(&[command]).await;
        assert_eq!(
            told,
            "example-cli: the session is over: it was ended elsewhere; run `example-cli login` to sign in again\n"
        );
        assert!(shell.fails(&[command]).await.contains("nobody is signed in"), "{command}");
    }
}

#[tokio::test]
async fn several_runs_at_once_are_one_device() {
    let shell = Shell::signed_in().await;
    let mut runs = JoinSet::new();
    for command in ["whoami", "token", "organizations", "whoami", "token", "switch"] {
        let arguments: &[&str] = if command == "switch" { &["switch", "acme"] } else { &[command] };
        runs.spawn(shell.command(arguments).run());
    }
    while let Some(ended) = runs.join_next().await {
        drop(ended.unwrap().well());
    }
    assert_eq!(shell.succeeds(&["whoami"]).await, format!("{ANN}\nin Acme as org:admin\n"));
    assert_eq!(shell.sessions().await, ["active"]);
}

#[tokio::test]
async fn that_nobody_reads_what_is_printed_changes_nothing() {
    let shell = Shell::signed_in().await;
    for (arguments, code) in [
        (&["whoami"][..], 0),
        (&["token"], 0),
        (&["organizations"], 0),
        (&["login"], 0),
        (&["switch", "acme"], 0),
        (&["switch", "other"], 1),
        (&["logout"], 0),
        (&["whoami"], 1),
    ] {
        assert_eq!(shell.command(arguments).unread().await.code(), Some(code), "{arguments:?}");
    }
    assert_eq!(shell.sessions().await, ["removed"]);
}

#[tokio::test]
async fn a_name_that_others_chose_gives_no_orders_to_the_terminal() {
    let shell = Shell::signed_in().await;
    let organization = SeedOrganization::new("Evil\u{1b}]0;test\u{7}\nmine").member("user_ann", "org:member");
    shell.local.seed(&Seed::default().organization(organization)).unwrap();
    let listed = shell.succeeds(&["organizations"]).await;
    assert!(listed.contains("Evil]0;testmine as org:member\n"), "{listed:?}");
}

#[tokio::test]
async fn without_its_key_it_says_which_variable_to_set() {
    let shell = Shell::new().await;
    let ended = shell.command(&["whoami"]).env("CLERK_PUBLISHABLE_KEY", "").run().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.errors.contains("CLERK_PUBLISHABLE_KEY is set but empty"), "{}", ended.errors);
}
