//! Where browsers are sent to sign in, and with what.

use std::sync::LazyLock;

use clerk_ext::{
    ErrorKind,
    auth::{Clerk, ClerkBuilder},
};
use http::{Request, request::Parts};

const TEST: &str = "pk_test_aGFwcHktaGlwcG8tMS5jbGVyay5hY2NvdW50cy5kZXYk"; // happy-hippo-1.clerk.accounts.dev
const LIVE: &str = "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k"; // clerk.example.com

/// An application of the instance of this key.
fn application(publishable_key: &str) -> ClerkBuilder {
    let secret_key = publishable_key.split('_').nth(1).map(|kind| format!("sk_{kind}_test_1234")).unwrap();
    Clerk::builder().publishable_key(&publishable_key.parse().unwrap()).secret_key(&secret_key.parse().unwrap())
}

fn parts(url: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

#[track_caller]
fn to_sign_in(clerk: ClerkBuilder, url: &str, headers: &[(&str, &str)], back: Option<&str>) -> String {
    clerk.build().unwrap().redirects(&parts(url, headers)).unwrap().to_sign_in(back).unwrap()
}

#[test]
fn people_sign_in_and_up_in_the_account_portal_of_the_instance() {
    for (key, portal) in [(TEST, "https://happy-hippo-1.accounts.dev"), (LIVE, "https://accounts.example.com")] {
        let redirects = application(key).build().unwrap().redirects(&parts("https://app.com/x?y", &[])).unwrap();
        assert_eq!(redirects.to_sign_in(None).unwrap(), format!("{portal}/sign-in"));
        assert_eq!(redirects.to_sign_up(None).unwrap(), format!("{portal}/sign-up"));
        assert_eq!(redirects.to_tasks(None).unwrap(), format!("{portal}/sign-in/tasks"));
        assert_eq!(redirects.current(), "https://app.com/x?y");
    }
}

#[test]
fn configured_pages_come_before_the_portal() {
    let clerk = application(LIVE).sign_in_url("/in?x=1#h").sign_up_url("https://b.com/up").build().unwrap();
    let redirects = clerk.redirects(&parts("https://app.com/deep/page", &[])).unwrap();
    assert_eq!(redirects.to_sign_in(None).unwrap(), "https://app.com/in?x=1#h");
    assert_eq!(redirects.to_sign_up(None).unwrap(), "https://b.com/up");
    assert_eq!(redirects.to_tasks(None).unwrap(), "https://app.com/in/tasks?x=1#h");
}

#[test]
fn people_sign_up_below_the_sign_in_page_where_there_is_no_other() {
    for (sign_in, sign_up) in [
        ("/in", "https://app.com/in/create"),
        ("/in/", "https://app.com/in/create"),
        ("/in?x=1#h", "https://app.com/in/create?x=1#h"),
        ("https://b.com/in", "https://b.com/in/create"),
    ] {
        let clerk = application(LIVE).sign_in_url(sign_in).build().unwrap();
        assert_eq!(clerk.redirects(&parts("https://app.com/x", &[])).unwrap().to_sign_up(None).unwrap(), sign_up);
    }
}

#[test]
fn where_to_come_back_to_belongs_to_the_origin_of_the_request() {
    for (back, encoded) in [
        ("/back?x=a b#f", "https%3A%2F%2Fapp.com%2Fback%3Fx%3Da%2520b%23f"),
        ("back", "https%3A%2F%2Fapp.com%2Fdeep%2Fback"),
        ("https://other.com/z", "https%3A%2F%2Fother.com%2Fz"),
    ] {
        let url = to_sign_in(application(LIVE), "https://app.com/deep/page", &[], Some(back));
        assert_eq!(url, format!("https://accounts.example.com/sign-in?redirect_url={encoded}"));
    }
}

#[test]
fn a_parameter_of_the_sign_in_page_is_replaced_where_it_stands() {
    let clerk =
        || application(TEST).sign_in_url("https://b.com/in?redirect_url=old&x=1&__clerk_db_jwt=old&redirect_url=2");
    let cookie = [("cookie", "__clerk_db_jwt=new")];
    assert_eq!(
        to_sign_in(clerk(), "https://app.com/", &cookie, Some("/y")),
        "https://b.com/in?redirect_url=https%3A%2F%2Fapp.com%2Fy&x=1&__clerk_db_jwt=new"
    );
}

#[test]
fn the_dev_browser_goes_along_to_another_host_only_and_in_development_only() {
    let cookie = [("cookie", "__clerk_db_jwt=dvb_test")];
    let portal = to_sign_in(application(TEST), "https://app.com/", &cookie, Some("/"));
    assert_eq!(
        portal,
        "https://happy-hippo-1.accounts.dev/sign-in?redirect_url=https%3A%2F%2Fapp.com%2F&__clerk_db_jwt=dvb_test"
    );
    for (clerk, url) in [
        (application(TEST).sign_in_url("/in"), "https://app.com/in"),
        (application(TEST).sign_in_url("https://app.com:443/in"), "https://app.com/in"),
        (application(LIVE), "https://accounts.example.com/sign-in"),
    ] {
        assert_eq!(to_sign_in(clerk, "https://app.com/", &cookie, None), url);
    }
    let another_port =
        to_sign_in(application(TEST).sign_in_url("http://localhost:2/in"), "http://localhost:1/", &cookie, None);
    assert_eq!(another_port, "http://localhost:2/in?__clerk_db_jwt=dvb_test");
}

#[test]
fn the_dev_browser_is_read_from_the_address_then_from_the_cookie_of_the_instance() {
    // The suffix is that of the key.
    let cookies = [("cookie", "__clerk_db_jwt=plain; __clerk_db_jwt_MWTw9P_R=suffixed")];
    for (url, headers, token) in [
        ("https://app.com/?__clerk_db_jwt=address", &cookies[..], "address"),
        ("https://app.com/?__clerk_db_jwt=", &cookies[..], "suffixed"),
        ("https://app.com/", &cookies[..], "suffixed"),
        ("https://app.com/", &[("cookie", "__clerk_db_jwt=plain")], "plain"),
    ] {
        let url = to_sign_in(application(TEST), url, headers, None);
        assert_eq!(url, format!("https://happy-hippo-1.accounts.dev/sign-in?__clerk_db_jwt={token}"));
    }
}

#[test]
fn a_satellite_says_that_the_one_who_comes_back_is_not_synced_yet() {
    let satellite = |sign_in: &str| application(TEST).is_satellite(true).domain("app.com").sign_in_url(sign_in);
    assert_eq!(
        to_sign_in(
            satellite("https://primary.com/in"),
            "https://app.com/",
            &[],
            Some("/back?x=a b&__clerk_synced=true#f")
        ),
        "https://primary.com/in?redirect_url=https%3A%2F%2Fapp.com%2Fback%3Fx%3Da%2Bb%26__clerk_synced%3Dfalse%23f"
    );
    assert_eq!(
        to_sign_in(satellite("/in"), "https://app.com/", &[], Some("/back")),
        "https://app.com/in?redirect_url=https%3A%2F%2Fapp.com%2Fback"
    );
}

#[test]
fn an_address_that_is_none_of_the_web_is_a_mistake_of_the_configuration() {
    for url in ["javascript:alert(1)", "data:text/html,x", "https://", "ftp://b.com/in", "http://[::1/in"] {
        let clerk = application(LIVE).sign_in_url(url).build().unwrap();
        let error = clerk.redirects(&parts("https://app.com/", &[])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{url}");
    }
    let nameless = Clerk::builder().secret_key(&"sk_test_1234".parse().unwrap()).build().unwrap();
    let error = nameless.redirects(&parts("https://app.com/", &[])).unwrap_err();
    assert!(error.to_string().contains("CLERK_SIGN_IN_URL"), "{error}");
}

#[test]
fn what_is_no_address_is_not_come_back_to() {
    let redirects = application(LIVE).build().unwrap().redirects(&parts("https://app.com/", &[])).unwrap();
    assert_eq!(redirects.to_sign_in("http://[x").unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[test]
fn redirects_are_printed_without_what_they_carry() {
    let request = parts("https://app.com/?secret=hunter2", &[("cookie", "__clerk_db_jwt=hunter2")]);
    let redirects = application(TEST).build().unwrap().redirects(&request).unwrap();
    assert!(!format!("{redirects:?}").contains("hunter2"));
}

proptest::proptest! {
    #[test]
    fn an_address_to_come_back_to_arrives_as_it_is(back in "/[a-z0-9%&=+?#~!*'();:@$,-]{0,30}", url in "/[a-z0-9?&=%]{0,20}") {
        let Ok(request) = Request::get(&url).header("host", "app.com").body(()) else { return Ok(()) };
        // A client for HTTP is not made in no time.
        static CLERK: LazyLock<Clerk> = LazyLock::new(|| application(LIVE).build().unwrap());
        let redirects = CLERK.redirects(&request.into_parts().0).unwrap();
        let sign_in: url::Url = redirects.to_sign_in(back.as_str()).unwrap().parse().unwrap();
        let expected = url::Url::parse(redirects.current()).unwrap().join(&back).unwrap();
        let sent: Vec<_> = sign_in.query_pairs().collect();
        proptest::prop_assert_eq!(sent, [("redirect_url".into(), expected.as_str().into())]);
    }
}
