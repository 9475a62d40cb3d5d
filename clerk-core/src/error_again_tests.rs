//! What errors say about sending again: whether it may help, whether it may harm, and what was tried.

use std::io;

use http::HeaderValue;

use super::*;

fn answered(status: u16) -> Error {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    Error::from_response("GetUser", answer)
}

fn broken(kind: io::ErrorKind) -> Error {
    Error::transport("GetUser", io::Error::from(kind))
}

#[test]
fn what_may_pass_by_itself_is_worth_another_try() {
    for status in [408, 425, 429, 500, 502, 503, 504, 520, 599] {
        assert!(answered(status).is_retryable(), "{status}");
    }
    for status in [304, 400, 401, 403, 404, 409, 410, 422, 501] {
        assert!(!answered(status).is_retryable(), "{status}");
    }
    for kind in [ErrorKind::Network, ErrorKind::Timeout, ErrorKind::Offline, ErrorKind::RateLimited, ErrorKind::Server]
    {
        assert!(Error::new(kind, "").is_retryable(), "{kind:?}");
    }
    for kind in [
        ErrorKind::Decode,
        ErrorKind::Metadata,
        ErrorKind::Config,
        ErrorKind::InvalidRequest,
        ErrorKind::Cancelled,
        ErrorKind::Unexpected,
        ErrorKind::Conflict,
    ] {
        assert!(!Error::new(kind, "").is_retryable(), "{kind:?}");
    }
    assert!(broken(io::ErrorKind::ConnectionReset).is_retryable());
}

#[test]
fn a_request_is_unsent_only_where_nothing_of_it_can_have_left() {
    assert!(broken(io::ErrorKind::ConnectionRefused).is_unsent());
    for kind in [
        io::ErrorKind::HostUnreachable,
        io::ErrorKind::NetworkUnreachable,
        io::ErrorKind::NetworkDown,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::BrokenPipe,
        io::ErrorKind::TimedOut,
        io::ErrorKind::UnexpectedEof,
    ] {
        assert!(!broken(kind).is_unsent(), "{kind}");
    }
    let beneath = io::Error::other(io::Error::from(io::ErrorKind::ConnectionRefused));
    assert!(Error::transport("GetUser", beneath).is_unsent(), "the cause of a cause counts");
    assert!(Error::transport("GetUser", "dns error").is_unsent());
    assert!(!Error::transport("GetUser", "something else").is_unsent());
    assert!(Error::config("no key").is_unsent() && Error::invalid_request("GetUser", "no id").is_unsent());
    assert!(!Error::new(ErrorKind::Cancelled, "").is_unsent() && !answered(503).is_unsent());
    assert!(Error::new(ErrorKind::Cancelled, "").with_unsent().is_unsent());
}

#[test]
fn one_attempt_that_did_not_leave_says_nothing_of_those_before() {
    let error = broken(io::ErrorKind::ConnectionRefused).with_attempts(2);
    assert!(!error.is_unsent());
    assert!(error.clone().with_unsent().is_unsent());
    assert!(error.with_attempts(1).is_unsent());
}

/// Connects to a port that nobody listens at, and to one whose owner hangs up once it has the request.
#[cfg(feature = "reqwest")]
#[tokio::test]
async fn the_client_tells_a_connection_that_failed_from_one_that_broke() {
    use std::{io::Read as _, net::TcpListener, thread};

    let error = |port: u16| async move {
        let client = crate::reqwest::Client::builder().no_proxy().build().unwrap();
        Error::transport("GetUser", client.get(format!("http://127.0.0.1:{port}/")).send().await.unwrap_err())
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let hangs_up = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
    });
    let broken = error(port).await;
    hangs_up.join().unwrap();
    assert!(!broken.is_unsent() && broken.is_retryable(), "{broken}");
    let refused = error(port).await;
    assert!(refused.is_unsent() && refused.is_retryable(), "{refused}");
}

#[test]
fn attempts_come_with_the_answer_or_from_whoever_gave_up() {
    assert_eq!((answered(503).attempts(), answered(503).to_string().as_str()), (1, "GetUser: 503 Service Unavailable"));
    let mut answer = Response::new(Bytes::from_static(b"{}"));
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    answer.headers_mut().insert("cf-ray", HeaderValue::from_static("ray"));
    answer.extensions_mut().insert(Attempts(3));
    let error = Error::from_response("GetUser", answer);
    assert_eq!(error.attempts(), 3);
    assert_eq!(error.to_string(), "GetUser: 503 Service Unavailable (trace ray), after 3 attempts");

    let error = broken(io::ErrorKind::ConnectionRefused).with_attempts(2);
    assert_eq!(error.to_string(), "GetUser: no answer came: connection refused, after 2 attempts");
    assert_eq!(error.with_attempts(0).attempts(), 1);
    let layered = Error::new(ErrorKind::Cancelled, "nobody waits").with_attempts(2);
    assert_eq!(Error::transport("GetUser", layered).attempts(), 2);
}

#[test]
fn an_answer_that_does_not_decode_tells_of_its_attempts_too() {
    let mut answer = Response::new(Bytes::from_static(b"7"));
    answer.extensions_mut().insert(Attempts(4));
    let error = crate::decode::json::<String>("GetUser", answer).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 4));
}

#[test]
fn what_had_taken_effect_is_named_in_its_order() {
    let error = answered(500);
    assert!(error.completed().is_empty());
    let error = error.with_completed(["UpdateUser", "UploadImage"]).with_attempts(2);
    assert_eq!(
        error.to_string(),
        "GetUser: 500 Internal Server Error, after 2 attempts; UpdateUser, UploadImage had taken effect"
    );
    let error = error.with_completed([String::from("Create\nUser")]);
    assert_eq!(error.completed(), ["Create\nUser", "UpdateUser", "UploadImage"]);
    assert!(error.to_string().ends_with(r"; Create\nUser, UpdateUser, UploadImage had taken effect"), "{error}");
}

#[test]
fn a_wait_until_a_date_is_counted_from_the_clock_that_was_given() {
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let mut headers = HeaderMap::new();
    assert_eq!(retry_after(&headers, noon), None);
    let date = httpdate::fmt_http_date(noon + Duration::from_secs(60));
    headers.insert("retry-after", HeaderValue::from_str(&date).unwrap());
    assert_eq!(retry_after(&headers, noon), Some(Duration::from_secs(60)));
    assert_eq!(retry_after(&headers, noon + Duration::from_secs(59)), Some(Duration::from_secs(1)));
    assert_eq!(retry_after(&headers, noon + Duration::from_secs(61)), Some(Duration::ZERO));
    headers.insert("retry-after", HeaderValue::from_static("7"));
    assert_eq!(retry_after(&headers, noon), Some(Duration::from_secs(7)));
}
