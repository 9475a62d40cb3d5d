//! Satellites, the primary domain, and where people come from.

use clerk_ext::auth::Clerk;

use crate::world::{Ask, NOW, World, location, query, state, told};

const PAGE: &str = "https://app.example.com/page";
const SATELLITE: &str = "https://satellite.example.com/page";
const SIGN_IN: &str = "https://app.example.com/sign-in?theme=dark";

fn satellite(world: &World) -> Clerk {
    world.builder().is_satellite(true).domain("satellite.example.com").sign_in_url(SIGN_IN).build().unwrap()
}

fn eager_satellite(world: &World) -> Clerk {
    let eager = world.builder().is_satellite(true).domain("satellite.example.com").sign_in_url(SIGN_IN);
    eager.satellite_auto_sync(true).build().unwrap()
}

#[tokio::test]
async fn a_satellite_asks_nobody_about_people_it_has_never_seen() {
    for world in [World::production(), World::development()] {
        let asked = state(&satellite(&world), &Ask::page(SATELLITE)).await;
        assert_eq!(told(&asked), "signed-out session-token-and-uat-missing");
    }
}

#[tokio::test]
async fn unless_it_was_told_to() {
    for world in [World::production(), World::development()] {
        let asked = state(&eager_satellite(&world), &Ask::page(SATELLITE)).await;
        assert_eq!(told(&asked), "handshake satellite-needs-syncing");
    }
}

#[tokio::test]
async fn a_satellite_in_production_asks_its_own_frontend_api() {
    let world = World::production();
    let asked = state(&satellite(&world), &Ask::page(&format!("{SATELLITE}?__clerk_synced=false"))).await;
    assert_eq!(told(&asked), "handshake satellite-needs-syncing");
    let location = location(&asked);
    assert!(location.as_str().starts_with("https://clerk.satellite.example.com/v1/client/handshake?"), "{location}");
    assert_eq!(query(&location, "redirect_url").unwrap(), format!("{SATELLITE}?__clerk_synced=false"));
}

#[tokio::test]
async fn a_satellite_in_development_asks_the_sign_in_page_of_the_primary_domain() {
    let world = World::development();
    let page = format!("{SATELLITE}?a=b%20c&__clerk_synced=false");
    let asked = state(&satellite(&world), &Ask::page(&page)).await;
    assert_eq!(told(&asked), "handshake satellite-needs-syncing");
    let location = location(&asked);
    assert!(location.as_str().starts_with("https://app.example.com/sign-in?theme=dark&"), "{location}");
    assert_eq!(query(&location, "__clerk_redirect_url").unwrap(), page);
}

#[tokio::test]
async fn a_satellite_that_was_answered_asks_no_more() {
    let world = World::production();
    let page = format!("{SATELLITE}?__clerk_synced=true");
    assert_eq!(
        told(&state(&eager_satellite(&world), &Ask::page(&page)).await),
        "signed-out session-token-and-uat-missing"
    );
}

#[tokio::test]
async fn a_satellite_that_has_cookies_goes_by_them() {
    let world = World::production();
    let token = world.session().claim("iss", "https://clerk.satellite.example.com").signed();
    let ask = |page: &str| Ask::page(page).cookie("__session", &token).cookie("__client_uat", NOW - 5);
    assert_eq!(told(&state(&eager_satellite(&world), &ask(SATELLITE)).await), "signed-in");
    let page = format!("{SATELLITE}?__clerk_synced=false");
    assert_eq!(told(&state(&satellite(&world), &ask(&page)).await), "handshake satellite-needs-syncing");
}

#[tokio::test]
async fn a_satellite_sends_only_documents_away() {
    let world = World::production();
    let page = format!("{SATELLITE}?__clerk_synced=false");
    for ask in [
        Ask::script(&page),
        Ask::new("POST", &page).header("sec-fetch-dest", "document"),
        Ask::page(&page).only_header("sec-fetch-dest", "iframe"),
        Ask::page(&page).without_header("sec-fetch-dest"),
    ] {
        let asked = state(&satellite(&world), &ask).await;
        assert_eq!(told(&asked), "signed-out session-token-and-uat-missing");
    }
}

#[tokio::test]
async fn the_primary_domain_answers_a_satellite() {
    let world = World::development();
    let back = "https%3A%2F%2Fsatellite.example.com%2Fpage%3F__clerk_synced%3Dfalse%26a%3Db";
    let ask = Ask::page(&format!("{PAGE}?__clerk_redirect_url={back}"));
    let asked = state(&world.clerk(), &ask.clone().cookie("__clerk_db_jwt", "browser-test")).await;
    assert_eq!(told(&asked), "handshake primary-responds-to-syncing");
    assert_eq!(
        location(&asked).as_str(),
        "https://satellite.example.com/page?__clerk_synced=true&a=b&__clerk_db_jwt=browser-test"
    );
    let asked = state(&world.clerk(), &ask).await;
    assert_eq!(location(&asked).as_str(), "https://satellite.example.com/page?__clerk_synced=true&a=b");
}

#[tokio::test]
async fn the_primary_domain_answers_nobody_in_production() {
    let world = World::production();
    let ask = Ask::page(&format!("{PAGE}?__clerk_redirect_url=https%3A%2F%2Fevil.example.com"));
    let asked = state(&world.clerk(), &ask).await;
    assert_eq!(told(&asked), "signed-out session-token-and-uat-missing");
    assert!(asked.location().is_none());
}

#[tokio::test]
async fn an_address_to_answer_to_has_to_be_one() {
    let world = World::development();
    for address in ["", "%2Frelative", "nonsense", "javascript%3Aalert(1)", "data%3Atext%2Fhtml%2Cx", "https%3A%2F%2F"]
    {
        let ask = Ask::page(&format!("{PAGE}?__clerk_redirect_url={address}")).cookie("__clerk_db_jwt", "browser-test");
        let asked = state(&world.clerk(), &ask).await;
        assert_eq!(told(&asked), "signed-out session-token-and-uat-missing", "{address}");
    }
}

/// A browser that is signed in and comes from elsewhere.
fn from(world: &World, referer: &str) -> Ask {
    Ask::page(PAGE)
        .header("referer", referer)
        .cookie("__session", world.session().signed())
        .cookie("__client_uat", NOW - 5)
        .cookie("__clerk_db_jwt", "browser-test")
}

#[tokio::test]
async fn who_comes_from_another_domain_is_looked_into() {
    let world = World::production();
    for referer in [
        "https://other.example.com/x",
        "https://accounts.evil.com/",
        "https://accounts.example.com.evil.com/",
        "https://clerk.example.com.evil.com/",
        "https://evilaccounts.example.com/",
        "http://app.example.com/",
        "https://app.example.com:8443/",
        "https://happy-hippo-1.accounts.dev/",
        "about:blank",
    ] {
        let asked = state(&world.clerk(), &from(&world, referer)).await;
        assert_eq!(told(&asked), "handshake primary-domain-cross-origin-sync", "{referer}");
    }
}

#[tokio::test]
async fn who_comes_from_here_or_from_clerk_is_not() {
    let world = World::production();
    for referer in [
        "https://app.example.com/other",
        "https://clerk.example.com/v1/oauth_callback",
        "https://accounts.example.com/sign-in",
        "nonsense",
        "",
    ] {
        assert_eq!(told(&state(&world.clerk(), &from(&world, referer)).await), "signed-in", "{referer}");
    }
}

#[tokio::test]
async fn in_development_all_account_portals_are_clerks() {
    let world = World::development();
    let session = |referer| {
        let (clerk, ask) = (world.clerk(), from(&world, referer));
        async move { told(&state(&clerk, &ask).await) }
    };
    assert_eq!(session("https://happy-hippo-1.accounts.dev/sign-in").await, "signed-in");
    assert_eq!(session("https://other.accounts.dev/").await, "signed-in");
    assert_eq!(session("https://other.clerk.accounts.dev/").await, "handshake primary-domain-cross-origin-sync");
    assert_eq!(session("https://accounts.evil.com/").await, "handshake primary-domain-cross-origin-sync");
}

#[tokio::test]
async fn only_a_document_that_was_not_just_looked_into_is() {
    let world = World::production();
    let referer = "https://other.example.com/x";
    for ask in [
        from(&world, referer).only_header("sec-fetch-dest", "iframe"),
        from(&world, referer).only_header("sec-fetch-dest", "empty"),
        from(&world, referer).without_header("sec-fetch-dest"),
        from(&world, referer).cookie("__clerk_redirect_count", 1),
    ] {
        assert_eq!(told(&state(&world.clerk(), &ask).await), "signed-in");
    }
}

#[tokio::test]
async fn a_satellite_does_not_ask_where_people_come_from() {
    let world = World::production();
    let token = world.session().claim("iss", "https://clerk.satellite.example.com").signed();
    let ask = Ask::page(SATELLITE).header("referer", PAGE).cookie("__session", token).cookie("__client_uat", NOW - 5);
    assert_eq!(told(&state(&satellite(&world), &ask).await), "signed-in");
}
