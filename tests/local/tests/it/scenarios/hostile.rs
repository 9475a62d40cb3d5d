//! Requests that nobody should send.

use clerk_core::{Bytes, Transport, http};
use clerk_local::{Api, OperationInfo};
use http::{Request, Response, header};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::world::{World, problems};

scenarios![
    without_the_secret_key_the_backend_api_does_nothing,
    an_unknown_id_is_404_in_every_operation_that_reads_one,
    a_body_that_is_no_json_is_refused_by_every_operation,
    a_body_of_another_type_is_415,
    forms_with_broken_parts_are_refused,
    a_body_beyond_10_mib_is_413_over_a_socket_and_in_process,
    another_method_is_405_and_says_which_ones_are_taken,
    what_is_not_there_is_404,
    numbers_beyond_all_bounds_are_refused,
    deep_json_is_refused,
    what_is_nested_deeply_can_still_be_read_by_clients,
    nothing_that_is_printed_tells_a_secret,
    bytes_that_are_no_text_do_no_harm,
    headers_without_number_or_end_do_no_harm,
    lines_that_are_no_http_do_no_harm,
];

fn operations(api: Api) -> impl Iterator<Item = OperationInfo> {
    clerk_local::operations().into_iter().filter(move |it| it.api == api && it.implemented)
}

/// A path with its parameters filled in.
fn path(operation: &OperationInfo, id: &str) -> String {
    let segments = operation.path.split('/').map(|segment| if segment.starts_with('{') { id } else { segment });
    let path = segments.collect::<Vec<_>>().join("/");
    match operation.api {
        Api::Backend => format!("/v1{path}"),
        Api::Frontend => path,
    }
}

fn code(response: &Response<Bytes>) -> String {
    let body: Value = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
    body["errors"][0]["code"].as_str().unwrap_or_default().to_owned()
}

async fn without_the_secret_key_the_backend_api_does_nothing(world: World) {
    let before = world.local.events().len();
    for operation in clerk_local::operations().into_iter().filter(|it| it.api == Api::Backend) {
        if operation.id == "GetPublicInterstitial" {
            continue;
        }
        let keys = [None, Some("Bearer sk_test_wrong"), Some("Bearer "), Some("Basic x"), Some("Bearer \u{fc}")];
        for key in keys {
            let mut request = Request::builder().method(operation.method).uri(path(&operation, "x"));
            if let Some(key) = key {
                request = request.header(header::AUTHORIZATION, key.as_bytes());
            }
            let response = world.raw(Api::Backend, request, "{}").await;
            assert_eq!(response.status(), 401, "{} with {key:?}: {:?}", operation.id, response.body());
            problems(Api::Backend, operation.id, &response).unwrap();
        }
    }
    assert_eq!(world.local.events().len(), before);
}

async fn an_unknown_id_is_404_in_every_operation_that_reads_one(world: World) {
    let mut wrong = Vec::new();
    for id in ["user_2abcdefghijklmnopqrstuvwxyz", "%00", "..%2f..", "\u{feff}".repeat(50).as_str(), "%ff%fe"] {
        let id = if id.is_ascii() { id.to_owned() } else { "%EF%BB%BF".repeat(50) };
        for operation in operations(Api::Backend).filter(|it| it.method == "GET" && it.path.contains('{')) {
            let response = world.raw(Api::Backend, world.with_key("GET", &path(&operation, &id)), "").await;
            if response.status() != 404 {
                wrong.push(format!("{} {id}: {} {:?}", operation.id, response.status(), response.body()));
            } else if let Err(problem) = problems(Api::Backend, operation.id, &response) {
                wrong.push(problem);
            }
        }
        // Nobody is signed in there: what belongs to somebody is 401, and the rest is not there.
        for operation in operations(Api::Frontend).filter(|it| it.method == "GET" && it.path.contains('{')) {
            let response = world.raw(Api::Frontend, Request::get(path(&operation, &id)), "").await;
            if !matches!(response.status().as_u16(), 302 | 303 | 307 | 400 | 401 | 404) {
                wrong.push(format!("{} {id}: {} {:?}", operation.id, response.status(), response.body()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn a_body_that_is_no_json_is_refused_by_every_operation(world: World) {
    let mut wrong = Vec::new();
    let takes_a_body = |it: &OperationInfo| matches!(it.method, "POST" | "PUT" | "PATCH");
    for operation in operations(Api::Backend).filter(takes_a_body) {
        for body in ["{", "[[", "{\"a\":}", "\u{0}", "tru", "{} {}", "\"text\""] {
            let request = world.with_key(operation.method, &path(&operation, "x"));
            let request = request.header(header::CONTENT_TYPE, "application/json");
            let response = world.raw(Api::Backend, request, body).await;
            // An operation without a body may overlook it, and an unknown id may be told first.
            let status = response.status().as_u16();
            if !(400..500).contains(&status) && !(200..300).contains(&status) {
                wrong.push(format!("{} {body:?}: {status} {:?}", operation.id, response.body()));
            }
            if operation.id == "CreateUser" {
                assert_eq!((status, code(&response).as_str()), (400, "request_body_invalid"), "{body:?}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn a_body_of_another_type_is_415(world: World) {
    for kind in ["text/xml", "application/octet-stream", "image/png", "x"] {
        let request = world.with_key("POST", "/v1/users").header(header::CONTENT_TYPE, kind);
        let response = world.raw(Api::Backend, request, "<user/>").await;
        assert_eq!((response.status().as_u16(), code(&response).as_str()), (415, "unsupported_content_type"), "{kind}");
    }
}

async fn forms_with_broken_parts_are_refused(world: World) {
    let backend = world.backend();
    let id = backend.create_user().email_address(["ann@example.com"]).skip_password_requirement(true).send();
    let path = format!("/v1/users/{}/profile_image", id.await.unwrap().id);
    let bodies: [(&str, &[u8]); 5] = [
        ("multipart/form-data", b"--b\r\n\r\n\r\n--b--"),
        ("multipart/form-data; boundary=", b"--\r\n"),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n",
        ),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--b\r\nx: \xff\r\n\r\n\xff\r\n--b--"),
    ];
    for (kind, body) in bodies {
        let request = world.with_key("POST", &path).header(header::CONTENT_TYPE, kind);
        let response = world.raw(Api::Backend, request, Bytes::from_static(body)).await;
        assert!(matches!(response.status().as_u16(), 400 | 422), "{kind} {body:?}: {:?}", response.body());
        problems(Api::Backend, "SetUserProfileImage", &response).unwrap();
    }
}

async fn a_body_beyond_10_mib_is_413_over_a_socket_and_in_process(world: World) {
    let body = Bytes::from(vec![b' '; 10 * 1024 * 1024 + 1]);
    for transport in [world.local.transport(), Transport::reqwest().unwrap()] {
        let request = world.with_key("POST", "/v1/users").header(header::CONTENT_TYPE, "application/json");
        let response = world.raw_over(transport, Api::Backend, request, body.clone()).await.unwrap();
        assert_eq!((response.status().as_u16(), code(&response).as_str()), (413, "request_body_too_large"));
    }
    let request = world.with_key("POST", "/v1/users").header(header::CONTENT_TYPE, "application/json");
    let response = world.raw(Api::Backend, request, body.slice(1..)).await;
    assert_ne!(response.status(), 413);
}

async fn another_method_is_405_and_says_which_ones_are_taken(world: World) {
    let response = world.raw(Api::Backend, world.with_key("PUT", "/v1/users"), "").await;
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()[header::ALLOW], "GET, POST");
    let response = world.raw(Api::Frontend, Request::builder().method("BREW").uri("/v1/me"), "").await;
    assert_eq!(response.status(), 405);
    let response = world.raw(Api::Frontend, Request::post("/v1/me?_method=%0d%0a"), "").await;
    assert_eq!(response.status(), 405);
}

async fn what_is_not_there_is_404(world: World) {
    let long = format!("/v1/{}", "a/".repeat(5000));
    for path in ["/v1", "/v1/", "/v1//users", "/v1/users/x/y/z", "/v2/users", "/users/../users", long.as_str()] {
        for api in [Api::Frontend, Api::Backend] {
            let response = world.raw(api, world.with_key("GET", path), "").await;
            assert_eq!(response.status(), 404, "{api:?} {path}");
        }
    }
}

async fn numbers_beyond_all_bounds_are_refused(world: World) {
    for number in ["99999999999999999999", "-99999999999999999999", "1e99", "-1", "0x10", "NaN", "٣"] {
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("limit", number).finish();
        let response = world.raw(Api::Backend, world.with_key("GET", &format!("/v1/users?{query}")), "").await;
        assert!((400..500).contains(&response.status().as_u16()), "{number}: {:?}", response.body());
    }
    let offset = format!("/v1/users?limit=1&offset={}", i64::MAX);
    let response = world.raw(Api::Backend, world.with_key("GET", &offset), "").await;
    assert_eq!((response.status().as_u16(), response.body().as_ref()), (200, &b"[]"[..]));
    for number in ["1e999", "18446744073709551616", "-1e308", "1.5"] {
        let body = format!("{{\"create_organizations_limit\": {number}}}");
        let request = world.with_key("POST", "/v1/users").header(header::CONTENT_TYPE, "application/json");
        let response = world.raw(Api::Backend, request, body).await;
        assert!((400..500).contains(&response.status().as_u16()), "{number}: {:?}", response.body());
    }
}

async fn deep_json_is_refused(world: World) {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(50_000), close.repeat(50_000));
        for body in [deep.clone(), format!("{{\"public_metadata\": {deep}}}")] {
            let request = world.with_key("POST", "/v1/users").header(header::CONTENT_TYPE, "application/json");
            let response = world.raw(Api::Backend, request, body).await;
            assert_eq!((response.status().as_u16(), code(&response).as_str()), (400, "request_body_invalid"));
        }
    }
}

async fn bytes_that_are_no_text_do_no_harm(world: World) {
    let bytes: Bytes = (0..=255).collect();
    for kind in ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"] {
        for (api, path) in [(Api::Backend, "/v1/users"), (Api::Frontend, "/v1/client/sign_ins?_is_native=1")] {
            let request = world.with_key("POST", path).header(header::CONTENT_TYPE, kind);
            let status = world.raw(api, request, bytes.clone()).await.status().as_u16();
            // A native sign-in may be begun with nothing, and names that are none are overlooked or refused.
            let begun = api == Api::Frontend && status == 200;
            assert!((400..500).contains(&status) || begun, "{kind} {path}: {status}");
        }
    }
    let request = Request::get("/v1/client").header(header::COOKIE, &b"__client=\xff\xfe; \xff=\x80"[..]);
    let status = world.raw(Api::Frontend, request.header(header::USER_AGENT, &b"\xff"[..]), "").await.status().as_u16();
    assert!(status < 500 || status == 501, "{status}");
}

/// What a socket that says this gets back, to its end or a reset.
async fn over_socket(world: &World, says: &[u8]) -> String {
    let address = world.local.frontend_url().strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    // A server that has heard enough may close before all is said.
    let _ = stream.write_all(says).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn headers_without_number_or_end_do_no_harm(world: World) {
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(20_000));
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(10_000_000));
    let path = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "y".repeat(1_000_000));
    for request in [many, long, path] {
        let answer = over_socket(&world, request.as_bytes()).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{}", answer.lines().next().unwrap());
    }
    assert!(over_socket(&world, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.starts_with("HTTP/1.1 200"));
}

async fn lines_that_are_no_http_do_no_harm(world: World) {
    let says: [&[u8]; 6] = [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"POST /v1/client HTTP/1.1\r\nhost: x\r\ncontent-length: 18446744073709551616\r\n\r\n",
        b"POST /v1/client HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        b"POST /v1/client HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nshort",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ];
    for line in says {
        let answer = over_socket(&world, line).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert!(over_socket(&world, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.starts_with("HTTP/1.1 200"));
}

async fn what_is_nested_deeply_can_still_be_read_by_clients(world: World) {
    let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    let create = async |levels: usize| {
        let body = format!(
            "{{\"email_address\": [\"ann{levels}@example.com\"], \"skip_password_requirement\": true, \
              \"unsafe_metadata\": {}}}",
            nested(levels)
        );
        let request = world.with_key("POST", "/v1/users").header(header::CONTENT_TYPE, "application/json");
        world.raw(Api::Backend, request, body).await
    };
    let refused = create(100).await;
    assert_eq!((refused.status().as_u16(), code(&refused).as_str()), (400, "request_body_invalid"));
    assert_eq!(create(99).await.status(), 200);
    let users = world.backend().get_user_list().send().await.unwrap();
    let user = users.first().unwrap().id.clone();
    let signed_in = world.local.sign_in_as(user.as_str()).unwrap();
    let device = world.device();
    device.set_token(Some(signed_in.client_token.expose().to_owned()));
    let me = device.get_user().send().await.unwrap();
    assert!(me.client.is_some());
    assert!(world.local.events().iter().any(|event| event.kind == "user.created" && event.body.is_object()));
}

async fn nothing_that_is_printed_tells_a_secret(world: World) {
    let seed = r#"{"keys": {"secret_key": "sk_test_hushhush"}, "users": [{"email_addresses": ["ann@example.com"],
        "password": "hush hush", "totp_secret": "JBSWY3DPEHPK3PXP", "backup_codes": ["hushhush"]}]}"#;
    let seed: clerk_local::Seed = serde_json::from_str(seed).unwrap();
    let world = world.rebuilt(|builder| builder.seed(seed.clone())).await;
    let endpoint = world.local.webhooks().endpoint("http://127.0.0.1:9/").secret("whsec_aHVzaGh1c2g=");
    let mut printed = format!("{:?} {seed:?} {:?} {endpoint:?}", world.local, world.local.transport());
    let endpoint = endpoint.add().unwrap();
    let user = world.backend().get_user_list().send().await.unwrap().first().unwrap().id.clone();
    let signed_in = world.local.sign_in_as(user.as_str()).unwrap();
    let builder = clerk_local::LocalClerk::builder().seed(seed);
    printed += &format!("{endpoint:?} {signed_in:?} {builder:?} {:?} {:?}", world.local, world.local.provider());
    printed += &format!("{:?} {:?}", world.local.webhooks(), world.local.inbox());
    let token = signed_in.client_token.expose().split('.').next_back().unwrap();
    for secret in ["hush", "JBSWY3DPEHPK3PXP", "aHVzaGh1c2g", token, signed_in.session_token.expose()] {
        assert!(!printed.contains(secret), "{secret} is in {printed}");
    }
}
