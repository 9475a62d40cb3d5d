//! What goes over the wire, byte for byte where it matters.

use clerk_core::{Error, Secret, Timestamp, Upload};
use serde_json::json;

use crate::double::{Double, Sent};

const USER: &str = r#"{"id":"user_1"}"#;
const ME: &str = r#"{"response":{"id":"user_1"},"client":null}"#;

/// Owned pairs, to compare with what was decoded.
fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn text(sent: &Sent) -> &str {
    std::str::from_utf8(&sent.body).expect("the body is text")
}

#[tokio::test]
async fn a_json_body_holds_exactly_what_was_set() -> Result<(), Error> {
    let double = Double::answering(200, USER);
    let user = double
        .bapi()?
        .create_user()
        .email_address(["ann@example.com", "ann@example.org"])
        .first_name("Ann")
        .password("correct horse")
        .clear_last_name()
        .skip_password_checks(false)
        .create_organizations_limit(0)
        .public_metadata(json!({ "plan": { "name": "gold", "seats": null } }))
        .send()
        .await?;
    assert_eq!(user.id.as_str(), "user_1");
    let sent = double.sent();
    assert_eq!((sent.method.as_str(), sent.target.as_str()), ("POST", "/v1/users"));
    assert_eq!(sent.header("content-type"), Some("application/json"));
    assert_eq!(sent.header("accept"), Some("application/json"));
    let expected = json!({
        "email_address": ["ann@example.com", "ann@example.org"],
        "first_name": "Ann",
        "password": "correct horse",
        "last_name": null,
        "skip_password_checks": false,
        "create_organizations_limit": 0,
        "public_metadata": { "plan": { "name": "gold", "seats": null } },
    });
    assert_eq!(sent.json(), expected);
    Ok(())
}

#[tokio::test]
async fn a_required_field_and_the_path_are_told_apart() -> Result<(), Error> {
    let double = Double::answering(200, "{}");
    let _ = double.bapi()?.create_organization_membership("org_1", "user_1", "org:admin").send().await;
    let sent = double.sent();
    assert_eq!(sent.target, "/v1/organizations/org_1/memberships");
    assert_eq!(sent.json(), json!({ "user_id": "user_1", "role": "org:admin" }));
    Ok(())
}

#[tokio::test]
async fn a_field_that_is_set_twice_goes_out_once_as_it_was_set_last() -> Result<(), Error> {
    let double = Double::answering(200, USER);
    let client = double.bapi()?;
    let call = client.update_user("user_1").first_name("Ann").clear_last_name();
    call.clear_first_name().first_name("Eve").last_name("Smith").clear_last_name().send().await?;
    assert_eq!(text(&double.sent()), r#"{"first_name":"Eve","last_name":null}"#);

    let double = Double::answering(200, "[]");
    double.bapi()?.get_user_list().limit(10).user_id(["a", "b"]).limit(20).user_id(["c"]).send().await?;
    assert_eq!(double.sent().query(), pairs(&[("limit", "20"), ("user_id", "c")]));

    let double = Double::answering(200, ME);
    double.fapi()?.update_user().first_name("Ann").first_name("Eve").send().await?;
    assert_eq!(text(&double.sent()), "first_name=Eve");
    Ok(())
}

#[tokio::test]
async fn a_body_that_must_be_there_is_an_empty_object_where_nothing_is_set() -> Result<(), Error> {
    let double = Double::answering(200, USER);
    double.bapi()?.update_user("user_1").send().await?;
    let sent = double.sent();
    assert_eq!(sent.json(), json!({}));
    assert_eq!(sent.target, "/v1/users/user_1");
    Ok(())
}

#[tokio::test]
async fn an_operation_on_which_nothing_is_set_has_no_body_and_no_content_type() -> Result<(), Error> {
    let double = Double::answering(200, USER);
    double.bapi()?.ban_user("user_1").send().await?;
    let sent = double.sent();
    assert!(sent.body.is_empty() && sent.header("content-type").is_none(), "{sent:?}");
    assert_eq!(sent.header("content-length"), Some("0"));

    let double = Double::answering(200, ME);
    double.fapi()?.update_user().send().await?;
    let sent = double.sent();
    assert!(sent.body.is_empty() && sent.header("content-type").is_none(), "{sent:?}");
    Ok(())
}

#[tokio::test]
async fn a_body_that_is_one_value_goes_out_as_that_value() -> Result<(), Error> {
    let double = Double::answering(200, r#"{"object":"token","jwt":"a.b.c"}"#);
    let body = clerk_bapi::sessions::RefreshSessionBody::new("expired", "refresh", "https://app.example.com");
    let refreshed = double.bapi()?.refresh_session("sess_1", body).send().await?;
    assert_eq!(refreshed.jwt.as_ref().map(Secret::expose), Some("a.b.c"));
    let expected = json!({
        "expired_token": "expired", "refresh_token": "refresh", "request_origin": "https://app.example.com",
    });
    assert_eq!(double.sent().json(), expected);
    Ok(())
}

#[tokio::test]
async fn a_form_repeats_the_key_of_a_list_without_brackets() -> Result<(), Error> {
    let double = Double::answering(400, "{}");
    let client = double.fapi()?;
    let call = client.create_external_account("oauth_google").additional_scope(["email", "a b&c=d", "é"]);
    let _ = call.send().await;
    let sent = double.sent();
    assert_eq!(sent.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(
        text(&sent),
        "strategy=oauth_google&additional_scope=email&additional_scope=a+b%26c%3Dd&additional_scope=%C3%A9"
    );
    Ok(())
}

#[tokio::test]
async fn a_form_carries_objects_as_json_flags_as_words_and_cleared_fields_as_nothing() -> Result<(), Error> {
    let double = Double::answering(200, ME);
    double
        .fapi()?
        .update_user()
        .with_field("unsafe_metadata", json!({ "theme": "dark", "sizes": [1, 2] }))
        .with_field("nested", json!([{ "a": 1 }]))
        .clear_last_name()
        .send()
        .await?;
    let expected = pairs(&[
        ("unsafe_metadata", r#"{"theme":"dark","sizes":[1,2]}"#),
        ("nested", r#"[{"a":1}]"#),
        ("last_name", ""),
    ]);
    // Whoever reads JSON does not mind the order of its keys, a comparison of texts does.
    let sorted = |value: &str| serde_json::from_str::<serde_json::Value>(value).map_or(json!(value), |value| value);
    let read =
        |form: Vec<(String, String)>| form.into_iter().map(|(name, value)| (name, sorted(&value))).collect::<Vec<_>>();
    assert_eq!(read(double.sent().form()), read(expected));

    let double = Double::answering(200, r#"{"response":{"id":"sia_1","status":"complete"},"client":null}"#);
    double
        .fapi()?
        .create_sign_in()
        .transfer(true)
        .sign_up_if_missing(false)
        .identifier("ann+1@example.com")
        .send()
        .await?;
    assert_eq!(text(&double.sent()), "transfer=true&sign_up_if_missing=false&identifier=ann%2B1%40example.com");
    Ok(())
}

/// The parts of a multipart body: their heads in lower case and their bytes.
fn parts(sent: &Sent) -> Vec<(String, Vec<u8>)> {
    let content_type = sent.header("content-type").expect("there is a content type");
    let boundary =
        content_type.strip_prefix("multipart/form-data; boundary=").expect("it is multipart with a boundary");
    let find = |haystack: &[u8], needle: &[u8]| haystack.windows(needle.len()).position(|window| window == needle);
    let mut rest: &[u8] = &sent.body;
    let opening = format!("--{boundary}\r\n");
    rest = rest.strip_prefix(opening.as_bytes()).expect("it starts with a boundary");
    let delimiter = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    loop {
        let end = find(rest, delimiter.as_bytes()).expect("each part ends with a boundary");
        let (part, after) = rest.split_at(end);
        let head = find(part, b"\r\n\r\n").expect("a part has a head");
        parts.push((String::from_utf8_lossy(&part[..head]).to_lowercase(), part[head + 4..].to_vec()));
        rest = &after[delimiter.len()..];
        if rest == b"--\r\n" {
            return parts;
        }
        rest = rest.strip_prefix(b"\r\n").expect("a boundary is a line");
    }
}

/// Bytes that a careless writer of multipart bodies breaks at.
fn nasty() -> Vec<u8> {
    let mut bytes =
        b"\r\n--boundary\r\ncontent-disposition: form-data; name=\"x\"\r\n\r\n--\r\n----clerk-\r\n\n\r".to_vec();
    bytes.extend(0..=255);
    bytes.extend(b"\r\n--");
    bytes
}

#[tokio::test]
async fn a_file_arrives_intact_with_its_part_name_file_name_and_content_type() -> Result<(), Error> {
    let file = || Upload::new("me.png", nasty()).content_type("image/png");
    let backend = Double::answering(200, USER);
    backend.bapi()?.set_user_profile_image("user_1", file()).send().await?;
    let image = Double::answering(200, r#"{"response":{"id":"img_1"},"client":null}"#);
    image.fapi()?.update_profile_image(file()).send().await?;
    let logo = Double::answering(200, r#"{"response":{"id":"org_1","name":"Org"},"client":null}"#);
    logo.fapi()?.update_organization_logo("org_1", file()).send().await?;
    for (double, method, path) in [
        (&backend, "POST", "/v1/users/user_1/profile_image"),
        (&image, "POST", "/v1/me/profile_image"),
        (&logo, "PUT", "/v1/organizations/org_1/logo"),
    ] {
        let sent = double.sent();
        assert_eq!((sent.method.as_str(), sent.path()), (method, path));
        let parts = parts(&sent);
        assert_eq!(parts.len(), 1, "{path}");
        let (head, bytes) = &parts[0];
        let lines: Vec<_> = head.split("\r\n").collect();
        assert_eq!(
            lines,
            ["content-disposition: form-data; name=\"file\"; filename=\"me.png\"", "content-type: image/png"],
            "{path}"
        );
        assert_eq!(*bytes, nasty(), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_file_name_cannot_write_a_header_of_its_own() -> Result<(), Error> {
    let double = Double::answering(200, USER);
    let file = Upload::new("a\"; name=\"b\"\r\nx-evil: 1\r\n\r\nbody", "bytes");
    double.bapi()?.set_user_profile_image("user_1", file).send().await?;
    let parts = parts(&double.sent());
    assert_eq!(parts.len(), 1);
    let lines: Vec<_> = parts[0].0.split("\r\n").collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0].matches('"').count(), 4, "{lines:?}");
    assert_eq!(lines[1], "content-type: application/octet-stream");
    assert_eq!(parts[0].1, b"bytes");
    Ok(())
}

#[tokio::test]
async fn a_list_in_the_query_repeats_its_name() -> Result<(), Error> {
    let double = Double::answering(200, "[]");
    let client = double.bapi()?;
    client
        .get_user_list()
        .email_address(["ann+1@example.com", "b&c@example.com"])
        .order_by("-created_at")
        .send()
        .await?;
    let sent = double.sent();
    assert_eq!(sent.path(), "/v1/users");
    let expected =
        [("email_address", "ann+1@example.com"), ("email_address", "b&c@example.com"), ("order_by", "-created_at")];
    assert_eq!(sent.query(), pairs(&expected));
    assert!(!sent.target.contains("%5B") && !sent.target.contains('['), "{}", sent.target);
    Ok(())
}

#[tokio::test]
async fn zero_and_false_are_sent_where_they_are_set_and_nowhere_else() -> Result<(), Error> {
    let double = Double::answering(200, "[]");
    let client = double.bapi()?;
    let call = client.get_user_list().offset(0).banned(false).query("").created_at_after(Timestamp::from_millis(0));
    call.send().await?;
    let expected = [("offset", "0"), ("banned", "false"), ("query", ""), ("created_at_after", "0")];
    assert_eq!(double.sent().query(), pairs(&expected));

    let double = Double::answering(200, "[]");
    double.bapi()?.get_user_list().send().await?;
    assert_eq!(double.sent().target, "/v1/users");
    Ok(())
}

#[tokio::test]
async fn a_joined_list_in_the_query_is_one_value() -> Result<(), Error> {
    let double = Double::answering(200, "");
    double.fapi()?.request_oauth_authorize("code", "client_1").scope(["openid", "email"]).send().await?;
    let sent = double.sent();
    let scopes: Vec<_> = sent.query().into_iter().filter(|(name, _)| name == "scope").collect();
    assert_eq!(scopes, pairs(&[("scope", "openid email")]));
    Ok(())
}

#[tokio::test]
async fn what_the_document_does_not_know_can_be_sent_all_the_same() -> Result<(), Error> {
    let double = Double::answering(200, USER);
    let client = double.bapi()?;
    let call = client.update_user("user_1").first_name("Ann").with_field("from_the_future", json!([1]));
    call.with_query("preview", "a b").with_header("x-preview", "yes").with_field("first_name", "Eve").send().await?;
    let sent = double.sent();
    assert_eq!(sent.json(), json!({ "first_name": "Eve", "from_the_future": [1] }));
    assert_eq!(sent.query(), pairs(&[("preview", "a b")]));
    assert_eq!(sent.header("x-preview"), Some("yes"));
    Ok(())
}

#[tokio::test]
async fn a_parameter_of_the_header_goes_into_the_header() -> Result<(), Error> {
    let double = Double::answering(400, "{}");
    let client = double.bapi()?;
    let (to, from) = (clerk_bapi::types::EmailRecipient::new(), clerk_bapi::types::EmailSender::new("shop"));
    let _ = client.create_email(to, from, "Hello").idempotency_key("key 1").send().await;
    let sent = double.sent();
    assert_eq!(sent.header("idempotency-key"), Some("key 1"));
    assert!(sent.json().get("idempotency_key").is_none(), "{sent:?}");
    Ok(())
}

#[tokio::test]
async fn the_backend_client_presents_its_key_and_nothing_of_a_browser() -> Result<(), Error> {
    let double = Double::answering(200, USER);
    double.bapi()?.get_user("user_1").send().await?;
    let sent = double.sent();
    sent.is("GET", "/users/user_1", clerk_bapi::API_VERSION);
    assert_eq!(sent.target, "/v1/users/user_1", "the version of the path stands in front once, and there is no query");
    assert_eq!(sent.headers.get_all("authorization").iter().collect::<Vec<_>>(), ["Bearer sk_test_wire"]);
    for absent in ["origin", "cookie", "referer", "x-mobile", "accept-encoding"] {
        assert!(!sent.headers.contains_key(absent), "{absent}: {sent:?}");
    }
    let user_agent = concat!("clerk-rust/", env!("CARGO_PKG_VERSION"));
    assert_eq!(sent.headers.get_all("user-agent").iter().collect::<Vec<_>>(), [user_agent]);
    Ok(())
}

#[tokio::test]
async fn the_frontend_client_says_that_it_is_native_and_sends_its_token_raw() -> Result<(), Error> {
    let double = Double::answering(200, ME);
    double.fapi()?.get_user().send().await?;
    let sent = double.sent();
    sent.is("GET", "/v1/me", clerk_fapi::API_VERSION);
    assert_eq!(sent.query(), pairs(&[("_is_native", "true")]));
    assert_eq!(sent.headers.get_all("authorization").iter().collect::<Vec<_>>(), ["test-client-token"]);
    assert_eq!(sent.header("x-mobile"), Some("1"));
    for absent in ["origin", "cookie", "referer"] {
        assert!(!sent.headers.contains_key(absent), "{absent}: {sent:?}");
    }
    assert!(sent.header("user-agent").is_some_and(|agent| agent.starts_with("clerk-rust/")), "{sent:?}");

    let double = Double::answering(200, ME);
    let client = clerk_fapi::Client::builder_for(&double.url()).build()?;
    client.get_user().send().await?;
    assert!(double.sent().header("authorization").is_none(), "a device without a token sends none");
    Ok(())
}

#[tokio::test]
async fn another_key_another_name_and_more_headers_go_out_as_told() -> Result<(), Error> {
    let double = Double::answering(200, r#"{"id":"mt_1"}"#);
    let client = clerk_bapi::Client::builder()
        .api_url(double.url())
        .secret_key(&"sk_test_abc".parse()?)
        .user_agent("shop/2.1")
        .header("x-request-id", "r-1")
        .build()?;
    let _ = client.with_bearer(&Secret::from("ak_machine"))?.verify_m2m_token("mt_secret").send().await;
    let sent = double.sent();
    assert_eq!(sent.headers.get_all("authorization").iter().collect::<Vec<_>>(), ["Bearer ak_machine"]);
    assert_eq!(sent.headers.get_all("user-agent").iter().collect::<Vec<_>>(), ["shop/2.1"]);
    assert_eq!(sent.header("x-request-id"), Some("r-1"));

    let double = Double::answering(200, ME);
    let client = double.fapi()?.with_client_token(&Secret::from("rotated"))?;
    client.get_user().with_query("_is_native", "false").send().await?;
    let sent = double.sent();
    assert_eq!(sent.headers.get_all("authorization").iter().collect::<Vec<_>>(), ["rotated"]);
    assert_eq!(sent.query(), pairs(&[("_is_native", "false")]));
    Ok(())
}
