//! The rules for cookies, in their order.

use clerk_ext::auth::Status;

use crate::world::{Ask, NOW, Signer, World, header, location, query, set_cookies, state, told};

const PAGE: &str = "https://app.example.com/page?x=1";

/// What a browser sends that is signed in.
fn signed_in(world: &World, ask: Ask) -> Ask {
    ask.cookie("__session", world.session().signed()).cookie("__client_uat", NOW - 5)
}

#[tokio::test]
async fn a_browser_with_a_good_token_is_signed_in() {
    let world = World::production();
    let state = state(&world.clerk(), &signed_in(&world, Ask::page(PAGE))).await;
    assert_eq!(told(&state), "signed-in");
    assert!(state.headers().is_empty());
}

#[tokio::test]
async fn a_browser_without_anything_is_signed_out() {
    let asked = state(&World::production().clerk(), &Ask::page(PAGE)).await;
    assert_eq!(told(&asked), "signed-out session-token-and-uat-missing");
}

#[tokio::test]
async fn a_token_without_a_time_of_the_last_change_is_looked_into() {
    let world = World::production();
    for (ask, status) in [(Ask::page(PAGE), "handshake"), (Ask::script(PAGE), "signed-out")] {
        for time in ["", "0", "abc"] {
            let ask = ask.clone().cookie("__session", world.session().signed()).cookie("__client_uat", time);
            let told = told(&state(&world.clerk(), &ask).await);
            assert_eq!(told, format!("{status} session-token-but-no-client-uat"), "{time}");
        }
    }
}

#[tokio::test]
async fn a_time_of_the_last_change_without_a_token_is_looked_into() {
    let world = World::production();
    for (ask, status) in [(Ask::page(PAGE), "handshake"), (Ask::script(PAGE), "signed-out")] {
        let told = told(&state(&world.clerk(), &ask.cookie("__client_uat", NOW)).await);
        assert_eq!(told, format!("{status} client-uat-but-no-session-token"));
    }
}

#[tokio::test]
async fn a_token_that_is_older_than_the_last_change_is_looked_into() {
    let world = World::production();
    let ask = |uat: i64| Ask::page(PAGE).cookie("__session", world.session().signed()).cookie("__client_uat", uat);
    assert_eq!(told(&state(&world.clerk(), &ask(NOW)).await), "signed-in");
    assert_eq!(told(&state(&world.clerk(), &ask(NOW + 1)).await), "handshake session-token-iat-before-client-uat");
}

#[tokio::test]
async fn a_token_that_is_none_is_signed_out_and_no_handshake() {
    let world = World::production();
    for (token, reason) in [
        ("nonsense".to_owned(), "token-invalid"),
        (world.session().category("cl_B7d4PD222AAA").signed(), "token-type-mismatch"),
        (world.session().claim("sub", "mch_1").signed(), "token-type-mismatch"),
        (world.session().header("kid", "ins_one").signed_by(Signer::another()), "token-invalid-signature"),
    ] {
        let asked = state(&world.clerk(), &Ask::page(PAGE).cookie("__session", token).cookie("__client_uat", 5)).await;
        assert_eq!(told(&asked), format!("signed-out {reason}"));
    }
}

#[tokio::test]
async fn the_first_of_two_cookies_of_one_name_counts() {
    let world = World::production();
    let evil = world.session().claim("sub", "user_evil").signed();
    let ask = signed_in(&world, Ask::page(PAGE)).cookie("__session", &evil);
    assert_eq!(state(&world.clerk(), &ask).await.session().unwrap().user_id(), "user_1");
}

#[tokio::test]
async fn an_encoded_semicolon_forges_no_cookie() {
    let world = World::production();
    let forged = format!("a%3B%20__session={}%3B%20__client_uat=5", world.session().signed());
    let asked = state(&world.clerk(), &Ask::page(PAGE).cookie("theme", forged)).await;
    assert_eq!(told(&asked), "signed-out session-token-and-uat-missing");
}

#[tokio::test]
async fn a_handshake_is_for_requests_whose_redirect_a_person_follows() {
    let world = World::production();
    let new = |method: &str| Ask::new(method, PAGE).cookie("__client_uat", NOW);
    let html = "text/html,application/xhtml+xml";
    for (ask, follows) in [
        (new("GET").header("sec-fetch-dest", "document"), true),
        (new("GET").header("sec-fetch-dest", "iframe"), true),
        (new("GET").header("accept", html), true),
        (new("GET").header("sec-fetch-dest", "empty").header("accept", html), false),
        (new("GET").header("sec-fetch-dest", "image"), false),
        (new("GET").header("accept", "*/*, text/html"), false),
        (new("GET"), false),
        (new("POST").header("sec-fetch-dest", "document"), false),
        (new("HEAD").header("sec-fetch-dest", "document"), false),
    ] {
        let asked = state(&world.clerk(), &ask).await;
        assert_eq!(asked.status() == Status::Handshake, follows, "{:?}", ask.parts());
        assert_eq!(asked.location().is_some(), follows);
    }
}

#[tokio::test]
async fn a_handshake_says_where_from_why_and_with_what() {
    let world = World::production();
    let token = world.session().signed();
    let page = "https://app.example.com/page?flag&a=b%20c&__clerk_db_jwt=x&__dev_session=y";
    let asked = state(&world.clerk(), &Ask::page(page).cookie("__session", &token)).await;
    assert_eq!(
        location(&asked).as_str().replace(&token, "TOKEN"),
        "https://clerk.example.com/v1/client/handshake\
         ?redirect_url=https%3A%2F%2Fapp.example.com%2Fpage%3Fflag%3D%26a%3Db%2Bc&__clerk_api_version=2026-05-12\
         &suffixed_cookies=false&__clerk_hs_reason=session-token-but-no-client-uat&format=nonce&__session=TOKEN"
    );
    assert_eq!(header(&asked, "cache-control"), "no-store");
    assert_eq!(header(&asked, "x-clerk-auth-status"), "handshake");
    assert_eq!(set_cookies(&asked), ["__clerk_redirect_count=1; SameSite=Lax; HttpOnly; Max-Age=2"]);
    assert!(!format!("{asked:?}").contains(&token), "the token of the address is shown");
}

#[tokio::test]
async fn a_handshake_goes_through_the_proxy() {
    let world = World::production();
    for (proxy, start) in [
        ("/__clerk", "https://app.example.com/__clerk/v1/client/handshake?"),
        ("https://proxy.example.com/clerk/", "https://proxy.example.com/clerk/v1/client/handshake?"),
    ] {
        let clerk = world.builder().proxy_url(proxy).build().unwrap();
        let asked = state(&clerk, &Ask::page(PAGE).cookie("__client_uat", NOW)).await;
        assert!(location(&asked).as_str().starts_with(start), "{}", location(&asked));
    }
}

#[tokio::test]
async fn a_browser_that_comes_back_again_and_again_is_signed_out() {
    let world = World::production();
    let asked = |count: &'static str| {
        let ask = Ask::page(PAGE).cookie("__client_uat", NOW).cookie("__clerk_redirect_count", count);
        let clerk = world.clerk();
        async move { state(&clerk, &ask).await }
    };
    for (count, next) in [("1", "2"), ("2", "3"), ("abc", "1"), ("-7", "1")] {
        let cookie = format!("__clerk_redirect_count={next}; SameSite=Lax; HttpOnly; Max-Age=2");
        assert_eq!(set_cookies(&asked(count).await), [cookie]);
    }
    for count in ["3", "4", "99", "99999999999999999999999", "Infinity", "1e400"] {
        let asked = asked(count).await;
        assert_eq!(told(&asked), "signed-out client-uat-but-no-session-token", "{count}");
        assert!(set_cookies(&asked).is_empty() && asked.location().is_none());
    }
}

#[tokio::test]
async fn a_development_instance_has_to_meet_the_browser_first() {
    let world = World::development();
    let asked = state(&world.clerk(), &signed_in(&world, Ask::page(PAGE))).await;
    assert_eq!(told(&asked), "handshake dev-browser-missing");
    assert_eq!(query(&location(&asked), "__clerk_db_jwt"), None);
    assert_eq!(
        told(&state(&world.clerk(), &signed_in(&world, Ask::script(PAGE))).await),
        "signed-out dev-browser-missing"
    );
    let met = signed_in(&world, Ask::page(PAGE)).cookie("__clerk_db_jwt", "browser-test");
    assert_eq!(told(&state(&world.clerk(), &met).await), "signed-in");
}

#[tokio::test]
async fn a_development_instance_takes_the_browser_from_the_address() {
    let world = World::development();
    let ask = signed_in(&world, Ask::page("https://app.example.com/page?__clerk_db_jwt=new-test"));
    let asked = state(&world.clerk(), &ask.cookie("__clerk_db_jwt", "old-test")).await;
    assert_eq!(told(&asked), "handshake dev-browser-sync");
    assert_eq!(query(&location(&asked), "__clerk_db_jwt").as_deref(), Some("new-test"));
    assert_eq!(query(&location(&asked), "redirect_url").as_deref(), Some("https://app.example.com/page"));
}

#[tokio::test]
async fn production_knows_nothing_of_browsers_of_development() {
    let world = World::production();
    let ask = signed_in(&world, Ask::page("https://app.example.com/page?__clerk_db_jwt=new-test"));
    assert_eq!(told(&state(&world.clerk(), &ask).await), "signed-in");
}

#[tokio::test]
async fn a_forwarded_host_rewrites_nothing_when_it_is_more_than_a_host() {
    let world = World::production();
    for host in ["evil.example.com/@app.example.com", "app.example.com?x=", "user@evil.example.com", "a b", ""] {
        let ask = Ask::page(PAGE).only_header("x-forwarded-host", host).cookie("__client_uat", NOW);
        let asked = state(&world.clerk(), &ask).await;
        let back: url::Url = query(&location(&asked), "redirect_url").unwrap().parse().unwrap();
        assert_eq!(back.host_str(), Some("app.example.com"), "{host}");
        assert_eq!((back.username(), back.path(), back.query()), ("", "/page", Some("x=1")));
    }
}

#[tokio::test]
async fn a_session_with_tasks_is_signed_in_and_not_handed_out() {
    let world = World::production();
    let pending = world.session().claim("sts", "pending").signed();
    let ask = Ask::page(PAGE).cookie("__session", pending).cookie("__client_uat", 5);
    let asked = state(&world.clerk(), &ask).await;
    assert_eq!(told(&asked), "signed-in");
    assert!(asked.session().is_none() && asked.auth().is_some());
}
