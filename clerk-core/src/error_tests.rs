use std::io;

use http::HeaderValue;
use serde_json::json;

use super::*;

fn response(status: u16, headers: &[(&'static str, &str)], body: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
    }
    response
}

fn error(status: u16, headers: &[(&'static str, &str)], body: &str) -> Error {
    Error::from_response("UpdateUser", response(status, headers, body))
}

#[test]
fn the_reasons_of_the_api_are_read_and_shown() {
    let body = json!({
        "errors": [
            {"code": "form_identifier_exists", "message": "is taken", "long_message": "That email address is taken",
             "meta": {"param_name": "email_address"}},
            {"code": "form_param_nil", "message": "is missing"},
        ],
        "meta": {"session_id": "sess_1", "client": {"id": "client_1"}},
        "clerk_trace_id": "1234",
    });
    let error = error(422, &[("cf-ray", "ray")], &body.to_string());
    assert_eq!(
        error.to_string(),
        "UpdateUser: 422 form_identifier_exists: That email address is taken, and 1 more (trace 1234)"
    );
    assert_eq!((error.kind(), error.code()), (ErrorKind::Validation, Some(&ErrorCode::FORM_IDENTIFIER_EXISTS)));
    assert_eq!((error.operation(), error.trace_id()), (Some("UpdateUser"), Some("1234")));
    assert_eq!(error.errors()[0].meta, Some(json!({"param_name": "email_address"})));
    assert_eq!(error.errors()[1].long_message, None);
    assert_eq!(error.meta(), Some(&body["meta"]));
    assert_eq!(error.headers().unwrap().get("cf-ray").unwrap(), "ray");
}

#[test]
fn a_body_that_is_not_json_leaves_the_status() {
    let error = error(502, &[("content-type", "text/html"), ("cf-ray", "ray")], "<html>hunter2</html>");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(StatusCode::BAD_GATEWAY)));
    assert!(error.errors().is_empty());
    assert_eq!(error.to_string(), "UpdateUser: 502 Bad Gateway (trace ray)");
}

#[test]
fn reasons_of_another_shape_are_read_as_far_as_they_go() {
    for (body, count, code) in [
        (json!({"errors": []}), 0, None),
        (json!({"errors": null}), 0, None),
        (json!({"errors": "no list"}), 0, None),
        (json!({"errors": [null, 1, {}]}), 0, None),
        (json!({"errors": ["gone"]}), 1, None),
        (json!({"errors": [{"code": 7, "message": null, "meta": null}]}), 1, Some("7")),
        (json!({"errors": [{"message": "m"}]}), 1, None),
        (json!([]), 0, None),
        (json!({"error": "invalid_grant", "error_description": "expired"}), 1, Some("invalid_grant")),
        (json!({"error": "invalid_client"}), 1, Some("invalid_client")),
    ] {
        let error = error(400, &[], &body.to_string());
        assert_eq!((error.errors().len(), error.code().map(ErrorCode::as_str)), (count, code), "{body}");
    }
    let oauth = error(400, &[], r#"{"error":"invalid_grant","error_description":"expired"}"#);
    assert_eq!(oauth.to_string(), "UpdateUser: 400 invalid_grant: expired");
}

#[test]
fn the_trace_comes_from_the_body_then_from_the_headers() {
    let both = [("clerk-trace-id", "header"), ("cf-ray", "ray")];
    assert_eq!(error(400, &both, r#"{"clerk_trace_id":"body"}"#).trace_id(), Some("body"));
    assert_eq!(error(400, &both, r#"{"clerk_trace_id":""}"#).trace_id(), Some("header"));
    assert_eq!(error(400, &[("cf-ray", "ray")], "").trace_id(), Some("ray"));
    assert_eq!(error(400, &[], "").trace_id(), None);
}

#[test]
fn a_code_is_found_among_all_reasons() {
    let error = error(422, &[], r#"{"errors":[{"code":"a","message":"m"},{"code":"user_locked","message":"m"}]}"#);
    assert!(error.has_code("a") && error.has_code(ErrorCode::USER_LOCKED) && !error.has_code("c"));
    assert!(error.has_code(String::from("user_locked")) && error.has_code(error.code().unwrap()));
    assert!(!Error::config("a").has_code("a"));
}

#[test]
fn the_hint_is_that_of_the_first_code() {
    let of = |code: &str| error(422, &[], &json!({"errors": [{"code": code}, {"code": "user_locked"}]}).to_string());
    assert_eq!(of("form_param_nil").hint(), ErrorCode::FORM_PARAM_NIL.hint());
    assert!(of("form_param_nil").hint().is_some());
    assert_eq!(of("never_heard_of").hint(), None);
    assert_eq!(error(500, &[], "").hint(), None);
}

#[test]
fn the_parameter_is_that_of_the_first_reason_that_names_one() {
    let error = |metas: Value| {
        let errors = metas.as_array().unwrap().iter().map(|meta| json!({"code": "c", "meta": meta}));
        error(422, &[], &json!({"errors": errors.collect::<Vec<_>>()}).to_string())
    };
    let second = error(json!([{"session_id": "sess_1"}, {"param_name": "password"}, {"param_name": "username"}]));
    assert_eq!(second.param(), Some("password"));
    assert_eq!((second.errors()[0].param(), second.errors()[2].param()), (None, Some("username")));
    for odd in [json!([null]), json!(["password"]), json!([{"param_name": ""}]), json!([{"param_name": 7}]), json!([])]
    {
        assert_eq!(error(odd.clone()).param(), None, "{odd}");
    }
}

#[test]
fn a_mark_before_the_reasons_does_not_hide_them() {
    assert!(error(400, &[], "\u{feff}{\"errors\":[{\"code\":\"a\"}]}").has_code("a"));
}

#[test]
fn what_a_server_says_is_one_line_of_bounded_length() {
    let evil = "a\nWARN b\r\u{1b}[31m\u{85}\u{2028}\u{202e}c";
    let body = |message: &str| {
        json!({"errors": [{"code": evil, "message": message, "long_message": null}], "clerk_trace_id": evil})
            .to_string()
    };
    let error = error(400, &[], &body(evil));
    let escaped = r"a\nWARN b\r\u{1b}[31m\u{85}\u{2028}\u{202e}c";
    assert_eq!(error.to_string(), format!("UpdateUser: 400 {escaped}: {escaped} (trace {escaped})"));
    assert_eq!((error.errors()[0].message.as_str(), error.trace_id()), (evil, Some(evil)));
    for text in
        [error.to_string(), format!("{error:?}"), error.errors()[0].to_string(), format!("{:?}", error.errors())]
    {
        assert!(!text.contains(|c: char| c.is_control() || "\u{2028}\u{202e}".contains(c)), "{text}");
    }

    let long = self::error(400, &[], &body(&"é".repeat(100_000)));
    assert_eq!(long.errors()[0].to_string(), format!("{escaped}: {}…", "é".repeat(500)));
    assert!(format!("{long} {long:?} {:?}", long.errors()).chars().count() < 2500);
    let layered = Error::new(ErrorKind::Cancelled, "a\nb").with_operation("c\nd");
    assert_eq!(layered.to_string(), r"c\nd: a\nb");
}

#[test]
fn every_status_has_its_kind() {
    for (status, kind) in [
        (400, ErrorKind::BadRequest),
        (401, ErrorKind::Unauthorized),
        (402, ErrorKind::BadRequest),
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::NotFound),
        (408, ErrorKind::Timeout),
        (409, ErrorKind::Conflict),
        (410, ErrorKind::NotFound),
        (422, ErrorKind::Validation),
        (429, ErrorKind::RateLimited),
        (500, ErrorKind::Server),
        (503, ErrorKind::Server),
        (304, ErrorKind::Unexpected),
    ] {
        assert_eq!(error(status, &[], "").kind(), kind, "{status}");
    }
}

#[test]
fn retry_after_is_read_in_seconds_and_as_a_date() {
    assert_eq!(error(429, &[("retry-after", "30")], "").retry_after(), Some(Duration::from_secs(30)));
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(60));
    let wait = error(503, &[("retry-after", &date)], "").retry_after().unwrap();
    assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(60), "{wait:?}");
    let past = error(503, &[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")], "");
    assert_eq!(past.retry_after(), Some(Duration::ZERO));
    let day = Some(Duration::from_secs(86_400));
    for value in ["86400", "86401", "99999999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        assert_eq!(error(429, &[("retry-after", value)], "").retry_after(), day, "{value}");
    }
    for value in ["soon", "-1", "+1", "1.5", "1 hour", ""] {
        assert_eq!(error(429, &[("retry-after", value)], "").retry_after(), None, "{value}");
    }
}

#[test]
fn neither_headers_nor_meta_are_printed() {
    let body =
        r#"{"errors":[{"code":"c","message":"m","meta":{"identifiers":["hunter2"]}}],"meta":{"client":"hunter2"}}"#;
    let error = error(400, &[("authorization", "hunter2")], body);
    let text = format!("{error} {error:?} {:?}", error.errors());
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("kind: BadRequest") && text.contains("400 c: m"), "{text}");
}

#[derive(Debug)]
struct Layered(&'static str, Option<BoxError>);

impl fmt::Display for Layered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl StdError for Layered {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.1.as_deref().map(|source| source as _)
    }
}

#[test]
fn a_transport_that_fails_tells_the_kind_and_keeps_its_source() {
    let io = |kind| -> BoxError { io::Error::new(kind, "https://example.com/?token=hunter2").into() };
    for (source, kind, says) in [
        (io(io::ErrorKind::TimedOut), ErrorKind::Timeout, "in time"),
        (io(io::ErrorKind::ConnectionRefused), ErrorKind::Network, "connection refused"),
        (io(io::ErrorKind::NetworkUnreachable), ErrorKind::Offline, "cannot be reached"),
        (Layered("deadline has elapsed", None).into(), ErrorKind::Timeout, "in time"),
        (Layered("dns error", None).into(), ErrorKind::Offline, "looked up"),
        (Layered("hunter2", None).into(), ErrorKind::Network, "no answer came"),
        (Layered("hunter2", Some(io(io::ErrorKind::TimedOut))).into(), ErrorKind::Timeout, "in time"),
        (Layered("hunter2", Some(io(io::ErrorKind::ConnectionReset))).into(), ErrorKind::Network, "connection reset"),
    ] {
        let error = Error::transport("GetUser", source);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().starts_with("GetUser: ") && error.to_string().contains(says), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        assert!(error.source().is_some());
    }
}

#[test]
fn an_error_that_a_layer_made_itself_comes_through_as_it_is() {
    let error = Error::transport("GetUser", Error::new(ErrorKind::Cancelled, "nobody waits"));
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Cancelled, "GetUser: nobody waits"));
    let inner = Error::from_response("CreateSession", response(401, &[], ""));
    let error = Error::transport("GetUser", inner);
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Unauthorized, Some("CreateSession")));
}

#[test]
fn a_configuration_error_is_its_message() {
    assert_eq!(Error::config("the key is missing").to_string(), "the key is missing");
    let error = Error::invalid_request("GetUser", "the path parameter `user_id` is empty");
    assert_eq!(error.to_string(), "GetUser: the path parameter `user_id` is empty");
    assert_eq!((error.kind(), error.attempts(), error.completed().len()), (ErrorKind::InvalidRequest, 1, 0));
}

#[test]
fn an_error_is_one_pointer() {
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
}

#[test]
fn a_clone_says_and_keeps_all_that_the_error_does() {
    let body = r#"{"errors":[{"code":"c","message":"m","meta":{"param_name":"p"}}],"meta":{"k":1}}"#;
    let error = error(429, &[("retry-after", "3")], body)
        .with_source(io::Error::other("beneath"))
        .with_attempts(2)
        .with_completed(["CreateUser"]);
    let clone = error.clone();
    assert_eq!(clone.to_string(), error.to_string());
    assert_eq!((clone.kind(), clone.status(), clone.errors()), (error.kind(), error.status(), error.errors()));
    assert_eq!(
        (clone.meta(), clone.headers(), clone.retry_after()),
        (error.meta(), error.headers(), error.retry_after())
    );
    assert_eq!((clone.attempts(), clone.completed()), (2, error.completed()));
    assert_eq!(clone.source().unwrap().to_string(), "beneath");
    drop(error);
    assert!(clone.source().unwrap().is::<io::Error>(), "the source itself is shared, not its text");
}
