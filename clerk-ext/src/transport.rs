//! How requests travel: retries, limits, deadlines.
//!
//! A [`Network`] says all of it in one place, and makes of it the [`Transport`] that a client is built on. The parts are
//! layers for any service that a transport can be made of, and can be used apart:
//!
//! | from outside | what it does |
//! |---|---|
//! | `Trace` (feature `tracing`) | one span for each operation |
//! | [`SingleFlight`] | identical reads at the same time are sent once; off unless asked for |
//! | [`OverallTimeout`] | bounds the operation with all its waits and attempts |
//! | [`Retry`] | sends again what failed and may be sent again |
//! | [`Limit`] | keeps to the rate that the API allows |
//! | [`RequestTimeout`] | bounds one attempt |
//!
//! They keep that order for a reason: each attempt asks the limiter, a wait for the limiter does not use up the time of
//! the attempt, and everything together is over in time.
//!
//! # Layers over a client of your own
//!
//! ```
//! use std::{
//!     convert::Infallible,
//!     future::{Ready, ready},
//!     sync::Arc,
//!     task::{Context, Poll},
//! };
//!
//! use clerk_ext::{
//!     Bytes, InstanceKind, Transport,
//!     clock::{Clock, SystemClock},
//!     http::{Request, Response},
//!     random::SystemRandom,
//!     transport::{Limit, RateLimiter, Retry, RetryPolicy},
//! };
//! use tower_layer::Layer as _;
//! use tower_service::Service;
//!
//! /// Stands for an HTTP client.
//! #[derive(Clone)]
//! struct Client;
//!
//! impl Service<Request<Bytes>> for Client {
//!     type Response = Response<Bytes>;
//!     type Error = Infallible;
//!     type Future = Ready<Result<Response<Bytes>, Infallible>>;
//!
//!     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
//!         Poll::Ready(Ok(()))
//!     }
//!
//!     fn call(&mut self, _: Request<Bytes>) -> Self::Future {
//!         ready(Ok(Response::new(Bytes::from_static(b"{}"))))
//!     }
//! }
//!
//! let clock: Arc<dyn Clock> = Arc::new(SystemClock);
//! let limit = Limit::new(RateLimiter::for_instance(InstanceKind::Development), clock.clone());
//! let retry = Retry::new(RetryPolicy::default().attempts(5), clock, Arc::new(SystemRandom));
//! let transport = Transport::new(retry.layer(limit.layer(Client)));
//! # _ = transport;
//! ```

#[cfg(any(feature = "auth", feature = "backend", feature = "frontend"))]
mod carrier;
mod deadline;
pub mod defaults;
mod limit;
mod network;
mod overall_timeout;
mod queue;
mod request_timeout;
mod retry;
mod retry_policy;
#[cfg(test)]
mod scripted;
mod single_flight;
mod step;
mod timeouts;
#[cfg(feature = "tracing")]
mod trace;
mod window;

#[cfg(any(feature = "auth", feature = "backend", feature = "frontend"))]
pub(crate) use self::carrier::default_transport;
#[cfg(feature = "frontend")]
pub(crate) use self::step::{operation, send};
#[cfg(feature = "tracing")]
pub use self::trace::Trace;
pub use self::{
    limit::{Limit, RateLimiter},
    network::Network,
    overall_timeout::OverallTimeout,
    request_timeout::RequestTimeout,
    retry::Retry,
    retry_policy::{Attempt, Decision, Outcome, RetryPolicy},
    single_flight::SingleFlight,
    step::{Carrier, Step, Stepped},
    timeouts::Timeouts,
};
#[cfg(doc)]
use clerk_core::Transport;
