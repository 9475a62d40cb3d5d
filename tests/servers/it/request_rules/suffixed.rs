//! Which of two sets of cookies counts.

use clerk_ext::auth::RequestState;

use crate::world::{Ask, NOW, Token, World, location, query, state};

const PAGE: &str = "https://app.example.com/page";

/// The four cookies that decide.
#[derive(Default)]
struct Cookies {
    session: Option<Token>,
    uat: Option<i64>,
    suffixed_session: Option<Token>,
    suffixed_uat: Option<i64>,
}

/// Whether the cookies with the suffix count: the two sets are of different people.
async fn suffixed_count(world: &World, cookies: Cookies) -> bool {
    suffixed_of(&asked(world, &world.clerk(), cookies).await)
}

async fn asked(world: &World, clerk: &clerk_ext::auth::Clerk, cookies: Cookies) -> RequestState {
    let mut ask = Ask::page(PAGE);
    if let Some(token) = cookies.session {
        ask = ask.cookie("__session", token.claim("sub", "user_plain").signed());
    }
    if let Some(uat) = cookies.uat {
        ask = ask.cookie("__client_uat", uat);
    }
    if let Some(token) = cookies.suffixed_session {
        ask = ask.cookie(&world.suffixed("__session"), token.claim("sub", "user_suffixed").signed());
    }
    if let Some(uat) = cookies.suffixed_uat {
        ask = ask.cookie(&world.suffixed("__client_uat"), uat);
    }
    state(clerk, &ask).await
}

/// What came of it tells which set was read.
fn suffixed_of(state: &RequestState) -> bool {
    match state.session() {
        Some(session) => session.user_id() == "user_suffixed",
        None => query(&location(state), "suffixed_cookies").unwrap() == "true",
    }
}

#[tokio::test]
async fn a_plain_token_without_an_issuer_counts() {
    let world = World::production();
    for issuer in [None, Some("")] {
        let token = match issuer {
            None => world.session().without("iss"),
            Some(issuer) => world.session().claim("iss", issuer),
        };
        let cookies = Cookies {
            session: Some(token),
            uat: Some(NOW - 5),
            suffixed_session: Some(world.session()),
            suffixed_uat: Some(NOW - 5),
        };
        assert!(!suffixed_count(&world, cookies).await);
    }
}

#[tokio::test]
async fn a_plain_token_of_another_instance_does_not() {
    let world = World::production();
    for issuer in ["https://clerk.other.example.com", "https://clerk.example.com/", "ftp://clerk.example.com"] {
        let cookies = Cookies {
            session: Some(world.session().claim("iss", issuer)),
            uat: Some(NOW - 5),
            suffixed_session: Some(world.session()),
            suffixed_uat: Some(NOW - 5),
        };
        assert!(suffixed_count(&world, cookies).await, "{issuer}");
    }
}

#[tokio::test]
async fn without_any_of_the_suffix_the_plain_ones_count() {
    let world = World::production();
    assert!(
        !suffixed_count(&world, Cookies { session: Some(world.session()), uat: Some(NOW - 5), ..Cookies::default() })
            .await
    );
}

#[tokio::test]
async fn of_two_tokens_the_younger_counts() {
    let world = World::production();
    let cookies = |plain: i64, suffixed: i64| Cookies {
        session: Some(world.session().issued(plain)),
        uat: Some(NOW - 50),
        suffixed_session: Some(world.session().issued(suffixed)),
        suffixed_uat: Some(NOW - 50),
    };
    assert!(!suffixed_count(&world, cookies(-5, -10)).await);
    assert!(suffixed_count(&world, cookies(-10, -5)).await);
    assert!(suffixed_count(&world, cookies(-5, -5)).await);
}

#[tokio::test]
async fn who_signed_out_of_the_suffix_alone_is_read_from_the_plain_ones() {
    let world = World::production();
    let cookies =
        Cookies { session: Some(world.session()), uat: Some(NOW - 5), suffixed_session: None, suffixed_uat: Some(0) };
    assert!(!suffixed_count(&world, cookies).await);
}

#[tokio::test]
async fn in_development_a_token_that_is_over_gives_way_to_plain_ones() {
    let expired = |world: &World| Cookies {
        session: Some(world.session()),
        uat: Some(0),
        suffixed_session: Some(world.session().claim("exp", NOW)),
        suffixed_uat: Some(NOW - 5),
    };
    let world = World::development();
    assert!(!suffixed_count(&world, expired(&world)).await);
    let world = World::production();
    assert!(suffixed_count(&world, expired(&world)).await);
}

#[tokio::test]
async fn a_token_of_the_suffix_without_its_time_does_not_count() {
    let world = World::production();
    let cookies = Cookies {
        session: Some(world.session()),
        uat: Some(NOW - 5),
        suffixed_session: Some(world.session()),
        suffixed_uat: None,
    };
    assert!(!suffixed_count(&world, cookies).await);
}

#[tokio::test]
async fn behind_a_proxy_tokens_are_still_issued_by_the_frontend_api() {
    let world = World::production();
    let clerk = world.builder().proxy_url("https://app.example.com/__clerk").build().unwrap();
    let cookies = Cookies { session: Some(world.session()), uat: Some(NOW - 5), ..Cookies::default() };
    assert!(!suffixed_of(&asked(&world, &clerk, cookies).await));
}

#[tokio::test]
async fn on_a_satellite_the_plain_token_of_the_primary_domain_is_of_another_instance() {
    let world = World::production();
    let clerk = world.builder().is_satellite(true).domain("satellite.example.com").build().unwrap();
    let cookies = Cookies {
        session: Some(world.session()),
        uat: Some(NOW - 5),
        suffixed_session: Some(world.session().claim("iss", "https://clerk.satellite.example.com")),
        suffixed_uat: Some(NOW - 5),
    };
    assert!(suffixed_of(&asked(&world, &clerk, cookies).await));
}

#[tokio::test]
async fn cookies_with_the_suffix_of_another_instance_are_not_read() {
    let world = World::production();
    let ask =
        Ask::page(PAGE).cookie("__session_AAAAAAAA", world.session().signed()).cookie("__client_uat_AAAAAAAA", NOW - 5);
    let asked = state(&world.clerk(), &ask).await;
    assert_eq!(asked.reason().unwrap().as_str(), "session-token-and-uat-missing");
}
