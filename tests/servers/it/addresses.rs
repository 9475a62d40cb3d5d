//! The address that a browser asked for, whatever the headers say.

use std::sync::LazyLock;

use clerk_ext::auth::Clerk;
use http::{HeaderValue, Request};

static CLERK: LazyLock<Clerk> = LazyLock::new(|| {
    let builder = Clerk::builder().publishable_key(&"pk_live_Y2xlcmsuZXhhbXBsZS5jb20k".parse().unwrap());
    builder.secret_key(&"sk_live_test_1234".parse().unwrap()).build().unwrap()
});

fn address(uri: &str, headers: &[(&str, &[u8])]) -> String {
    let mut request = Request::builder().uri(uri);
    for (name, value) in headers {
        request = request.header(*name, HeaderValue::from_bytes(value).unwrap());
    }
    CLERK.redirects(&request.body(()).unwrap().into_parts().0).unwrap().current().to_owned()
}

#[test]
fn a_request_is_at_the_host_that_the_browser_asked() {
    for (headers, address_of) in [
        (&[("host", &b"app.com"[..])][..], "http://app.com/x?y"),
        (
            &[("host", b"inner:1"), ("x-forwarded-host", b"app.com, inner"), ("x-forwarded-proto", b"https, http")],
            "https://app.com/x?y",
        ),
        (&[("host", b"app.com"), ("x-forwarded-proto", b"https")], "https://app.com/x?y"),
        // Neither of these says anything of the address.
        (
            &[("host", b"app.com"), ("x-forwarded-port", b"8443"), ("cloudfront-forwarded-proto", b"https")],
            "http://app.com/x?y",
        ),
        (&[("host", b"app.com"), ("forwarded", b"host=evil.com;proto=https")], "http://app.com/x?y"),
    ] {
        assert_eq!(address("/x?y", headers), address_of);
    }
    assert_eq!(address("https://h2.app.com/x?y", &[]), "https://h2.app.com/x?y");
}

#[test]
fn a_host_header_does_not_rewrite_the_path() {
    for host in [
        &b"evil.com/admin?"[..],
        b"evil.com#",
        b"evil.com\\@app.com",
        b"ann:test@evil.com",
        b"evil.com/\xc3\xa9",
        b"\xff\xfe",
        b" ",
        b"evil.com:0x50",
        b"app.com,evil.com",
    ] {
        for name in ["host", "x-forwarded-host"] {
            let url = url::Url::parse(&address("/public?a=1", &[(name, host)])).unwrap();
            assert_eq!((url.path(), url.query(), url.username()), ("/public", Some("a=1"), ""), "{name} {host:?}");
        }
    }
}

#[test]
fn a_path_with_two_slashes_is_no_host() {
    for headers in [&[("host", &b"app.com"[..])][..], &[("host", b"inner"), ("x-forwarded-host", b"app.com")]] {
        assert_eq!(address("//evil.com/x", headers), "http://app.com//evil.com/x");
    }
}

#[test]
fn an_encoded_path_stays_encoded() {
    assert_eq!(address("/%70rofile/a%2Fb", &[("host", b"app.com")]), "http://app.com/%70rofile/a%2Fb");
}

#[test]
fn a_request_without_any_good_host_is_still_one() {
    for headers in [&[][..], &[("host", &b""[..])], &[("host", b"%")], &[("host", b"[")]] {
        assert_eq!(address("/x", headers), "http://localhost/x");
    }
    assert_eq!(address("*", &[("host", b"app.com")]), "http://app.com/");
}

#[test]
fn a_megabyte_of_header_does_no_harm() {
    let long = vec![b'a'; 1 << 20];
    for name in ["host", "x-forwarded-host", "x-forwarded-proto", "cookie", "authorization"] {
        assert_eq!(url::Url::parse(&address("/x", &[(name, &long)])).unwrap().path(), "/x");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_in_headers_move_the_path(
        values in proptest::collection::vec(proptest::collection::vec(32_u8.., 0..40), 3), path in "/[a-z/%0-9.]{0,20}",
    ) {
        let Ok(plain) = url::Url::parse(&format!("http://localhost{path}")) else { return Ok(()) };
        let names = ["host", "x-forwarded-host", "x-forwarded-proto"];
        let values: Vec<Vec<u8>> = values.iter().map(|value| value.iter().copied().filter(|byte| *byte != 127).collect()).collect();
        let headers: Vec<_> = names.into_iter().zip(values.iter().map(Vec::as_slice)).collect();
        let Ok(uri) = path.parse::<http::Uri>() else { return Ok(()) };
        let url = url::Url::parse(&address(&uri.to_string(), &headers)).unwrap();
        proptest::prop_assert_eq!(url.path(), plain.path());
        proptest::prop_assert!(["http", "https"].contains(&url.scheme()));
    }
}
