use std::time::{Duration, Instant};

use clerk_core::{
    Attempts, BoxError, Bytes, Error, ErrorKind,
    http::{Request, Response},
};
use tower_layer::Layer;
use tracing::{Instrument as _, Span, field::Empty, info_span};

use super::step::{Carrier, Step, Stepped, operation, send};

/// Opens a span for each operation.
///
/// Its target is `clerk_ext::request`, its fields are `operation`, `method`, `status`, `attempts`, `duration_ms` and
/// `outcome`: `success`, `redirect`, `refused` (4xx) or `failed` (5xx) when an answer came; what kept it from coming, such as
/// `network` or `timeout`; or `dropped`. [`Retry`](super::Retry) reports each further attempt as a warning. Neither
/// addresses nor headers nor bodies are told.
///
/// ```
/// use clerk_ext::{Transport, clerk_bapi::Client, transport::Trace};
/// use tower_layer::Layer as _;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// let transport = Transport::new(Trace.layer(local.transport()));
/// let clerk = Client::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).transport(transport).build()?;
/// // A span `request` for whoever collects them, with the operation and the status.
/// assert_eq!(clerk.get_user("user_ann").send().await?.id.as_str(), "user_ann");
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Trace;

impl<S> Layer<S> for Trace {
    type Service = Stepped<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        Stepped::new(*self, inner)
    }
}

impl Step for Trace {
    async fn carry<S: Carrier>(self, inner: S, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let operation = operation(&request);
        let span = info_span!(
            target: "clerk_ext::request",
            "request",
            operation = &*operation,
            method = request.method().as_str(),
            status = Empty,
            attempts = Empty,
            duration_ms = Empty,
            outcome = Empty,
        );
        let report = Report { span: span.clone(), began: Instant::now(), outcome: "dropped" };
        let result = send(inner, request).instrument(span).await;
        let result = result.map_err(|error| Error::transport(operation, error));
        report.finish(&result);
        Ok(result?)
    }
}

/// Says how the operation ended, also when it is dropped.
struct Report {
    span: Span,
    began: Instant,
    outcome: &'static str,
}

impl Report {
    fn finish(mut self, result: &Result<Response<Bytes>, Error>) {
        let (status, attempts) = match result {
            Ok(answer) => (Some(answer.status()), answer.extensions().get().map(|Attempts(attempts)| *attempts)),
            Err(error) => (error.status(), Some(error.attempts())),
        };
        self.outcome = match (result, status) {
            (Err(error), None) => name(error.kind()),
            (_, Some(status)) if status.is_redirection() => "redirect",
            (_, Some(status)) if status.is_client_error() => "refused",
            (_, Some(status)) if status.is_server_error() => "failed",
            _ => "success",
        };
        if let Some(status) = status {
            self.span.record("status", status.as_u16());
        }
        self.span.record("attempts", attempts.unwrap_or(1));
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.span.record("duration_ms", milliseconds(self.began.elapsed()));
        self.span.record("outcome", self.outcome);
    }
}

pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What a kind of failure is called in logs.
pub(crate) fn name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Network => "network",
        ErrorKind::Timeout => "timeout",
        ErrorKind::Offline => "offline",
        ErrorKind::Cancelled => "cancelled",
        ErrorKind::Config => "config",
        ErrorKind::InvalidRequest => "invalid_request",
        ErrorKind::RateLimited => "rate_limited",
        ErrorKind::Server => "server",
        ErrorKind::Storage => "storage",
        _ => "other",
    }
}

#[cfg(test)]
#[path = "trace_tests.rs"]
mod tests;
