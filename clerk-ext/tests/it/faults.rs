//! What becomes of a call when the server has a bad day: survived, or reported as what it was, and never done twice.

use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use clerk_bapi::users::CreateUser;
use clerk_ext::{
    BoxFuture, Error, ErrorKind, Timestamp,
    backend::{Backend, Request, User},
    clock::{Clock, ManualClock},
    random::SeededRandom,
    transport::{RateLimiter, Timeouts, defaults},
};
use clerk_local::{Api, Fault, LocalClerk};

use crate::world::{self, backend};

const SECOND: Duration = Duration::from_secs(1);

/// A clock for which every wait is over at once, and that remembers how long it was; time-outs never strike.
///
/// The server goes by the same time.
#[derive(Clone)]
struct Jumping {
    server: clerk_local::Clock,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl Jumping {
    fn new(local: &LocalClerk) -> Self {
        Self { server: local.clock().clone(), waits: Arc::default() }
    }

    /// The waits since this was asked for last.
    fn waits(&self) -> Vec<Duration> {
        std::mem::take(&mut self.waits.lock().unwrap())
    }
}

impl Clock for Jumping {
    fn now(&self) -> SystemTime {
        self.server.now().system_time().unwrap()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.server.now().as_millis().unsigned_abs())
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration >= defaults::REQUEST_TIMEOUT {
            return Box::pin(pending());
        }
        let clock = self.clone();
        Box::pin(async move {
            clock.server.advance(duration);
            clock.waits.lock().unwrap().push(duration);
        })
    }
}

/// A Clerk whose time stands still but for the waits of its client.
struct World {
    local: LocalClerk,
    clerk: Backend,
    /// Without faults: what looks at how things are has to be told the truth.
    plain: Backend,
    clock: Jumping,
}

impl World {
    async fn new(seed: u64) -> Self {
        let time = clerk_local::Clock::frozen(Timestamp::from_millis(1_800_000_000_000));
        let local = LocalClerk::builder().clock(time).start().await.unwrap();
        let clock = Jumping::new(&local);
        let plain = backend(&local).with_network(|network| network.limiter(None));
        let clerk = plain
            .with_network(|network| network.clock(Arc::new(clock.clone())).random(Arc::new(SeededRandom::new(seed))));
        Self { local, clerk, plain, clock }
    }

    fn sent(&self, operation: &str) -> u64 {
        self.local.calls(Api::Backend).get(operation).copied().unwrap_or(0)
    }

    async fn has_user(&self, address: &str) -> bool {
        let found = self.plain.raw().get_user_list().email_address([address.to_owned()]).await.unwrap();
        assert!(found.len() < 2, "{address} is there twice");
        found.len() == 1
    }
}

fn create(clerk: &Backend, address: &str) -> Request<CreateUser, User> {
    clerk.users().create().email_address([address]).skip_password_requirement(true)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Call {
    Get,
    List,
    Create,
    Update,
    Delete,
}

impl Call {
    const ALL: [Self; 5] = [Self::Get, Self::List, Self::Create, Self::Update, Self::Delete];

    fn operation(self) -> &'static str {
        match self {
            Self::Get => "GetUser",
            Self::List => "GetUserList",
            Self::Create => "CreateUser",
            Self::Update => "UpdateUser",
            Self::Delete => "DeleteUser",
        }
    }

    fn may_be_repeated(self) -> bool {
        !matches!(self, Self::Create | Self::Update)
    }

    async fn send(self, clerk: &Backend, user: &str, address: &str) -> Result<(), Error> {
        let users = clerk.users();
        match self {
            Self::Get => users.get(user).await.map(drop),
            Self::List => users.list().page().await.map(drop),
            Self::Create => create(clerk, address).await.map(drop),
            Self::Update => users.update(user).first_name("Anna").await.map(drop),
            Self::Delete => users.delete(user).await.map(drop),
        }
    }
}

/// What a fault comes to.
#[derive(Clone, Copy, Debug)]
enum Comes {
    /// Nothing: the answer can be read.
    Nothing,
    /// A failure that stays the same however often one asks.
    Lasting(ErrorKind),
    /// A failure that may be over the next time, unless the server has already done what it must not do twice.
    Passing(ErrorKind),
    /// A refusal before anything was done, with how long it asks to wait.
    Wait(Duration),
}

use Comes::{Lasting, Nothing, Passing, Wait};

#[derive(Clone, Debug)]
struct Row {
    fault: Fault,
    comes: Comes,
    /// What the error says of it; nothing where no whole answer came.
    status: Option<u16>,
}

fn row(fault: Fault, comes: Comes, status: impl Into<Option<u16>>) -> Row {
    Row { fault, comes, status: status.into() }
}

/// Every fault there is, and some statuses; all of them are in the next table.
fn faults() -> Vec<Row> {
    vec![
        row(Fault::latency(Duration::from_millis(3)), Nothing, None),
        row(Fault::extra_fields(), Nothing, None),
        row(Fault::unknown_enum_values(), Nothing, None),
        row(Fault::clock_skew(3600), Nothing, None),
        row(Fault::clock_skew(-3600), Nothing, None),
        row(Fault::status(401), Lasting(ErrorKind::Unauthorized), 401),
        row(Fault::status(501), Lasting(ErrorKind::Server), 501),
        row(Fault::not_json(), Lasting(ErrorKind::Decode), 200),
        row(Fault::not_json_with_status(404), Lasting(ErrorKind::NotFound), 404),
        row(Fault::status(500), Passing(ErrorKind::Server), 500),
        row(Fault::status(503), Passing(ErrorKind::Server), 503),
        row(Fault::not_json_with_status(502), Passing(ErrorKind::Server), 502),
        row(Fault::reset(), Passing(ErrorKind::Network), None),
        row(Fault::truncated(), Passing(ErrorKind::Network), None),
        row(Fault::status(429), Wait(Duration::ZERO), 429),
        row(Fault::rate_limited(SECOND * 7), Wait(SECOND * 7), 429),
        row(Fault::rate_limited_until_date(SECOND * 7), Wait(SECOND * 7), 429),
    ]
}

/// Every status that a server or something before it is known to answer, as a fault before the operation runs.
fn statuses() -> Vec<Row> {
    let mut rows = Vec::new();
    for (comes, statuses) in [
        (Lasting(ErrorKind::BadRequest), &[400, 402, 405, 406, 413, 414, 415, 418, 423, 424, 428, 431, 451, 499][..]),
        (Lasting(ErrorKind::Unauthorized), &[401]),
        (Lasting(ErrorKind::Forbidden), &[403]),
        (Lasting(ErrorKind::NotFound), &[404, 410]),
        (Lasting(ErrorKind::Conflict), &[409]),
        (Lasting(ErrorKind::Validation), &[422]),
        (Lasting(ErrorKind::Server), &[501]),
        (Passing(ErrorKind::Timeout), &[408]),
        (Passing(ErrorKind::BadRequest), &[425]),
        (Passing(ErrorKind::Server), &[500, 502, 503, 504, 505, 507, 508, 520, 521, 522, 524, 525, 529, 530, 599]),
        (Wait(Duration::ZERO), &[429]),
    ] {
        rows.extend(statuses.iter().map(|&status| row(Fault::status(status), comes, status)));
    }
    rows
}

/// How a call ends: the kind of its error, how often it was sent, and whether the server has done it.
#[derive(Debug, PartialEq)]
struct End {
    failed: Option<ErrorKind>,
    sent: u64,
    done: bool,
}

/// What the table means for one call, with a fault that strikes so many times.
fn expected(row: &Row, call: Call, after_execution: bool, times: u64) -> End {
    let (failure, again) = match row.comes {
        Nothing => return End { failed: None, sent: 1, done: true },
        Lasting(kind) => (kind, false),
        Passing(kind) => (kind, call.may_be_repeated()),
        Wait(_) => (ErrorKind::RateLimited, true),
    };
    let sent = if again { (times + 1).min(3) } else { 1 };
    let survived = sent > times;
    let done = after_execution || survived;
    // Whoever deletes again is told that there is nothing: only the first time there was.
    let gone = call == Call::Delete && after_execution;
    let failed = match survived {
        true if gone => Some(ErrorKind::NotFound),
        true => None,
        false => Some(failure),
    };
    End { failed, sent, done }
}

/// Sends one call into a fault, and compares all that can be seen of it with what was expected.
async fn strike(world: &World, number: usize, row: &Row, call: Call, after_execution: bool, times: u64) {
    let case = format!("{call:?} with {:?}, after execution: {after_execution}, {times} times", row.fault);
    let (target, address) = (format!("target{number}@example.com"), format!("new{number}@example.com"));
    let user = create(&world.plain, &target).await.unwrap().raw.id;
    let sent_before = world.sent(call.operation());
    let mut fault = row.fault.clone().on(call.operation()).times(times);
    if after_execution {
        fault = fault.after_execution();
    }
    let fault = world.local.faults().add(fault);
    let outcome = call.send(&world.clerk, user.as_str(), &address).await;
    let sent = world.sent(call.operation()) - sent_before;
    world.local.faults().remove(fault);

    let done = match call {
        Call::Get | Call::List => None,
        Call::Create => Some(world.has_user(&address).await),
        Call::Update => Some(world.plain.users().get(&user).await.unwrap().first_name.as_deref() == Some("Anna")),
        Call::Delete => Some(!world.has_user(&target).await),
    };
    let expected = expected(row, call, after_execution, times);
    let end = End { failed: outcome.as_ref().err().map(Error::kind), sent, done: done.unwrap_or(expected.done) };
    assert_eq!(end, expected, "{case}: {outcome:?}");

    let waits = world.clock.waits();
    assert_eq!(waits.len() as u64 + 1, sent, "{case}: {waits:?}");
    let asked = if let Wait(asked) = row.comes { asked } else { Duration::ZERO };
    for (nth, wait) in waits.iter().enumerate() {
        // Dates have whole seconds: that of the answer is rounded down, that of the wait up.
        let most = if asked.is_zero() { SECOND * (1 << nth) } else { asked + SECOND * 2 };
        assert!((asked..most).contains(wait), "{case}: {waits:?}");
    }

    let Err(error) = outcome else { return };
    let gone = call == Call::Delete && after_execution && error.kind() == ErrorKind::NotFound;
    let status = if gone { Some(404) } else { row.status };
    assert_eq!(error.operation(), Some(call.operation()), "{case}");
    assert_eq!(error.status().map(|status| status.as_u16()), status, "{case}");
    assert_eq!(u64::from(error.attempts()), sent, "{case}");
    assert_eq!(error.trace_id().is_some(), status.is_some(), "{case}: {error}");
    if let Wait(asked) = row.comes
        && !asked.is_zero()
    {
        assert!(error.retry_after().is_some(), "{case}: {error}");
    }
}

#[tokio::test]
async fn every_fault_is_survived_or_reported_as_what_it_was() {
    let world = World::new(1).await;
    let mut number = 0;
    for row in faults() {
        for call in Call::ALL {
            for after_execution in [false, true] {
                // A server that refuses for the rate has done nothing, and one that cuts its answer short has.
                let never = match row.comes {
                    Wait(_) => after_execution,
                    _ => row.fault == Fault::truncated() && !after_execution,
                };
                if never {
                    continue;
                }
                // How often it strikes matters only where the call is repeated.
                let repeated = matches!(row.comes, Passing(_) | Wait(_));
                for &times in if repeated { &[1, 2, 1_000][..] } else { &[1_000] } {
                    number += 1;
                    strike(&world, number, &row, call, after_execution, times).await;
                }
            }
        }
    }
    assert!(number > 200, "{number} cases");
}

#[tokio::test]
async fn every_status_has_its_kind_and_is_repeated_only_where_that_may_help() {
    let world = World::new(2).await;
    for (number, row) in statuses().iter().enumerate() {
        for (nth, call) in [Call::Get, Call::Create].into_iter().enumerate() {
            for times in [2, 3] {
                strike(&world, number * 10 + nth * 5 + times, row, call, false, times as u64).await;
            }
        }
    }
}

#[tokio::test]
async fn what_is_made_by_a_post_is_made_once_at_most_and_once_when_it_says_so() {
    let world = World::new(3).await;
    let ann = create(&world.plain, "ann@example.com").await.unwrap();
    for (number, row) in faults().iter().enumerate() {
        for after_execution in [false, true] {
            if after_execution && matches!(row.comes, Wait(_)) {
                continue;
            }
            for operation in ["CreateUser", "CreateOrganization", "CreateSignInToken"] {
                let case = format!("{operation} with {:?}, after execution: {after_execution}", row.fault);
                let fault = row.fault.clone().on(operation).times(1);
                let fault = if after_execution { fault.after_execution() } else { fault };
                // What an answer leaves out or adds comes after the operation, whatever the fault says.
                let runs = after_execution || matches!(row.comes, Nothing) || row.fault == Fault::truncated();
                let fault = world.local.faults().add(fault);
                let before = world.sent(operation);
                let name = format!("{number} {after_execution}");
                let address = format!("post{number}.{after_execution}@example.com");
                let (made, held) = match operation {
                    "CreateUser" => {
                        let made = create(&world.clerk, &address).await.is_ok();
                        (made, Some(usize::from(world.has_user(&address).await)))
                    }
                    "CreateOrganization" => {
                        let made = world.clerk.organizations().create(&name).await.is_ok();
                        let all = world.plain.organizations().list().page_size(500).page().await.unwrap();
                        (made, Some(all.data.iter().filter(|organization| organization.name == name).count()))
                    }
                    _ => (world.clerk.raw().create_sign_in_token(&ann.id).await.is_ok(), None),
                };
                let sent = world.sent(operation) - before;
                world.local.faults().remove(fault);
                // Sign-in tokens are not listed anywhere: what was let through was made.
                let executed = usize::try_from(sent - u64::from(!runs)).unwrap();
                let held = held.unwrap_or(executed);
                assert!(held <= 1, "{case}: made {held} times");
                assert_eq!(held, executed, "{case}");
                assert!(!made || held == 1, "{case}: it says that it was made");
                world.clock.waits();
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_lacks_keys_is_read_or_says_what_it_lacks() {
    let world = World::new(4).await;
    for n in 0..5 {
        create(&world.plain, &format!("user{n}@example.com")).await.unwrap();
    }
    let user = world.plain.users().list().page().await.unwrap().data.remove(0);
    let (mut read, mut lacking) = (0, 0);
    world.local.faults().add(Fault::missing_fields());
    for n in 0..60 {
        let outcome = match n % 3 {
            0 => world.clerk.users().list().page().await.map(|page| page.data.len()),
            1 => world.clerk.users().update(&user.id).first_name(format!("Ann {n}")).await.map(|_| 1),
            _ => world.clerk.users().get(&user.id).await.map(|_| 1),
        };
        match outcome {
            Ok(_) => read += 1,
            Err(error) => {
                lacking += 1;
                assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1), "{error}");
                assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
                assert!(error.operation().is_some() && error.trace_id().is_some(), "{error}");
                let text = format!("{error} {error:?}");
                assert!(text.contains("missing field") && !text.contains("example.com"), "{text}");
            }
        }
    }
    assert!(read > 5 && lacking > 5, "{read} were read, {lacking} lacked too much");
    assert!(world.clock.waits().is_empty());
}

#[tokio::test]
async fn waits_are_drawn_by_the_given_randomness() {
    let mut runs = Vec::new();
    for seed in [5, 5, 6] {
        let world = World::new(seed).await;
        world.local.faults().add(Fault::status(503));
        let mut waits = Vec::new();
        for _ in 0..20 {
            world.clerk.users().get("user_1").await.unwrap_err();
            waits.push(world.clock.waits());
        }
        assert!(waits.iter().all(|waits| waits[0] < SECOND && waits[1] < SECOND * 2), "{waits:?}");
        assert!(waits.iter().any(|waits| waits[0] < SECOND / 4) && waits.iter().any(|waits| waits[1] > SECOND));
        runs.push(waits);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[tokio::test]
async fn nobody_waits_longer_than_the_operation_may_take() {
    let world = World::new(7).await;
    for fault in [Fault::rate_limited(SECOND * 600), Fault::rate_limited_until_date(SECOND * 600)] {
        let fault = world.local.faults().add(fault);
        let error = world.clerk.users().get("user_1").await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 1));
        assert!(error.retry_after() >= Some(SECOND * 590), "{:?}", error.retry_after());
        world.local.faults().remove(fault);
    }
    assert!(world.clock.waits().is_empty());
}

#[tokio::test]
async fn a_limiter_that_was_held_by_a_refusal_does_not_wait_a_second_time() {
    let world = World::new(8).await;
    world.local.faults().add(Fault::rate_limited(SECOND * 7).times(1));
    let limited = world.clerk.with_network(|network| network.limiter(RateLimiter::new(100, SECOND * 10)));
    limited.users().count().await.unwrap();
    let waits = world.clock.waits();
    assert_eq!(waits.iter().sum::<Duration>(), SECOND * 7, "{waits:?}");
}

fn calls(local: &LocalClerk, call: Call) -> u64 {
    local.calls(Api::Backend).get(call.operation()).copied().unwrap_or(0)
}

/// Sends a call whose answer never comes, and lets time pass until it has ended.
async fn without_an_answer(call: Call, fault: Fault) -> (LocalClerk, u64, Result<(), Error>) {
    let local = LocalClerk::builder().start().await.unwrap();
    let plain = backend(&local);
    let user = create(&plain, "ann@example.com").await.unwrap().raw.id;
    local.faults().add(fault.on(call.operation()));
    let before = calls(&local, call);
    let clock = ManualClock::at(SystemTime::UNIX_EPOCH);
    let time = clock.clone();
    let clerk = plain.with_network(|network| network.clock(Arc::new(time)));
    let ended = tokio::spawn(async move { call.send(&clerk, user.as_str(), "new@example.com").await });
    let mut seen = 0;
    while !ended.is_finished() {
        let sent = calls(&local, call) - before;
        // A new request arrived, and is left without an answer; or somebody waits to send one.
        clock.advance(if sent > seen { defaults::REQUEST_TIMEOUT } else { SECOND / 20 });
        seen = sent;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let sent = calls(&local, call) - before;
    (local, sent, ended.await.unwrap())
}

#[tokio::test]
async fn what_is_never_answered_is_given_up_in_time_and_sent_again_only_if_it_may_be() {
    let never = SECOND * 3600;
    for (call, fault, sent) in [
        (Call::Get, Fault::latency(never), 3),
        (Call::Create, Fault::latency(never), 1),
        (Call::Create, Fault::latency(never).after_execution(), 1),
        (Call::Update, Fault::latency(never).after_execution(), 1),
    ] {
        let executed = fault == fault.clone().after_execution();
        let (local, arrived, outcome) = without_an_answer(call, fault).await;
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, sent), "{call:?}: {error}");
        assert_eq!((error.operation(), error.status()), (Some(call.operation()), None));
        assert!(!error.is_unsent());
        assert_eq!(arrived, u64::from(sent), "{call:?}");
        if call == Call::Create {
            let users = backend(&local).users().count().await.unwrap().total_count;
            assert_eq!(users, 1 + i64::from(executed));
        }
    }
}

#[tokio::test]
async fn a_read_whose_first_answer_is_too_late_gets_the_second() {
    let (_local, sent, outcome) = without_an_answer(Call::Get, Fault::latency(SECOND * 3600).times(1)).await;
    outcome.unwrap();
    assert_eq!(sent, 2);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_known_not_to_have_been_asked() {
    let world::World { local, clerk } = world::World::new().await;
    let clerk = clerk.with_network(|network| {
        let random = Arc::new(SeededRandom::new(9));
        network.clock(Arc::new(Jumping::new(&local))).random(random).timeouts(Timeouts::none())
    });
    local.stop().await;
    // Also what must not be done twice is sent again then.
    let error = create(&clerk, "ann@example.com").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.status()), (ErrorKind::Network, 3, None), "{error}");
}
