//! Many tasks under the rate limit of an instance: alone, beside another program, and with several clients.
//!
//! Time passes only when nobody can go on without it: so the figures are the same on a busy machine.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use clerk_ext::{
    BoxError, BoxFuture, Bytes, InstanceKind, Timestamp, Transport,
    backend::Backend,
    clock::{Clock as _, ManualClock},
    http::{Request, Response},
    random::{Random as _, SeededRandom},
    transport::RateLimiter,
};
use clerk_local::LocalClerk;
use tokio::{task::JoinSet, time::sleep};
use tower_service::Service;

const SECOND: Duration = Duration::from_secs(1);

/// The period in which the server counts.
const PERIOD: Duration = Duration::from_secs(10);

/// How long the longest way to the server, or back from it, takes.
const WAY: Duration = Duration::from_millis(200);

/// How far time goes on at once.
const STEP: Duration = Duration::from_millis(10);

/// The time of the server and of its clients.
#[derive(Clone)]
struct Time {
    server: clerk_local::Clock,
    clients: ManualClock,
}

impl Time {
    fn pass(&self, duration: Duration) {
        self.server.advance(duration);
        self.clients.advance(duration);
    }

    fn now(&self) -> Duration {
        self.clients.monotonic()
    }
}

/// The way to the server, which takes some time in both directions, and remembers what came back when.
#[derive(Clone)]
struct Road {
    transport: Transport,
    time: Time,
    random: Arc<SeededRandom>,
    /// How many requests the server is working on: no time passes meanwhile.
    at_server: Arc<AtomicUsize>,
    answers: Arc<Mutex<Vec<(Duration, u16)>>>,
}

impl Road {
    /// Another lane, which counts for itself.
    fn beside(&self) -> Self {
        Self { answers: Arc::default(), ..self.clone() }
    }

    fn way(&self) -> BoxFuture<'static, ()> {
        let mut byte = [0];
        self.random.fill(&mut byte).unwrap();
        self.time.clients.sleep(WAY.mul_f64(f64::from(byte[0]) / 255.0))
    }

    /// How many were refused of how many that came back after a moment.
    fn refused_after(&self, moment: Duration) -> (usize, usize) {
        let answers = self.answers.lock().unwrap();
        let later = answers.iter().filter(|(at, _)| *at > moment);
        (later.clone().filter(|(_, status)| *status == 429).count(), later.count())
    }
}

impl Service<Request<Bytes>> for Road {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let mut road = self.clone();
        Box::pin(async move {
            road.way().await;
            road.at_server.fetch_add(1, Ordering::Relaxed);
            let answer = road.transport.call(request).await;
            road.at_server.fetch_sub(1, Ordering::Relaxed);
            road.way().await;
            let status = answer.as_ref().map_or(0, |answer| answer.status().as_u16());
            road.answers.lock().unwrap().push((road.time.now(), status));
            answer
        })
    }
}

/// A development instance, which takes 100 requests in 10 s, and the way there.
struct World {
    local: LocalClerk,
    road: Road,
}

impl World {
    async fn new() -> Self {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let server = clerk_local::Clock::frozen(now);
        let limited = LocalClerk::builder().clock(server.clone()).configure(|settings| settings.rate_limits = true);
        let local = limited.start().await.unwrap();
        let time = Time { server, clients: ManualClock::at(now.system_time().unwrap()) };
        let road = Road {
            transport: Transport::reqwest().unwrap(),
            time,
            random: Arc::new(SeededRandom::new(11)),
            at_server: Arc::default(),
            answers: Arc::default(),
        };
        Self { local, road }
    }

    /// A program with a limiter of its own.
    fn program(&self) -> Backend {
        let builder = Backend::builder().secret_key(&self.local.secret_key()).api_url(self.local.backend_url());
        let clerk = builder.transport(Transport::new(self.road.clone())).build().unwrap();
        let (clock, random) = (self.road.time.clients.clone(), self.road.random.clone());
        let limiter = RateLimiter::for_instance(InstanceKind::Development);
        clerk.with_network(|network| network.clock(Arc::new(clock)).random(random).limiter(limiter))
    }

    /// Lets time pass whenever nobody can go on, until the work is done.
    async fn drive<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            let settled = async {
                for _ in 0..8 {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = settled => {}
            }
            if self.road.at_server.load(Ordering::Relaxed) == 0 {
                self.road.time.pass(STEP);
            } else {
                sleep(Duration::from_micros(200)).await;
            }
        }
    }
}

/// One answer that a task got.
struct Got {
    task: usize,
    waited: Duration,
    at: Duration,
}

/// As many tasks as 200, each with so many requests, shared out among clients.
async fn work(world: &World, clients: &[Backend], each: usize) -> Vec<Got> {
    let got = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = JoinSet::new();
    for task in 0..200 {
        let (clerk, time, got) = (clients[task % clients.len()].clone(), world.road.time.clone(), Arc::clone(&got));
        tasks.spawn(async move {
            for _ in 0..each {
                let began = time.now();
                clerk.users().count().await.expect("everybody gets an answer in the end");
                let at = time.now();
                got.lock().unwrap().push(Got { task, waited: at - began, at });
            }
        });
    }
    world.drive(async { while tasks.join_next().await.is_some() {} }).await;
    let got = std::mem::take(&mut *got.lock().unwrap());
    assert_eq!(got.len(), 200 * each, "a task did not finish");
    got
}

/// By how many answers the luckiest task was ahead of the unluckiest at most, while both had something to do.
fn most_ahead(got: &[Got]) -> usize {
    let mut answers = [0_usize; 200];
    let mut most = 0;
    for answer in got {
        answers[answer.task] += 1;
        most = most.max(answers.iter().max().unwrap() - answers.iter().min().unwrap());
    }
    most
}

/// The longest time that a task waited in all, by the mean.
fn longest_by_mean(got: &[Got]) -> f64 {
    let mut waited = [Duration::ZERO; 200];
    got.iter().for_each(|got| waited[got.task] += got.waited);
    waited.iter().max().unwrap().as_secs_f64() / (waited.iter().sum::<Duration>().as_secs_f64() / 200.0)
}

#[tokio::test]
async fn two_hundred_tasks_keep_to_the_limit_and_share_it_fairly() {
    let world = World::new().await;
    let clerk = world.program();
    let got = work(&world, &[clerk], 5).await;

    let (refused, came) = world.road.refused_after(PERIOD);
    assert!(came > 800 && refused * 100 <= came, "{refused} of {came} refused");
    // As fast as a limit allows that is kept with a margin.
    let took = got.last().unwrap().at;
    assert!(took < PERIOD * 11, "{took:?}");
    assert!(longest_by_mean(&got) < 1.2, "{}", longest_by_mean(&got));
    assert!(most_ahead(&got) <= 1, "{}", most_ahead(&got));
    // Nobody waits longer than it takes to let everybody through.
    let longest = got.iter().map(|got| got.waited).max().unwrap();
    assert!(longest < PERIOD * 2 + SECOND * 2, "{longest:?}");
}

#[tokio::test]
async fn beside_another_program_hardly_anything_is_refused_once_the_first_period_is_over() {
    let world = World::new().await;
    let clerk = world.program();
    // It neither knows of a limit nor looks at refusals: 30 requests in each period, whatever comes.
    let other = world.road.beside();
    let client = clerk.raw().with_transport(Transport::new(other.clone()));
    let clock = world.road.time.clients.clone();
    let others = tokio::spawn(async move {
        loop {
            clock.sleep(PERIOD / 30).await;
            // In a task of its own: the next one does not wait for the answer.
            tokio::spawn(client.get_users_count().send());
        }
    });
    let got = work(&world, &[clerk], 5).await;
    others.abort();

    let took = got.last().unwrap().at;
    let (_, others) = other.refused_after(Duration::ZERO);
    assert!(others > took.as_secs() as usize * 2, "the other program did little: {others} in {took:?}");
    let (refused, came) = world.road.refused_after(PERIOD);
    assert!(came > 800 && refused * 100 <= came, "{refused} of {came} refused");
    assert!(took < PERIOD * 22, "{took:?}");
    assert!(longest_by_mean(&got) < 1.2, "{}", longest_by_mean(&got));
    // Who is refused queues anew, behind everybody.
    assert!(most_ahead(&got) <= 4, "{}", most_ahead(&got));
}

#[tokio::test]
async fn backends_that_share_a_limiter_keep_to_the_limit_together() {
    let world = World::new().await;
    let limiter = RateLimiter::for_instance(InstanceKind::Development);
    let clients = [(); 2].map(|()| world.program().with_network(|network| network.limiter(limiter.clone())));
    let got = work(&world, &clients, 2).await;

    assert_eq!(world.road.refused_after(Duration::ZERO), (0, 400));
    assert_eq!(limiter.allowed(), 100);
    assert!(most_ahead(&got) <= 1, "{}", most_ahead(&got));
}

#[tokio::test]
async fn a_backend_with_another_network_or_other_types_keeps_the_limiter() {
    let world = World::new().await;
    let clerk = world.program();
    let changed = clerk.with_network(|network| network.single_flight(true)).typed::<clerk_ext::Json>();
    work(&world, &[clerk, changed], 1).await;
    assert_eq!(world.road.refused_after(Duration::ZERO).0, 0);
}
