use std::collections::{BTreeSet, HashMap};

use super::*;

fn is_borrowed(code: &ErrorCode) -> bool {
    matches!(code.0, Cow::Borrowed(_))
}

#[test]
fn a_known_code_that_was_read_keeps_no_allocation_and_an_unknown_one_its_text() {
    let known = ErrorCode::from(String::from("form_identifier_exists"));
    assert!(is_borrowed(&known) && known.is_known());
    assert_eq!(known, ErrorCode::FORM_IDENTIFIER_EXISTS);
    let unknown = ErrorCode::from(String::from("made_up_here"));
    assert!(!is_borrowed(&unknown) && !unknown.is_known());
    assert_eq!(unknown, ErrorCode::new("made_up_here"));
    assert_eq!((unknown.statuses(), unknown.hint()), (&[][..], None));
    assert!(!unknown.is_frontend() && !unknown.is_backend());
}

#[test]
fn the_table_is_sorted_and_tells_of_every_code() {
    assert!(CODES.is_sorted() && CODES.len() == DOCUMENTED.len() && CODES.len() > 700);
    for text in CODES {
        let code = ErrorCode::from(String::from(*text));
        assert!(code.is_known() && is_borrowed(&code), "{text}");
        let hint = code.hint().unwrap();
        assert!(hint.chars().count() < 110 && !hint.ends_with('.'), "{text}: {hint}");
        assert!(code.statuses().iter().all(|status| (400..600).contains(status)), "{text}");
    }
}

#[test]
fn what_is_documented_of_a_code_is_told_by_the_code_itself() {
    assert_eq!(ErrorCode::FORM_PARAM_MISSING.statuses(), [400, 403, 422]);
    assert!(ErrorCode::FORM_PARAM_MISSING.is_frontend() && ErrorCode::FORM_PARAM_MISSING.is_backend());
    assert!(ErrorCode::SIGNED_OUT.is_frontend() && !ErrorCode::SIGNED_OUT.is_backend());
    assert!(!ErrorCode::CLERK_KEY_INVALID.is_frontend() && ErrorCode::CLERK_KEY_INVALID.is_backend());
    assert!(!ErrorCode::TOO_MANY_REQUESTS.is_frontend() && !ErrorCode::TOO_MANY_REQUESTS.is_backend());
    assert!(ErrorCode::UNKNOWN_ERROR.is_known() && ErrorCode::UNKNOWN_ERROR.statuses().is_empty());
    assert_eq!(ErrorCode::new("too_many_requests").hint(), ErrorCode::TOO_MANY_REQUESTS.hint());
    assert!(ErrorCode::TOO_MANY_REQUESTS.hint().unwrap().contains("retry_after()"));
}

#[test]
fn a_code_compares_and_is_looked_up_as_its_text() {
    let code = ErrorCode::USER_LOCKED;
    assert!(code == "user_locked" && code == *"user_locked" && code != "user_banned");
    assert_eq!(code.as_ref() as &str, "user_locked");
    assert!(ErrorCode::USER_BANNED < code);
    assert_eq!(HashMap::from([(code.clone(), 7)]).get("user_locked"), Some(&7));
    assert!(BTreeSet::from([code]).contains("user_locked"));
}

#[test]
fn a_code_travels_as_a_plain_string() {
    let code: ErrorCode = serde_json::from_str(r#""user_locked""#).unwrap();
    assert!(is_borrowed(&code) && code == ErrorCode::USER_LOCKED);
    assert_eq!(serde_json::to_string(&code).unwrap(), r#""user_locked""#);
    assert_eq!(serde_json::from_str::<ErrorCode>(r#""new one""#).unwrap(), "new one");
    assert!(serde_json::from_str::<ErrorCode>("7").is_err());
}

#[test]
fn a_code_is_one_line_of_a_log_whatever_a_server_sends() {
    assert_eq!(format!("{} {:?}", ErrorCode::GONE, ErrorCode::GONE), r#"gone ErrorCode("gone")"#);
    let odd = ErrorCode::from(format!("a\nb{}", "x".repeat(1000)));
    assert!(odd.to_string().starts_with(r"a\nbxxx") && odd.to_string().ends_with("x…"));
    assert!(format!("{odd:?}").chars().count() < 600 && !format!("{odd:?}").contains('\n'));
    assert_eq!(odd.as_str().len(), 1003);
}

#[cfg(feature = "schemars")]
#[test]
fn the_schema_of_a_code_is_that_of_a_string() {
    assert_eq!(schemars::schema_for!(ErrorCode).get("type"), Some(&"string".into()));
}
