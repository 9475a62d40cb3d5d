use super::*;

fn suffix(key: &str) -> CookieSuffix {
    CookieSuffix::of(&key.parse().unwrap())
}

#[test]
fn a_suffix_is_made_of_the_publishable_key() {
    for (key, expected) in [
        ("pk_live_Y2xlcmsuaW5zcGlyZWQucHVtYS03NC5sY2wuZGV2JA", "MqCvchyS"),
        ("pk_test_Y2xlcmsuaW5zcGlyZWQucHVtYS03NC5sY2wuZGV2JA", "vWCgMp3A"),
        ("pk_live_Y2xlcmsuY2xlcmsuZGV2JA", "1Z8AzTQD"),
        ("pk_test_Y2xlcmsuY2xlcmsuZGV2JA", "QvfNY2dr"),
        ("pk_test_ZW5vdWdoLWFscGFjYS04Mi5jbGVyay5hY2NvdW50cy5sY2xjbGVyay5jb20k", "jtYvyt_H"),
        ("pk_test_eHh4eHh4LXhhYWFhYS1hYS5jbGVyay5hY2NvdW50cy5sY2xjbGVyay5jb20k", "tZJdb-5s"),
    ] {
        assert_eq!(suffix(key).as_str(), expected, "{key}");
    }
    assert_eq!(suffix("pk_live_Y2xlcmsuY2xlcmsuZGV2JA").name(CLIENT_UAT), "__client_uat_1Z8AzTQD");
}

#[track_caller]
fn found(header: &str, name: &str, value: Option<&str>) {
    assert_eq!(find(header, name).as_deref(), value, "{header}");
}

#[test]
fn the_first_cookie_of_a_name_counts() {
    found("a=1; __session=one; __session=two", SESSION, Some("one"));
    found("__session=; __session=two", SESSION, Some(""));
    found("__session_x=1;__Session=2", SESSION, None);
}

#[test]
fn an_encoded_semicolon_does_not_forge_a_cookie() {
    found("theme=dark%3B%20__session%3Devil", SESSION, None);
    found("theme=dark%3B__session=evil", SESSION, None);
    found("theme=a%3B%20__session=evil; __session=good", SESSION, Some("good"));
    found("theme=a%3B%20__session=evil", "theme", Some("a; __session=evil"));
}

#[test]
fn a_value_keeps_its_quotes_and_loses_the_blanks_around_it() {
    found(" \t__session\t = \t\"a b\" \t; b=1", SESSION, Some("\"a b\""));
    found("__session=a=b==", SESSION, Some("a=b=="));
    found("flag; __session=1", SESSION, Some("1"));
    found("__session", SESSION, None);
}

#[test]
fn a_value_that_is_encoded_badly_is_left_as_it_is() {
    for (raw, read) in [
        ("a%20b", "a b"),
        ("%C3%A9%F0%9F%98%80", "\u{e9}\u{1f600}"),
        ("%", "%"),
        ("%2", "%2"),
        ("%zz", "%zz"),
        ("%+1", "%+1"),
        ("a%20b%zz", "a%20b%zz"),
        ("%C3", "%C3"),
        ("%C3x%A9", "%C3x%A9"),
        ("%ff%fe", "%ff%fe"),
        ("%C0%80", "%C0%80"),
        ("%ED%A0%80", "%ED%A0%80"),
        ("\u{e9}%20", "\u{e9} "),
        ("%\u{e9}1", "%\u{e9}1"),
    ] {
        found(&format!("__session={raw}"), SESSION, Some(read));
    }
}

#[test]
fn the_session_token_is_the_last_one_that_is_set() {
    let directives = [
        "__session=one; Path=/; Secure",
        "__session_abc=two.three; Path=/",
        "__client_uat=5; Path=/",
        "other=__session=no",
    ];
    assert_eq!(session_token_set(directives), Some("two.three"));
    assert_eq!(session_token_set(["__session=a=b; Path=/"]), Some("a"));
    assert_eq!(session_token_set(["__session=; Path=/"]), Some(""));
    assert_eq!(session_token_set(["a=__session", "__session", ""]), None);
    assert_eq!(name_set("__session_abc=two; Path=/"), "__session_abc");
}

#[test]
fn a_cookie_is_taken_away_by_one_that_is_over() {
    assert_eq!(
        expired("__session", None),
        "__session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; SameSite=Lax"
    );
    assert!(expired("__client_uat", Some("example.com")).contains("; Domain=example.com; "));
}

#[test]
fn handshakes_are_counted_by_a_cookie_that_soon_forgets() {
    assert_eq!(redirect_count(2), "__clerk_redirect_count=2; SameSite=Lax; HttpOnly; Max-Age=2");
}

proptest::proptest! {
    #[test]
    fn any_header_is_read_without_harm(header in "\\PC*", name in "[a-z_]{0,4}") {
        find(&header, &name);
        value_set(&header);
    }

    #[test]
    fn a_cookie_is_found_among_any_others(before in "([a-z]{1,3}=[ -:<-~]{0,9}; ?){0,5}", value in "[!-:<-~&&[^%]]{0,20}") {
        let header = format!("{before}__session={value}; __session=other");
        proptest::prop_assert_eq!(find(&header, SESSION).unwrap(), value);
    }

    #[test]
    fn nothing_that_is_encoded_ends_a_cookie(value in "\\PC{0,20}") {
        let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let header = format!("a={encoded}; b=1");
        proptest::prop_assert_eq!(find(&header, "a").unwrap(), value);
        proptest::prop_assert_eq!(find(&header, "b").unwrap(), "1");
    }
}
