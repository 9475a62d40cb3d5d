//! What becomes of an answer: lists, empty ones, errors, redirects, and those that break off.

use std::time::Duration;

use clerk_core::{Error, ErrorCode, ErrorKind, Secret, Transport};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::double::Double;

#[tokio::test]
async fn a_page_is_read_from_an_object_and_from_a_bare_list() -> Result<(), Error> {
    let membership = json!({ "id": "orgmem_1", "role": "org:admin" });
    let paged = json!({ "data": [membership], "total_count": 7 });
    for (body, total) in [(paged, Some(7)), (json!([membership]), None)] {
        let double = Double::answering(200, &body.to_string());
        let page = double.bapi()?.list_user_organization_memberships("user_1").send().await?;
        assert_eq!((page.data.len(), page.total_count), (1, total));
        assert_eq!(page.data[0].id.as_str(), "orgmem_1");
    }
    Ok(())
}

#[tokio::test]
async fn a_bare_list_is_read_as_one() -> Result<(), Error> {
    let double = Double::answering(200, r#"[{"id":"user_1"},{"id":"user_2"}]"#);
    let users = double.bapi()?.get_user_list().send().await?;
    assert_eq!(users.iter().map(|user| user.id.as_str()).collect::<Vec<_>>(), ["user_1", "user_2"]);
    Ok(())
}

#[tokio::test]
async fn an_operation_that_answers_nothing_needs_no_body() -> Result<(), Error> {
    let double = Double::answering(204, "");
    let answer = double.bapi()?.delete_svix_app().send_full().await?;
    assert_eq!(answer.status().as_u16(), 204);

    let double = Double::answering(204, "");
    let nothing = double.fapi()?.delete_user_payment_method("pm_1").send().await?;
    assert!(nothing.is_none(), "an empty answer where an object is possible is none");
    Ok(())
}

#[tokio::test]
async fn an_empty_answer_where_a_value_is_due_is_a_decoding_error() -> Result<(), Error> {
    let double = Double::answering(204, "");
    let error = double.bapi()?.get_user("user_1").send().await.expect_err("there is no user");
    assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Decode, Some(204)));
    assert_eq!(error.operation(), Some("GetUser"));
    Ok(())
}

#[tokio::test]
async fn the_headers_and_the_status_come_with_the_value_to_whoever_asks() -> Result<(), Error> {
    let headers = [("content-type", "application/json; charset=utf-8"), ("authorization", "rotated-token")];
    let body = br#"{"response":{"id":"user_1"},"client":{"id":"client_1"}}"#;
    let double = Double::answering_with(201, &headers, body);
    let (status, headers, me) = double.fapi()?.get_user().send_full().await?.into_parts();
    assert_eq!(status.as_u16(), 201);
    assert_eq!(headers["authorization"], "rotated-token");
    assert_eq!(me.response.id.as_str(), "user_1");
    assert_eq!(me.client.expect("there is a client").id.as_str(), "client_1");
    Ok(())
}

#[tokio::test]
async fn an_error_tells_the_reasons_of_the_api_its_trace_and_what_came_beside() -> Result<(), Error> {
    let reason = json!({
        "code": "form_password_pwned", "message": "is pwned", "long_message": "Take another password.",
        "meta": { "param_name": "password" },
    });
    let beside = json!({ "client": { "id": "client_1" }, "session_id": "sess_1" });
    let body =
        json!({ "errors": [reason, { "code": "second", "message": "m" }], "meta": beside, "clerk_trace_id": "tr_1" });
    let headers = [("content-type", "application/json"), ("authorization", "rotated-token"), ("cf-ray", "ray")];
    let double = Double::answering_with(422, &headers, body.to_string().as_bytes());
    let client = double.fapi()?;
    let error = client.create_sign_in().identifier("ann@example.com").send().await.expect_err("it is refused");
    assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Validation, Some(422)));
    assert_eq!((error.operation(), error.code()), (Some("createSignIn"), Some(&ErrorCode::FORM_PASSWORD_PWNED)));
    let [first, second] = error.errors() else { panic!("two reasons were given: {error:?}") };
    assert_eq!((first.code.as_str(), first.message.as_str()), ("form_password_pwned", "is pwned"));
    assert_eq!(first.long_message.as_deref(), Some("Take another password."));
    assert_eq!(first.meta, Some(json!({ "param_name": "password" })));
    assert_eq!((second.code.as_str(), second.long_message.as_deref()), ("second", None));
    assert_eq!(error.meta(), Some(&beside));
    assert_eq!(error.trace_id(), Some("tr_1"));
    assert_eq!(error.headers().expect("an answer came")["authorization"], "rotated-token");
    assert_eq!(error.retry_after(), None);
    let shown = error.to_string();
    for part in ["createSignIn", "422", "form_password_pwned", "Take another password.", "tr_1"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    Ok(())
}

#[tokio::test]
async fn a_429_says_how_long_to_wait_in_seconds_and_as_a_date() -> Result<(), Error> {
    const A_DAY: u64 = 86_400;
    for (value, least, most) in [
        ("0", 0, 0),
        ("120", 120, 120),
        ("18446744073709551615", A_DAY, A_DAY),
        ("Fri, 31 Dec 9999 23:59:59 GMT", A_DAY, A_DAY),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
    ] {
        let body = br#"{"errors":[{"code":"too_many_requests","message":"Too many"}]}"#;
        let double = Double::answering_with(429, &[("retry-after", value)], body);
        let error = double.bapi()?.get_user("user_1").send().await.expect_err("it is too much");
        assert_eq!((error.kind(), error.code()), (ErrorKind::RateLimited, Some(&ErrorCode::TOO_MANY_REQUESTS)));
        let wait = error.retry_after().expect("it says how long");
        assert!(wait >= Duration::from_secs(least) && wait <= Duration::from_secs(most), "{value}: {wait:?}");
    }
    for value in ["soon", "-1", "1.5", ""] {
        let double = Double::answering_with(429, &[("retry-after", value)], b"");
        let error = double.bapi()?.get_user("user_1").send().await.expect_err("it is too much");
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, None), "{value}");
    }
    Ok(())
}

#[tokio::test]
async fn a_page_of_html_leaves_the_status_and_is_not_shown() -> Result<(), Error> {
    let html = b"<html><head><title>502</title></head><body>nginx on host-17</body></html>";
    let double = Double::answering_with(502, &[("content-type", "text/html"), ("cf-ray", "ray-1")], html);
    let error = double.fapi()?.get_user().send().await.expect_err("the gateway is bad");
    assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Server, Some(502)));
    assert!(error.errors().is_empty() && error.code().is_none() && error.meta().is_none());
    assert_eq!((error.operation(), error.trace_id()), (Some("getUser"), Some("ray-1")));
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(shown.contains("502") && !shown.contains('<') && !shown.contains("nginx"), "{shown}");
    }

    let double = Double::answering_with(200, &[("content-type", "text/html")], html);
    let error = double.fapi()?.get_user().send().await.expect_err("a page is no user");
    assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Decode, Some(200)));
    assert!(!format!("{error} {error:?}").contains("nginx"), "{error:?}");
    Ok(())
}

/// A server of one answer that is written as it stands, whereupon the connection ends.
async fn breaking_off(answer: &'static str) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.windows(4).any(|window| window == b"\r\n\r\n") {
                match connection.read_buf(&mut request).await {
                    Ok(0) | Err(_) => break,
                    Ok(_) => {}
                }
            }
            let _ = connection.write_all(answer.as_bytes()).await;
            let _ = connection.shutdown().await;
        }
    });
    Ok(url)
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error_that_names_the_operation() -> Result<(), Box<dyn std::error::Error>> {
    for (answer, kinds) in [
        // Fewer bytes than were announced.
        ("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"id\":\"user_half", [ErrorKind::Network].as_slice()),
        // The last chunk is missing.
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\n{\"id\":\"user_half\r\n", &[ErrorKind::Network]),
        // The head itself is half.
        ("HTTP/1.1 200 OK\r\ncontent-le", &[ErrorKind::Network]),
        // Nothing at all.
        ("", &[ErrorKind::Network]),
        // Whole for HTTP, which knows no length here, and half for JSON.
        ("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"id\":\"user_half", &[ErrorKind::Decode]),
        // An error of which half is gone stays an error of that status, or of the network.
        ("HTTP/1.1 422 No\r\ncontent-length: 1000\r\n\r\n{\"errors\":[{\"code\":\"user_half", &[ErrorKind::Network]),
    ] {
        let url = breaking_off(answer).await?;
        let client = clerk_bapi::Client::builder().api_url(url).build()?;
        let error = client.get_user("user_1").send().await.expect_err(answer);
        assert!(kinds.contains(&error.kind()), "{answer:?}: {error:?}");
        assert_eq!(error.operation(), Some("GetUser"), "{answer:?}");
        assert!(error.to_string().starts_with("GetUser: "), "{error}");
        assert!(!format!("{error} {error:?}").contains("user_half"), "{error:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_operation_that_redirects_gives_the_redirect_and_does_not_follow_it() -> Result<(), Error> {
    let behind = Double::answering(200, "{}");
    let location = format!("{}/after?token=abc#part", behind.url());
    let headers =
        [("location", location.as_str()), ("set-cookie", "__client=a; Path=/"), ("set-cookie", "__session=b")];
    for status in [301, 302, 303, 307, 308] {
        let double = Double::answering_with(status, &headers, b"moved");
        let answer =
            double.fapi()?.sync_client().link_domain("example.com").redirect_url("https://x").send_full().await?;
        assert_eq!(answer.status().as_u16(), status);
        let redirect = answer.into_value();
        assert_eq!(redirect.location, location);
        let cookies: Vec<_> = redirect.set_cookie.iter().map(Secret::expose).collect();
        assert_eq!(cookies, ["__client=a; Path=/", "__session=b"]);
        assert_eq!(double.requests(), 1);
    }
    assert_eq!(behind.requests(), 0, "nobody followed");
    Ok(())
}

#[tokio::test]
async fn an_operation_that_redirects_takes_neither_a_page_nor_a_redirect_to_nowhere() -> Result<(), Error> {
    let double = Double::answering_with(302, &[("x-other", "1")], b"");
    let error = double.fapi()?.redirect_to_url().send().await.expect_err("it says no place");
    assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Unexpected, Some(302)));
    assert_eq!(error.operation(), Some("redirectToUrl"));

    let double = Double::answering(200, "{}");
    let error = double.fapi()?.redirect_to_url().send().await.expect_err("it is no redirect");
    assert_eq!(error.kind(), ErrorKind::Unexpected);

    let double = Double::answering(422, r#"{"errors":[{"code":"url_invalid","message":"m"}]}"#);
    let error = double.fapi()?.redirect_to_url().send().await.expect_err("it is refused");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Validation, Some(&ErrorCode::new("url_invalid"))));
    Ok(())
}

#[tokio::test]
async fn a_redirect_that_is_not_due_is_an_error_and_takes_neither_key_nor_cookies_elsewhere() -> Result<(), Error> {
    let elsewhere = Double::answering(200, r#"{"id":"user_evil"}"#);
    let location = format!("{}/v1/users/user_1?leak=location", elsewhere.url());
    let headers = [("location", location.as_str()), ("set-cookie", "sid=cookie-value; Path=/")];
    for status in [301, 302, 303, 307, 308] {
        let double = Double::answering_with(status, &headers, b"");
        let client = double.bapi()?;
        let read = client.get_user("user_1").send().await.map(|_| ());
        let written = client.update_user("user_1").password("p").send().await.map(|_| ());
        let emptied = client.delete_svix_app().send().await;
        let of_device = double.fapi()?.get_user().send().await.map(|_| ());
        for result in [read, written, emptied, of_device] {
            let error = result.expect_err("no redirect is due");
            assert_eq!((error.kind(), error.status().map(|s| s.as_u16())), (ErrorKind::Unexpected, Some(status)));
            let shown = format!("{error} {error:?}");
            assert!(
                shown.contains(&status.to_string()) && !shown.contains("leak") && !shown.contains("cookie"),
                "{shown}"
            );
        }
        assert_eq!(double.requests(), 4);
    }
    assert_eq!(elsewhere.requests(), 0, "nobody followed");
    Ok(())
}

#[tokio::test]
async fn a_cookie_that_an_answer_sets_is_not_sent_back() -> Result<(), Error> {
    let body = br#"{"response":{"id":"user_1"},"client":null}"#;
    let first = Double::answering_with(200, &[("set-cookie", "__client=abc; Path=/")], body);
    let second = Double::answering_with(200, &[], body);
    // A jar would send it: to a jar, both are one host.
    let transport = Transport::reqwest()?;
    for double in [&first, &second] {
        let client = clerk_fapi::Client::builder_for(&double.url()).transport(transport.clone()).build()?;
        client.get_user().send().await?;
        assert!(!double.sent().headers.contains_key("cookie"));
    }
    Ok(())
}
