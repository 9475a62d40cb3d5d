use std::{
    fmt,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use clerk_core::{
    BoxError, Bytes, InstanceKind, OperationInfo,
    http::{Request, Response, StatusCode},
    retry_after,
};
use futures_util::future::select;
use tokio::sync::Notify;
use tower_layer::Layer;

use super::{
    deadline::Deadline,
    defaults,
    queue::Queue,
    step::{Carrier, Step, Stepped, ready},
    window::Window,
};
use crate::clock::Clock;

/// A rate that requests keep to, shared by all clones.
///
/// Whoever asks first goes first, unless it is not driven on when its turn comes: then the next one goes. No more is let go in any period, wherever it begins, than the rate says, and the
/// period is taken a little longer than the server's, since requests do not travel equally fast.
///
/// Other programs may use the same instance. When the server refuses a request for the rate, everybody here waits as
/// long as it asks, and half as much is let go from then on; with each period without a refusal some of it comes back.
/// A refusal that asks for a longer wait than the period comes from a limit of that operation alone, and holds nobody
/// else; operations that are known for limits of their own ([`defaults::OWN_LIMITS`]) are taken that way too, as long as
/// little was sent.
///
/// ```
/// use clerk_ext::{InstanceKind, transport::RateLimiter};
///
/// let limiter = RateLimiter::for_instance(InstanceKind::Development);
/// assert_eq!(limiter.allowed(), 100); // in ten seconds
/// ```
#[derive(Clone)]
pub struct RateLimiter(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    /// Tells those who wait that they may go sooner than they were told.
    sooner: Notify,
}

impl RateLimiter {
    /// So many requests in so long.
    #[must_use]
    pub fn new(requests: u32, period: Duration) -> Self {
        let queue = Mutex::new(Queue::new(Window::new(requests, period)));
        Self(Arc::new(Shared { queue, sooner: Notify::new() }))
    }

    /// What the Backend API allows an instance: 100 requests in 10 s in development, 1,000 in production.
    #[must_use]
    pub fn for_instance(kind: InstanceKind) -> Self {
        let requests = match kind {
            InstanceKind::Development => defaults::DEVELOPMENT_REQUESTS,
            InstanceKind::Production => defaults::PRODUCTION_REQUESTS,
        };
        Self::new(requests, defaults::LIMIT_PERIOD)
    }

    /// The same rate, which holds only from the first refusal of the server on: for servers that may have no limit.
    #[must_use]
    pub fn when_refused(self) -> Self {
        self.queue().window().sleep();
        self
    }

    /// How many requests are let go in a period now.
    #[must_use]
    pub fn allowed(&self) -> u32 {
        self.queue().window().allowed()
    }

    /// Waits until a request may go, and gives the moment when it went.
    async fn acquire(&self, clock: &dyn Clock) -> Duration {
        let turn = Turn { limiter: self, ticket: self.queue().ticket() };
        loop {
            // First, so that nothing is missed while asking.
            let sooner = self.0.sooner.notified();
            let now = clock.monotonic();
            match self.ask(turn.ticket, now) {
                Ok(()) => return now,
                Err(wait) => _ = select(pin!(sooner), clock.sleep(wait)).await,
            }
        }
    }

    fn ask(&self, ticket: u64, now: Duration) -> Result<(), Duration> {
        let mut queue = self.queue();
        let before = queue.window().allowed();
        let asked = queue.ask(ticket, now);
        if queue.window().allowed() > before {
            self.0.sooner.notify_waiters();
        }
        asked
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue, left when the request goes or is dropped.
struct Turn<'a> {
    limiter: &'a RateLimiter,
    ticket: u64,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.limiter.queue().leave(self.ticket) {
            self.limiter.0.sooner.notify_waiters();
        }
    }
}

impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter").field("allowed", &self.allowed()).finish_non_exhaustive()
    }
}

/// Keeps requests to the rate of a [`RateLimiter`].
///
/// All that share a limiter have to share the clock, too. Operations that the API does not count
/// ([`defaults::UNCOUNTED`]) go at once.
///
/// ```
/// use std::{sync::Arc, time::Duration};
///
/// use clerk_ext::{Transport, clerk_bapi::Client, clock::SystemClock, transport::{Limit, RateLimiter}};
/// use tower_layer::Layer as _;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// let limit = Limit::new(RateLimiter::new(2, Duration::from_millis(100)), Arc::new(SystemClock));
/// let transport = Transport::new(limit.layer(local.transport()));
/// let clerk = Client::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).transport(transport).build()?;
/// let began = std::time::Instant::now();
/// for _ in 0..3 {
///     clerk.get_user("user_ann").send().await?;
/// }
/// assert!(began.elapsed() >= Duration::from_millis(100), "the third one waited");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Limit {
    limiter: RateLimiter,
    clock: Arc<dyn Clock>,
}

impl Limit {
    /// Keeps to this rate.
    #[must_use]
    pub fn new(limiter: RateLimiter, clock: Arc<dyn Clock>) -> Self {
        Self { limiter, clock }
    }
}

impl<S> Layer<S> for Limit {
    type Service = Stepped<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        Stepped::new(self.clone(), inner)
    }
}

impl Step for Limit {
    async fn carry<S: Carrier>(self, mut inner: S, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let operation = request.extensions().get::<OperationInfo>().map_or("", |info| info.id);
        if defaults::UNCOUNTED.contains(&operation) {
            return super::step::send(inner, request).await;
        }
        let deadline = Deadline::of(&request).cloned();
        if let Some(deadline) = &deadline {
            deadline.hold();
        }
        // First, so that a request goes when it was counted.
        ready(&mut inner).await?;
        let sent = self.limiter.acquire(&*self.clock).await;
        if let Some(deadline) = &deadline {
            deadline.leave();
        }
        let answer = inner.call(request).await.map_err(Into::into)?;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            let wait = retry_after(answer.headers(), self.clock.now());
            let own_limit = defaults::OWN_LIMITS.contains(&operation);
            self.limiter.queue().window().refused(sent, self.clock.monotonic(), wait, own_limit);
        }
        Ok(answer)
    }
}

impl fmt::Debug for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limit").field("limiter", &self.limiter).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "limit_tests.rs"]
mod tests;
