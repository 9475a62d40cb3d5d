//! Nothing that prints a value, a call, a client or an error prints a secret.

use std::cell::RefCell;
use std::collections::BTreeSet;

use clerk_core::{Endpoint, Error, Secret, SecretKey, Transport, Upload};
use serde_json::{Map, Value, json};

use crate::double::Double;
use crate::fixture::{Choice, Interface, Whole, bare_of_flags, reference};

const SENTINEL: &str = "s3cr3t-test-value";

/// Everything there, and the sentinel in each field that is secret.
struct Secrets<'a> {
    interface: &'a Interface,
    placed: RefCell<BTreeSet<String>>,
}

impl Choice for Secrets<'_> {
    fn object(&self, schema: &str, object: &mut Map<String, Value>) {
        let kind_of = self.interface.facts().kind_of(schema);
        // Of unknown kinds is another test.
        if kind_of.is_some() && object.get("object").is_some_and(|tag| tag == "text") {
            object.remove("object");
        }
        let properties = &self.interface.schema(schema)["properties"];
        let schema = kind_of.unwrap_or(schema);
        for (key, value) in object {
            // An object with fields of its own is no secret as a whole, and a value of an enum is none at all.
            let inner = reference(&properties[key.as_str()]).map(|name| self.interface.schema(name));
            let is_whole = inner.is_none_or(|inner| inner["type"] == "object" && inner.get("properties").is_none());
            if is_whole && self.interface.facts().is_secret(schema, key) && conceal(value) {
                self.placed.borrow_mut().insert(format!("{schema}.{key}"));
            }
        }
    }
}

/// Puts the sentinel in place of every text in a value; whether there was any.
fn conceal(value: &mut Value) -> bool {
    match value {
        Value::String(text) => {
            SENTINEL.clone_into(text);
            true
        }
        Value::Array(list) => list.iter_mut().fold(false, |any, value| conceal(value) | any),
        Value::Object(object) => object.values_mut().fold(false, |any, value| conceal(value) | any),
        _ => false,
    }
}

#[test]
fn no_type_shows_a_field_that_is_secret() {
    let mut placed = BTreeSet::new();
    for interface in Interface::all() {
        for (schema, entry) in interface.objects() {
            let secrets = Secrets { interface: &interface, placed: RefCell::default() };
            let value = interface.value(schema, &secrets);
            let shown = entry.debug(&value).expect(schema);
            assert!(!shown.contains(SENTINEL), "{} {schema} shows a secret: {shown}", interface.name);
            let written = entry.round(&value).expect(schema).to_string();
            let count = |text: &str| text.matches(SENTINEL).count();
            assert_eq!(
                count(&written),
                count(&value.to_string()),
                "{} {schema} loses a secret: {written}",
                interface.name
            );
            placed.append(&mut secrets.placed.into_inner());
        }
    }
    assert!(placed.len() > 50, "only {} fields are secret: {placed:?}", placed.len());
}

/// What is secret whatever the table says: type and field.
const KNOWN: &[(&str, &str)] = &[
    ("ActorToken", "token"),
    ("ActorToken", "url"),
    ("AdminPortalLinkTokenWithSecret", "token"),
    ("AgentTask", "url"),
    ("ApiKeySecret", "secret"),
    ("ApiKeyWithSecret", "secret"),
    ("BackupCodes", "codes"),
    ("BillingPaymentMethodInitialize", "external_client_secret"),
    ("Directory", "api_key"),
    ("EmailEventPayload", "body"),
    ("EmailEventPayload", "body_plain"),
    ("EmailEventPayload", "data"),
    ("EnterpriseConnectionTestRunOauth", "access_token"),
    ("EnterpriseConnectionTestRunOauth", "id_token"),
    ("EnterpriseConnectionTestRunSaml", "saml_response"),
    ("Invitation", "url"),
    ("M2mTokenWithSecret", "token"),
    ("MachineSecretKey", "secret"),
    ("MachineWithSecret", "secret_key"),
    ("OAuthAccessToken", "id_token"),
    ("OAuthAccessToken", "token"),
    ("OAuthAccessToken", "token_secret"),
    ("OAuthApplicationWithSecret", "client_secret"),
    ("OAuthDynamicClientRegistration", "client_secret"),
    ("OAuthToken", "access_token"),
    ("OAuthToken", "id_token"),
    ("OAuthToken", "refresh_token"),
    ("OrganizationInvitation", "url"),
    ("PhoneNumber", "backup_codes"),
    ("ScimDirectory", "api_key"),
    ("Token", "jwt"),
    ("SignInToken", "token"),
    ("SignInToken", "url"),
    ("SmsEventPayload", "data"),
    ("SmsEventPayload", "message"),
    ("SvixUrl", "svix_url"),
    ("TestingToken", "token"),
    ("Token", "jwt"),
    ("Totp", "backup_codes"),
    ("Totp", "secret"),
    ("Totp", "uri"),
];

#[test]
fn what_is_known_to_be_secret_is_not_shown_whatever_the_table_says() {
    let interfaces = Interface::all();
    for (schema, field) in KNOWN {
        let mut found = 0;
        for interface in &interfaces {
            let Some(entry) = interface.entry(schema) else { continue };
            let mut value = interface.value(schema, &Whole);
            let Some(place) = value.get_mut(*field) else { continue };
            assert!(conceal(place), "{} {schema}.{field} holds no text: {place}", interface.name);
            let shown = entry.debug(&value).expect(schema);
            assert!(!shown.contains(SENTINEL), "{} {schema}.{field} is shown: {shown}", interface.name);
            let written = entry.round(&value).expect(schema).to_string();
            assert!(written.contains(SENTINEL), "{} {schema}.{field} is lost: {written}", interface.name);
            found += 1;
        }
        assert!(found > 0, "there is no {schema}.{field}");
    }
}

#[test]
fn the_secrets_of_every_kind_of_a_union_are_not_shown() {
    for (union, value) in [
        ("Jwk", json!({ "kty": "RSA", "d": SENTINEL, "p": SENTINEL, "q": SENTINEL, "dp": SENTINEL, "dq": SENTINEL })),
        ("Jwk", json!({ "kty": "RSA", "qi": SENTINEL })),
        ("Jwk", json!({ "kty": "EC", "crv": "P-256", "d": SENTINEL })),
        ("Jwk", json!({ "kty": "OKP", "crv": "Ed25519", "d": SENTINEL })),
        ("Jwk", json!({ "kty": "oct", "k": SENTINEL })),
        ("SessionRefresh", json!({ "object": "token", "jwt": SENTINEL })),
        ("SessionRefresh", json!({ "object": "cookies", "cookies": [SENTINEL] })),
        ("MagicLinkCompletion", json!({ "flow_id": "flow_1", "ticket": SENTINEL })),
    ] {
        shows_no_secret(union, &value);
    }
}

#[test]
fn an_object_of_an_unknown_kind_does_not_show_what_came() {
    for (union, value) in [
        ("Verification", json!({ "object": "verification_iris", "nonce": SENTINEL })),
        ("Jwk", json!({ "kty": "AKP", "priv": SENTINEL })),
        ("SessionRefresh", json!({ "object": "token_pair", "jwt": SENTINEL, "refresh": SENTINEL })),
        ("MagicLinkCompletion", json!({ "object": "magic_link_jwt", "jwt": SENTINEL })),
    ] {
        shows_no_secret(union, &value);
    }
}

/// Reads a value as a type that may be in one interface only.
fn shows_no_secret(name: &str, value: &Value) {
    let interfaces = Interface::all();
    let entries: Vec<_> = interfaces.iter().filter_map(|interface| interface.entry(name)).collect();
    assert!(!entries.is_empty(), "there is no {name}");
    for entry in entries {
        let shown = entry.debug(value).expect(name);
        assert!(!shown.contains(SENTINEL), "{name} is shown: {shown}");
        assert_eq!(bare_of_flags(&entry.round(value).expect(name)), *value);
    }
}

/// Asserts that neither form of `Debug` shows the sentinel.
fn hides(what: &dyn std::fmt::Debug) {
    for shown in [format!("{what:?}"), format!("{what:#?}")] {
        assert!(!shown.contains(SENTINEL), "{shown}");
        assert!(!shown.is_empty());
    }
}

#[test]
fn no_call_of_the_backend_api_shows_its_arguments() {
    let client = clerk_bapi::Client::builder().bearer(&Secret::from(SENTINEL)).build().expect("the client is made");
    // JSON, in the path, in the query, in the header, in a file, in a body of one value.
    hides(
        &client
            .create_user()
            .password(SENTINEL)
            .password_digest(SENTINEL)
            .totp_secret(SENTINEL)
            .backup_codes([SENTINEL]),
    );
    hides(&client.update_user("user_1").password(SENTINEL).with_field("a", SENTINEL).with_query("b", SENTINEL));
    hides(&client.verify_password("user_1", SENTINEL));
    hides(&client.verify_totp("user_1", SENTINEL));
    hides(&client.verify_client(SENTINEL));
    hides(&client.verify_m2m_token(SENTINEL));
    hides(&client.get_handshake_payload(SENTINEL));
    hides(&client.get_user(SENTINEL).with_header("authorization", SENTINEL));
    hides(&client.set_user_profile_image("user_1", Upload::new("me.png", SENTINEL)));
    let body = clerk_bapi::sessions::RefreshSessionBody::new(SENTINEL, SENTINEL, "https://example.com");
    hides(&body);
    hides(&client.refresh_session("sess_1", body));
    hides(&client);
}

#[test]
fn no_call_of_the_frontend_api_shows_its_arguments() {
    let builder = clerk_fapi::Client::builder_for("https://example.com").client_token(&Secret::from(SENTINEL));
    hides(&builder);
    let client = builder.query("token", SENTINEL).header("x-token", SENTINEL).build().expect("the client is made");
    hides(&client.create_sign_in().password(SENTINEL).ticket(SENTINEL).code(SENTINEL).token(SENTINEL));
    hides(
        &client.attempt_sign_in_factor_one("sia_1", "password").password(SENTINEL).code(SENTINEL).signature(SENTINEL),
    );
    hides(&client.reset_password("sia_1", SENTINEL));
    hides(&client.accept_ticket(SENTINEL));
    hides(&client.create_session_token("sess_1").expired_token(SENTINEL).token(SENTINEL));
    hides(&client.create_client().rotating_token_nonce(SENTINEL).code_verifier(SENTINEL));
    hides(&client.change_password(SENTINEL).current_password(SENTINEL));
    hides(&client.verify_totp(SENTINEL));
    hides(&client.get_oauth_token("authorization_code").code(SENTINEL).client_secret(SENTINEL).refresh_token(SENTINEL));
    hides(&client.link_client().clerk_token(SENTINEL));
    hides(&client.update_profile_image(Upload::new("me.png", SENTINEL)));
    let platform = clerk_fapi::types::TrustedDevicePlatform::from("ios");
    let body =
        clerk_fapi::trusted_devices::AttemptTrustedDeviceBody::new(platform, "app", "alg", "jwk", "data", SENTINEL);
    hides(&body);
    hides(&client.attempt_trusted_device(body));
    hides(&client.with_client_token(&Secret::from(SENTINEL)).expect("the token can be sent"));
    hides(&client);
    hides(client.endpoint());
}

#[test]
fn keys_clients_and_endpoints_do_not_show_what_they_authorize_with() {
    let secret = Secret::from(SENTINEL);
    hides(&secret);
    assert!(!secret.to_string().contains(SENTINEL));
    let key: SecretKey = format!("sk_test_{SENTINEL}").parse().expect("it is a key");
    hides(&key);
    assert!(key.expose().contains(SENTINEL));
    for mistaken in [
        format!("\"sk_test_{SENTINEL}\""),
        format!(" sk_live_{SENTINEL}"),
        format!("pk_test_{SENTINEL}"),
        SENTINEL.into(),
    ] {
        let error = mistaken.parse::<SecretKey>().expect_err("it is no secret key");
        assert!(!format!("{error} {error:?}").contains(SENTINEL), "{error:?}");
        let error = mistaken.parse::<clerk_core::PublishableKey>().expect_err("it is no publishable key");
        assert!(!format!("{error} {error:?}").contains(SENTINEL), "{error:?}");
    }
    let builder = clerk_bapi::Client::builder().secret_key(&key).header("x-key", SENTINEL);
    hides(&builder);
    hides(&builder.build().expect("the client is made"));
    let endpoint = Endpoint::builder("https://example.com").authorization(secret.clone()).query("key", SENTINEL);
    hides(&endpoint);
    let endpoint = endpoint.build().expect("the endpoint is made");
    hides(&endpoint);
    hides(&endpoint.with_authorization(secret));
    hides(&Transport::reqwest().expect("the transport is made"));
}

/// Asserts that neither an error nor what it was caused by shows the sentinel.
fn hides_all(error: &Error) {
    hides(error);
    assert!(!error.to_string().contains(SENTINEL), "{error}");
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        assert!(!format!("{source} {source:?}").contains(SENTINEL), "{source:?}");
        cause = source.source();
    }
}

#[tokio::test]
async fn an_error_does_not_show_what_the_answer_or_the_request_carries() {
    let cookie = format!("__client={SENTINEL}; Path=/");
    let location = format!("https://example.com/?token={SENTINEL}");
    let headers = [
        ("content-type", "application/json"),
        ("authorization", SENTINEL),
        ("set-cookie", cookie.as_str()),
        ("location", location.as_str()),
        ("x-token", SENTINEL),
    ];
    let quoted = |value: Value| value.to_string();
    let meta = json!({ "client": { "last_active_token": SENTINEL } });
    let bodies = [
        quoted(json!({ "response": SENTINEL })),
        quoted(json!({ "response": { "id": [SENTINEL] }, "client": null })),
        quoted(json!({ "response": { "id": "user_1", "banned": SENTINEL, "created_at": SENTINEL } })),
        quoted(json!({ "response": { "id": "user_1", SENTINEL: { SENTINEL: 1 }, "created_at": SENTINEL } })),
        quoted(
            json!({ "response": { "id": "user_1" }, "client": { "id": "c", "sessions": [{ "status": { SENTINEL: SENTINEL } }] } }),
        ),
        quoted(json!(SENTINEL)),
        quoted(json!([SENTINEL])),
        format!("{{\"response\": {{\"id\": \"{SENTINEL}"),
        format!("<html>{SENTINEL}</html>"),
        // Reasons are shown; what comes beside them is not.
        quoted(json!({ "errors": [{ "code": "c", "message": "m", "meta": { "token": SENTINEL } }], "meta": meta })),
        quoted(json!({ "errors": SENTINEL, "token": SENTINEL })),
        quoted(json!({ "errors": [{ "token": SENTINEL }] })),
    ];
    let mut errors = 0;
    for body in &bodies {
        for status in [200, 302, 400, 401, 422, 500, 502] {
            let double = Double::answering_with(status, &headers, body.as_bytes());
            let client = double.fapi().expect("the client is made");
            let client = client.with_client_token(&Secret::from(SENTINEL)).expect("the token can be sent");
            let call = client.update_user().with_query("token", SENTINEL).with_field("password", SENTINEL);
            match call.send_full().await {
                Ok(answer) => panic!("{status} {body} is no success: {answer:?}"),
                Err(error) if status == 200 && body.contains("errors") => hides_all(&error),
                Err(error) => {
                    assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
                    assert_eq!(error.headers().expect("an answer came")["x-token"], SENTINEL);
                    hides_all(&error);
                }
            }
            errors += 1;
        }
    }
    assert_eq!(errors, bodies.len() * 7);
}

#[tokio::test]
async fn an_error_that_no_answer_came_for_does_not_show_the_request() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}/{SENTINEL}", listener.local_addr().expect("it has an address"));
    drop(listener);
    let client = clerk_fapi::Client::builder_for(&url).client_token(&Secret::from(SENTINEL)).build();
    let client = client.expect("the client is made");
    let error = client.accept_ticket(SENTINEL).send().await.expect_err("nobody listens");
    hides_all(&error);
    let error = client.get_session("..").with_query("token", SENTINEL).send().await.expect_err("it is refused");
    hides_all(&error);
    let error = client.get_session(format!("../{SENTINEL}")).send().await.expect_err("it is refused");
    hides_all(&error);
}

#[tokio::test]
async fn an_answer_shows_neither_its_headers_nor_its_secrets() -> Result<(), Error> {
    let headers = [("content-type", "application/json"), ("authorization", SENTINEL), ("set-cookie", SENTINEL)];
    let body = json!({ "object": "token", "jwt": SENTINEL }).to_string();
    let double = Double::answering_with(200, &headers, body.as_bytes());
    let answer = double.fapi()?.create_session_token("sess_1").send_full().await?;
    hides(&answer);

    let location = format!("https://example.com/after?token={SENTINEL}#{SENTINEL}");
    let double = Double::answering_with(302, &[("location", location.as_str()), ("set-cookie", SENTINEL)], b"");
    let answer = double.fapi()?.sync_client().send_full().await?;
    hides(&answer);
    hides(answer.value());
    assert_eq!(answer.value().location, location);
    Ok(())
}
