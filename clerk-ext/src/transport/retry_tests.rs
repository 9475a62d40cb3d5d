use std::time::{Duration, SystemTime};

use clerk_core::{Attempts, BoxFuture, ErrorKind, OperationInfo, Transport};

use super::*;
use crate::{
    clock::{ManualClock, SystemClock},
    random::SeededRandom,
    transport::{OverallTimeout, scripted::*},
};

/// The random number that makes every wait as long as it may be, but for a hair.
struct Longest;

impl Random for Longest {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error> {
        bytes.fill(0xff);
        Ok(())
    }
}

fn retried(policy: RetryPolicy, service: Scripted) -> Stepped<Retry, Scripted> {
    Retry::new(policy, Arc::new(SystemClock), Arc::new(Longest)).layer(service)
}

fn seconds(since: tokio::time::Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 10.0).round() / 10.0
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_twice_succeeds_with_the_third_attempt() {
    let began = tokio::time::Instant::now();
    let service = Scripted::answering(|number| match number {
        1 => answer(500),
        2 => broken(),
        _ => answer(200),
    });
    let answer = send(retried(RetryPolicy::default(), service.clone()), read()).await.unwrap();
    assert_eq!((answer.status().as_u16(), service.sent()), (200, 3));
    assert_eq!(answer.extensions().get::<Attempts>().unwrap().0, 3);
    // One second, then two.
    assert_eq!(seconds(began), 3.0);
}

#[tokio::test(start_paused = true)]
async fn the_last_answer_comes_out_as_it_was_when_no_attempt_is_left() {
    let service = Scripted::answering(|number| wait(503, &number.to_string()));
    let answer = send(retried(RetryPolicy::default(), service.clone()), read()).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].as_bytes()), (503, &b"3"[..]));
    assert_eq!(answer.extensions().get::<Attempts>().unwrap().0, 3);
}

#[tokio::test(start_paused = true)]
async fn the_last_failure_comes_out_with_its_kind_its_operation_and_the_attempts() {
    let service = Scripted::answering(|_| broken());
    let error = failure(retried(RetryPolicy::default(), service), read()).await;
    assert_eq!((error.kind(), error.operation(), error.attempts()), (ErrorKind::Network, Some("GetThing"), 3));
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_answered_500_or_whose_connection_broke_is_sent_once() {
    for outcome in [|| answer(500), || answer(503), || answer(408), broken] {
        let service = Scripted::answering(move |_| outcome());
        let _ = send(retried(RetryPolicy::default(), service.clone()), write()).await;
        assert_eq!(service.sent(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_refused_for_the_rate_or_never_arrived_is_sent_again() {
    for outcome in [|| answer(429), refused] {
        let service = Scripted::answering(move |number| if number == 1 { outcome() } else { answer(200) });
        assert_eq!(status(retried(RetryPolicy::default(), service.clone()), write()).await, 200);
        assert_eq!(service.sent(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_operation_says_counts_and_not_its_method() {
    for (mut request, idempotent, sent) in [(read(), false, 1), (write(), true, 3)] {
        request.extensions_mut().insert(OperationInfo::new("Thing", idempotent));
        let service = Scripted::answering(|_| answer(500));
        let _ = send(retried(RetryPolicy::default(), service.clone()), request).await;
        assert_eq!(service.sent(), sent);
    }
    for (mut request, sent) in [(read(), 3), (write(), 1)] {
        request.extensions_mut().clear();
        let service = Scripted::answering(|_| answer(500));
        let _ = send(retried(RetryPolicy::default(), service.clone()), request).await;
        assert_eq!(service.sent(), sent, "without an operation the method is all there is");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_sends_the_same_request() {
    let service = Scripted::new(|number, request: Request<Bytes>| async move {
        assert_eq!(request.body(), "{\"a\":1}");
        assert_eq!(request.headers()["authorization"], "Bearer sk_test_secret");
        assert_eq!(request.uri().query(), Some("secret=query-test"));
        if number < 3 { answer(429) } else { answer(200) }
    });
    let mut request = write();
    *request.body_mut() = Bytes::from_static(b"{\"a\":1}");
    assert_eq!(status(retried(RetryPolicy::default(), service), request).await, 200);
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_the_server_asks_for_is_kept() {
    let began = tokio::time::Instant::now();
    let service = Scripted::answering(|number| if number == 1 { wait(429, "40") } else { answer(200) });
    assert_eq!(status(retried(RetryPolicy::default(), service), write()).await, 200);
    assert_eq!(seconds(began), 40.0);
}

#[tokio::test]
async fn a_wait_until_a_date_goes_by_the_clock_that_was_given() {
    // Sun, 06 Nov 1994 08:49:37 GMT
    let clock = ManualClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777 - 30));
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let service = Scripted::answering(move |number| if number == 1 { wait(503, date) } else { answer(200) });
    let retry = Retry::new(RetryPolicy::default(), Arc::new(clock.clone()), Arc::new(SeededRandom::new(1)));
    let call = tokio::spawn(status(retry.layer(service.clone()), read()));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(clock.sleeping(), 1);
    clock.advance(SECOND * 29);
    tokio::task::yield_now().await;
    assert_eq!((service.sent(), clock.sleeping()), (1, 1));
    clock.advance(SECOND);
    let status = tokio::time::timeout(SECOND * 30, call).await.unwrap().unwrap();
    assert_eq!((status, service.sent()), (200, 2));
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_would_end_too_late_is_not_begun() {
    let began = tokio::time::Instant::now();
    let service = Scripted::answering(|number| wait(429, if number == 1 { "50" } else { "41" }));
    let whole = OverallTimeout::new(SECOND * 90, Arc::new(SystemClock)).layer(retried(RetryPolicy::default(), service));
    let answer = send(whole, read()).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.extensions().get::<Attempts>().unwrap().0), (429, 2));
    assert_eq!(seconds(began), 50.0);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_a_layer_made_an_error_of_is_judged_by_its_status() {
    for (code, sent) in [(503, 3), (501, 1), (404, 1)] {
        let service = Scripted::answering(move |_| {
            let answer = answer(code)?;
            Err(Error::from_response("GetThing", answer).into())
        });
        let error = failure(retried(RetryPolicy::default(), service.clone()), read()).await;
        assert_eq!((error.status().unwrap().as_u16(), service.sent()), (code, sent));
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_is_dropped_while_it_waits_is_not_sent_again() {
    let service = Scripted::answering(|_| answer(500));
    let call = send(retried(RetryPolicy::default(), service.clone()), read());
    assert!(tokio::time::timeout(Duration::from_millis(500), call).await.is_err());
    tokio::time::sleep(SECOND * 60).await;
    assert_eq!(service.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_never_gets_ready_fails_within_the_overall_time() {
    #[derive(Clone)]
    struct Never;

    impl tower_service::Service<Request<Bytes>> for Never {
        type Response = Response<Bytes>;
        type Error = BoxError;
        type Future = BoxFuture<'static, Answer>;

        fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), BoxError>> {
            std::task::Poll::Pending
        }

        fn call(&mut self, _: Request<Bytes>) -> Self::Future {
            unreachable!("it is never ready")
        }
    }

    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let retry = Retry::new(RetryPolicy::default(), clock.clone(), Arc::new(Longest));
    let transport = Transport::new(OverallTimeout::new(SECOND, clock).layer(retry.layer(Never)));
    assert_eq!(failure(transport, read()).await.kind(), ErrorKind::Timeout);
}
