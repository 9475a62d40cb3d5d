use bytes::Bytes;
use http::{HeaderMap, Response, header};
use serde_json::{Value, json};

use super::*;
use crate::server::{Ending, Reply};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_500);

fn take(faults: &Faults, operation: &str) -> Plan {
    faults.take(Api::Frontend, operation, "POST", "/v1/client/sign_ins", NOW)
}

fn answer() -> Response<Bytes> {
    let body = json!({
        "response": {
            "object": "sign_in", "id": "sia_1", "status": "complete", "first_factors": ["email_code"], "secret": null,
            "verification": {"strategy": "password", "attempts": 1},
            "public_metadata": {"status": "mine"},
        },
        "client": {"object": "client", "id": "client_1", "sessions": [{"id": "sess_1", "status": "active"}]},
    });
    let mut response = Response::new(Bytes::from(body.to_string()));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

fn whole(reply: Reply) -> (u16, HeaderMap, Bytes) {
    let Ending::Whole(response) = reply.ending else { panic!("not a whole answer: {reply:?}") };
    let (head, body) = response.into_parts();
    (head.status.as_u16(), head.headers, body)
}

fn sent(plan: &Plan) -> Value {
    serde_json::from_slice(&whole(plan.after(answer())).2).unwrap()
}

fn struck(faults: &Faults) -> Vec<u64> {
    faults.list().iter().map(|active| active.struck).collect()
}

async fn status_before(plan: Plan) -> Option<u16> {
    plan.before().await.map(|reply| whole(reply).0)
}

#[tokio::test]
async fn a_status_strikes_its_operation_so_often_and_no_more() {
    let faults = Faults::default();
    faults.add(Fault::status(503).on("createSignIn").times(2).after(1));
    assert_eq!(status_before(take(&faults, "getClient")).await, None);
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(status_before(take(&faults, "createSignIn")).await);
    }
    assert_eq!(seen, [None, Some(503), Some(503), None]);
    assert_eq!((faults.list()[0].seen, faults.list()[0].struck), (4, 2));
}

#[tokio::test]
async fn an_error_of_a_fault_has_a_code_of_clerk() {
    let faults = Faults::default();
    faults.add(Fault::status(503));
    let reply = take(&faults, "createSignIn").before().await.unwrap();
    let (_, headers, body) = whole(reply);
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["errors"][0]["code"], "service_unavailable");
    assert_eq!(body["clerk_trace_id"].as_str().unwrap().len(), 32);
    assert_eq!(headers[header::CONTENT_TYPE], "application/json");
}

#[tokio::test]
async fn after_execution_lets_the_operation_run_and_loses_its_answer() {
    let faults = Faults::default();
    faults.add(Fault::status(502).after_execution());
    let plan = take(&faults, "createSignIn");
    assert!(plan.before().await.is_none());
    assert_eq!(whole(plan.after(answer())).0, 502);
    faults.clear();
    faults.add(Fault::reset().after_execution());
    assert!(matches!(take(&faults, "createSignIn").after(answer()).ending, Ending::Reset));
}

#[tokio::test]
async fn truncating_needs_the_answer_and_never_comes_before_it() {
    let faults = Faults::default();
    faults.add(Fault::truncated().before_execution());
    let plan = take(&faults, "createSignIn");
    assert!(plan.before().await.is_none());
    assert!(matches!(plan.after(answer()).ending, Ending::Truncated(_)));
}

#[tokio::test]
async fn a_rate_limit_says_how_long_to_wait_in_seconds_or_as_a_date() {
    let faults = Faults::default();
    let id = faults.add(Fault::rate_limited(Duration::from_millis(2500)));
    let (status, headers, body) = whole(take(&faults, "createSignIn").before().await.unwrap());
    assert_eq!((status, headers[header::RETRY_AFTER].to_str().unwrap()), (429, "3"));
    assert!(body.windows(17).any(|window| window == b"too_many_requests"));
    assert!(faults.remove(id));
    assert!(!faults.remove(id));
    faults.add(Fault::rate_limited_until_date(Duration::from_secs(30)));
    let (_, headers, _) = whole(take(&faults, "createSignIn").before().await.unwrap());
    assert_eq!(headers[header::DATE], "Tue, 14 Nov 2023 22:13:20 GMT");
    assert_eq!(headers[header::RETRY_AFTER], "Tue, 14 Nov 2023 22:13:51 GMT");
}

#[tokio::test]
async fn a_page_of_html_comes_with_the_status_that_was_asked_for() {
    let faults = Faults::default();
    faults.add(Fault::not_json().times(1));
    faults.add(Fault::not_json_with_status(502));
    for expected in [200, 502] {
        let (status, headers, body) = whole(take(&faults, "getClient").before().await.unwrap());
        assert_eq!(status, expected);
        assert!(headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
        assert!(serde_json::from_slice::<Value>(&body).is_err());
    }
}

#[tokio::test]
async fn of_two_that_stand_in_for_the_answer_the_second_waits_for_its_turn() {
    let faults = Faults::default();
    faults.add(Fault::status(500).times(1));
    faults.add(Fault::status(503).times(1));
    faults.add(Fault::extra_fields());
    assert_eq!(status_before(take(&faults, "getClient")).await, Some(500));
    assert_eq!(struck(&faults), [1, 0, 0]);
    assert_eq!(status_before(take(&faults, "getClient")).await, Some(503));
    assert_eq!(status_before(take(&faults, "getClient")).await, None);
    assert_eq!(struck(&faults), [1, 1, 1]);
}

#[tokio::test]
async fn latencies_add_up_before_and_after_the_operation() {
    let faults = Faults::default();
    faults.add(Fault::latency(Duration::from_millis(30)));
    faults.add(Fault::latency(Duration::from_millis(30)));
    faults.add(Fault::latency(Duration::from_millis(7)).after_execution());
    let plan = take(&faults, "getClient");
    let began = std::time::Instant::now();
    assert!(plan.before().await.is_none());
    assert!(began.elapsed() >= Duration::from_millis(60));
    assert_eq!(plan.after(answer()).delay, Duration::from_millis(7));
}

#[test]
fn a_clock_skew_shows_in_the_date_and_to_handlers() {
    let faults = Faults::default();
    assert_eq!(take(&faults, "getClient").clock_skew(), 0);
    faults.add(Fault::clock_skew(-3600));
    faults.add(Fault::clock_skew(60).on("getClient"));
    let plan = take(&faults, "getClient");
    assert_eq!(plan.clock_skew(), -3540);
    let (_, headers, _) = whole(plan.after(answer()));
    assert_eq!(headers[header::DATE], "Tue, 14 Nov 2023 21:14:20 GMT");
}

#[test]
fn a_clock_skew_beyond_all_dates_stops_at_the_last() {
    for (skew, date) in [(i64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"), (i64::MIN, "Thu, 01 Jan 1970 00:00:00 GMT")] {
        let faults = Faults::default();
        faults.add(Fault::clock_skew(skew));
        faults.add(Fault::rate_limited_until_date(Duration::MAX).after_execution());
        assert_eq!(whole(take(&faults, "getClient").after(answer())).1[header::DATE], date);
    }
}

#[test]
fn unknown_values_appear_where_enumerations_are_and_nowhere_else() {
    let faults = Faults::default();
    faults.add(Fault::unknown_enum_values());
    let body = sent(&take(&faults, "createSignIn"));
    assert_eq!(body["response"]["status"], "future_complete");
    assert_eq!(body["response"]["first_factors"], json!(["future_email_code"]));
    assert_eq!(body["response"]["verification"], json!({"strategy": "future_password", "attempts": 1}));
    assert_eq!(body["client"]["sessions"][0]["status"], "future_active");
    assert_eq!(body["response"]["public_metadata"], json!({"status": "mine"}));
    assert_eq!((&body["response"]["object"], &body["response"]["id"]), (&json!("sign_in"), &json!("sia_1")));
}

#[test]
fn extra_fields_stand_beside_all_that_was_there() {
    let faults = Faults::default();
    faults.add(Fault::extra_fields());
    let body = sent(&take(&faults, "createSignIn"));
    for place in ["", "/response", "/response/verification", "/client/sessions/0"] {
        assert_eq!(body.pointer(place).unwrap()["future_field"], "future_value");
    }
    assert_eq!(body["response"]["public_metadata"], json!({"status": "mine"}));
    assert_eq!(body["response"]["id"], "sia_1");
}

#[test]
fn a_map_gets_no_entry_that_is_none() {
    let faults = Faults::default();
    faults.add(Fault::extra_fields());
    let mut answer = answer();
    let body = json!({"user_settings": {"social": {"oauth_google": {"enabled": true}}}});
    *answer.body_mut() = Bytes::from(body.to_string());
    let changed: Value = serde_json::from_slice(&whole(take(&faults, "getEnvironment").after(answer)).2).unwrap();
    assert_eq!(changed["user_settings"]["social"], json!({"oauth_google": {"enabled": true}}));
    assert_eq!(changed["user_settings"]["future_field"], "future_value");
}

#[test]
fn missing_fields_are_the_same_in_every_run_and_others_in_the_next_request() {
    let run = |seed| {
        let faults = Faults::default();
        faults.add(Fault::missing_fields().seed(seed));
        (0..20).map(|_| sent(&take(&faults, "createSignIn"))).collect::<Vec<_>>()
    };
    let whole: Value = serde_json::from_slice(answer().body()).unwrap();
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    assert!(run(1).windows(2).any(|pair| pair[0] != pair[1]));
    assert!(run(1).iter().all(|body| *body != whole));
}

#[test]
fn at_least_one_field_is_missing_even_from_the_smallest_answer() {
    let faults = Faults::default();
    faults.add(Fault::missing_fields());
    for _ in 0..50 {
        let reply = take(&faults, "getClient").after(Response::new(Bytes::from_static(br#"[{"id":"user_1"}]"#)));
        assert_eq!(whole(reply).2, "[{}]");
    }
}

#[test]
fn what_is_no_json_is_not_changed() {
    let faults = Faults::default();
    faults.add(Fault::extra_fields());
    let reply = take(&faults, "getClient").after(Response::new(Bytes::from_static(b"<html>")));
    assert_eq!(whole(reply).2, "<html>");
}

#[test]
fn a_fault_is_on_an_operation_a_route_one_api_or_everything() {
    let yes = |fault: Fault| fault.matches(Api::Frontend, "getSignIn", "GET", "/v1/client/sign_ins/sia_1");
    assert!(yes(Fault::reset()));
    assert!(yes(Fault::reset().on("*")));
    assert!(yes(Fault::reset().on("getClient").on("getSignIn")));
    assert!(yes(Fault::reset().on("GET /v1/client/sign_ins/{sign_in_id}")));
    assert!(yes(Fault::reset().on("get /client/sign_ins/{id}")));
    assert!(yes(Fault::reset().on("* /client/sign_ins/sia_1")));
    assert!(yes(Fault::reset().on("/client/sign_ins/{id}")));
    assert!(yes(Fault::reset().frontend()));
    assert!(!yes(Fault::reset().backend()));
    assert!(!yes(Fault::reset().backend().on("getSignIn")));
    assert!(!yes(Fault::reset().on("GetSignIn")));
    assert!(!yes(Fault::reset().on("POST /v1/client/sign_ins/{id}")));
    assert!(!yes(Fault::reset().on("GET /v1/client/sign_ins")));
    assert!(!yes(Fault::reset().on("GET /v1/client/{id}")));
}

#[tokio::test]
async fn a_jwks_outage_takes_the_keys_of_both_apis_and_nothing_else() {
    let faults = Faults::default();
    faults.add(Fault::jwks_outage());
    let frontend = faults.take(Api::Frontend, "getJWKS", "GET", "/.well-known/jwks.json", NOW);
    assert_eq!(status_before(frontend).await, Some(503));
    let backend = faults.take(Api::Backend, "GetJWKS", "GET", "/v1/jwks", NOW);
    assert_eq!(status_before(backend).await, Some(503));
    assert_eq!(status_before(take(&faults, "createSignIn")).await, None);
}

#[test]
fn every_fault_comes_back_from_its_json() {
    let faults = [
        Fault::latency(Duration::from_millis(250)).after_execution(),
        Fault::status(503).on("createSignIn").times(2).after(1).frontend(),
        Fault::rate_limited(Duration::from_secs(3)),
        Fault::rate_limited_until_date(Duration::from_secs(3)).backend(),
        Fault::reset().after_execution(),
        Fault::truncated(),
        Fault::not_json(),
        Fault::not_json_with_status(502),
        Fault::unknown_enum_values(),
        Fault::extra_fields(),
        Fault::missing_fields().seed(7),
        Fault::clock_skew(-90),
        Fault::jwks_outage(),
        Fault::status(7),
    ];
    for fault in faults {
        let written = serde_json::to_string(&fault).unwrap();
        assert_eq!(serde_json::from_str::<Fault>(&written).unwrap(), fault, "{written}");
    }
}

#[test]
fn the_json_of_a_fault_is_flat() {
    let fault = Fault::status(503).on("createSignIn").times(2);
    let written = json!({"kind": "status", "status": 503, "on": ["createSignIn"], "times": 2});
    assert_eq!(serde_json::to_value(&fault).unwrap(), written);
    assert_eq!(serde_json::from_value::<Fault>(json!({"kind": "jwks_outage"})).unwrap(), Fault::jwks_outage());
    let faults = Faults::default();
    let id = faults.add(fault);
    let listed = json!([{"id": id, "fault": written, "seen": 0, "struck": 0}]);
    assert_eq!(serde_json::to_value(faults.list()).unwrap(), listed);
}

#[test]
fn a_fault_that_makes_no_sense_is_refused_with_the_reason() {
    for (written, reason) in [
        (json!({"kind": "status"}), "needs `status`"),
        (json!({"kind": "status", "status": 99}), "within 200 and 599"),
        (json!({"kind": "status", "status": 503, "seed": 1}), "has no `seed`"),
        (json!({"kind": "latency", "millis": 1, "tmes": 2}), "unknown field `tmes`"),
        (json!({"kind": "jwks_outage", "on": ["x"]}), "takes no `on`"),
        (json!({"kind": "explode"}), "unknown variant"),
        (json!({"kind": "latency", "millis": -1}), "invalid value"),
    ] {
        let error = serde_json::from_value::<Fault>(written).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}
