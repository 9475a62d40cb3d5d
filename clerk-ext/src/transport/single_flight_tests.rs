use std::time::Duration;

use clerk_core::{ErrorKind, OperationInfo};
use futures_util::future::{join_all, poll_immediate};

use super::*;
use crate::transport::scripted::*;

/// Answers after a second with the number of the request.
fn slow() -> Scripted {
    Scripted::new(|number, _| async move {
        tokio::time::sleep(SECOND).await;
        Ok(Response::new(number.to_string().into()))
    })
}

async fn body(service: impl Carrier, request: Request<Bytes>) -> Bytes {
    send(service, request).await.unwrap().into_body()
}

#[tokio::test(start_paused = true)]
async fn identical_reads_that_overlap_are_sent_once() {
    let service = slow();
    let shared = SingleFlight::new().layer(service.clone());
    let answers = join_all((0..50).map(|_| body(shared.clone(), read()))).await;
    assert!(answers.iter().all(|answer| answer == "1"));
    assert_eq!(service.sent(), 1);
    assert_eq!(body(shared, read()).await, "2", "nothing is kept");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_identical_or_no_harmless_read_is_sent_for_itself() {
    let other_address = {
        let mut request = read();
        *request.uri_mut() = "https://api.example.com/v1/others".parse().unwrap();
        request
    };
    let other_key = {
        let mut request = read();
        request.headers_mut().insert("authorization", "Bearer sk_test_other".parse().unwrap());
        request
    };
    let one_more_header = {
        let mut request = read();
        request.headers_mut().append("authorization", "Bearer sk_test_secret".parse().unwrap());
        request
    };
    let spending = {
        let mut request = read();
        request.extensions_mut().insert(OperationInfo::new("Spend", false));
        request
    };
    let with_body = {
        let mut request = read();
        *request.body_mut() = Bytes::from_static(b"{}");
        request
    };
    for (one, another) in [
        (read(), other_address),
        (read(), other_key),
        (read(), one_more_header),
        (spending.clone(), spending),
        (with_body.clone(), with_body),
        (write(), write()),
    ] {
        let service = slow();
        let shared = SingleFlight::new().layer(service.clone());
        let (one, another) = tokio::join!(body(shared.clone(), one), body(shared, another));
        assert_ne!(one, another);
        assert_eq!(service.sent(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn everybody_gets_the_same_failure() {
    let service = Scripted::new(|_, _| async {
        tokio::time::sleep(SECOND).await;
        broken()
    });
    let shared = SingleFlight::new().layer(service.clone());
    let errors = join_all((0..5).map(|_| failure(shared.clone(), read()))).await;
    assert!(errors.iter().all(|error| (error.kind(), error.operation()) == (ErrorKind::Network, Some("GetThing"))));
    assert_eq!(service.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_dropped_does_not_hurt_the_others_even_if_it_came_first() {
    let service = slow();
    let shared = SingleFlight::new().layer(service.clone());
    let first = tokio::time::timeout(Duration::from_millis(500), send(shared.clone(), read()));
    let second = tokio::spawn(body(shared.clone(), read()));
    assert!(first.await.is_err());
    assert_eq!(second.await.unwrap(), "1");
    assert_eq!(service.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_nobody_waits_for_any_more_is_dropped_and_forgotten() {
    let service = slow();
    let layer = SingleFlight::new();
    let shared = layer.layer(service.clone());
    {
        let (mut one, mut another) = (Box::pin(send(shared.clone(), read())), Box::pin(send(shared.clone(), read())));
        assert!(poll_immediate(&mut one).await.is_none() && poll_immediate(&mut another).await.is_none());
    }
    assert!(layer.flights().by_uri.is_empty());
    assert_eq!(body(shared, read()).await, "2");
    assert!(layer.flights().by_uri.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reads_that_come_and_go_on_many_threads_all_get_an_answer() {
    let service = Scripted::new(|_, _| async {
        tokio::task::yield_now().await;
        answer(200)
    });
    let layer = SingleFlight::new();
    let shared = layer.layer(service);
    let tasks = (0..64).map(|task| {
        let shared = shared.clone();
        tokio::spawn(async move {
            for round in 0..100 {
                if (task + round) % 3 == 0 {
                    // Dropped at its first wait.
                    let mut call = Box::pin(send(shared.clone(), read()));
                    let _ = poll_immediate(&mut call).await;
                } else {
                    assert_eq!(status(shared.clone(), read()).await, 200);
                }
            }
        })
    });
    let all = tokio::time::timeout(SECOND * 30, join_all(tasks)).await.unwrap();
    assert!(all.into_iter().all(|task| task.is_ok()));
    assert!(layer.flights().by_uri.is_empty());
}
