use std::time::Duration;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use clerk_ext::{
    ErrorKind, Secret,
    config::Config,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    webhooks::{Headers, Webhook, WebhookError},
};

use super::{NOW, OTHER_SECRET, SECRET, at, signed, webhook};

const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const BODY: &str = r#"{"test": 2432232314}"#;
/// The published example of the algorithm.
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

type Pairs<'a> = [(&'static str, &'a str); 3];

fn svix<'a>(id: &'a str, timestamp: &'a str, signature: &'a str) -> Pairs<'a> {
    [("svix-id", id), ("svix-timestamp", timestamp), ("svix-signature", signature)]
}

fn standard<'a>(id: &'a str, timestamp: &'a str, signature: &'a str) -> Pairs<'a> {
    [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)]
}

/// The algorithm, written once more and otherwise.
fn computed(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let content = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    format!("v1,{}", STANDARD.encode(hmac::sign(&key, &content)))
}

fn refused<'h>(headers: impl Headers<'h>, body: &'static str) -> WebhookError {
    webhook().verify(headers, body).unwrap_err()
}

#[test]
fn the_published_example_verifies_and_says_what_it_is() {
    let message = webhook().verify(&svix(ID, &NOW.to_string(), SIGNATURE), BODY).unwrap();
    assert_eq!((message.id(), message.timestamp(), message.body()), (ID, at(NOW), &Bytes::from(BODY)));
    assert_eq!(message.json::<serde_json::Value>().unwrap()["test"], 2_432_232_314_u64);
}

#[test]
fn signing_writes_what_clerk_writes() {
    let headers = webhook().sign(ID, at(NOW), BODY).unwrap();
    assert_eq!(headers["svix-id"], ID);
    assert_eq!(headers["svix-timestamp"], "1614265330");
    assert_eq!(headers["svix-signature"], SIGNATURE);
    assert_eq!(headers.len(), 3);
}

#[test]
fn an_id_that_is_no_header_cannot_be_signed() {
    assert_eq!(webhook().sign("msg\n1", at(NOW), BODY).unwrap_err().kind(), ErrorKind::Config);
}

#[test]
fn another_id_time_body_or_secret_fits_no_signature() {
    let (now, then) = (NOW.to_string(), (NOW - 1).to_string());
    for (headers, body) in [
        (svix("msg_other", &now, SIGNATURE), BODY),
        (svix(ID, &then, SIGNATURE), BODY),
        (svix(ID, &now, SIGNATURE), r#"{"test":2432232314}"#),
        (svix(ID, &now, SIGNATURE), ""),
        (svix(ID, &now, &computed(OTHER_SECRET, ID, &now, BODY.as_bytes())), BODY),
    ] {
        assert_eq!(refused(&headers, body), WebhookError::NoMatch, "{headers:?} {body}");
    }
}

#[test]
fn the_names_of_standard_webhooks_are_as_good() {
    assert!(webhook().verify(&standard(ID, &NOW.to_string(), SIGNATURE), BODY).is_ok());
}

#[test]
fn names_of_the_two_families_are_never_mixed() {
    let now = NOW.to_string();
    let (ours, theirs) = (svix(ID, &now, SIGNATURE), standard(ID, &now, SIGNATURE));
    for choice in 1..7_usize {
        let mixed: Pairs<'_> =
            std::array::from_fn(|place| if choice >> place & 1 == 0 { ours[place] } else { theirs[place] });
        let missing: Vec<_> =
            ours.iter().map(|(name, _)| *name).filter(|name| mixed.iter().all(|(it, _)| it != name)).collect();
        assert_eq!(refused(&mixed, BODY), WebhookError::MissingHeaders(missing), "{mixed:?}");
    }
}

#[test]
fn a_whole_family_counts_beside_the_rest_of_the_other_one() {
    let now = NOW.to_string();
    let [a, b, c] = standard(ID, &now, SIGNATURE);
    assert!(webhook().verify([("svix-id", "msg_other"), a, b, c].as_slice(), BODY).is_ok());
    // Both whole: those of Clerk decide, also when they are wrong and the others are right.
    let [d, e, f] = svix("msg_other", &now, SIGNATURE);
    assert_eq!(refused([a, b, c, d, e, f].as_slice(), BODY), WebhookError::NoMatch);
}

#[test]
fn missing_headers_are_named_in_their_order_and_empty_ones_are_missing() {
    let now = NOW.to_string();
    for (headers, missing) in [
        (vec![], vec!["svix-id", "svix-timestamp", "svix-signature"]),
        (vec![("svix-id", ID)], vec!["svix-timestamp", "svix-signature"]),
        (vec![("svix-id", " "), ("svix-timestamp", &*now), ("svix-signature", "")], vec!["svix-id", "svix-signature"]),
        (vec![("webhook-timestamp", &*now)], vec!["webhook-id", "webhook-signature"]),
    ] {
        let error = refused(headers.as_slice(), BODY);
        assert_eq!(error, WebhookError::MissingHeaders(missing.clone()));
        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
        assert!(missing.iter().all(|name| error.to_string().contains(name)), "{error}");
    }
}

#[test]
fn blanks_around_values_do_not_count() {
    let now = format!("  {NOW}\t");
    let signature = format!(" {SIGNATURE} ");
    let id = format!("{ID} ");
    let message = webhook().verify(&svix(&id, &now, &signature), BODY).unwrap();
    assert_eq!(message.id(), ID);
}

#[test]
fn a_time_up_to_300_seconds_away_is_accepted_and_one_more_is_not() {
    let webhook = webhook();
    let check = |seconds: i64| webhook.verify(&webhook.sign(ID, at(seconds), BODY).unwrap(), BODY).err();
    for away in [-300, -299, 0, 299, 300] {
        assert_eq!(check(NOW + away), None, "{away}");
    }
    assert_eq!(check(NOW - 301), Some(WebhookError::TooOld(Duration::from_secs(301))));
    assert_eq!(check(NOW + 301), Some(WebhookError::TooNew(Duration::from_secs(301))));
    assert!(matches!(check(-5), Some(WebhookError::TooOld(_))));
    assert!(matches!(check(9_000_000_000_000), Some(WebhookError::TooNew(_))));
}

#[test]
fn the_tolerance_can_be_another_one() {
    let webhook = webhook().tolerance(Duration::from_secs(10));
    let check = |seconds: i64| webhook.verify(&webhook.sign(ID, at(seconds), BODY).unwrap(), BODY).is_ok();
    assert_eq!([-11, -10, 10, 11].map(|away| check(NOW + away)), [false, true, true, false]);
}

#[test]
fn the_time_is_the_whole_number_that_its_header_begins_with_and_that_is_signed() {
    for written in ["1614265330", "1614265330.7", "1614265330abc", "+1614265330", "001614265330"] {
        assert!(webhook().verify(&svix(ID, written, SIGNATURE), BODY).is_ok(), "{written}");
    }
    let float = "1614265330.7";
    let over_text = computed(SECRET, ID, float, BODY.as_bytes());
    assert_eq!(refused(&svix(ID, float, &over_text), BODY), WebhookError::NoMatch);
}

#[test]
fn a_time_that_is_no_number_is_refused_also_with_a_signature_over_it() {
    for written in ["abc", "-", "+", ".5", "0x60378c32", "99999999999999999999999", "- 5"] {
        let signature = computed(SECRET, ID, written, BODY.as_bytes());
        let error = refused(&svix(ID, written, &signature), BODY);
        let is_refused = matches!(error, WebhookError::InvalidHeader("svix-timestamp") | WebhookError::TooOld(_));
        assert!(is_refused, "{written}: {error:?}");
    }
}

#[test]
fn an_id_beyond_plain_text_is_refused_also_with_a_signature_over_it() {
    let now = NOW.to_string();
    for id in ["msg_\u{e9}", "msg\u{0}1", "msg\n1", "msg\u{7f}"] {
        let signature = computed(SECRET, id, &now, BODY.as_bytes());
        assert_eq!(refused(&svix(id, &now, &signature), BODY), WebhookError::InvalidHeader("svix-id"), "{id:?}");
    }
    let id: &[u8] = b"msg_\xff";
    let values = [("svix-id", id), ("svix-timestamp", now.as_bytes()), ("svix-signature", SIGNATURE.as_bytes())];
    assert_eq!(refused(&values, BODY), WebhookError::InvalidHeader("svix-id"));
}

#[test]
fn one_good_signature_among_several_is_enough() {
    let now = NOW.to_string();
    for signatures in [
        format!("v1,AAAA {SIGNATURE}"),
        format!("{SIGNATURE} v1,AAAA"),
        format!("v1a,AAAA  v2,AAAA {SIGNATURE} x"),
        format!("{SIGNATURE},more"),
    ] {
        assert!(webhook().verify(&svix(ID, &now, &signatures), BODY).is_ok(), "{signatures}");
    }
}

#[test]
fn a_signature_of_another_version_or_another_spelling_is_none() {
    let now = NOW.to_string();
    let digest = SIGNATURE.strip_prefix("v1,").unwrap();
    for signatures in [
        format!("v2,{digest}"),
        format!("v1a,{digest}"),
        format!("V1,{digest}"),
        format!(",{digest}"),
        digest.to_owned(),
        "v1".to_owned(),
        "v1,".to_owned(),
        format!("v1,{}", digest.trim_end_matches('=')),
        format!("v1,{}", digest.to_lowercase()),
        format!("v1,{digest}="),
        format!("v1,AAAA\t{SIGNATURE}"),
        format!("v1,AAAA,{digest}"),
        // Zeros, as they are and written: what a signature that failed to be made must not be.
        format!("v1,{}", STANDARD.encode([0; 32])),
    ] {
        let error = refused(&svix(ID, &now, &signatures), BODY);
        let is_refused = matches!(error, WebhookError::NoMatch | WebhookError::InvalidHeader("svix-signature"));
        assert!(is_refused, "{signatures}: {error:?}");
    }
}

#[test]
fn a_rotated_secret_is_accepted_as_long_as_it_is_given_and_the_first_one_signs() {
    let old = webhook();
    let new = Webhook::new(OTHER_SECRET).unwrap().clock(std::sync::Arc::new(super::clock()));
    let both = new.clone().also(SECRET).unwrap();
    let (by_old, by_new, by_both) = (signed(&old, ID, BODY), signed(&new, ID, BODY), signed(&both, ID, BODY));
    assert_eq!(by_both, by_new);
    assert!(both.verify(&by_old, BODY).is_ok() && both.verify(&by_new, BODY).is_ok());
    assert_eq!(new.verify(&by_old, BODY).unwrap_err(), WebhookError::NoMatch);
    assert_eq!(old.verify(&by_new, BODY).unwrap_err(), WebhookError::NoMatch);
}

#[test]
fn secrets_are_taken_with_and_without_their_prefix_and_padding() {
    let headers =
        Webhook::new("whsec_dGVzdA==").unwrap().clock(std::sync::Arc::new(super::clock())).sign(ID, at(NOW), BODY);
    let headers = headers.unwrap();
    for secret in ["whsec_dGVzdA==", "whsec_dGVzdA", "dGVzdA==", "dGVzdA"] {
        let webhook = Webhook::new(secret).unwrap().clock(std::sync::Arc::new(super::clock()));
        assert!(webhook.verify(&headers, BODY).is_ok(), "{secret}");
    }
}

#[test]
fn what_is_no_secret_is_a_configuration_error_that_does_not_show_it() {
    for secret in
        ["", "whsec_", "whsec_hunter2test?", "sk_test_hunter2", "whsec_ dGVzdA==", "whsec_dGVzdA===", "whsec_A"]
    {
        let error = Webhook::new(secret).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{secret}");
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("webhook signing secret") && !shown.contains("hunter2"), "{shown}");
        assert_eq!(webhook().also(secret).unwrap_err().kind(), ErrorKind::Config);
    }
}

#[test]
fn the_secret_comes_from_the_configuration_and_its_lack_names_the_variable() {
    let config = Config::builder().webhook_signing_secret(SECRET).build().unwrap();
    let webhook = Webhook::from_config(&config).unwrap().clock(std::sync::Arc::new(super::clock()));
    assert!(webhook.verify(&svix(ID, &NOW.to_string(), SIGNATURE), BODY).is_ok());
    let error = Webhook::from_config(&Config::builder().build().unwrap()).unwrap_err();
    assert!(error.to_string().contains("CLERK_WEBHOOK_SIGNING_SECRET"), "{error}");
}

#[test]
fn a_body_over_the_limit_is_refused_before_its_headers_are_looked_at() {
    let webhook = webhook().limit_body(10);
    assert_eq!(webhook.body_limit(), 10);
    let never = |name: &str| -> Option<&'static [u8]> { panic!("asked for {name}") };
    let error = webhook.verify(never, "12345678901").unwrap_err();
    assert_eq!((error.status(), error), (StatusCode::PAYLOAD_TOO_LARGE, WebhookError::TooLarge(10)));
    assert!(webhook.verify(&signed(&webhook, ID, "1234567890"), "1234567890").is_ok());
}

#[test]
fn headers_are_looked_up_in_maps_pairs_and_closures_whatever_their_case() {
    let webhook = webhook();
    let map = signed(&webhook, ID, BODY);
    assert!(webhook.verify(&map, BODY).is_ok());
    assert!(webhook.verify(|name: &str| map.get(name).map(|value| value.as_bytes()), BODY).is_ok());
    let pairs: Vec<(String, Vec<u8>)> =
        map.iter().map(|(name, value)| (name.as_str().to_uppercase(), value.as_bytes().to_vec())).collect();
    assert!(webhook.verify(pairs.as_slice(), BODY).is_ok());
}

#[test]
fn of_a_header_that_comes_twice_the_first_value_counts() {
    let webhook = webhook();
    let mut headers = signed(&webhook, ID, BODY);
    headers.append(HeaderName::from_static("svix-signature"), HeaderValue::from_static("v1,AAAA"));
    assert!(webhook.verify(&headers, BODY).is_ok());
    let mut headers =
        HeaderMap::from_iter([(HeaderName::from_static("svix-signature"), HeaderValue::from_static("v1,AAAA"))]);
    for (name, value) in signed(&webhook, ID, BODY) {
        headers.append(name.unwrap(), value);
    }
    assert_eq!(webhook.verify(&headers, BODY).unwrap_err(), WebhookError::NoMatch);
}

#[test]
fn the_body_is_taken_byte_for_byte_also_when_it_is_no_text() {
    let webhook = webhook();
    let body = Bytes::from_static(b"\xff\x00\r\n {\"a\" : 1}");
    let headers = webhook.sign(ID, at(NOW), &body).unwrap();
    let message = webhook.verify(&headers, body.clone()).unwrap();
    assert_eq!(message.body(), &body);
    assert_eq!(message.json::<serde_json::Value>().unwrap_err().kind(), ErrorKind::Decode);
}

#[test]
fn neither_secrets_nor_bodies_nor_headers_are_shown() {
    let webhook = webhook().also(Secret::from(OTHER_SECRET)).unwrap();
    let body = r#"{"code":"hunter2test"}"#;
    let message = webhook.verify(&signed(&webhook, ID, body), body).unwrap();
    let error = webhook.verify(&signed(&webhook, "msg_hunter2test", "other"), body).unwrap_err();
    let wrong = message.json::<u32>().unwrap_err();
    let shown = format!("{webhook:?} {message:?} {error:?} {error} {wrong:?} {wrong}");
    for hidden in ["hunter2test", "MfKQ9", "dGVzd", "v1,"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}
