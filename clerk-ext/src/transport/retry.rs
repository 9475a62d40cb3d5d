use std::{fmt, sync::Arc, time::Duration};

use clerk_core::{
    Attempts, BoxError, Bytes, Error,
    http::{Request, Response},
    retry_after,
};
use tower_layer::Layer;

use super::{
    deadline::Deadline,
    retry_policy::{Attempt, Decision, Outcome, RetryPolicy},
    step::{Carrier, Step, Stepped, is_idempotent, operation, send},
};
use crate::{
    clock::Clock,
    random::{Random, fraction},
};

/// Sends again what failed and may be sent again, as a [`RetryPolicy`] decides.
///
/// What comes out is the last answer or failure. How many attempts it took is in the answer's extensions
/// ([`Attempts`]), and in the error.
///
/// ```
/// use std::sync::Arc;
///
/// use clerk_ext::{
///     Transport, clerk_bapi::Client, clock::SystemClock, random::SystemRandom,
///     transport::{Retry, RetryPolicy},
/// };
/// use clerk_local::Fault;
/// use tower_layer::Layer as _;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// let retry = Retry::new(RetryPolicy::default(), Arc::new(SystemClock), Arc::new(SystemRandom));
/// let transport = Transport::new(retry.layer(local.transport()));
/// let clerk = Client::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).transport(transport).build()?;
/// local.faults().add(Fault::status(503).on("GetUser").times(1));
/// assert_eq!(clerk.get_user("user_ann").send().await?.id.as_str(), "user_ann");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Retry {
    policy: RetryPolicy,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Retry {
    /// Sends again as the policy says; the randomness spreads the waits.
    #[must_use]
    pub fn new(policy: RetryPolicy, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { policy, clock, random }
    }
}

impl<S> Layer<S> for Retry {
    type Service = Stepped<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        Stepped::new(self.clone(), inner)
    }
}

impl Step for Retry {
    async fn carry<S: Carrier>(self, inner: S, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let operation = operation(&request);
        let idempotent = is_idempotent(&request);
        let deadline = Deadline::of(&request).cloned();
        let mut number = 1;
        loop {
            if let Some(deadline) = &deadline {
                deadline.begin_attempt(number);
            }
            let result = send(inner.clone(), request.clone()).await;
            let result = result.map_err(|error| Error::transport(operation.clone(), error));
            // Nobody repeats a success, and asking the policy takes a random number: a system call.
            if result.as_ref().is_ok_and(|answer| answer.status().is_success()) {
                return finish(result, number);
            }
            let time_left = deadline.as_ref().map(|deadline| deadline.at().saturating_sub(self.clock.monotonic()));
            let (outcome, retry_after) = self.look_at(&result);
            let attempt = Attempt { number, idempotent, outcome, retry_after, time_left };
            match self.policy.decide(&attempt, fraction(&*self.random)) {
                Decision::Stop => return finish(result, number),
                Decision::Again(wait) => {
                    report(&operation, number, &result, wait);
                    drop(result);
                    self.clock.sleep(wait).await;
                    number += 1;
                }
            }
        }
    }
}

impl Retry {
    fn look_at(&self, result: &Result<Response<Bytes>, Error>) -> (Outcome, Option<Duration>) {
        match result {
            Ok(answer) => (Outcome::Answered(answer.status()), retry_after(answer.headers(), self.clock.now())),
            Err(error) => {
                let outcome = match error.status() {
                    // Some layers make an error of an answer.
                    Some(status) => Outcome::Answered(status),
                    None => Outcome::Failed { retryable: error.is_retryable(), unsent: error.is_unsent() },
                };
                (outcome, error.retry_after())
            }
        }
    }
}

fn finish(result: Result<Response<Bytes>, Error>, attempts: u32) -> Result<Response<Bytes>, BoxError> {
    match result {
        Ok(mut answer) => {
            answer.extensions_mut().insert(Attempts(attempts));
            Ok(answer)
        }
        Err(error) => Err(error.with_attempts(attempts).into()),
    }
}

#[cfg(feature = "tracing")]
fn report(operation: &str, number: u32, result: &Result<Response<Bytes>, Error>, wait: Duration) {
    let (status, kind) = match result {
        Ok(answer) => (Some(answer.status().as_u16()), None),
        Err(error) => (error.status().map(|status| status.as_u16()), Some(super::trace::name(error.kind()))),
    };
    let delay_ms = super::trace::milliseconds(wait);
    tracing::warn!(target: "clerk_ext::request", operation, attempt = number, status, kind, delay_ms, "sending again");
}

#[cfg(not(feature = "tracing"))]
fn report(_: &str, _: u32, _: &Result<Response<Bytes>, Error>, _: Duration) {}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry").field("policy", &self.policy).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
