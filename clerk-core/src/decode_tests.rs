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

#[derive(Debug, Default)]
struct Verification {
    object: Option<String>,
    from: Option<Email>,
    steps: Vec<Verification>,
    counts: BTreeMap<String, i64>,
    before: Option<Box<Verification>>,
    raw: Option<Box<crate::SecretJson>>,
}

crate::union! { Verification {
    tag object "object" known ["otp"];
    0 optional object "object",
    1 optional from "from",
    2 sparse steps "steps",
    3 sparse counts "counts",
    4 optional before "before",
} }

/// An object whose union comes last, in a list whose key comes last: what a place may be lost in.
#[derive(Debug)]
struct Passkey {
    id: Option<String>,
    verification: Option<Verification>,
}

crate::object! { Passkey {
    0 optional id "id",
    1 optional verification "verification",
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
    assert_eq!(fail::<Page<Email>>(r#"{"total_count":1}"#).path(), Some("data"));
}

#[test]
fn the_place_is_found_below_a_union_wherever_that_stands() {
    for (inner, place) in [
        (r#""from":7"#, "from"),
        (r#""from":{}"#, "from.id"),
        (r#""from":{"id":7}"#, "from.id"),
        (r#""from":[]"#, "from"),
        (r#""counts":{"a":1,"b":"x"}"#, "counts.b"),
        (r#""counts":{"ann@example.com":"x"}"#, "counts.*"),
        (r#""steps":[{"object":"otp"},7]"#, "steps[1]"),
        (r#""steps":[{"object":"otp"},{"object":"otp","from":{"id":7}}]"#, "steps[1].from.id"),
        (r#""before":{"object":"otp","steps":[{"object":"otp","from":{}}]}"#, "before.steps[0].from.id"),
        (r#""before":{"object":"otp","before":{"object":"otp","counts":{"a":[]}}}"#, "before.before.counts.a"),
    ] {
        for union in [format!(r#"{{"object":"otp",{inner}}}"#), format!("{{ {inner} ,\n \"object\" : \"otp\" }}")] {
            let check = |error: Error, around: &str, body: &str| {
                let path = if around.is_empty() { place.to_owned() } else { format!("{around}.{place}") };
                assert_eq!(error.path(), Some(path.as_str()), "{body}");
            };
            for body in [union.clone(), format!("\n {union}\n")] {
                check(fail::<Verification>(&body), "", &body);
            }
            for (body, around) in [
                (format!("[{union}]"), "[0]"),
                (format!("[{{}} , {union} , {{}}]"), "[1]"),
                (format!("[{{}},{union}\n]"), "[1]"),
            ] {
                check(fail::<Vec<Verification>>(&body), around, &body);
            }
            for (body, around) in [
                (format!(r#"[{{"id":"a","verification":{union}}}]"#), "[0].verification"),
                (format!(r#"[{{}},{{"verification":{union},"id":"a"}},{{}}]"#), "[1].verification"),
                (format!(r#"{{"data":[{{"verification": {union} }} ] }}"#), "data[0].verification"),
                (format!(r#"{{"data":[{{"verification":{union}}}],"total_count":1}}"#), "data[0].verification"),
            ] {
                check(fail::<Page<Passkey>>(&body), around, &body);
            }
            for body in [format!(r#"{{"a":{{}},"b":{union}}}"#), format!(r#"{{"b": {union}, "c":{{}}}}"#)] {
                check(fail::<BTreeMap<String, Verification>>(&body), "b", &body);
            }
        }
    }
    let error = fail::<Vec<Passkey>>(r#"[{"verification":{"object":"otp","from":{"id":7}}}]"#);
    assert!(
        error.to_string().contains("at [0].verification.from.id: invalid type: integer, expected a string"),
        "{error}"
    );
    assert_eq!(fail::<Vec<Passkey>>(r#"[{"verification":7}]"#).path(), Some("[0].verification"));
}

#[test]
fn a_whole_number_may_have_a_fraction_of_zero() {
    for (text, number) in [("3.0", 3), ("-3.000", -3), ("9007199254740993.0", 9_007_199_254_740_993)] {
        let read = json::<i64>("Count", answer(text)).unwrap().into_value();
        assert_eq!(read, number, "{text}");
    }
    let body =
        r#"{"id":"1.0\"2.0","labels":{"a":1.0,"b":2.0,"c":3},"verification":{"object":"otp","counts":{"x":4.0}}}"#;
    let user: User = decode("webhook event", body.as_bytes()).unwrap();
    assert_eq!((user.id.as_str(), user.labels.into_values().collect::<Vec<_>>()), ("1.0\"2.0", vec![1, 2, 3]));
    assert_eq!(user.verification.unwrap().counts["x"], 4);
    let body = "{\"a\":[1.0,2.50,3.0]\n,\"b\":4.0}";
    let floats: BTreeMap<String, Value> = decode("x", body.as_bytes()).unwrap();
    assert_eq!(serde_json::to_string(&floats).unwrap(), r#"{"a":[1.0,2.5,3.0],"b":4.0}"#);

    for text in ["1.5", "1.05", "1.0e1", "1e400", r#""1.0""#] {
        assert!(json::<i64>("Count", answer(text)).is_err(), "{text}");
    }
    assert_eq!(fail::<User>(r#"{"labels":{"a":1.0, "b":2.5},"id":"a"}"#).path(), Some("labels.b"));
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert_eq!(json::<i64>("Count", answer("\u{feff}7")).unwrap().into_value(), 7);
    assert_eq!(decode::<i64>("count", "\u{feff} 7".as_bytes()).unwrap(), 7);
    assert_eq!(fail::<User>("\u{feff}{\"id\":7}").path(), Some("id"));
    assert!(fail::<User>("\u{feff}").to_string().contains("has no body"));
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
