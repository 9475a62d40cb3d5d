use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicU32, Ordering},
};

use clerk_core::http::Method;
use futures_util::future::{join_all, poll_immediate};
use tokio::time::Instant;

use super::*;
use crate::{
    clock::SystemClock,
    random::{SeededRandom, fraction},
    transport::{OverallTimeout, Timeouts, scripted::*, step::send},
};

const PERIOD: Duration = Duration::from_secs(10);

fn limited(limiter: &RateLimiter, service: Scripted) -> Stepped<Limit, Scripted> {
    Limit::new(limiter.clone(), Arc::new(SystemClock)).layer(service)
}

/// How the scripted server counts.
#[derive(Clone, Copy, Debug)]
enum Counting {
    /// In periods that begin at fixed moments.
    Fixed,
    /// In the period before each arrival.
    Sliding,
}

/// A server that allows so many arrivals in ten seconds, at the end of a way that takes up to 400 ms.
#[derive(Clone)]
struct Server {
    counting: Counting,
    limit: usize,
    arrivals: Arc<Mutex<VecDeque<Instant>>>,
    began: Instant,
    random: Arc<SeededRandom>,
    /// How many came, and how many were refused, since the first two periods.
    came: Arc<AtomicU32>,
    refused: Arc<AtomicU32>,
}

impl Server {
    fn new(counting: Counting, limit: usize, seed: u64) -> Self {
        let random = Arc::new(SeededRandom::new(seed));
        let began = Instant::now() - PERIOD.mul_f64(fraction(&*random));
        Self { counting, limit, arrivals: Arc::default(), began, random, came: Arc::default(), refused: Arc::default() }
    }

    fn way(&self) -> Duration {
        Duration::from_millis(10) + Duration::from_millis(390).mul_f64(fraction(&*self.random))
    }

    fn arrive(&self) -> Answer {
        let now = Instant::now();
        let mut arrivals = self.arrivals.lock().unwrap();
        let passed = now - self.began;
        let leaves = match self.counting {
            Counting::Fixed => now - Duration::from_nanos((passed.as_nanos() % PERIOD.as_nanos()) as u64),
            Counting::Sliding => now - PERIOD,
        };
        while arrivals.front().is_some_and(|arrival| *arrival < leaves) {
            arrivals.pop_front();
        }
        let late = u32::from(passed > PERIOD * 2);
        self.came.fetch_add(late, Ordering::Relaxed);
        if arrivals.len() < self.limit {
            arrivals.push_back(now);
            return answer(200);
        }
        self.refused.fetch_add(late, Ordering::Relaxed);
        let until = match self.counting {
            Counting::Fixed => leaves + PERIOD,
            Counting::Sliding => arrivals[0] + PERIOD,
        };
        wait(429, &(until - now).as_secs_f64().ceil().to_string())
    }

    fn service(&self) -> Scripted {
        let server = self.clone();
        Scripted::new(move |_, _| {
            let server = server.clone();
            async move {
                tokio::time::sleep(server.way()).await;
                let answer = server.arrive();
                tokio::time::sleep(server.way()).await;
                answer
            }
        })
    }

    fn refused_percent(&self) -> f64 {
        f64::from(self.refused.load(Ordering::Relaxed)) * 100.0 / f64::from(self.came.load(Ordering::Relaxed))
    }
}

/// Many tasks that send one request after another until all got their answers.
async fn work(limiters: &[RateLimiter], server: &Server, tasks: usize, each: usize) -> Duration {
    let began = Instant::now();
    let service = server.service();
    let tasks = (0..tasks).map(|task| {
        let limited = limited(&limiters[task % limiters.len()], service.clone());
        async move {
            for _ in 0..each {
                while status(limited.clone(), read()).await == 429 {}
            }
        }
    });
    join_all(tasks).await;
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn two_hundred_tasks_at_the_limit_are_hardly_ever_refused_and_hardly_slower_than_it() {
    for counting in [Counting::Fixed, Counting::Sliding] {
        for seed in 0..5 {
            let server = Server::new(counting, 100, seed);
            let limiter = RateLimiter::for_instance(InstanceKind::Development);
            let took = work(&[limiter], &server, 200, 10).await;
            assert!(server.refused_percent() <= 1.0, "{counting:?} {seed}: {} %", server.refused_percent());
            // The first hundred go at once.
            assert!(took <= PERIOD.mul_f64(19.0 * 1.06), "{counting:?} {seed}: {took:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn programs_that_share_a_limit_find_rates_that_fit_it() {
    for counting in [Counting::Fixed, Counting::Sliding] {
        for seed in 0..3 {
            let server = Server::new(counting, 100, seed);
            let limiters: Vec<_> = (0..3).map(|_| RateLimiter::new(100, PERIOD)).collect();
            let took = work(&limiters, &server, 200, 20).await;
            let refused = server.refused_percent();
            assert!(refused <= 2.5, "{counting:?} {seed}: {refused} %");
            assert!(took <= PERIOD * 70, "{counting:?} {seed}: {took:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_first_goes_first() {
    let limiter = RateLimiter::new(3, PERIOD);
    let order = Arc::new(Mutex::new(Vec::new()));
    let calls = (0..20).map(|caller| {
        let order = order.clone();
        let service = Scripted::new(move |_, _| {
            order.lock().unwrap().push(caller);
            async { answer(200) }
        });
        status(limited(&limiter, service), read())
    });
    join_all(calls).await;
    assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn one_that_comes_again_and_again_does_not_starve_another() {
    let limiter = RateLimiter::new(10, PERIOD);
    let greedy = limited(&limiter, Scripted::answering(|_| answer(200)));
    let crowd = join_all((0..20).map(|_| async {
        loop {
            status(greedy.clone(), read()).await;
        }
    }));
    let modest = async {
        for _ in 0..5 {
            let began = Instant::now();
            status(limited(&limiter, Scripted::answering(|_| answer(200))), read()).await;
            // Twenty are before it, at ten in a period.
            assert!(began.elapsed() <= PERIOD.mul_f64(3.0 * 1.06), "{:?}", began.elapsed());
        }
    };
    let modest = tokio::time::timeout(PERIOD * 20, modest);
    tokio::select! { biased; _ = crowd => unreachable!("it never ends"), modest = modest => modest.unwrap() }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_holds_all_who_share_the_limiter_and_those_alone() {
    let limiter = RateLimiter::new(100, PERIOD);
    let refusing = limited(&limiter, Scripted::answering(|_| wait(429, "7")));
    assert_eq!(status(refusing, write()).await, 429);

    let began = Instant::now();
    let service = Scripted::answering(|_| answer(200));
    assert_eq!(status(limited(&RateLimiter::new(100, PERIOD), service.clone()), read()).await, 200);
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(status(limited(&limiter.clone(), service), read()).await, 200);
    assert_eq!(began.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_one_operation_holds_no_other() {
    for (operation, seconds) in [("CreateInvitation", "2400"), ("CreateThing", "2400"), ("UpdateUserMetadata", "9")] {
        let limiter = RateLimiter::for_instance(InstanceKind::Production);
        let refusing = limited(&limiter, Scripted::answering(move |_| wait(429, seconds)));
        assert_eq!(status(refusing, request(Method::PATCH, operation)).await, 429);
        assert_eq!(limiter.allowed(), 1000);
        let began = Instant::now();
        assert_eq!(status(limited(&limiter, Scripted::answering(|_| answer(200))), read()).await, 200);
        assert_eq!(began.elapsed(), Duration::ZERO, "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_server_does_not_count_is_not_held() {
    let limiter = RateLimiter::new(1, PERIOD);
    let service = limited(&limiter, Scripted::answering(|_| answer(200)));
    let began = Instant::now();
    for _ in 0..10 {
        assert_eq!(status(service.clone(), request(Method::GET, "GetJWKS")).await, 200);
    }
    assert_eq!(status(service, read()).await, 200);
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_at_any_moment_leaves_the_limiter_as_good_as_before() {
    let slow = Scripted::new(|_, _| async {
        tokio::time::sleep(SECOND).await;
        answer(200)
    });
    // In steps of 100 ms over the wait for the turn, the wait for the window, and the request itself.
    for step in 0..140 {
        let longest = Duration::from_millis(100 * step + 50);
        let limiter = RateLimiter::new(1, PERIOD);
        let service = limited(&limiter, slow.clone());
        assert_eq!(status(service.clone(), read()).await, 200);

        let began = Instant::now();
        let dropped = tokio::time::timeout(longest, send(service.clone(), read()));
        let behind = status(service.clone(), read());
        let (dropped, behind) = tokio::join!(dropped, behind);
        assert_eq!(behind, 200);
        // The window opens 9.5 s after the first answer: for the dropped one if it lived to see it.
        let went = longest > Duration::from_millis(9_500);
        assert_eq!(dropped.is_ok(), longest > Duration::from_millis(10_500));
        let expected = if went { 21_000 } else { 10_500 };
        let took = began.elapsed().as_millis();
        assert!((expected..=expected + 20).contains(&took), "step {step}: {took} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn waiters_that_are_dropped_in_the_queue_leave_no_hole() {
    let limiter = RateLimiter::new(1, PERIOD);
    let service = limited(&limiter, Scripted::answering(|_| answer(200)));
    assert_eq!(status(service.clone(), read()).await, 200);
    let began = Instant::now();
    let mut queue: Vec<Pin<Box<dyn Future<Output = Answer>>>> =
        (0..50).map(|_| Box::pin(send(service.clone(), read())) as _).collect();
    for waiter in &mut queue {
        assert!(poll_immediate(waiter).await.is_none());
    }
    let last = queue.pop().unwrap();
    drop(queue);
    assert_eq!(last.await.unwrap().status(), 200);
    assert!(began.elapsed() <= PERIOD.mul_f64(1.06), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn running_out_of_time_in_the_queue_says_that_nothing_was_sent() {
    let limiter = RateLimiter::new(1, PERIOD);
    let service = Scripted::new(|_, _| std::future::pending());
    let overall = Timeouts::default().overall.unwrap() / 18;
    let whole = OverallTimeout::new(overall, Arc::new(SystemClock)).layer(limited(&limiter, service));
    let sent = failure(whole.clone(), write()).await;
    let queued = failure(whole, write()).await;
    assert_eq!((sent.is_unsent(), queued.is_unsent()), (false, true));
    assert!(queued.to_string().contains("rate limit"), "{queued}");
}
