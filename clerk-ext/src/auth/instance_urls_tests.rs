use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

use super::*;

fn key(prefix: &str, host: &str) -> PublishableKey {
    format!("{prefix}{}", STANDARD_NO_PAD.encode(format!("{host}$"))).parse().unwrap()
}

fn settings(prefix: &str, host: &str) -> Settings {
    Settings { publishable_key: Some(key(prefix, host)), ..Settings::default() }
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

#[test]
fn the_account_portal_follows_from_the_frontend_host() {
    for (host, portal) in [
        ("clerk.example.com", "https://accounts.example.com"),
        ("clerk.clerk.dev", "https://accounts.clerk.dev"),
        ("happy-hippo-1.clerk.accounts.dev", "https://happy-hippo-1.accounts.dev"),
        ("happy-hippo-1.clerk.accountsstage.dev", "https://happy-hippo-1.accountsstage.dev"),
        ("127.0.0.1:4010", "http://127.0.0.1:4010"),
    ] {
        assert_eq!(accounts_url(&key("pk_test_", host)), portal);
    }
}

#[test]
fn requests_are_passed_on_to_the_frontend_api_of_the_same_system() {
    for (host, shared) in [
        ("clerk.example.com", "https://frontend-api.clerk.dev"),
        ("a.clerk.accounts.dev", "https://frontend-api.clerk.dev"),
        ("a.lcl.dev", "https://frontend-api.lclclerk.com"),
        ("clerk.a.lcl.dev", "https://frontend-api.clerk.dev"),
        ("a.lclstage.dev", "https://frontend-api.lclclerk.com"),
        ("a.clerk.accounts.lclclerk.com", "https://frontend-api.lclclerk.com"),
        ("a.clerk.accountsstage.dev", "https://frontend-api.clerkstage.dev"),
        ("xlcl.dev", "https://frontend-api.clerk.dev"),
        ("127.0.0.1:4010", "http://127.0.0.1:4010"),
    ] {
        assert_eq!(shared_frontend_api(&key("pk_live_", host)), shared);
    }
}

#[test]
fn the_frontend_api_is_behind_the_proxy_where_there_is_one() {
    let current = url("https://app.com:8443/x?y");
    for (proxy, api) in [
        (None, "https://clerk.example.com"),
        (Some(""), "https://clerk.example.com"),
        (Some("/__clerk/"), "https://app.com:8443/__clerk"),
        (Some("https://p.com/__clerk//"), "https://p.com/__clerk"),
        (Some("p.com"), "https://p.com"),
    ] {
        let settings = Settings { proxy_url: proxy.map(str::to_owned), ..settings("pk_live_", "clerk.example.com") };
        let urls = InstanceUrls::of(&settings).unwrap();
        assert_eq!((urls.frontend_api(&current).as_str(), urls.issuer_host()), (api, "clerk.example.com"));
    }
    assert!(InstanceUrls::of(&Settings::default()).is_none());
}

#[test]
fn a_satellite_in_production_has_a_frontend_api_of_its_own() {
    for (prefix, is_satellite, host) in [
        ("pk_live_", true, "clerk.satellite.com"),
        ("pk_live_", false, "clerk.example.com"),
        ("pk_test_", true, "clerk.example.com"),
    ] {
        let domain = Some("satellite.com".to_owned());
        let settings = Settings { is_satellite, domain, ..settings(prefix, "clerk.example.com") };
        assert_eq!(InstanceUrls::of(&settings).unwrap().issuer_host(), host);
    }
}

#[test]
fn only_pages_of_clerk_are_known_as_such() {
    let current = url("https://example.com/");
    let is_clerk = |settings: &Settings, page: &str| InstanceUrls::of(settings).unwrap().is_clerk(&url(page), &current);
    let live = settings("pk_live_", "clerk.example.com");
    for (page, known) in [
        ("https://clerk.example.com/x", true),
        ("https://accounts.example.com/sign-in", true),
        ("http://accounts.example.com/", false),
        ("https://accounts.evil.com/", false),
        ("https://accounts.example.com.evil.com/", false),
        ("https://happy-hippo-1.accounts.dev/", false),
        ("data:text/html,x", false),
    ] {
        assert_eq!(is_clerk(&live, page), known, "{page}");
    }
    let test = settings("pk_test_", "happy-hippo-1.clerk.accounts.dev");
    for (page, known) in [
        ("https://happy-hippo-1.clerk.accounts.dev/", true),
        ("https://happy-hippo-1.accounts.dev/", true),
        ("https://other-otter-2.accounts.dev/", true),
        ("https://other-otter-2.clerk.accounts.dev/", false),
        ("https://accounts.x.lcl.dev/", true),
        ("https://x.lcl.dev/", false),
        ("https://accounts.dev.evil.com/", false),
        ("https://accounts.evil.com/", false),
    ] {
        assert_eq!(is_clerk(&test, page), known, "{page}");
    }
    // Behind a proxy the portal of the instance's own host is a page like any other.
    let proxied = Settings { proxy_url: Some("/__clerk".to_owned()), ..live };
    assert!(!is_clerk(&proxied, "https://accounts.example.com/") && is_clerk(&proxied, "https://example.com/x"));
}

#[test]
fn a_handshake_carries_its_parameters_in_order() {
    let current = url("http://app.com/x?flag&__dev_session=1&a=b%20c&__clerk_db_jwt=old");
    let handshake = Handshake {
        current: &current,
        suffixed_cookies: true,
        reason: "dev-browser-sync",
        session_token: Some("a.b.c"),
        dev_browser: Some("dvb_test"),
        organization: Some(""),
    };
    let to = |prefix| InstanceUrls::of(&settings(prefix, "clerk.example.com")).unwrap().handshake(&handshake).unwrap();
    let start = "https://clerk.example.com/v1/client/handshake?redirect_url=http%3A%2F%2Fapp.com%2Fx%3Fflag%3D%26a%3Db%2Bc\
                 &__clerk_api_version=2026-05-12&suffixed_cookies=true&__clerk_hs_reason=dev-browser-sync&format=nonce\
                 &__session=a.b.c";
    assert_eq!(to("pk_test_").as_str(), format!("{start}&__clerk_db_jwt=dvb_test&organization_id="));
    assert_eq!(to("pk_live_").as_str(), format!("{start}&organization_id="));
}

#[test]
fn an_address_whose_parameters_are_all_taken_has_no_query() {
    assert_eq!(without(&url("http://a.com/x?b=1&b=2"), &["b"]).as_str(), "http://a.com/x");
    assert_eq!(without(&url("http://a.com/x?"), &["b"]).as_str(), "http://a.com/x");
    assert_eq!(without(&url("http://a.com/x"), &["b"]).as_str(), "http://a.com/x");
}
