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
