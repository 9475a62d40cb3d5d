//! Cookies as they are read, seen through the one that goes along to the sign-in page of a development instance.

use std::sync::LazyLock;

use clerk_ext::auth::Clerk;
use http::{HeaderValue, Request};

static CLERK: LazyLock<Clerk> = LazyLock::new(|| {
    let builder = Clerk::builder().publishable_key(&"pk_test_Y2xlcmsuZXhhbXBsZS5jb20k".parse().unwrap());
    builder.secret_key(&"sk_test_1234".parse().unwrap()).build().unwrap()
});

/// What `__clerk_db_jwt` is in these `Cookie` headers.
fn read(headers: &[&[u8]]) -> Option<String> {
    let mut request = Request::builder().uri("/").header("host", "app.com");
    for header in headers {
        request = request.header("cookie", HeaderValue::from_bytes(header).unwrap());
    }
    let redirects = CLERK.redirects(&request.body(()).unwrap().into_parts().0).unwrap();
    let sign_in: url::Url = redirects.to_sign_in(None).unwrap().parse().unwrap();
    sign_in.query_pairs().find(|(name, _)| name == "__clerk_db_jwt").map(|(_, value)| value.into_owned())
}

#[test]
fn an_encoded_semicolon_forges_no_cookie() {
    assert_eq!(read(&[b"theme=dark%3B%20__clerk_db_jwt%3Devil"]), None);
    assert_eq!(read(&[b"theme=dark%3B__clerk_db_jwt=evil; __clerk_db_jwt=good"]).as_deref(), Some("good"));
}

#[test]
fn of_duplicate_cookies_the_first_counts() {
    assert_eq!(read(&[b"__clerk_db_jwt=one; __clerk_db_jwt=two"]).as_deref(), Some("one"));
    assert_eq!(read(&[b"__clerk_db_jwt=one", b"__clerk_db_jwt=two"]).as_deref(), Some("one"));
    // An empty one is first all the same, and no cookie.
    assert_eq!(read(&[b"__clerk_db_jwt=; __clerk_db_jwt=two"]), None);
}

#[test]
fn names_are_exact_and_values_are_what_stands_there() {
    for (header, value) in [
        (&b"__Clerk_db_jwt=a"[..], None),
        (b"x__clerk_db_jwt=a", None),
        (b"\"__clerk_db_jwt\"=a", None),
        (b"__clerk_db_jwt", None),
        (b"\t__clerk_db_jwt =\t a b \t;", Some("a b")),
        (b"__clerk_db_jwt=\"a\"", Some("\"a\"")),
        (b"__clerk_db_jwt=a=b", Some("a=b")),
        (b"__clerk_db_jwt=a%20%C3%A9", Some("a \u{e9}")),
        (b"__clerk_db_jwt=a%2", Some("a%2")),
        (b"__clerk_db_jwt=%ff", Some("%ff")),
        (b"\xff\xfe; __clerk_db_jwt=a", Some("a")),
        (b"\xff\xfe=\xff; ;;=; __clerk_db_jwt=\xe9", Some("\u{e9}")),
    ] {
        assert_eq!(read(&[header]).as_deref(), value, "{}", String::from_utf8_lossy(header));
    }
}

#[test]
fn a_megabyte_of_cookies_is_read() {
    let mut header = b"a=b; ".repeat(1 << 18);
    header.extend(b"__clerk_db_jwt=end");
    assert_eq!(read(&[&header]).as_deref(), Some("end"));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(header in proptest::collection::vec(32_u8.., 0..60)) {
        let header: Vec<u8> = header.into_iter().filter(|byte| *byte != 127).collect();
        read(&[&header]);
    }

    #[test]
    fn what_one_cookie_holds_makes_no_other(value in "\\PC{0,30}") {
        let encoded: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let header = format!("a={encoded}; __clerk_db_jwt=good; b={encoded}");
        let found = read(&[header.as_bytes()]);
        proptest::prop_assert_eq!(found.as_deref(), Some("good"));
    }
}
