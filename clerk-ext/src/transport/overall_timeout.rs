use std::{fmt, pin::pin, sync::Arc, time::Duration};

use clerk_core::{
    BoxError, Bytes, Error, ErrorKind,
    http::{Request, Response},
};
use futures_util::future::{Either, select};
use tower_layer::Layer;

use super::{
    deadline::Deadline,
    step::{Carrier, Step, Stepped, operation, send},
};
use crate::clock::Clock;

/// Bounds an operation with all its waits and attempts.
///
/// Running out is an [`ErrorKind::Timeout`]; where the limiter had not let anything go yet, the error
/// [says so](Error::is_unsent). [`Retry`](super::Retry) within it does not begin a wait that would end too late, and gives
/// the answer that it has.
///
/// ```
/// use std::{sync::Arc, time::Duration};
///
/// use clerk_ext::{
///     Transport, clerk_bapi::Client, clock::SystemClock, random::SystemRandom,
///     transport::{OverallTimeout, Retry, RetryPolicy},
/// };
/// use clerk_local::Fault;
/// use tower_layer::Layer as _;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// let retry = Retry::new(RetryPolicy::default(), Arc::new(SystemClock), Arc::new(SystemRandom));
/// let overall = OverallTimeout::new(Duration::from_secs(2), Arc::new(SystemClock));
/// let transport = Transport::new(overall.layer(retry.layer(local.transport())));
/// let clerk = Client::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).transport(transport).build()?;
/// // The server asks for a wait that would end too late: its answer is given at once.
/// local.faults().add(Fault::rate_limited(Duration::from_secs(60)).on("GetUser"));
/// let error = clerk.get_user("user_ann").send().await.expect_err("it is refused");
/// assert_eq!(error.status().map(|status| status.as_u16()), Some(429));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct OverallTimeout {
    longest: Duration,
    clock: Arc<dyn Clock>,
}

impl OverallTimeout {
    /// Bounds each operation to this long; where one is bounded twice, the shorter time counts.
    #[must_use]
    pub fn new(longest: Duration, clock: Arc<dyn Clock>) -> Self {
        Self { longest, clock }
    }
}

impl<S> Layer<S> for OverallTimeout {
    type Service = Stepped<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        Stepped::new(self.clone(), inner)
    }
}

impl Step for OverallTimeout {
    async fn carry<S: Carrier>(self, inner: S, mut request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let operation = operation(&request);
        let deadline = Deadline::within(&request, self.clock.monotonic().saturating_add(self.longest));
        request.extensions_mut().insert(deadline.clone());
        let over = self.clock.sleep(self.longest);
        match select(pin!(send(inner, request)), over).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => {
                Err(self.run_out(&deadline).with_operation(operation).with_attempts(deadline.attempts()).into())
            }
        }
    }
}

impl OverallTimeout {
    fn run_out(&self, deadline: &Deadline) -> Error {
        if deadline.is_unsent() {
            let message = format!(
                "the rate limit let nothing go within {:?}, the time-out of the whole operation; send less at a time",
                self.longest
            );
            return Error::new(ErrorKind::Timeout, message).with_unsent();
        }
        let message = format!(
            "it took longer than {:?}, the time-out of the whole operation (`Timeouts::overall`)",
            self.longest
        );
        Error::new(ErrorKind::Timeout, message)
    }
}

impl fmt::Debug for OverallTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverallTimeout").field("longest", &self.longest).finish_non_exhaustive()
    }
}
