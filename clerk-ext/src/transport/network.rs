use std::{fmt, sync::Arc};

use clerk_core::Transport;
use tower_layer::Layer as _;

#[cfg(feature = "tracing")]
use super::trace::Trace;
use super::{
    limit::{Limit, RateLimiter},
    overall_timeout::OverallTimeout,
    request_timeout::RequestTimeout,
    retry::Retry,
    retry_policy::RetryPolicy,
    single_flight::SingleFlight,
    timeouts::Timeouts,
};
use crate::{
    clock::{Clock, SystemClock},
    random::{Random, SystemRandom},
};

/// How requests travel, in one place: over which transport, how often, how fast, for how long.
///
/// By default requests are [retried](RetryPolicy) and [timed out](Timeouts), but not limited: which limit holds, the
/// kind of the instance says. Clones are cheap and share the transport and the limiter, so that one call can be given another
/// policy than the rest of the client.
///
/// ```
/// use clerk_ext::{
///     InstanceKind, Transport,
///     transport::{Network, RateLimiter, RetryPolicy},
/// };
///
/// /// The transport of a client, and the same for calls that must not be repeated.
/// fn transports(carrier: Transport) -> (Transport, Transport) {
///     let network = Network::new(carrier).limiter(RateLimiter::for_instance(InstanceKind::Production));
///     let once = network.clone().retry(RetryPolicy::none());
///     (network.layered(), once.layered())
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let client = |transport| clerk_ext::clerk_bapi::Client::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).transport(transport).build();
/// let (usual, once) = transports(local.transport());
/// # local.faults().add(clerk_local::Fault::status(503).on("GetUser").times(2));
/// # assert!(client(once)?.get_user("user_ann").await.is_err());
/// # assert!(client(usual)?.get_user("user_ann").await.is_ok());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Network {
    transport: Transport,
    retry: RetryPolicy,
    timeouts: Timeouts,
    limiter: Option<RateLimiter>,
    single_flight: bool,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Network {
    /// Starts from what carries single requests.
    #[must_use]
    pub fn new(transport: Transport) -> Self {
        Self {
            transport,
            retry: RetryPolicy::default(),
            timeouts: Timeouts::default(),
            limiter: None,
            single_flight: false,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }
    }

    /// What is sent again, how often, and after how long.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How long an attempt and a whole operation may take.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Which rate requests keep to; `None` is as fast as they come.
    #[must_use]
    pub fn limiter(mut self, limiter: impl Into<Option<RateLimiter>>) -> Self {
        self.limiter = limiter.into();
        self
    }

    /// Whether identical reads that overlap are sent once; see [`SingleFlight`].
    #[must_use]
    pub fn single_flight(mut self, on: bool) -> Self {
        self.single_flight = on;
        self
    }

    /// What waits and deadlines go by; all networks that share a limiter have to share the clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// What spreads the waits between attempts.
    #[must_use]
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// The transport with all layers around it, for a client to be built on.
    ///
    /// Reads that share a request share it within one such transport.
    #[must_use]
    pub fn layered(&self) -> Transport {
        let mut transport = self.transport.clone();
        if let Some(longest) = self.timeouts.request {
            transport = Transport::new(RequestTimeout::new(longest, self.clock.clone()).layer(transport));
        }
        if let Some(limiter) = &self.limiter {
            transport = Transport::new(Limit::new(limiter.clone(), self.clock.clone()).layer(transport));
        }
        // Also where everything is sent once: it is what counts the attempts.
        let retry = Retry::new(self.retry, self.clock.clone(), self.random.clone());
        transport = Transport::new(retry.layer(transport));
        if let Some(longest) = self.timeouts.overall {
            transport = Transport::new(OverallTimeout::new(longest, self.clock.clone()).layer(transport));
        }
        if self.single_flight {
            transport = Transport::new(SingleFlight::new().layer(transport));
        }
        #[cfg(feature = "tracing")]
        {
            transport = Transport::new(Trace.layer(transport));
        }
        transport
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("retry", &self.retry)
            .field("timeouts", &self.timeouts)
            .field("limiter", &self.limiter)
            .field("single_flight", &self.single_flight)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "network_tests.rs"]
mod tests;
