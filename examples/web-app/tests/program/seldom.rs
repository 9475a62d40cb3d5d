//! What happens to few people: an unknown device, a password that others know, a second proof, a number in place of an
//! address, an answer that gets lost.

use std::time::Duration;

use clerk_local::Fault;
use reqwest::StatusCode;

use crate::{
    site::{ANN, BOB, PASSWORD, Site, ann},
    wire::{Page, Visitor},
};

const ANOTHER: &str = "test-another-one-and-more";
const PHONE: &str = "+15555550123";
/// What an authenticator app was told.
const APP: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn code(site: &Site, to: &str) -> String {
    site.local.inbox().latest_code(to).expect("a code was sent")
}

/// Somebody at the back end finds out that the password of Ann is known to others.
async fn is_known_to_others(site: &Site) {
    let url = format!("{}/v1/users/user_ann/password/set_compromised", site.local.backend_url());
    let answer = reqwest::Client::new().post(url).bearer_auth(site.local.secret_key().expose()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

/// Has a code sent and types it, on the page for signing in.
async fn types_the_code(site: &Site, visitor: &mut Visitor, strategy: &str, to: &str) -> Page {
    let page = visitor.submit("/sign-in/step", &[("step", "send"), ("strategy", strategy)]).await;
    assert_eq!(page.location(), "/sign-in");
    let page = visitor.look("/sign-in").await;
    assert!(page.text.contains("We have sent you a code"), "{}", page.text);
    visitor.submit("/sign-in/step", &[("step", "code"), ("code", &code(site, to))]).await
}

#[tokio::test]
async fn whoever_has_a_password_that_others_know_chooses_another_one_before_anything_else() {
    let site = Site::with(|_| {}, ann().id("user_ann")).await;
    is_known_to_others(&site).await;
    let mut ann = Visitor::new(&site);
    assert_eq!(ann.look("/organizations").await.location(), "/sign-in");
    let page = ann.signs_in().await;
    assert!(page.text.contains("id=\"password-problem\""), "{}", page.text);
    assert_eq!(types_the_code(&site, &mut ann, "email_code", ANN).await.location(), "/tasks");
    for path in ["/profile", "/sign-in", "/sign-up"] {
        assert_eq!(ann.look(path).await.location(), "/tasks", "{path}");
    }
    assert!(ann.look("/tasks").await.text.contains("Choose another password"));
    // Nothing else is done first.
    assert_eq!(ann.submit("/tasks/authenticator", &[]).await.location(), "/tasks");
    let new_password = |password| [("step", "new-password"), ("new_password", password)];
    let page = ann.submit("/tasks", &new_password("test-s")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("id=\"new_password-problem\"") && !page.text.contains("test-s"), "{}", page.text);
    assert_eq!(ann.submit("/tasks", &new_password(ANOTHER)).await.location(), "/tasks");
    assert_eq!(ann.look("/tasks").await.location(), "/organizations");
    assert_eq!(ann.look("/organizations").await.status, StatusCode::OK);
    assert_eq!(ann.look("/tasks").await.location(), "/");
}

#[tokio::test]
async fn whoever_has_something_left_to_do_since_they_signed_in_is_led_there() {
    // A token that is as good as over is fetched anew for each page.
    let site = Site::with(|it| it.lifetimes.token = Duration::from_secs(5), ann().id("user_ann")).await;
    let mut ann = Visitor::new(&site);
    ann.signs_in().await;
    assert_eq!(ann.look("/profile").await.status, StatusCode::OK);
    is_known_to_others(&site).await;
    let refused = site.local.faults().add(Fault::status(403).on("createSessionToken"));
    assert_eq!(ann.look("/profile").await.location(), "/tasks");
    site.local.faults().remove(refused);
    assert!(ann.look("/tasks").await.text.contains("Choose another password"));
    ann.submit("/tasks", &[("step", "new-password"), ("new_password", ANOTHER)]).await;
    assert_eq!(ann.look("/profile").await.status, StatusCode::OK);
    // Where Clerk gives a token for it, that says so.
    is_known_to_others(&site).await;
    assert_eq!(ann.look("/profile").await.location(), "/tasks");
}

#[tokio::test]
async fn a_password_in_a_browser_that_is_not_known_is_followed_by_a_code_and_then_no_more() {
    let site = Site::with(|it| it.client_trust = true, ann()).await;
    let mut ann = Visitor::new(&site);
    assert_eq!(ann.signs_in().await.location(), "/sign-in");
    let page = ann.look("/sign-in").await;
    assert!(page.text.contains("We have not seen you in this browser before"), "{}", page.text);
    assert_eq!(ann.look("/profile").await.location(), "/sign-in");
    ann.submit("/sign-in/step", &[("step", "send"), ("strategy", "email_code")]).await;
    ann.look("/sign-in").await;
    let page = ann.submit("/sign-in/step", &[("step", "code"), ("code", "000000")]).await;
    assert!(page.text.contains("id=\"code-problem\""), "{}", page.text);
    assert_eq!(
        ann.submit("/sign-in/step", &[("step", "code"), ("code", &code(&site, ANN))]).await.location(),
        "/profile"
    );
    ann.look("/profile").await;
    ann.submit("/sign-out", &[]).await;
    assert_eq!(ann.signs_in().await.location(), "/", "it is known now");
    assert_eq!(Visitor::new(&site).signs_in().await.location(), "/sign-in", "another one is not");
}

#[tokio::test]
async fn a_link_makes_a_browser_known_as_well() {
    let site = Site::with(|it| it.client_trust = true, ann()).await;
    let mut ann = Visitor::new(&site);
    ann.signs_in().await;
    ann.look("/sign-in").await;
    ann.submit("/sign-in/step", &[("step", "send"), ("strategy", "email_link")]).await;
    assert!(ann.look("/sign-in").await.text.contains("We have sent you a link"));
    reqwest::get(site.local.inbox().latest_link(ANN).unwrap()).await.unwrap();
    assert_eq!(ann.look("/sign-in").await.location(), "/");
    assert_eq!(ann.look("/profile").await.status, StatusCode::OK);
}

/// Ann, who has an app, codes on paper and a phone as second factors, signed in a while ago.
async fn signed_in_a_while_ago() -> (Site, Visitor) {
    let mut user = ann().totp_secret(APP);
    user.backup_codes = vec!["test-backup-1".to_owned(), "test-backup-2".to_owned()];
    user.phone_numbers = vec![PHONE.to_owned()];
    user.second_factor_phone_numbers = vec![PHONE.to_owned()];
    let site = Site::with(|_| {}, user).await;
    let mut ann = Visitor::new(&site);
    ann.signs_in().await;
    ann.look("/sign-in").await;
    let paper = [("step", "second"), ("strategy", "backup_code"), ("code", "test-backup-1")];
    assert_eq!(ann.submit("/sign-in/step", &paper).await.location(), "/");
    site.local.clock().advance(Duration::from_secs(11 * 60));
    (site, ann)
}

/// Begins to prove who she is, and gives the password.
async fn proves_the_first(ann: &mut Visitor) {
    let page = ann.look("/prove?back=/organizations&level=multi_factor").await;
    assert!(page.text.contains("Your password") && !page.text.contains("authenticator app"), "{}", page.text);
    assert_eq!(ann.submit("/prove", &[("step", "password"), ("password", PASSWORD)]).await.location(), "/prove");
    let page = ann.look("/prove").await;
    assert!(page.text.contains("authenticator app") && !page.text.contains("Your password"), "{}", page.text);
}

#[tokio::test]
async fn a_second_factor_proves_who_it_is_after_the_first() {
    let (site, mut ann) = signed_in_a_while_ago().await;
    proves_the_first(&mut ann).await;
    let page = ann.submit("/prove", &[("step", "totp"), ("code", "000000")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(page.text.contains("is not the right one"), "{}", page.text);
    let right = site.local.totp_code(ANN).unwrap();
    assert_eq!(ann.submit("/prove", &[("step", "totp"), ("code", &right)]).await.location(), "/organizations");

    ann.look("/prove?level=second_factor").await;
    let paper = [("step", "backup-code"), ("code", "test-backup-2")];
    assert_eq!(ann.submit("/prove", &paper).await.location(), "/profile");
}

#[tokio::test]
async fn a_code_to_the_phone_proves_who_it_is_and_an_outage_does_not_lose_it() {
    let (site, mut ann) = signed_in_a_while_ago().await;
    proves_the_first(&mut ann).await;
    assert_eq!(ann.submit("/prove", &[("step", "send-phone")]).await.location(), "/prove");
    assert!(ann.look("/prove").await.text.contains("The code that we have sent to you"));
    let sent = code(&site, PHONE);
    let typed = [("step", "code"), ("code", sent.as_str())];
    let outage = site.local.faults().add(Fault::status(503).on("attemptSessionReverificationSecondFactor"));
    let page = ann.submit("/prove", &typed).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("Nothing is lost"), "{}", page.text);
    site.local.faults().remove(outage);
    assert!(ann.look("/prove").await.text.contains("The code that we have sent to you"));
    assert_eq!(ann.submit("/prove", &typed).await.location(), "/organizations");
}

#[tokio::test]
async fn pages_that_are_opened_side_by_side_do_not_begin_a_proof_twice() {
    let (site, mut ann) = signed_in_a_while_ago().await;
    let _slow = site.local.faults().add(Fault::latency(Duration::from_millis(200)).on("startSessionReverification"));
    let (mut one, mut other) = (ann.clone(), ann.clone());
    let (one, other) = tokio::join!(one.look("/prove"), other.look("/prove"));
    assert_eq!((one.status, other.status), (StatusCode::OK, StatusCode::OK));
    assert_eq!(site.calls("startSessionReverification"), 1);
    ann.look("/prove").await;
    assert_eq!(ann.submit("/prove", &[("step", "password"), ("password", PASSWORD)]).await.location(), "/prove");
}

#[tokio::test]
async fn an_address_and_a_number_are_both_proven_at_the_sign_up() {
    let site = Site::with(|it| it.attributes.phone_number.required = true, ann()).await;
    let mut bob = Visitor::new(&site);
    assert!(bob.look("/sign-up").await.text.contains("name=\"phone_number\""));
    let page = bob.submit("/sign-up", &[("email_address", BOB), ("phone_number", "12"), ("password", PASSWORD)]).await;
    assert!(page.text.contains("id=\"phone_number-problem\"") && page.text.contains("value=\"12\""), "{}", page.text);
    let given = [("email_address", BOB), ("phone_number", PHONE), ("password", PASSWORD)];
    assert_eq!(bob.submit("/sign-up", &given).await.location(), "/sign-up");
    for (to, leads) in [(BOB, "/sign-up"), (PHONE, "/")] {
        let page = bob.look("/sign-up").await;
        assert!(page.text.contains(&format!("We have sent a code to <b>{to}</b>")), "{}", page.text);
        let page = bob.submit("/sign-up/code", &[("step", "code"), ("code", "000000")]).await;
        assert!(page.text.contains("id=\"code-problem\""), "{}", page.text);
        let typed = [("step", "code"), ("code", &code(&site, to))];
        assert_eq!(bob.submit("/sign-up/code", &typed).await.location(), leads, "{to}");
        assert_eq!(site.local.inbox().messages_to(to).len(), 1, "{to}");
    }
    assert_eq!(bob.look("/profile").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_code_that_could_not_be_sent_is_not_said_to_be_and_can_be_sent_later() {
    let site = Site::with(
        |it| {
            it.attributes.email_address.required = false;
            it.attributes.phone_number.required = true;
        },
        ann(),
    )
    .await;
    let mut bob = Visitor::new(&site);
    bob.look("/sign-up").await;
    let limit = site.local.faults().add(Fault::rate_limited(Duration::from_secs(17)).on("prepareSignUpsVerification"));
    let page = bob.submit("/sign-up", &[("phone_number", PHONE), ("password", PASSWORD)]).await;
    assert!(page.text.contains("Please wait 17 seconds") && !page.text.contains("We have sent"), "{}", page.text);
    let page = bob.submit("/sign-up/code", &[("step", "resend")]).await;
    assert!(!page.text.contains("We have sent") && !page.text.contains("no longer good"), "{}", page.text);
    site.local.faults().remove(limit);
    assert_eq!(bob.submit("/sign-up/code", &[("step", "resend")]).await.location(), "/sign-up");
    let page = bob.look("/sign-up").await;
    assert!(page.text.contains(&format!("We have sent a code to <b>{PHONE}</b>")), "{}", page.text);
    assert!(!page.text.contains("no longer good"), "{}", page.text);
    let typed = [("step", "code"), ("code", &code(&site, PHONE))];
    assert_eq!(bob.submit("/sign-up/code", &typed).await.location(), "/");
}

#[tokio::test]
async fn a_sign_up_whose_last_answer_was_lost_is_said_to_be_over() {
    let site = Site::new().await;
    let mut bob = Visitor::new(&site);
    bob.look("/sign-up").await;
    bob.submit("/sign-up", &[("email_address", BOB), ("password", PASSWORD)]).await;
    bob.look("/sign-up").await;
    site.local.faults().add(Fault::reset().on("attemptSignUpsVerification").after_execution());
    let page = bob.submit("/sign-up/code", &[("step", "code"), ("code", &code(&site, BOB))]).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.text);
    let page = bob.look("/sign-up").await;
    assert!(page.text.contains("your account is there: sign in"), "{}", page.text);
    assert_eq!(bob.signs_in_as(BOB).await.location(), "/");
}

#[tokio::test]
async fn a_sign_up_that_waits_for_the_back_end_says_so() {
    let site = Site::with(|it| it.sign_up.custom_action_required = true, ann()).await;
    let mut bob = Visitor::new(&site);
    bob.look("/sign-up").await;
    bob.submit("/sign-up", &[("email_address", BOB), ("password", PASSWORD)]).await;
    bob.look("/sign-up").await;
    bob.submit("/sign-up/code", &[("step", "code"), ("code", &code(&site, BOB))]).await;
    assert!(bob.look("/sign-up").await.text.contains("still being set up"));
}

#[tokio::test]
async fn whoever_clerk_no_longer_knows_begins_anew() {
    let site = Site::new().await;
    let (mut ann, mut bob) = (Visitor::new(&site), Visitor::new(&site));
    ann.identifies().await;
    bob.look("/sign-up").await;
    bob.submit("/sign-up", &[("email_address", BOB), ("password", PASSWORD)]).await;
    site.local.faults().add(Fault::status(401).on("getSignIn").on("getSignUps"));
    let page = ann.look("/sign-in").await;
    assert!(page.text.contains("Please begin again.") && page.text.contains("name=\"identifier\""), "{}", page.text);
    let page = bob.look("/sign-up").await;
    assert!(page.text.contains("Please begin again.") && page.text.contains("name=\"email_address\""), "{}", page.text);
}

#[tokio::test]
async fn a_sign_out_that_clerk_refuses_holds_here_all_the_same() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    ann.signs_in().await;
    ann.look("/").await;
    let before = ann.cookie.clone();
    site.local.faults().add(Fault::status(400).on("removeClientSessionsAndRetainCookie").on("deleteClientSessions"));
    assert_eq!(ann.submit("/sign-out", &[]).await.location(), "/");
    assert_ne!(ann.cookie, before);
    assert!(ann.look("/").await.text.contains("You are signed out."));
}
