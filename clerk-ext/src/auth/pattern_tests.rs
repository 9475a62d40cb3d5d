use std::time::{Duration, Instant};

use super::*;

/// What `id` and `slug` stand for, or nothing when the path does not fit.
fn find(pattern: &str, path: &str) -> Option<(Option<String>, Option<String>)> {
    let patterns = Patterns::compile([pattern]).unwrap();
    let found = patterns.find(path)?;
    let get = |name| found.get(name).map(str::to_owned);
    Some((get("id"), get("slug")))
}

#[track_caller]
fn fits(pattern: &str, path: &str, slug: &str) {
    assert_eq!(find(pattern, path), Some((None, Some(slug.into()))), "{pattern} {path}");
}

#[track_caller]
fn fits_without(pattern: &str, path: &str) {
    assert_eq!(find(pattern, path), Some((None, None)), "{pattern} {path}");
}

#[track_caller]
fn misses(pattern: &str, path: &str) {
    assert_eq!(find(pattern, path), None, "{pattern} {path}");
}

#[test]
fn a_parameter_is_one_segment() {
    fits("/orgs/:slug", "/orgs/acme", "acme");
    misses("/orgs/:slug", "/orgs/");
    misses("/orgs/:slug", "/orgs/acme/members");
    misses("/orgs/:slug", "/x/orgs/acme");
    assert_eq!(find("/o/:id/:slug", "/o/1/acme"), Some((Some("1".into()), Some("acme".into()))));
}

#[test]
fn letters_of_either_case_and_a_slash_at_the_end_fit() {
    fits("/Orgs/:slug", "/oRGS/Acme", "Acme");
    fits("/orgs/:slug", "/orgs/acme/", "acme");
    misses("/orgs/:slug", "/orgs/acme//");
}

#[test]
fn a_wildcard_takes_the_rest() {
    fits("/orgs/:slug/(.*)", "/orgs/acme/members/1", "acme");
    fits("/orgs/:slug/(.*)", "/orgs/acme/", "acme");
    fits("/orgs/:slug(.*)", "/orgs/acme/members", "acme/members");
    fits("/orgs/:slug/:rest(.*)?", "/orgs/acme", "acme");
    misses("/orgs/:slug/(.*)", "/orgs/acme");
    fits_without("/me(.*)", "/me");
    fits_without("/me(.*)", "/melon");
    fits_without("(.*)", "");
}

#[test]
fn what_is_optional_may_be_left_out() {
    fits_without("/orgs/:slug?", "/orgs");
    fits("/orgs/:slug?", "/orgs/acme", "acme");
    fits("/orgs{/:slug}?/edit", "/orgs/acme/edit", "acme");
    fits_without("/orgs{/:slug}?/edit", "/orgs/edit");
    fits_without("/a{b}?c", "/ac");
    fits_without("/a{b}+c", "/abbc");
    misses("/a{b}+c", "/ac");
}

#[test]
fn what_repeats_is_found_whole() {
    fits("/orgs/:slug+", "/orgs/a/b/c", "a/b/c");
    fits_without("/orgs/:slug*", "/orgs");
    fits("/{:slug-}+x", "/a-b-x", "a-b");
}

#[test]
fn a_parameter_ends_at_the_text_around_it() {
    assert_eq!(find("/:id.:slug", "/a.b.c"), Some((Some("a.b".into()), Some("c".into()))));
    assert_eq!(find("/:id-:slug", "/a-b"), Some((Some("a".into()), Some("b".into()))));
    assert_eq!(find("/:id-:slug", "/a-b-c"), Some((Some("a-b".into()), Some("c".into()))));
}

#[test]
fn an_expression_says_what_a_parameter_may_be() {
    fits("/:slug(\\d+)", "/42", "42");
    misses("/:slug(\\d+)", "/4x");
    fits("/:slug(en|fr)/x", "/FR/x", "FR");
    fits("/:slug([a-f0-9]{4})", "/beef", "beef");
    misses("/:slug([a-f0-9]{4})", "/bee");
    fits("/:slug([^/]+?)-(.*)", "/a-b-c", "a");
    fits("/:slug((?:org|team)_\\w+)", "/org_1", "org_1");
    fits("/:slug([^\\W_]+)", "/abc", "abc");
    misses("/:slug([^\\W_]+)", "/a_c");
}

#[test]
fn what_is_escaped_is_itself() {
    fits("/a\\:b/:slug", "/a:b/x", "x");
    fits("/a\\(b\\)/:slug", "/a(b)/x", "x");
    misses("/a.b", "/axb");
}

#[test]
fn paths_are_compared_as_they_are_encoded() {
    fits("/orgs/:slug", "/orgs/a%20b", "a%20b");
    misses("/orgs/:slug", "/org%73/acme");
}

#[test]
fn of_several_patterns_the_first_that_fits_counts() {
    let patterns = Patterns::compile(["/orgs/new", "/orgs/:slug", "/o/:id"]).unwrap();
    assert_eq!(patterns.find("/orgs/new").unwrap().get("slug"), None);
    assert_eq!(patterns.find("/orgs/acme").unwrap().get("slug"), Some("acme"));
    assert_eq!(patterns.find("/o/1").unwrap().get("id"), Some("1"));
    assert!(patterns.find("/x").is_none());
    assert!(Patterns::default().find("/").is_none());
}

#[test]
fn a_wrong_pattern_is_found_when_it_is_made() {
    for pattern in [
        "/:",
        "/a?b",
        "*",
        "+",
        "/(",
        "/()",
        "/(?:a)",
        "/((a))",
        "/{a",
        "/a}",
        "/{:id:slug}",
        "/:id:slug",
        "/-:id(a)*",
        "(.*)*",
        "/a\\",
        "/:id([a)",
        "/:id(a{2,1})",
        "/:id(a{101})",
        "/:id(^a)",
        "/:id(a$)",
        "/:id(\\bx)",
        "/:id((?=a))",
        "/:id(a**)",
        "/:id([z-a])",
        "/:id(a\\1)",
        "/:id(*)",
        "/{x}:id",
        "/:id(\\u0041)",
        "/:id((?:(?:(?:a{100}){100}){100}){100})",
    ] {
        let error = Patterns::compile([pattern]).unwrap_err();
        assert!(error.to_string().contains("pattern"), "{error}");
    }
    assert!(Patterns::compile(["/".repeat(LONGEST + 1)]).is_err());
    assert!(Patterns::compile([format!("/:id({}a{})", "(?:".repeat(100), ")".repeat(100))]).is_err());
}

#[test]
fn no_path_makes_a_pattern_slow() {
    for (pattern, path) in [
        ("/:id((?:a+)+)x", "/".to_owned() + &"a".repeat(30_000)),
        ("/:id((?:a*)*)x", "/".to_owned() + &"a".repeat(30_000)),
        ("(.*)a(.*)a(.*)a(.*)b", "a".repeat(30_000)),
        ("/:a-:b-:c-:d", "/".to_owned() + &"x-".repeat(15_000)),
    ] {
        let patterns = Patterns::compile([pattern]).unwrap();
        let start = Instant::now();
        assert!(patterns.find(&path).is_none());
        assert!(start.elapsed() < Duration::from_secs(10), "{pattern}: {:?}", start.elapsed());
    }
}

proptest::proptest! {
    #[test]
    fn any_pattern_and_path_are_read_without_harm(pattern in "(/|:a|:id|\\(\\.\\*\\)|[?*+{}]|[a-z.-]|\\([a-c|\\[\\]\\\\d+*?-]{1,5}\\)|\\PC){0,8}", path in "[/a-d.-]{0,12}|\\PC{0,8}") {
        if let Ok(patterns) = Patterns::compile([&pattern])
            && let Some(found) = patterns.find(&path)
        {
            found.get("id");
        }
    }

    #[test]
    fn a_parameter_is_what_was_put_in_its_place(slug in "[A-Za-z0-9_.%-]{1,20}", rest in "[a-z/]{0,20}") {
        let path = format!("/orgs/{slug}/{rest}");
        let patterns = Patterns::compile(["/orgs/:slug/(.*)"]).unwrap();
        proptest::prop_assert_eq!(patterns.find(&path).unwrap().get("slug"), Some(slug.as_str()));
    }
}
