//! Who tries what is not theirs, and who asks for too much.

use std::time::Duration;

use clerk_local::{Fault, ProviderAccount, Seed, SeedUser};
use futures_util::future::join_all;
use reqwest::{StatusCode, header};

use crate::{
    site::{ANN, BOB, PASSWORD, Site},
    wire::Visitor,
};

#[tokio::test]
async fn a_form_without_the_token_of_its_visitor_is_refused_and_does_nothing() {
    let site = Site::new().await;
    let (mut ann, mut bob) = (Visitor::new(&site), Visitor::new(&site));
    ann.look("/sign-in").await;
    bob.look("/sign-in").await;
    let own = ann.csrf.clone();
    for wrong in ["", "wrong", &bob.csrf.clone()] {
        ann.csrf = wrong.to_owned();
        assert_eq!(ann.submit("/sign-in", &[("identifier", ANN)]).await.status, StatusCode::FORBIDDEN, "{wrong}");
    }
    assert_eq!(site.calls("createSignIn"), 0);
    ann.csrf = own;
    assert_eq!(ann.submit("/sign-in", &[("identifier", ANN)]).await.location(), "/sign-in");
    assert_eq!(site.calls("createSignIn"), 1);
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_although_its_token_is_right() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    for (name, value, status) in [
        ("origin", "https://evil.example", StatusCode::FORBIDDEN),
        ("origin", "null", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "cross-site", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "same-site", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "same-origin", StatusCode::SEE_OTHER),
        ("origin", &site.url, StatusCode::SEE_OTHER),
    ] {
        ann.look("/sign-in").await;
        let form = ann.form("/sign-in", &[("identifier", ANN)]).header(name, value);
        assert_eq!(ann.send(form).await.status, status, "{name}: {value}");
    }
}

#[tokio::test]
async fn the_cookie_is_sent_to_this_host_alone_and_no_script_reads_it() {
    let site = Site::new().await;
    let page = Visitor::new(&site).look("/").await;
    let cookie = page.header(header::SET_COOKIE);
    assert!(cookie.starts_with("__Host-visitor="), "{cookie}");
    for flag in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.split("; ").any(|part| part == flag), "{flag}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert!(cookie.len() > "__Host-visitor=".len() + 256 / 6, "{cookie}");
}

#[tokio::test]
async fn every_page_says_that_no_script_runs_and_nothing_is_kept() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    for path in ["/", "/sign-in", "/sign-up", "/profile", "/nowhere"] {
        let page = ann.look(path).await;
        let policy = page.header(header::CONTENT_SECURITY_POLICY);
        for rule in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert_eq!(page.header(header::CACHE_CONTROL), "no-store", "{path}");
        assert_eq!(page.header(header::REFERRER_POLICY), "same-origin", "{path}");
        assert!(!page.text.contains("<script"), "{path}");
    }
}

#[tokio::test]
async fn signing_in_and_out_gives_another_cookie_and_the_one_before_is_good_for_nothing() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    ann.identifies().await;
    let before = ann.clone();
    ann.submit("/sign-in/step", &[("step", "password"), ("password", PASSWORD)]).await;
    assert_ne!(ann.cookie, before.cookie);
    assert_eq!(ann.look("/profile").await.status, StatusCode::OK);
    // Whoever gave Ann the cookie that she came with is not signed in, and gets no other one in its place.
    let page = before.clone().look("/profile").await;
    assert!(page.text.contains("One moment") && page.header(header::SET_COOKIE).is_empty(), "{}", page.text);
    assert_eq!(before.clone().submit("/sign-out", &[]).await.status, StatusCode::FORBIDDEN);

    let during = ann.clone();
    ann.submit("/sign-out", &[]).await;
    assert_ne!(ann.cookie, during.cookie);
    assert!(during.clone().look("/profile").await.text.contains("One moment"));
    assert_eq!(ann.look("/profile").await.location(), "/sign-in");
}

#[tokio::test]
async fn after_signing_in_people_are_led_to_where_they_wanted_to_go_and_never_elsewhere() {
    let site = Site::new().await;
    for (next, leads) in [
        ("/organizations", "/organizations"),
        ("//evil.example/", "/"),
        ("/%5Cevil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/%09/evil.example/", "/"),
    ] {
        let mut ann = Visitor::new(&site);
        ann.look(&format!("/sign-in?next={next}")).await;
        assert_eq!(ann.signs_in().await.location(), leads, "{next}");
    }
    let mut ann = Visitor::new(&site);
    assert_eq!(ann.look("/profile/devices").await.location(), "/sign-in");
    assert_eq!(ann.signs_in().await.location(), "/profile/devices");
}

#[tokio::test]
async fn what_comes_back_from_a_provider_counts_only_for_whom_it_was_begun() {
    let site = Site::new().await;
    site.local.provider().add(&ProviderAccount::new("google", ANN));
    let (mut ann, mut bob) = (Visitor::new(&site), Visitor::new(&site));
    let back = ann.agrees_at_google(&site).await;

    // In a browser that has begun nothing.
    assert_eq!(bob.look(&back).await.location(), "/");
    assert_eq!(bob.look("/profile").await.location(), "/sign-in");
    let cookie = ann.cookie.clone();
    assert_eq!(ann.look(&back).await.location(), "/");
    assert_ne!(ann.cookie, cookie);
    assert_eq!(ann.look("/profile").await.status, StatusCode::OK);

    // In one that has begun something else.
    bob.look("/sign-in").await;
    bob.submit("/provider", &[("strategy", "oauth_google")]).await;
    assert_eq!(bob.look(&back).await.location(), "/sign-in");
    assert_eq!(bob.look("/profile").await.location(), "/sign-in");
}

#[tokio::test]
async fn a_form_that_waited_while_somebody_signed_in_does_nothing_in_their_name() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    ann.identifies().await;
    // Whoever gave Ann the cookie that she came with has a form wait behind hers.
    let mut mallory = ann.clone();
    let slow = site.local.faults().add(Fault::latency(Duration::from_millis(500)).on("attemptSignInFactorOne"));
    let late = async {
        while site.calls("attemptSignInFactorOne") == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        mallory.submit("/profile", &[("first_name", "Mallory"), ("last_name", "Example")]).await
    };
    let fields = [("step", "password"), ("password", PASSWORD)];
    let (entered, refused) = tokio::join!(ann.submit("/sign-in/step", &fields), late);
    site.local.faults().remove(slow);
    assert_eq!(entered.location(), "/");
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    assert!(ann.look("/profile").await.text.contains("value=\"Ann\""));
}

#[tokio::test]
async fn a_session_that_comes_to_be_known_by_the_way_is_nobodys_until_it_has_a_cookie_of_its_own() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    ann.identifies().await;
    ann.submit("/sign-in/step", &[("step", "send"), ("strategy", "email_link")]).await;
    ann.look("/sign-in").await;
    let mallory = ann.clone();
    reqwest::get(site.local.inbox().latest_link(ANN).unwrap()).await.unwrap();
    // The answer to something else says that she is signed in.
    site.local.seed(&Seed::default().user(SeedUser::new(BOB).password(PASSWORD))).unwrap();
    assert_eq!(ann.submit("/sign-in", &[("identifier", BOB)]).await.location(), "/sign-in");
    for path in ["/profile", "/tasks"] {
        assert_eq!(mallory.clone().look(path).await.location(), "/sign-in", "{path}");
    }
    assert!(!mallory.clone().look("/").await.text.contains("Good to see you"));
    ann.look("/organizations").await;
    assert_eq!(ann.look("/sign-in").await.location(), "/organizations");
    assert_ne!(ann.cookie, mallory.cookie);
    assert_eq!(ann.look("/profile").await.status, StatusCode::OK);
    assert!(mallory.clone().look("/profile").await.text.contains("One moment"));
}

#[tokio::test]
async fn a_visitor_has_so_many_forms_worked_on_at_a_time_and_no_more() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    ann.look("/sign-in").await;
    site.local.faults().add(Fault::latency(Duration::from_millis(500)).on("createSignIn"));
    let forms = (0..20).map(|number| {
        let mut ann = ann.clone();
        async move { ann.submit("/sign-in", &[("identifier", &format!("nobody-{number}@example.com"))]).await.status }
    });
    let answers = join_all(forms).await;
    let refused = answers.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS).count() as u64;
    let worked_on = site.calls("createSignIn");
    // On a slow machine some come when there is room again.
    assert!(refused + worked_on == 20 && (4..=8).contains(&worked_on), "{refused} refused, {worked_on} worked on");
    let page = ann.submit("/sign-in", &[("identifier", ANN)]).await;
    assert_eq!(page.location(), "/sign-in", "there is room again");
}

#[tokio::test]
async fn whoever_came_by_another_name_of_the_site_is_told_which_one_to_open() {
    let site = Site::new().await;
    let mut ann = Visitor::new(&site);
    ann.look("/sign-in").await;
    let form =
        ann.form("/sign-in", &[("identifier", ANN)]).header("origin", site.url.replace("localhost", "127.0.0.1"));
    let page = ann.send(form).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains(&format!("a page of {}.", site.url)), "{}", page.text);
}
