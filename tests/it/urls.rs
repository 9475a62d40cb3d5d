//! Which servers a key or a token may be sent to.

use clerk_core::{Error, ErrorKind, Secret};

use crate::double::Double;

const FIT: &[(&str, &str)] = &[
    ("https://api.example.com", "https://api.example.com"),
    ("https://api.example.com/", "https://api.example.com"),
    ("https://api.example.com:8443", "https://api.example.com:8443"),
    ("https://example.com/__clerk", "https://example.com/__clerk"),
    ("https://example.com/__clerk/", "https://example.com/__clerk"),
    ("https://example.com/a/b%20c", "https://example.com/a/b%20c"),
    ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ("http://127.8.8.8", "http://127.8.8.8"),
    ("http://localhost:3000/proxy/", "http://localhost:3000/proxy"),
    ("http://LOCALHOST", "http://LOCALHOST"),
    ("http://[::1]:3000", "http://[::1]:3000"),
];

/// Each with `hunter2` wherever a secret could stand.
const UNFIT: &[&str] = &[
    "http://example.com",
    "http://example.com:443/hunter2",
    "http://10.0.0.1",
    "http://0.0.0.0",
    "http://[::2]",
    "http://[::ffff:10.0.0.1]",
    "http://localhost.example.com",
    "http://127.0.0.1.example.com",
    "http://example.com/localhost",
    "https://ann:hunter2@example.com",
    "https://hunter2@example.com",
    "http://hunter2@127.0.0.1",
    "https://@example.com",
    "https://example.com?key=hunter2",
    "https://example.com/a#hunter2",
    "ftp://example.com",
    "file:///hunter2",
    "example.com",
    "//example.com",
    "/hunter2",
    "https://",
    "https:// example.com",
    "https://exam\nple.com/hunter2",
    "",
];

fn bapi(url: &str, allow_http: bool) -> Result<String, Error> {
    let builder = clerk_bapi::Client::builder().api_url(url).bearer(&Secret::from("sk_test_hunter2"));
    let client = builder.allow_http(allow_http).build()?;
    Ok(client.endpoint().base_url().to_owned())
}

fn fapi(url: &str, allow_http: bool) -> Result<String, Error> {
    let builder = clerk_fapi::Client::builder_for(url).client_token(&Secret::from("hunter2"));
    let client = builder.allow_http(allow_http).build()?;
    Ok(client.endpoint().base_url().to_owned())
}

fn proxied(url: &str) -> Result<String, Error> {
    let client = clerk_fapi::Client::builder_for("https://example.com").proxy_url(url).build()?;
    Ok(client.endpoint().base_url().to_owned())
}

#[test]
fn https_goes_anywhere_and_plain_http_to_this_machine() {
    for (url, kept) in FIT {
        assert_eq!(fapi(url, false).expect(url), *kept);
        assert_eq!(proxied(url).expect(url), *kept);
        assert_eq!(bapi(url, false).expect(url), format!("{kept}/v1"));
    }
}

#[test]
fn a_url_that_is_not_one_to_send_a_key_to_is_a_configuration_error() {
    for url in UNFIT {
        let of_both = [("bapi", bapi(url, false)), ("fapi", fapi(url, false)), ("proxy", proxied(url))];
        for (which, built) in of_both {
            let error = built.expect_err(&format!("{which} took {url:?}"));
            assert_eq!(error.kind(), ErrorKind::Config, "{which} {url:?}");
            assert_eq!((error.status(), error.operation()), (None, None));
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }
}

#[test]
fn plain_http_to_other_machines_must_be_allowed_and_nothing_else_is_then() {
    assert_eq!(fapi("http://clerk.internal/x/", true).expect("it is allowed"), "http://clerk.internal/x");
    assert_eq!(bapi("http://clerk.internal", true).expect("it is allowed"), "http://clerk.internal/v1");
    for url in ["http://ann:hunter2@clerk.internal", "ftp://clerk.internal", "http://clerk.internal?a=b", ""] {
        assert_eq!(fapi(url, true).expect_err(url).kind(), ErrorKind::Config);
        assert_eq!(bapi(url, true).expect_err(url).kind(), ErrorKind::Config);
    }
}

#[test]
fn a_client_goes_to_clerk_or_to_the_host_that_its_key_names() -> Result<(), Error> {
    let client = clerk_bapi::Client::new(&"sk_test_abc".parse()?)?;
    assert_eq!(client.endpoint().base_url(), "https://api.clerk.com/v1");
    let client = clerk_fapi::Client::new(&"pk_test_bW9jay5jbGVyay5hY2NvdW50cy5kZXYk".parse()?)?;
    assert_eq!(client.endpoint().base_url(), "https://mock.clerk.accounts.dev");
    Ok(())
}

#[tokio::test]
async fn the_path_of_a_proxy_stays_in_front_of_every_request() -> Result<(), Error> {
    let double = Double::answering(200, r#"{"response":{"id":"user_1"},"client":null}"#);
    let proxy = format!("{}/__clerk/", double.url());
    clerk_fapi::Client::builder_for("https://example.com").proxy_url(&proxy).build()?.get_user().send().await?;
    assert_eq!(double.sent().path(), "/__clerk/v1/me");

    let double = Double::answering(200, r#"{"id":"user_1"}"#);
    let client = clerk_bapi::Client::builder().api_url(format!("{}/deep/er/", double.url())).build()?;
    client.get_user("user_1").send().await?;
    assert_eq!(double.sent().target, "/deep/er/v1/users/user_1");
    Ok(())
}

#[test]
fn a_header_that_cannot_be_sent_is_a_configuration_error_that_does_not_show_it() {
    let token =
        clerk_fapi::Client::builder_for("https://example.com").client_token(&Secret::from("hunter2\r\nx: y")).build();
    let agent = clerk_bapi::Client::builder().user_agent("hunter2\n").build();
    let name = clerk_bapi::Client::builder().header("hunter2\n", "x").build();
    for error in [token.map(|_| ()), agent.map(|_| ()), name.map(|_| ())] {
        let error = error.expect_err("it cannot be sent");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}
