use clerk_core::http::{HeaderValue, Request};

use super::*;

fn parts(uri: &str, headers: &[(&'static str, &str)]) -> Parts {
    let mut request = Request::builder().uri(uri);
    for (name, value) in headers {
        request = request.header(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request.body(()).unwrap().into_parts().0
}

#[track_caller]
fn url_is(uri: &str, headers: &[(&'static str, &str)], url: &str) {
    assert_eq!(Incoming::new(&parts(uri, headers)).url().unwrap().as_str(), url, "{uri} {headers:?}");
}

#[test]
fn the_address_is_made_of_the_host_header_and_the_path() {
    url_is("/p//x?q=a%20b&flag", &[("host", "h.com")], "http://h.com/p//x?q=a%20b&flag");
    url_is("/", &[("host", "H.com:80")], "http://h.com/");
    url_is("/", &[("host", "[::1]:3000")], "http://[::1]:3000/");
    url_is("/%70rofile;a", &[("host", "h.com")], "http://h.com/%70rofile;a");
}

#[test]
fn what_a_proxy_forwards_comes_before_the_host_header() {
    let host = ("host", "inner:3000");
    for (forwarded, url) in [
        (&[("x-forwarded-host", "a.com")][..], "http://a.com/x"),
        (&[("x-forwarded-host", "a.com, b.com")], "http://a.com/x"),
        (&[("x-forwarded-host", "a.com"), ("x-forwarded-host", "b.com")], "http://a.com/x"),
        (&[("x-forwarded-host", "a.com:443"), ("x-forwarded-proto", "https,http")], "https://a.com/x"),
        (&[("x-forwarded-host", "a.com"), ("x-forwarded-proto", "HTTPS")], "https://a.com/x"),
        (&[("x-forwarded-proto", "https")], "https://inner:3000/x"),
    ] {
        let headers: Vec<_> = forwarded.iter().copied().chain([host]).collect();
        url_is("/x", &headers, url);
    }
}

#[test]
fn an_empty_forwarded_header_is_ignored_with_the_other_one() {
    for forwarded in ["", " , b.com", ",b.com"] {
        let headers = [("host", "h.com"), ("x-forwarded-host", forwarded), ("x-forwarded-proto", "https")];
        url_is("/x", &headers, "http://h.com/x");
    }
    url_is("/x", &[("host", "h.com"), ("x-forwarded-proto", ",https")], "http://h.com/x");
}

#[test]
fn a_host_that_is_more_than_a_host_is_not_believed() {
    for evil in [
        "evil.com/foo",
        "evil.com/foo?x=",
        "evil.com#",
        "ann:test@evil.com",
        "@evil.com",
        "/evil",
        "evil.com\\b",
        "evil.com:99999",
        "ev il.com",
        "evil.com:",
        "[::1",
        "\u{e9}vil.com",
        "evil.com\t.com",
        "http://evil.com",
    ] {
        let made =
            Incoming::new(&parts("/x?y", &[("host", "h.com"), ("x-forwarded-host", evil)])).url().unwrap().clone();
        let is_alone =
            made.as_str() == "http://h.com/x?y" || (evil == "evil.com:" && made.as_str() == "http://evil.com/x?y");
        assert!(is_alone, "{evil}: {made}");
        let made = Incoming::new(&parts("/x?y", &[("host", evil)])).url().unwrap().clone();
        assert_eq!((made.path(), made.query(), made.username()), ("/x", Some("y"), ""), "{evil}: {made}");
    }
}

#[test]
fn only_the_schemes_of_the_web_are_believed() {
    for proto in ["javascript", "data", "ftp", "ws", "https:", "https://b.com/", "ht tp", "file"] {
        let headers = [("host", "h.com"), ("x-forwarded-host", "a.com"), ("x-forwarded-proto", proto)];
        url_is("/x", &headers, "http://h.com/x");
    }
}

#[test]
fn a_path_never_becomes_a_host() {
    url_is("//evil.com/x", &[("host", "h.com")], "http://h.com//evil.com/x");
    url_is("//evil.com/x", &[("host", "h.com"), ("x-forwarded-host", "a.com")], "http://a.com//evil.com/x");
    url_is("/@evil.com", &[("host", "h.com")], "http://h.com/@evil.com");
}

#[test]
fn without_a_host_header_the_authority_of_the_request_counts() {
    url_is("https://h2.com/x?y", &[], "https://h2.com/x?y");
    url_is("https://h2.com/x", &[("host", "h.com")], "https://h.com/x");
    url_is("https://h2.com/x", &[("x-forwarded-host", "a.com")], "https://a.com/x");
    url_is("https://h2.com/x", &[("host", "evil.com/y")], "https://h2.com/x");
}

#[test]
fn a_request_that_names_no_host_is_one_to_this_machine() {
    url_is("/x?y=1", &[], "http://localhost/x?y=1");
    url_is("*", &[], "http://localhost/");
    url_is("h.com:443", &[], "http://h.com:443/");
}

#[test]
fn a_token_is_taken_from_the_bearer_scheme_or_a_bare_word() {
    for (header, token) in [
        ("Bearer tok", Some("tok")),
        ("tok", Some("tok")),
        ("Bearer", Some("Bearer")),
        ("Bearer ", Some("Bearer")),
        ("Bearer  tok", Some("Bearer")),
        ("Bearer tok more", Some("tok")),
        ("bearer tok", None),
        ("Basic dGVzdA==", None),
        ("", None),
    ] {
        let parts = parts("/", &[("authorization", header)]);
        assert_eq!(Incoming::new(&parts).token().as_deref(), token, "{header:?}");
    }
    assert_eq!(Incoming::new(&parts("/", &[])).token(), None);
}

#[test]
fn two_authorization_headers_make_no_token_of_either() {
    let parts = parts("/", &[("authorization", "Bearer one"), ("authorization", "Bearer two")]);
    assert_eq!(Incoming::new(&parts).token().as_deref(), Some("one,"));
}

#[test]
fn headers_are_joined_as_browsers_join_them() {
    let parts = parts("/", &[("accept", "a"), ("accept", " b "), ("cookie", "c=1"), ("cookie", "d=2")]);
    let incoming = Incoming::new(&parts);
    assert_eq!(incoming.accept().as_deref(), Some("a, b"));
    assert_eq!(incoming.header(&COOKIE).as_deref(), Some("c=1; d=2"));
    assert_eq!((incoming.cookie("c").as_deref(), incoming.cookie("d").as_deref()), (Some("1"), Some("2")));
}

#[test]
fn bytes_beyond_ascii_and_a_megabyte_are_read_without_harm() {
    let long = "x".repeat(1 << 20);
    let cookie = format!("{long}; __session=ok");
    let headers =
        [("accept", "\u{e9}\u{1f600}"), ("referer", &long), ("cookie", &cookie), ("authorization", "Bearer \u{e9}")];
    let parts = parts("/", &headers);
    let incoming = Incoming::new(&parts);
    assert_eq!(incoming.accept().unwrap().chars().count(), 6);
    assert_eq!(incoming.referer().unwrap().len(), 1 << 20);
    assert_eq!(incoming.cookie("__session").as_deref(), Some("ok"));
    assert_eq!(incoming.token().as_deref(), Some("\u{c3}\u{a9}"));
}

#[test]
fn the_first_parameter_of_a_name_counts() {
    let parts = parts("/?a=1&b=%2F+x&a=2&c", &[]);
    let incoming = Incoming::new(&parts);
    assert_eq!(incoming.query("a").as_deref(), Some("1"));
    assert_eq!(incoming.query("b").as_deref(), Some("/ x"));
    assert_eq!(incoming.query("c").as_deref(), Some(""));
    assert_eq!(incoming.query("d"), None);
}

proptest::proptest! {
    #[test]
    fn no_header_moves_the_path(
        host in "[ -~]{0,24}", forwarded in "[ -~]{0,24}", proto in "https?|[ -~]{0,8}", path in "/[!-\"$->@-~]{0,24}",
    ) {
        let Ok(uri) = path.parse::<clerk_core::http::Uri>() else { return Ok(()) };
        let parts = parts(&uri.to_string(), &[("host", &host), ("x-forwarded-host", &forwarded), ("x-forwarded-proto", &proto)]);
        let url = Incoming::new(&parts).url().unwrap().clone();
        let plain = Url::parse(&format!("http://localhost{path}")).unwrap();
        proptest::prop_assert_eq!((url.path(), url.query()), (plain.path(), plain.query()));
        proptest::prop_assert!(matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none());
    }
}
