//! What a browser would hide: cookies, tokens, headers, and who presses a button twice.

use std::time::Duration;

use clerk_local::{Fault, ProviderAccount, Seed, SeedUser};
use futures_util::future::join_all;
use reqwest::StatusCode;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    site::{ANN, BOB, PASSWORD, Site, ann},
    wire::Visitor,
};

#[tokio::test]
async fn somebody_signs_in_by_password_and_out_again() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    assert_eq!(ann.signs_in().await.location(), "/");
    assert!(ann.look("/").await.text.contains("Good to see you, <b>Ann</b>"));
    assert!(ann.look("/profile").await.text.contains("value=\"Example\""));
    assert_eq!(ann.submit("/sign-out", &[]).await.location(), "/");
    let page = ann.look("/").await;
    assert!(page.text.contains("You are signed out.") && !page.text.contains("Ann"), "{}", page.text);
    assert_eq!(ann.look("/profile").await.location(), "/sign-in");
}

#[tokio::test]
async fn a_second_press_on_the_button_is_no_second_attempt() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    ann.identifies().await;
    let _slow = site.local.faults().add(Fault::latency(Duration::from_millis(300)).on("attemptSignInFactorOne"));
    let fields = [("step", "password"), ("password", PASSWORD)];
    let presses = (0..6).map(|_| {
        let mut ann = ann.clone();
        async move { (ann.submit("/sign-in/step", &fields).await.location().to_owned(), ann.cookie) }
    });
    let answers = join_all(presses).await;
    assert_eq!(site.calls("attemptSignInFactorOne"), 1);
    // Each is signed in, whichever answer the browser shows.
    let (leads, cookie) = answers[0].clone();
    assert!(leads == "/" && answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    ann.cookie = cookie;
    assert_eq!(ann.look("/profile").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_form_is_worked_on_to_its_end_although_the_browser_has_gone() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    ann.identifies().await;
    let slow = site.local.faults().add(Fault::latency(Duration::from_millis(300)).on("attemptSignInFactorOne"));
    let form = ann.form("/sign-in/step", &[("step", "password"), ("password", PASSWORD)]);
    let gone = tokio::time::timeout(Duration::from_millis(100), ann.clone().send(form)).await;
    assert!(gone.is_err(), "it has gone before there was an answer");
    // The same form comes again, as the one that a browser sends in place of the first.
    assert_eq!(ann.submit("/sign-in/step", &[("step", "password"), ("password", PASSWORD)]).await.location(), "/");
    assert_eq!(site.calls("attemptSignInFactorOne"), 1);
    site.local.faults().remove(slow);
}

#[tokio::test]
async fn what_was_typed_is_kept_but_for_passwords_and_nothing_of_it_is_markup() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    ann.look("/sign-in").await;
    let page = ann.submit("/sign-in", &[("identifier", "\"><b>nobody@example.com")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("value=\"&quot;&gt;&lt;b&gt;nobody@example.com\""), "{}", page.text);
    assert!(page.text.contains("aria-invalid=\"true\""), "{}", page.text);

    ann.look("/sign-up").await;
    let page = ann.submit("/sign-up", &[("email_address", "bob@example.com"), ("password", "test-s")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("value=\"bob@example.com\"") && !page.text.contains("test-s"), "{}", page.text);
    assert!(page.text.contains("id=\"password-problem\""), "{}", page.text);
}

#[tokio::test]
async fn a_locked_account_and_too_many_requests_are_said_in_words() {
    let site = Site::with(|settings| settings.max_failed_attempts = Some(2), ann()).await;
    let mut ann = Visitor::new(&site);
    ann.identifies().await;
    let mut page = None;
    for _ in 0..3 {
        page = Some(ann.submit("/sign-in/step", &[("step", "password"), ("password", "test-wrong")]).await);
    }
    let page = page.unwrap();
    assert!(page.text.contains("This account is locked for 60 minutes"), "{}", page.text);

    site.local.faults().add(Fault::rate_limited(Duration::from_secs(17)).on("createSignIn"));
    let mut bob = Visitor::new(&site);
    bob.look("/sign-in").await;
    let page = bob.submit("/sign-in", &[("identifier", "bob@example.com")]).await;
    assert!(page.text.contains("Please wait 17 seconds"), "{}", page.text);
}

#[tokio::test]
async fn while_clerk_is_away_a_page_says_so_and_nobody_is_signed_out() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    ann.signs_in().await;
    let outage = site.local.faults().add(Fault::status(503).frontend());
    let page = ann.look("/profile/devices").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("Nothing is lost"), "{}", page.text);
    site.local.faults().remove(outage);
    assert_eq!(ann.look("/profile/devices").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_that_is_ended_elsewhere_is_over_here_within_a_minute() {
    let site = Site::new().await;
    let (mut here, mut there) = (Visitor::new(&site), Visitor::new(&site));
    here.signs_in().await;
    there.signs_in().await;
    here.look("/profile/devices").await;
    assert_eq!(here.submit("/profile/devices/everywhere", &[]).await.location(), "/");
    assert_eq!(here.look("/profile").await.location(), "/sign-in");
    // What asks Clerk is told so at once; all else when the token runs out that is at hand.
    assert_eq!(there.look("/profile/devices").await.location(), "/sign-in");
    assert!(there.look("/sign-in").await.text.contains("name=\"identifier\""));
    assert_eq!(there.look("/profile").await.location(), "/sign-in");
}

#[tokio::test]
async fn a_form_of_somebody_who_was_signed_out_elsewhere_leads_to_the_sign_in() {
    let site = Site::new().await;
    let (mut here, mut there) = (Visitor::new(&site), Visitor::new(&site));
    there.signs_in().await;
    there.look("/profile").await;
    here.signs_in().await;
    here.look("/profile/devices").await;
    here.submit("/profile/devices/everywhere", &[]).await;
    let page = there.submit("/profile", &[("first_name", "Anna"), ("last_name", "Example")]).await;
    assert_eq!(page.location(), "/sign-in");
}

#[tokio::test]
async fn a_code_that_came_too_late_is_said_to_and_another_one_can_be_had() {
    let site = Site::new().await;
    let too_late = Duration::from_secs(11 * 60);
    let mut ann = Visitor::new(&site);
    ann.identifies().await;
    ann.submit("/sign-in/step", &[("step", "send"), ("strategy", "email_code")]).await;
    let code = site.local.inbox().latest_code(ANN).unwrap();
    site.local.clock().advance(too_late);
    assert_eq!(ann.submit("/sign-in/step", &[("step", "code"), ("code", &code)]).await.location(), "/sign-in");
    let page = ann.look("/sign-in").await;
    assert!(page.text.contains("What we have sent you is no longer good."), "{}", page.text);
    assert!(!ann.look("/sign-in").await.text.contains("no longer good"), "it is said once");
    ann.submit("/sign-in/step", &[("step", "send"), ("strategy", "email_code")]).await;
    let code = site.local.inbox().latest_code(ANN).unwrap();
    assert_eq!(ann.submit("/sign-in/step", &[("step", "code"), ("code", &code)]).await.location(), "/");

    let mut bob = Visitor::new(&site);
    bob.look("/sign-up").await;
    bob.submit("/sign-up", &[("email_address", BOB), ("password", PASSWORD)]).await;
    let code = site.local.inbox().latest_code(BOB).unwrap();
    site.local.clock().advance(too_late);
    assert_eq!(bob.submit("/sign-up/code", &[("step", "code"), ("code", &code)]).await.location(), "/sign-up");
    let page = bob.look("/sign-up").await;
    assert!(page.text.contains("no longer good") && page.text.contains("We have sent a code"), "{}", page.text);
    let code = site.local.inbox().latest_code(BOB).unwrap();
    assert_eq!(bob.submit("/sign-up/code", &[("step", "code"), ("code", &code)]).await.location(), "/");
}

#[tokio::test]
async fn a_link_that_was_opened_leads_on_to_the_second_factor() {
    let mut user = ann();
    user.totp_secret = Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
    let site = Site::with(|_| {}, user).await;
    let mut ann = Visitor::new(&site);
    ann.identifies().await;
    ann.submit("/sign-in/step", &[("step", "send"), ("strategy", "email_link")]).await;
    assert!(ann.look("/sign-in").await.text.contains("We have sent you a link"));
    reqwest::get(site.local.inbox().latest_link(ANN).unwrap()).await.unwrap();
    let page = ann.look("/sign-in").await;
    assert!(page.text.contains("authenticator app") && !page.text.contains("no longer good"), "{}", page.text);
    assert_eq!(ann.look("/profile").await.location(), "/sign-in");
}

#[tokio::test]
async fn a_link_that_was_opened_too_late_is_said_to_be() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    ann.identifies().await;
    ann.submit("/sign-in/step", &[("step", "send"), ("strategy", "email_link")]).await;
    site.local.clock().advance(Duration::from_secs(11 * 60));
    let there = reqwest::get(site.local.inbox().latest_link(ANN).unwrap()).await.unwrap().text().await.unwrap();
    assert!(there.contains("That link is no longer good"), "{there}");
    let here = ann.look("/sign-in").await.text;
    assert!(here.contains("What we have sent you is no longer good."), "{here}");
}

#[tokio::test]
async fn ctrl_c_and_sigterm_end_it_well() {
    for signal in ["-INT", "-TERM"] {
        let site = Site::new().await;
        Visitor::new(&site).look("/").await;
        let told = site.stops(signal).await.well();
        assert!(told.starts_with("listening on http://127.0.0.1:"), "{told}");
    }
}

#[tokio::test]
async fn whoever_sends_half_a_request_does_not_keep_it_from_ending() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    ann.look("/").await;
    let mut half = TcpStream::connect(site.url.replace("http://localhost", "127.0.0.1")).await.unwrap();
    let head = format!("POST /sign-in HTTP/1.1\r\nhost: localhost\r\ncookie: {}\r\n", ann.cookie.unwrap());
    let rest = "content-length: 99\r\nexpect: 100-continue\r\n\r\n";
    half.write_all(format!("{head}{rest}").as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    half.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100", "it waits for the rest");
    let ended = site.stops("-INT").await;
    assert!(ended.status.success() && ended.errors.contains("cut off"), "{ended:?}");
}

#[tokio::test]
async fn without_keys_it_says_which_variable_to_set() {
    let ended = clerk_program::Program::new(env!("CARGO_BIN_EXE_example-web-app")).env("PORT", "0").run().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.errors.contains("CLERK_PUBLISHABLE_KEY"), "{}", ended.errors);
}

#[tokio::test]
async fn an_origin_where_nobody_could_sign_in_is_refused_at_the_start() {
    let site = Site::new().await;
    for origin in ["notes.example.com", "https://example.com/notes", "http://notes.example.com", "ftp://localhost"] {
        let program = Site::program(&site.local).env("APP_ORIGIN", origin);
        let ended = program.run().await;
        assert_eq!(ended.status.code(), Some(1), "{origin}");
        assert!(ended.errors.contains("APP_ORIGIN"), "{origin}: {}", ended.errors);
    }
}

#[tokio::test]
async fn every_page_of_a_member_says_who_it_is() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    ann.signs_in().await;
    for _ in 0..2 {
        for path in ["/profile", "/profile/devices", "/profile/accounts", "/organizations", "/prove", "/"] {
            assert!(ann.look(path).await.text.contains("Sign out<"), "{path}");
        }
    }
}

#[tokio::test]
async fn whoever_is_invited_joins_an_organization_and_leaves_it_and_sees_no_other() {
    let site = Site::new().await;
    site.local.seed(&Seed::default().user(SeedUser::new(BOB).password(PASSWORD).name("Bob", "Example"))).unwrap();
    let (mut ann, mut bob) = (Visitor::new(&site), Visitor::new(&site));
    ann.signs_in().await;
    bob.signs_in_as(BOB).await;
    ann.look("/organizations").await;
    let acme = ann.submit("/organizations", &[("name", "Acme")]).await.location().to_owned();
    assert_eq!(bob.look(&acme).await.location(), "/organizations");
    ann.look(&acme).await;
    assert_eq!(ann.submit(&acme, &[("email_address", BOB), ("role", "org:member")]).await.location(), acme);

    let page = bob.look("/organizations").await;
    let invitation = page.text.split_once("name=\"invitation\" value=\"").unwrap().1.split_once('"').unwrap().0;
    assert_eq!(bob.submit("/organizations/accept", &[("invitation", invitation)]).await.location(), "/organizations");
    let page = bob.look(&acme).await;
    assert!(page.text.contains("Ann ann@example.com") && !page.text.contains("Invite"), "{}", page.text);
    assert_eq!(bob.submit(&format!("{acme}/leave"), &[]).await.location(), "/organizations");
    assert_eq!(bob.look(&acme).await.location(), "/organizations");
}

#[tokio::test]
async fn a_device_is_signed_out_from_another_one() {
    let site = Site::new().await;
    let (mut here, mut there) = (Visitor::new(&site), Visitor::new(&site));
    there.signs_in().await;
    here.signs_in().await;
    let page = here.look("/profile/devices").await;
    let session = page.text.split_once("name=\"session\" value=\"").unwrap().1.split_once('"').unwrap().0;
    assert_eq!(here.submit("/profile/devices", &[("session", session)]).await.location(), "/profile/devices");
    assert!(here.look("/profile/devices").await.text.contains("You are signed out there."));
    assert_eq!(there.look("/profile/devices").await.location(), "/sign-in");
}

#[tokio::test]
async fn whoever_comes_from_a_provider_and_has_no_account_is_asked_for_what_is_missing() {
    let site =
        Site::with(|it| (it.attributes.username.enabled, it.attributes.username.required) = (true, true), ann()).await;
    site.local.provider().add(&ProviderAccount::new("google", BOB));
    let mut bob = Visitor::new(&site);
    let back = bob.agrees_at_google(&site).await;
    assert_eq!(bob.look(&back).await.location(), "/sign-up");
    let page = bob.look("/sign-up").await;
    assert!(page.text.contains("name=\"username\"") && !page.text.contains("name=\"email_address\""), "{}", page.text);
    assert_eq!(bob.submit("/sign-up", &[("username", "bobby")]).await.location(), "/");
    assert!(bob.look("/").await.text.contains("Good to see you"));
}
