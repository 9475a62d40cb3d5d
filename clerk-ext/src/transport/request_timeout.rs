use std::{fmt, pin::pin, sync::Arc, time::Duration};

use clerk_core::{
    BoxError, Bytes, Error, ErrorKind,
    http::{Request, Response},
};
use futures_util::future::{Either, select};
use tower_layer::Layer;

use super::step::{Carrier, Step, Stepped, operation, send};
use crate::clock::Clock;

/// Bounds one attempt.
///
/// Running out is an [`ErrorKind::Timeout`]. The server may have done what it was asked for all the same.
///
/// ```
/// use std::{sync::Arc, time::Duration};
///
/// use clerk_ext::{ErrorKind, Transport, clerk_bapi::Client, clock::SystemClock, transport::RequestTimeout};
/// use clerk_local::Fault;
/// use tower_layer::Layer as _;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// let timeout = RequestTimeout::new(Duration::from_millis(50), Arc::new(SystemClock));
/// let transport = Transport::new(timeout.layer(local.transport()));
/// let clerk = Client::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).transport(transport).build()?;
/// local.faults().add(Fault::latency(Duration::from_secs(5)).on("GetUser"));
/// let error = clerk.get_user("user_ann").send().await.expect_err("it takes too long");
/// assert_eq!(error.kind(), ErrorKind::Timeout);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct RequestTimeout {
    longest: Duration,
    clock: Arc<dyn Clock>,
}

impl RequestTimeout {
    /// Bounds each attempt to this long.
    #[must_use]
    pub fn new(longest: Duration, clock: Arc<dyn Clock>) -> Self {
        Self { longest, clock }
    }
}

impl<S> Layer<S> for RequestTimeout {
    type Service = Stepped<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        Stepped::new(self.clone(), inner)
    }
}

impl Step for RequestTimeout {
    async fn carry<S: Carrier>(self, inner: S, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let operation = operation(&request);
        let over = self.clock.sleep(self.longest);
        match select(pin!(send(inner, request)), over).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => {
                let message = format!(
                    "no answer came within {:?}, the time-out of one request (`Timeouts::request`)",
                    self.longest
                );
                Err(Error::new(ErrorKind::Timeout, message).with_operation(operation).into())
            }
        }
    }
}

impl fmt::Debug for RequestTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestTimeout").field("longest", &self.longest).finish_non_exhaustive()
    }
}
