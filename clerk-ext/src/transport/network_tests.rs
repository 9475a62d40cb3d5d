use std::time::Duration;

use clerk_core::{Attempts, Encoding, Endpoint, Error, ErrorKind, Operation, http::Method};
use futures_util::future::join_all;

use super::*;
use crate::{
    clock::ManualClock,
    random::SeededRandom,
    transport::{scripted::*, step::send},
};

static GET: Operation = Operation::new(Method::GET, "GetThing", "/things", Encoding::None);
static CREATE: Operation = Operation::new(Method::POST, "CreateThing", "/things", Encoding::Json);

fn network(service: &Scripted) -> Network {
    Network::new(Transport::new(service.clone())).random(Arc::new(SeededRandom::new(1)))
}

fn client(network: &Network) -> Endpoint {
    Endpoint::builder("https://api.example.com/v1").transport(network.layered()).build().unwrap()
}

/// Answers after so many seconds.
fn after(seconds: u32) -> Scripted {
    Scripted::new(move |_, _| async move {
        tokio::time::sleep(SECOND * seconds).await;
        answer(200)
    })
}

#[test]
fn a_network_and_all_that_it_is_made_of_may_cross_threads() {
    fn check<T: Clone + Send + Sync + std::fmt::Debug + 'static>() {}
    check::<Network>();
    check::<Transport>();
    check::<RateLimiter>();
    check::<Limit>();
    check::<Retry>();
    check::<SingleFlight>();
    check::<OverallTimeout>();
    check::<RequestTimeout>();
    check::<Timeouts>();
    check::<RetryPolicy>();
    check::<SystemClock>();
    check::<ManualClock>();
    check::<SystemRandom>();
}

#[tokio::test(start_paused = true)]
async fn a_client_tells_how_many_attempts_a_failure_took() {
    let service = Scripted::answering(|_| answer(502));
    let error = client(&network(&service)).call(&GET).send_empty().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), service.sent()), (ErrorKind::Server, 3, 3));

    let service = Scripted::answering(|number| if number == 1 { refused() } else { answer(422) });
    let error = client(&network(&service)).call(&CREATE).send_empty().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), service.sent()), (ErrorKind::Validation, 2, 2));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_takes_too_long_is_ended_and_a_read_is_sent_again() {
    let service = Scripted::new(|number, _| async move {
        if number < 3 {
            std::future::pending::<()>().await;
        }
        answer(200)
    });
    let began = tokio::time::Instant::now();
    client(&network(&service)).call(&GET).send_empty().await.unwrap();
    assert_eq!(service.sent(), 3);
    assert!(began.elapsed() >= SECOND * 60 && began.elapsed() < SECOND * 63);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_takes_too_long_is_not_sent_again_and_may_have_been_done() {
    let service = after(31);
    let error = client(&network(&service)).call(&CREATE).send_empty().await.unwrap_err();
    assert_eq!((error.kind(), error.is_unsent(), service.sent()), (ErrorKind::Timeout, false, 1));
    assert!(error.to_string().contains("30s, the time-out of one request"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_whole_operation_is_over_in_time_whatever_its_attempts_do() {
    let service = after(100);
    let began = tokio::time::Instant::now();
    let timeouts = Timeouts { request: Some(SECOND * 40), ..Timeouts::default() };
    let stubborn = network(&service).timeouts(timeouts).retry(RetryPolicy::default().attempts(10));
    let error = client(&stubborn).call(&GET).send_empty().await.unwrap_err();
    assert_eq!((error.kind(), error.is_unsent(), error.attempts()), (ErrorKind::Timeout, false, 3));
    assert!(error.to_string().contains("90s, the time-out of the whole operation"), "{error}");
    assert_eq!((began.elapsed().as_secs(), service.sent()), (90, 3));
}

#[tokio::test(start_paused = true)]
async fn without_time_outs_an_answer_is_waited_for() {
    let service = after(100_000);
    let patient = network(&service).timeouts(Timeouts::none());
    client(&patient).call(&CREATE).send_empty().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn waiting_for_the_limiter_does_not_use_up_the_time_of_the_attempt() {
    let service = after(29);
    let network = network(&service).limiter(RateLimiter::new(1, SECOND * 40));
    let client = client(&network);
    let (one, another) = tokio::join!(client.call(&CREATE).send_empty(), client.call(&CREATE).send_empty());
    assert!(one.is_ok() && another.is_ok());
}

#[tokio::test(start_paused = true)]
async fn each_attempt_asks_the_limiter() {
    let service = Scripted::answering(|_| answer(500));
    let network = network(&service).limiter(RateLimiter::new(1, SECOND * 20));
    let began = tokio::time::Instant::now();
    assert!(client(&network).call(&GET).send_empty().await.is_err());
    assert_eq!((service.sent(), began.elapsed().as_secs()), (3, 42));
}

#[tokio::test(start_paused = true)]
async fn a_clone_with_another_policy_shares_the_limiter_and_leaves_the_first_as_it_was() {
    let service = Scripted::answering(|_| answer(500));
    let network = network(&service).limiter(RateLimiter::new(3, SECOND * 10));
    let once = network.clone().retry(RetryPolicy::none());
    assert_eq!(client(&network).call(&GET).send_empty().await.unwrap_err().attempts(), 3);
    let began = tokio::time::Instant::now();
    assert_eq!(client(&once).call(&GET).send_empty().await.unwrap_err().attempts(), 1);
    assert!(began.elapsed() > SECOND * 5);
    assert_eq!(client(&network.limiter(None)).call(&GET).send_empty().await.unwrap_err().attempts(), 3);
}

#[tokio::test(start_paused = true)]
async fn reads_are_shared_only_where_that_was_asked_for() {
    for (single_flight, sent) in [(false, 10), (true, 1)] {
        let service = after(1);
        let client = client(&network(&service).single_flight(single_flight));
        let answers = join_all((0..10).map(|_| client.call(&GET).send_empty())).await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(service.sent(), sent);
    }
}

#[tokio::test]
async fn everything_waits_by_the_clock_that_was_given() {
    let clock = ManualClock::at(std::time::SystemTime::UNIX_EPOCH);
    let service = Scripted::answering(|number| if number == 1 { wait(429, "5") } else { answer(200) });
    let network = network(&service).limiter(RateLimiter::new(1, SECOND * 4)).clock(Arc::new(clock.clone()));
    let call = tokio::spawn(send(network.layered(), write()));
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    assert!(!call.is_finished() && service.sent() == 1);
    for _ in 0..6 {
        clock.advance(SECOND);
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
    let answer = tokio::time::timeout(SECOND * 30, call).await.unwrap().unwrap().unwrap();
    assert_eq!((answer.extensions().get::<Attempts>().unwrap().0, service.sent()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_at_any_moment_leaves_the_network_usable() {
    let service = Scripted::new(|number, _| async move {
        tokio::time::sleep(SECOND).await;
        if number.is_multiple_of(2) { answer(503) } else { answer(200) }
    });
    let network = network(&service).limiter(RateLimiter::new(4, SECOND * 4)).single_flight(true);
    let client = client(&network);
    for step in 0..100 {
        let longest = Duration::from_millis(37 * step);
        let _ = tokio::time::timeout(longest, client.call(&GET).send_empty()).await;
    }
    client.call(&GET).send_empty().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn errors_and_what_is_printed_show_no_address_no_query_and_no_key() {
    let service = Scripted::new(|_, _| std::future::pending());
    let network = network(&service).limiter(RateLimiter::new(1, SECOND)).single_flight(true);
    let error = Error::transport("x", send(network.layered(), read()).await.unwrap_err());
    let shown = format!("{error} {error:?} {network:?} {:?}", network.layered());
    for hidden in ["query-test", "sk_test", "example.com"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_threads_keep_to_one_limit() {
    let service = Scripted::answering(|_| answer(200));
    let network = network(&service).limiter(RateLimiter::new(10, Duration::from_millis(100)));
    let began = std::time::Instant::now();
    let tasks = (0..50).map(|_| {
        let client = client(&network);
        tokio::spawn(async move { client.call(&GET).send_empty().await })
    });
    let all = tokio::time::timeout(SECOND * 30, join_all(tasks)).await.unwrap();
    assert!(all.into_iter().all(|task| task.unwrap().is_ok()));
    assert_eq!(service.sent(), 50);
    // The first ten go at once; a busy machine only makes it longer.
    assert!(began.elapsed() >= Duration::from_millis(400), "{:?}", began.elapsed());
}
