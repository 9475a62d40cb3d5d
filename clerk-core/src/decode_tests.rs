use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::{Page, Timestamp};

#[derive(Debug)]
struct User {
    id: String,
    emails: Vec<Email>,
    created_at: Option<Timestamp>,
    labels: BTreeMap<String, i64>,
    verification: Option<Verification>,
}

crate::object! { User {
    0 always id "id",
    1 filled emails "email_addresses",
    2 optional created_at "created_at",
    3 filled labels "labels",
    4 optional verification "verification",
} }

#[derive(Debug)]
struct Email {
    id: String,
}

crate::object! { Email { 0 always id "id" } }

#[derive(Debug)]
struct Verification {
    object: Option<String>,
    from: Option<Email>,
    raw: Option<Box<Value>>,
}

crate::union! { Verification {
    tag object "object" known ["otp"];
    0 optional object "object",
    1 optional from "from",
} }

fn answer(body: &str) -> HttpResponse<Bytes> {
    HttpResponse::builder()
        .status(200)
        .header("content-type", "application/json; charset=utf-8")
        .header("clerk-trace-id", "trace_1")
        .body(Bytes::from(body.to_owned()))
        .unwrap()
}

fn fail<T: DeserializeOwned + std::fmt::Debug>(body: &str) -> Error {
    json::<T>("GetUser", answer(body)).unwrap_err()
}

#[test]
fn a_decoding_error_names_the_place_and_keeps_status_and_headers() {
    let error = fail::<User>(r#"{"id":"user_1","email_addresses":[{"id":"a"},{"object":"email"}]}"#);
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.status(), Some(StatusCode::OK));
    assert_eq!(error.headers().unwrap().get("clerk-trace-id").unwrap(), "trace_1");
    assert_eq!(error.path(), Some("email_addresses[1].id"));
    assert_eq!(
        error.to_string(),
        "GetUser: the answer (200) does not decode at email_addresses[1].id: missing field (trace trace_1)"
    );
}

#[test]
fn the_place_is_found_in_objects_lists_and_maps() {
    for (body, path) in [
        (r#"{"id":7}"#, "id"),
        (r#"{ "id" : null }"#, "id"),
        (r#"{"id":{"a":1}}"#, "id"),
        (r#"{"id":["a"]}"#, "id"),
        (r#"{}"#, "id"),
        (r#"{"x":[1,{"y":2}],"id":true}"#, "id"),
        (r#"{"id":"a","email_addresses":{}}"#, "email_addresses"),
        (r#"{"id":"a","email_addresses":["b"]}"#, "email_addresses[0]"),
        (r#"{"id":"a","email_addresses":[{"id":"b"},{"id":1}]}"#, "email_addresses[1].id"),
        (
            "{\n  \"id\": \"a\",\n  \"email_addresses\": [\n    {\n      \"id\": -1\n    }\n  ]\n}",
            "email_addresses[0].id",
        ),
        (r#"{"id":"a","created_at":1.5}"#, "created_at"),
        (r#"{"id":"a","created_at":"soon"}"#, "created_at"),
        (r#"{"id":"a","labels":{"one":1,"two":"x"}}"#, "labels.two"),
        (r#"{"id":"a","labels":{"ann@example.com":"x"}}"#, "labels.*"),
        (r#"{"id":"\"}]{[,:","labels":{"a\"b":1,"c":[]}}"#, "labels.c"),
        (r#"{"verification":{"object":"otp","from":{}},"id":"a"}"#, "verification.from.id"),
        (r#"{"verification":{"object":"otp","from":[1]},"id":"a"}"#, "verification.from"),
        (r#"[]"#, ""),
        (r#""text""#, ""),
    ] {
        assert_eq!(fail::<User>(body).path(), Some(path), "{body}");
    }
    assert_eq!(fail::<Page<Email>>(r#"[{"id":"a"},{"id":2}]"#).path(), Some("[1].id"));
    assert_eq!(fail::<Page<Email>>(r#"{"data":[{"id":"a"},{"id":2}]}"#).path(), Some("data[1].id"));
}

#[test]
fn no_value_of_the_body_shows_in_an_error() {
    #[derive(Debug)]
    struct Custom;

    impl<'de> Deserialize<'de> for Custom {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            Err(serde::de::Error::custom(format!("missing field `{text}`")))
        }
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only its errors matter")]
    enum Closed {
        A,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {}

    let hunter = |error: Error| {
        let text = format!("{error} {error:?}");
        assert!(!text.contains("hunter"), "{text}");
        assert_eq!(error.kind(), ErrorKind::Decode);
        text
    };
    assert!(hunter(fail::<i64>(r#""hunter2""#)).contains("invalid type: string, expected i64"));
    assert!(hunter(fail::<i64>(r#""hunter, expected hunter""#)).contains("invalid type: string, expected i64"));
    assert!(hunter(fail::<i64>(r#""hunter\", expected \"x at line 1 column 3""#)).contains("expected i64"));
    assert!(hunter(fail::<char>(r#""hunter2""#)).contains("invalid value: string, expected a character"));
    assert!(hunter(fail::<Closed>(r#""hunter2""#)).contains("unknown variant"));
    assert!(hunter(fail::<Strict>(r#"{"hunter two":1}"#)).contains("unknown field"));
    hunter(fail::<User>(r#"{"id":"hunter2","created_at":"hunter2"}"#));
    hunter(fail::<User>(r#"{"id":"hunter2","hunter2":{"hunter2":[}"#));
    hunter(fail::<User>("hunter2"));
    hunter(fail::<Custom>(r#""hunter, two""#));
    let number = fail::<String>("123456789").to_string();
    assert!(number.contains("invalid type: integer, expected a string"), "{number}");
}

#[test]
fn what_is_not_json_is_told_apart_from_broken_json() {
    let html = HttpResponse::builder().header("content-type", "text/html").body(Bytes::from("<html>")).unwrap();
    let error = json::<User>("GetUser", html).unwrap_err();
    assert_eq!(error.to_string(), "GetUser: the answer (200) is not JSON: expected value");
    assert_eq!(error.path(), None);
    let error = fail::<User>(r#"{"id":"#).to_string();
    assert!(error.contains("is broken JSON: EOF while parsing"), "{error}");
    let error = fail::<User>(" ").to_string();
    assert!(error.contains("has no body"), "{error}");
}

#[test]
fn json_is_decoded_whatever_its_content_type() {
    let plain = HttpResponse::builder().header("content-type", "text/plain").body(Bytes::from("7")).unwrap();
    assert_eq!(json::<i64>("Count", plain).unwrap().into_value(), 7);
}

#[test]
fn json_content_types_are_known_with_and_without_parameters() {
    for (content_type, expected) in [
        ("application/json", true),
        ("Application/JSON; charset=utf-8", true),
        ("application/problem+json", true),
        ("text/html", false),
        ("application/jsonp", false),
    ] {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type.parse().unwrap())]);
        assert_eq!(is_json(&headers), expected, "{content_type}");
    }
    assert!(is_json(&HeaderMap::new()));
}

#[test]
fn what_is_no_answer_tells_the_place_too() {
    let error = decode::<User>("webhook event", br#"{"id":"a","email_addresses":[{}]}"#).unwrap_err();
    assert_eq!(error.to_string(), "webhook event: does not decode at email_addresses[0].id: missing field");
    assert_eq!(decode::<Email>("webhook event", br#"{"id":"a"}"#).unwrap().id, "a");
}
