//! Where people are sent back to, whoever chose the address.

use clerk_ext::{ErrorKind, auth::ReturnUrls};
use http::{Request, request::Parts};
use url::Url;

fn request(query: &str) -> Parts {
    Request::get(format!("/signed-in?{query}")).header("host", "app.com").body(()).unwrap().into_parts().0
}

/// A request whose parameter is this text, encoded as browsers do.
fn asking_for(url: &str) -> Parts {
    let mut query = Url::parse("http://x/").unwrap();
    query.query_pairs_mut().append_pair("redirect_url", url);
    request(query.query().unwrap())
}

fn urls() -> ReturnUrls {
    ReturnUrls::new("/home").unwrap().allow("https://docs.app.com").unwrap().allow("http://localhost:5173").unwrap()
}

#[track_caller]
fn goes(wanted: &str, to: &str) {
    assert_eq!(urls().return_url(&asking_for(wanted)), to, "{wanted:?}");
}

#[test]
fn a_path_of_the_application_is_followed() {
    for path in
        ["/", "/reports", "/reports?year=2030&q=a%20b#top", "/a//b", "/a/%2Fb", "/@ann", "/x?u=https://evil.com"]
    {
        goes(path, path);
    }
    goes("/a/../b", "/b");
    goes("/\u{fc}ber?\u{e9}", "/%C3%BCber?%C3%A9");
    goes("/a b", "/a%20b");
}

#[test]
fn an_address_of_the_same_origin_becomes_its_path() {
    goes("http://app.com/reports?x#y", "/reports?x#y");
    goes("HTTP://APP.COM:80/reports", "/reports");
    goes("http://app.com", "/");
}

#[test]
fn an_address_of_an_allowed_origin_is_followed_whole() {
    goes("https://docs.app.com/intro?x#y", "https://docs.app.com/intro?x#y");
    goes("HTTPS://Docs.App.com:443/a/../b", "https://docs.app.com/b");
    goes("http://localhost:5173/", "http://localhost:5173/");
}

#[test]
fn another_origin_is_not_followed() {
    for evil in [
        "https://evil.com",
        "https://app.com/",     // another scheme
        "http://app.com:8080/", // another port
        "http://docs.app.com/",
        "https://docs.app.com:8443/",
        "http://localhost:5174/",
        "https://docs.app.com./", // another name, with a dot
        "https://docs.app.com.evil.com/",
        "https://xdocs.app.com/",
        "https://evil.com/docs.app.com",
        "https://evil.com?https://docs.app.com/",
        "https://evil.com#https://docs.app.com/",
        "https://docs.\u{430}pp.com/", // a Cyrillic letter
        "https://docs.app.com%2eevil.com/",
    ] {
        goes(evil, "/home");
    }
}

#[test]
fn a_path_that_stands_for_a_host_is_not_followed() {
    for evil in [
        "//evil.com",
        "///evil.com",
        "/\\evil.com",
        "\\\\evil.com",
        "\\/evil.com",
        "/\\/evil.com",
        "/.//evil.com",
        "/..//evil.com",
        "/a/..//evil.com",
        "/%2e//evil.com",
        "/%2e%2e//evil.com",
        "/.\\evil.com",
        "/%2fevil.com",
        "/%5cevil.com",
        "/%2F%2Fevil.com",
        "/%252fevil.com",
        "/%25252fevil.com",
        "/%2e/%5c/evil.com",
        "http://app.com//evil.com",
        "http://app.com/.//evil.com",
        "http://app.com/%5cevil.com",
    ] {
        goes(evil, "/home");
    }
}

#[test]
fn control_characters_are_not_followed_however_they_are_written() {
    for evil in [
        "/\tevil",
        "/\t/evil.com",
        "\t//evil.com",
        " //evil.com",
        "/\n/evil.com",
        "/\r\nset-cookie:a=b",
        "/a\u{0}b",
        "/a\u{7f}",
        "/a\u{85}b",
        "/a\u{2028}b",
        "/a\u{200b}b",
        "/a\u{202e}b",
        "\u{feff}/a",
        "/%09/evil.com",
        "/%0d%0aset-cookie:a=b",
        "/%00",
        "/%250d%250aset-cookie:a=b",
        "/%25250a",
        "/x?a=%0d%0ab",
        "/x#%0a",
        "/%7f",
        "/%c2%85",
        "https://docs.app.com/%0d%0a",
        "https://docs.app.com\t/",
        "/%2525252525252541",
    ] {
        goes(evil, "/home");
    }
}

#[test]
fn an_address_with_a_user_in_it_is_not_followed() {
    for evil in [
        "https://docs.app.com@evil.com/",
        "https://ann@docs.app.com/",
        "https://ann:test@docs.app.com/",
        "https://@docs.app.com/",
        "https://:@docs.app.com/",
        "https://docs.app.com:443@evil.com/",
    ] {
        goes(evil, "/home");
    }
}

#[test]
fn other_schemes_and_halves_of_addresses_are_not_followed() {
    for evil in [
        "javascript:alert(1)",
        "JavaScript://docs.app.com/%0aalert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://docs.app.com/",
        "blob:https://docs.app.com/x",
        "https:/evil.com",
        "https:evil.com",
        "https:docs.app.com",
        "https:///docs.app.com/",
        "https:\\\\docs.app.com",
        "http:/app.com/x",
        "//docs.app.com/",
        "docs.app.com",
        "reports",
        "./reports",
        "../reports",
        "?x",
        "#x",
        "",
        " ",
        "https://",
        "://",
        "http://[::1",
    ] {
        goes(evil, "/home");
    }
}

#[test]
fn an_address_that_is_too_long_is_not_followed() {
    let fits = format!("/{}", "a".repeat(2047));
    goes(&fits, &fits);
    goes(&format!("{fits}a"), "/home");
    goes(&format!("/{}", "a".repeat(50_000)), "/home");
}

#[test]
fn without_the_parameter_the_default_is_taken() {
    for query in ["", "redirect=/x", "Redirect_url=/x", "redirect_url"] {
        assert_eq!(urls().return_url(&request(query)), "/home");
    }
    assert_eq!(urls().return_url(&request("redirect_url=/first&redirect_url=/second")), "/first");
    assert_eq!(urls().return_url(&request("redirect_url=//evil.com&redirect_url=/second")), "/home");
}

#[test]
fn a_host_that_the_request_invents_is_not_where_people_are_sent() {
    let request = Request::get("/?redirect_url=http://evil.com/x")
        .header("host", "app.com")
        .header("x-forwarded-host", "evil.com")
        .body(())
        .unwrap();
    assert_eq!(urls().return_url(&request.into_parts().0), "/x");
}

#[test]
fn an_address_from_a_form_is_checked_in_the_same_way() {
    assert_eq!(urls().check(&request(""), "/reports").as_deref(), Some("/reports"));
    assert_eq!(urls().check(&request(""), "//evil.com"), None);
}

#[test]
fn what_is_configured_wrongly_is_found_at_once() {
    for default in ["", "home", "//evil.com", "/\\evil.com", "javascript:x", "https:evil.com", "/a\nb"] {
        assert_eq!(ReturnUrls::new(default).unwrap_err().kind(), ErrorKind::Config, "{default}");
    }
    ReturnUrls::new("https://example.com/home").unwrap();
    for origin in [
        "",
        "docs.app.com",
        "/x",
        "https://docs.app.com/x",
        "https://docs.app.com/?x",
        "https://*.app.com/x",
        "javascript:x",
    ] {
        assert_eq!(urls().allow(origin).unwrap_err().kind(), ErrorKind::Config, "{origin}");
    }
}

fn hostile() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let pieces = prop_oneof![
        "[/\\\\]{1,3}",
        "[.:@?#%a-z0-9-]{1,4}",
        "%[0-9a-f]{2}",
        "%25[0-9a-f]{2}",
        "\\PC",
        proptest::sample::select(vec![
            "https://",
            "http://",
            "http:",
            "javascript:",
            "app.com",
            "docs.app.com",
            "evil.com",
            "localhost:5173",
            "\t",
            "\r\n",
            "..",
            "%2e",
            "%5c",
            "%2f",
            "\u{ff0f}",
            "\u{3002}",
            "@",
            " ",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(pieces, 0..9).prop_map(|pieces| pieces.concat())
}

/// More cases than usual, in proportion to what `PROPTEST_CASES` asks for: each costs little.
fn many() -> proptest::test_runner::Config {
    let usual = proptest::test_runner::Config::default();
    proptest::test_runner::Config { cases: usual.cases.saturating_mul(8), ..usual }
}

proptest::proptest! {
    #![proptest_config(many())]

    #[test]
    fn what_comes_out_is_a_path_of_the_application_or_of_an_allowed_origin(wanted in hostile()) {
        let url = urls().return_url(&asking_for(&wanted));
        let base = Url::parse("https://browser.example/any/page?x").unwrap();
        let reached = base.join(&url).unwrap();
        if url.starts_with('/') {
            proptest::prop_assert!(!url.starts_with("//") && !url.starts_with("/\\"), "{}", url);
            proptest::prop_assert_eq!(reached.origin(), base.origin());
        } else {
            let origin = reached.origin().ascii_serialization();
            proptest::prop_assert!(["https://docs.app.com", "http://localhost:5173"].contains(&origin.as_str()), "{}", url);
        }
        proptest::prop_assert!(url.bytes().all(|byte| byte.is_ascii_graphic()), "{}", url);
    }
}
