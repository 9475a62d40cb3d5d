use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use clerk_ext::{
    BoxError, BoxFuture, Error, ErrorKind,
    http::StatusCode,
    webhooks::{Claim, Dedupe, Handled, Lease, MemoryDedupe, Webhook, WebhookError},
};
use futures_util::FutureExt as _;
use tokio::sync::{Notify, oneshot};

use super::{SECRET, clock, message, signed, webhook};

/// Counts how often handlers began.
#[derive(Clone, Default)]
struct Runs(Arc<AtomicUsize>);

impl Runs {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn one_more(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn handled(webhook: &Webhook, id: &str, runs: &Runs) -> Handled {
    message(webhook, id)
        .once(async |_| {
            runs.one_more();
            Ok(())
        })
        .await
}

/// Lets spawned tasks get as far as they can.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_message_is_handled_once_and_its_duplicates_are_answered_with_success() {
    let (webhook, runs) = (webhook(), Runs::default());
    let outcomes = [handled(&webhook, "msg_1", &runs).await, handled(&webhook, "msg_1", &runs).await];
    assert!(matches!(outcomes, [Handled::Done, Handled::Duplicate]), "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| outcome.status() == StatusCode::NO_CONTENT));
    assert!(matches!(handled(&webhook, "msg_2", &runs).await, Handled::Done));
    assert_eq!(runs.count(), 2);
}

#[tokio::test]
async fn clones_of_a_webhook_know_the_same_messages_and_other_webhooks_do_not() {
    let (one, runs) = (webhook(), Runs::default());
    handled(&one, "msg_1", &runs).await;
    assert!(matches!(handled(&one.clone(), "msg_1", &runs).await, Handled::Duplicate));
    assert!(matches!(handled(&webhook(), "msg_1", &runs).await, Handled::Done));
}

#[tokio::test]
async fn a_message_whose_handler_failed_is_answered_with_500_and_handled_when_it_comes_again() {
    let (webhook, runs) = (webhook(), Runs::default());
    let failed = message(&webhook, "msg_1").once(async |_| Err("the test database is away: hunter2test".into())).await;
    let Handled::Failed(error) = &failed else { panic!("{failed:?}") };
    assert!(error.to_string().contains("away"));
    assert_eq!(failed.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!format!("{failed} {:?}", failed.response()).contains("hunter2test"));
    assert!(matches!(handled(&webhook, "msg_1", &runs).await, Handled::Done));
    assert_eq!(runs.count(), 1);
}

#[tokio::test]
async fn any_error_of_a_handler_goes_up_by_a_question_mark() {
    let webhook = webhook();
    let failed = message(&webhook, "msg_1")
        .once(async |message| {
            let number: u32 = message.json()?;
            let _: u32 = number.to_string().parse()?;
            Ok(())
        })
        .await;
    let Handled::Failed(error) = failed else { panic!("{failed:?}") };
    assert_eq!(error.downcast::<Error>().unwrap().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_request_that_is_not_believed_reaches_no_handler() {
    let webhook = webhook();
    let refused = webhook.handle([("svix-id", "msg_1")].as_slice(), "{}", async |_| panic!("it must not run")).await;
    assert!(matches!(refused, Handled::Refused(WebhookError::MissingHeaders(_))), "{refused:?}");
    assert_eq!(refused.response().status(), StatusCode::BAD_REQUEST);
    let headers = signed(&webhook, "msg_1", "{}");
    let done = webhook.handle(&headers, "{}", async |message| match message.id() {
        "msg_1" => Ok(()),
        other => Err(other.into()),
    });
    assert!(matches!(done.await, Handled::Done));
}

#[tokio::test]
async fn a_message_is_free_again_after_its_task_was_killed_in_the_middle() {
    let (webhook, runs) = (webhook(), Runs::default());
    let (reached, is_reached) = oneshot::channel();
    let first = message(&webhook, "msg_1");
    let task = tokio::spawn(first.once(async move |_| {
        reached.send(()).unwrap();
        pending().await
    }));
    is_reached.await.unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert!(matches!(handled(&webhook, "msg_1", &runs).await, Handled::Done));
    assert_eq!(runs.count(), 1);
}

#[tokio::test]
async fn a_message_is_free_again_after_its_handler_panicked() {
    let (webhook, runs) = (webhook(), Runs::default());
    let task = tokio::spawn(message(&webhook, "msg_1").once(async |_| panic!("on purpose, in a test")));
    assert!(task.await.unwrap_err().is_panic());
    assert!(matches!(handled(&webhook, "msg_1", &runs).await, Handled::Done));
}

#[tokio::test]
async fn a_concurrent_duplicate_waits_and_then_sees_that_the_message_is_done() {
    let clock = clock();
    let (webhook, runs) = (Webhook::new(SECRET).unwrap().clock(Arc::new(clock.clone())), Runs::default());
    let go_on = Arc::new(Notify::new());
    let first = tokio::spawn(message(&webhook, "msg_1").once({
        let (go_on, runs) = (Arc::clone(&go_on), runs.clone());
        async move |_| {
            runs.one_more();
            go_on.notified().await;
            Ok(())
        }
    }));
    settle().await;
    let second = tokio::spawn({
        let (webhook, runs) = (webhook.clone(), runs.clone());
        async move { handled(&webhook, "msg_1", &runs).await }
    });
    settle().await;
    assert!(!second.is_finished());
    go_on.notify_one();
    assert!(matches!(first.await.unwrap(), Handled::Done));
    clock.advance(Duration::from_secs(1));
    assert!(matches!(second.await.unwrap(), Handled::Duplicate));
    assert_eq!(runs.count(), 1);
}

#[tokio::test]
async fn a_duplicate_that_waited_takes_over_where_the_first_one_failed() {
    let clock = clock();
    let (webhook, runs) = (Webhook::new(SECRET).unwrap().clock(Arc::new(clock.clone())), Runs::default());
    let (fail, fails) = oneshot::channel::<()>();
    let first = tokio::spawn(message(&webhook, "msg_1").once(async move |_| {
        fails.await?;
        Err("on purpose".into())
    }));
    settle().await;
    let second = tokio::spawn({
        let (webhook, runs) = (webhook.clone(), runs.clone());
        async move { handled(&webhook, "msg_1", &runs).await }
    });
    settle().await;
    fail.send(()).unwrap();
    assert!(matches!(first.await.unwrap(), Handled::Failed(_)));
    clock.advance(Duration::from_secs(1));
    assert!(matches!(second.await.unwrap(), Handled::Done));
    assert_eq!(runs.count(), 1);
}

#[tokio::test]
async fn a_duplicate_whose_patience_is_over_is_answered_with_503() {
    let clock = clock();
    let (webhook, runs) = (Webhook::new(SECRET).unwrap().clock(Arc::new(clock.clone())), Runs::default());
    let first = tokio::spawn(message(&webhook, "msg_1").once(async |_| pending().await));
    settle().await;
    let impatient = webhook.clone().patience(Duration::ZERO);
    let busy = handled(&impatient, "msg_1", &runs).await;
    assert!(matches!(busy, Handled::Busy), "{busy:?}");
    assert_eq!(busy.status(), StatusCode::SERVICE_UNAVAILABLE);

    let second = tokio::spawn({
        let (webhook, runs) = (webhook.clone(), runs.clone());
        async move { handled(&webhook, "msg_1", &runs).await }
    });
    for _ in 0..9 {
        settle().await;
        clock.advance(Duration::from_secs(1));
    }
    settle().await;
    assert!(!second.is_finished(), "10 seconds are not over");
    for _ in 0..3 {
        clock.advance(Duration::from_secs(1));
        settle().await;
    }
    assert!(matches!(second.await.unwrap(), Handled::Busy));
    assert_eq!(runs.count(), 0);
    first.abort();
}

#[tokio::test]
async fn a_handler_that_outlasts_its_lease_is_dropped_before_the_message_is_free() {
    struct Dropped(Arc<Mutex<Vec<&'static str>>>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.lock().unwrap().push("handler dropped");
        }
    }
    let clock = clock();
    let (webhook, runs) = (Webhook::new(SECRET).unwrap().clock(Arc::new(clock.clone())), Runs::default());
    let webhook = webhook.lease(Duration::from_secs(5));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let slow = tokio::spawn(message(&webhook, "msg_1").once({
        let dropped = Dropped(Arc::clone(&seen));
        async move |_| {
            let _dropped = dropped;
            pending().await
        }
    }));
    settle().await;
    clock.advance(Duration::from_secs(5));
    let outcome = slow.await.unwrap();
    assert!(matches!(outcome, Handled::TimedOut), "{outcome:?}");
    assert_eq!(outcome.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(*seen.lock().unwrap(), ["handler dropped"]);
    assert!(matches!(handled(&webhook, "msg_1", &runs).await, Handled::Done));
}

#[tokio::test]
async fn a_hundred_deliveries_of_one_message_at_once_run_one_handler() {
    let clock = clock();
    let (webhook, runs) = (Webhook::new(SECRET).unwrap().clock(Arc::new(clock.clone())), Runs::default());
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (webhook, runs) = (webhook.clone(), runs.clone());
            tokio::spawn(async move {
                message(&webhook, "msg_1")
                    .once(async |_| {
                        runs.one_more();
                        settle().await;
                        Ok(())
                    })
                    .await
            })
        })
        .collect();
    let moving = tokio::spawn(async move {
        loop {
            settle().await;
            clock.advance(Duration::from_millis(50));
        }
    });
    let mut done = 0;
    for task in tasks {
        match task.await.unwrap() {
            Handled::Done => done += 1,
            Handled::Duplicate => {}
            other => panic!("{other:?}"),
        }
    }
    moving.abort();
    assert_eq!((done, runs.count()), (1, 1));
}

/// A store that has to be waited for: nothing can be given back from a `drop`.
struct Remote(MemoryDedupe);

impl Dedupe for Remote {
    fn claim<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<Claim, Error>> {
        self.0.claim(lease)
    }

    fn finish<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), Error>> {
        self.0.finish(lease)
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), Error>> {
        self.0.release(lease)
    }
}

#[tokio::test]
async fn the_message_of_a_process_that_died_is_free_when_its_lease_ends_and_not_before() {
    let clock = clock();
    let store: Arc<dyn Dedupe> = Arc::new(Remote(MemoryDedupe::new().clock(Arc::new(clock.clone()))));
    let process = || {
        let webhook = Webhook::new(SECRET).unwrap().clock(Arc::new(clock.clone()));
        webhook.dedupe(Arc::clone(&store)).lease(Duration::from_secs(20)).patience(Duration::ZERO)
    };
    let (runs, task) = (Runs::default(), tokio::spawn(message(&process(), "msg_1").once(async |_| pending().await)));
    settle().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    clock.advance(Duration::from_millis(19_999));
    assert!(matches!(handled(&process(), "msg_1", &runs).await, Handled::Busy));
    clock.advance(Duration::from_millis(1));
    assert!(matches!(handled(&process(), "msg_1", &runs).await, Handled::Done));
    assert!(matches!(handled(&process(), "msg_1", &runs).await, Handled::Duplicate));
    assert_eq!(runs.count(), 1);
}

/// A store that is told what to answer, and notes what it is asked.
#[derive(Default)]
struct Told {
    asked: Mutex<Vec<&'static str>>,
    claims: Option<Claim>,
    claim_fails: bool,
    claim_hangs: bool,
    finish_fails: bool,
    finish_hangs: bool,
}

impl Told {
    fn note(&self, what: &'static str) {
        self.asked.lock().unwrap().push(what);
    }

    fn asked(&self) -> Vec<&'static str> {
        self.asked.lock().unwrap().clone()
    }
}

impl Dedupe for Told {
    fn claim<'a>(&'a self, _: &'a Lease) -> BoxFuture<'a, Result<Claim, Error>> {
        self.note("claim");
        Box::pin(async {
            if self.claim_hangs {
                pending::<()>().await;
            }
            if self.claim_fails { Err(Error::config("hunter2test")) } else { Ok(self.claims.unwrap_or(Claim::New)) }
        })
    }

    fn finish<'a>(&'a self, _: &'a Lease) -> BoxFuture<'a, Result<(), Error>> {
        self.note("finish");
        Box::pin(async {
            if self.finish_hangs {
                pending::<()>().await;
            }
            if self.finish_fails { Err(Error::config("hunter2test")) } else { Ok(()) }
        })
    }

    fn release<'a>(&'a self, _: &'a Lease) -> BoxFuture<'a, Result<(), Error>> {
        self.note("release");
        Box::pin(async { Ok(()) })
    }

    fn abandon(&self, _: &Lease) {
        self.note("abandon");
    }
}

async fn by(store: Arc<Told>, handler: impl AsyncFnOnce() -> Result<(), BoxError>) -> Handled {
    message(&webhook().dedupe(store), "msg_1").once(async move |_| handler().await).await
}

#[tokio::test]
async fn a_store_that_cannot_be_asked_makes_503_and_runs_no_handler() {
    let store = Arc::new(Told { claim_fails: true, ..Told::default() });
    let outcome = by(Arc::clone(&store), async || panic!("it must not run")).await;
    assert!(matches!(outcome, Handled::Unavailable(_)), "{outcome:?}");
    assert_eq!(outcome.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!outcome.to_string().contains("hunter2test"));
    // It may have noted the claim before it failed.
    assert_eq!(store.asked(), ["claim", "abandon"]);
}

#[tokio::test]
async fn who_goes_away_while_the_store_is_asked_gives_back_what_it_may_have_taken() {
    let store = Arc::new(Told { claim_hangs: true, ..Told::default() });
    assert!(by(Arc::clone(&store), async || panic!("it must not run")).now_or_never().is_none());
    assert_eq!(store.asked(), ["claim", "abandon"]);
}

#[tokio::test]
async fn who_does_not_hold_a_message_gives_nothing_back() {
    let store = Arc::new(Told { claims: Some(Claim::Done), ..Told::default() });
    assert!(matches!(by(Arc::clone(&store), async || panic!("it must not run")).await, Handled::Duplicate));
    assert_eq!(store.asked(), ["claim"]);
    let store = Arc::new(Told { claims: Some(Claim::Busy), ..Told::default() });
    assert!(matches!(by(Arc::clone(&store), async || panic!("it must not run")).await, Handled::Busy));
    assert_eq!(store.asked(), ["claim"]);
}

#[tokio::test]
async fn a_store_that_cannot_be_told_of_success_does_not_make_the_message_come_again() {
    let store = Arc::new(Told { finish_fails: true, ..Told::default() });
    assert!(matches!(by(Arc::clone(&store), async || Ok(())).await, Handled::Done));
    assert_eq!(store.asked(), ["claim", "finish"]);
}

#[tokio::test]
async fn who_goes_away_after_the_handler_succeeded_does_not_have_it_run_again() {
    let store = Arc::new(Told { finish_hangs: true, ..Told::default() });
    assert!(by(Arc::clone(&store), async || Ok(())).now_or_never().is_none());
    assert_eq!(store.asked(), ["claim", "finish"]);
}

#[tokio::test]
async fn who_goes_away_before_gives_the_message_back() {
    let store = Arc::new(Told::default());
    assert!(by(Arc::clone(&store), async || pending().await).now_or_never().is_none());
    assert_eq!(store.asked(), ["claim", "abandon"]);
    assert!(matches!(by(Arc::clone(&store), async || Err("on purpose".into())).await, Handled::Failed(_)));
    assert_eq!(store.asked(), ["claim", "abandon", "claim", "release"]);
}

#[test]
fn handling_a_message_crosses_threads() {
    fn is_send<T: Send>(_: &T) {}
    let webhook = webhook();
    is_send(&message(&webhook, "msg_1").once(async |_| Ok(())));
    is_send(&message(&webhook, "msg_1").once(|_| async move { Ok(()) }));
    let headers = signed(&webhook, "msg_1", "{}");
    is_send(&webhook.handle(&headers, "{}", async |_| Ok(())));
    fn is_shared<T: Send + Sync + Clone>(_: &T) {}
    is_shared(&webhook);
}
