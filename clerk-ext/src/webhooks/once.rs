use std::{fmt, pin::pin, time::Duration};

use clerk_core::{
    BoxError, Bytes, Error,
    http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE},
};
use futures_util::future::{Either, select};

use super::{Claim, Dedupe, Headers, Lease, Verified, Webhook, WebhookError};

/// How often a message that another delivery holds is looked at: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

impl Webhook {
    /// Verifies a request and has its message handled once: [`verify`](Self::verify) and [`Verified::once`] in one.
    pub async fn handle<'h>(
        &self,
        headers: impl Headers<'h>,
        body: impl Into<Bytes>,
        handler: impl AsyncFnOnce(Verified) -> Result<(), BoxError>,
    ) -> Handled {
        let verified = self.verify(headers, body);
        match verified {
            Ok(verified) => verified.once(handler).await,
            Err(error) => Handled::Refused(error),
        }
    }
}

impl Verified {
    /// Has the message handled, unless it was already; the outcome says what to answer.
    ///
    /// A message is done once the handler has succeeded. Where it fails, panics, is dropped or takes longer than the
    /// [`lease`](Webhook::lease), Clerk is answered with 5xx, and the message is handled when it comes again. While
    /// another delivery of the same message is being handled, this one waits for as long as the webhook has
    /// [`patience`](Webhook::patience).
    ///
    /// A handler may still run twice: when the process dies after its work and before the message is noted as done.
    /// What must not happen twice belongs into one transaction with a note of the [`id`](Self::id).
    ///
    /// ```
    /// use clerk_ext::{Timestamp, webhooks::{Handled, Webhook}};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// let webhook = Webhook::new("whsec_dGVzdCBzZWNyZXQ=")?;
    /// # let body = r#"{"type":"user.deleted","object":"event","data":{"id":"user_1"}}"#;
    /// # let headers = webhook.sign("msg_1", Timestamp::now(), body)?;
    /// let message = webhook.verify(&headers, body)?;
    /// let handled = message.clone().once(async |message| {
    ///     let event: serde_json::Value = message.json()?;
    ///     println!("{}", event["type"]);
    ///     Ok(())
    /// });
    /// assert!(matches!(handled.await, Handled::Done));
    ///
    /// let again = message.once(async |_| unreachable!("it was handled already"));
    /// assert!(matches!(again.await, Handled::Duplicate));
    /// # Ok(()) }
    /// ```
    pub async fn once(self, handler: impl AsyncFnOnce(Self) -> Result<(), BoxError>) -> Handled {
        let webhook = self.webhook.clone();
        let clock = webhook.time();
        let lease = match Lease::new(self.id(), webhook.lasts()) {
            Ok(lease) => lease,
            Err(error) => return Handled::Unavailable(error).told(&self.id),
        };
        let mut held = Held { dedupe: webhook.known(), lease, is_open: false };
        let began = clock.monotonic();
        let mut pause = PAUSES.0;
        let taken = loop {
            // The store counts from later on, so that the handler is dropped before the message is free.
            let asked = clock.monotonic();
            match held.claim().await {
                Ok(Claim::New) => break asked,
                Ok(Claim::Done) => return Handled::Duplicate.told(&self.id),
                Ok(Claim::Busy) => {}
                Err(error) => return Handled::Unavailable(error).told(&self.id),
            }
            let left = webhook.waits().saturating_sub(clock.monotonic().saturating_sub(began));
            if left.is_zero() {
                return Handled::Busy.told(&self.id);
            }
            clock.sleep(pause.min(left)).await;
            pause = (pause * 2).min(PAUSES.1);
        };
        let id = self.id.clone();
        let left = held.lease.lasts().saturating_sub(clock.monotonic().saturating_sub(taken));
        // The handler is gone when this is over, and only then the message is given back.
        let result = {
            let handler = pin!(handler(self));
            match select(handler, clock.sleep(left)).await {
                Either::Left((result, _)) => Some(result),
                Either::Right(((), _)) => None,
            }
        };
        let outcome = match result {
            Some(Ok(())) => {
                held.finish().await;
                Handled::Done
            }
            Some(Err(error)) => {
                held.release().await;
                Handled::Failed(error)
            }
            None => {
                held.release().await;
                Handled::TimedOut
            }
        };
        outcome.told(&id)
    }
}

/// A message that is being worked on; dropped before it was finished it is given back.
struct Held<'d> {
    dedupe: &'d dyn Dedupe,
    lease: Lease,
    /// Whether the store may have the message as held, and its handler has not succeeded.
    is_open: bool,
}

impl Held<'_> {
    async fn claim(&mut self) -> Result<Claim, Error> {
        // Who goes away while the store is asked may hold the message.
        self.is_open = true;
        let claim = self.dedupe.claim(&self.lease).await;
        self.is_open = !matches!(claim, Ok(Claim::Busy | Claim::Done));
        claim
    }

    async fn finish(mut self) {
        // From here on the work is done, and whoever drops this must not have it done again.
        self.is_open = false;
        let result = self.dedupe.finish(&self.lease).await;
        self.tell(result, "a webhook was handled, and could not be noted as done");
    }

    async fn release(mut self) {
        let result = self.dedupe.release(&self.lease).await;
        self.is_open = false;
        self.tell(result, "a webhook was not handled, and stays taken until its lease ends");
    }

    fn tell(&self, result: Result<(), Error>, message: &'static str) {
        #[cfg(feature = "tracing")]
        if let Err(error) = result {
            tracing::error!(target: "clerk_ext::webhook", id = self.lease.id(), %error, message);
        }
        #[cfg(not(feature = "tracing"))]
        let _ = (result, message);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if self.is_open {
            self.dedupe.abandon(&self.lease);
        }
    }
}

/// What became of a delivery, and with it what to answer.
///
/// Everything but 2xx makes Clerk send the message again: after 5 seconds, 5 minutes, half an hour, and then after hours,
/// eight times in all.
///
/// ```
/// use clerk_ext::webhooks::{Handled, Webhook};
/// # use clerk_ext::Timestamp;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let webhook = Webhook::new("whsec_dGVzdCBzZWNyZXQ=")?;
/// # let body = r#"{"type":"user.deleted","object":"event","data":{"id":"user_1"}}"#;
/// # let headers = webhook.sign("msg_1", Timestamp::now(), body)?;
/// let handled = webhook.handle(&headers, body, async |_| Err("the database is away".into())).await;
/// assert!(matches!(handled, Handled::Failed(_)));
/// assert_eq!(handled.response().status(), 500, "Clerk will send it again");
///
/// let handled = webhook.handle(&headers, "another body", async |_| Ok(())).await;
/// assert!(matches!(handled, Handled::Refused(_)));
/// assert_eq!(handled.response().status(), 400);
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Handled {
    /// The handler succeeded: 204.
    Done,
    /// The message was handled before: 204.
    Duplicate,
    /// The request is no webhook that can be believed: 400, or 413 when it is too large.
    Refused(WebhookError),
    /// The handler failed: 500. Its error is not answered.
    Failed(BoxError),
    /// The handler took longer than the lease and was dropped: 503.
    TimedOut,
    /// Another delivery of the same message is being handled: 503.
    Busy,
    /// Whether the message was handled cannot be found out: 503.
    Unavailable(Error),
}

impl Handled {
    /// What to answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Done | Self::Duplicate => StatusCode::NO_CONTENT,
            Self::Refused(error) => error.status(),
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TimedOut | Self::Busy | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The whole answer: the status, and for whoever reads deliveries in the dashboard a line that says why.
    #[must_use]
    pub fn response(&self) -> Response<Bytes> {
        let status = self.status();
        let text = if status == StatusCode::NO_CONTENT { String::new() } else { self.to_string() };
        let mut response = Response::new(Bytes::from(text));
        if status != StatusCode::NO_CONTENT {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        }
        *response.status_mut() = status;
        response
    }

    fn told(self, id: &str) -> Self {
        #[cfg(feature = "tracing")]
        match &self {
            Self::Done | Self::Duplicate => {
                tracing::debug!(target: "clerk_ext::webhook", id, outcome = %self, "answered a webhook");
            }
            Self::Failed(error) => tracing::error!(target: "clerk_ext::webhook", id, %error, "{self}"),
            Self::Unavailable(error) => tracing::error!(target: "clerk_ext::webhook", id, %error, "{self}"),
            Self::Refused(_) | Self::TimedOut | Self::Busy => {
                tracing::warn!(target: "clerk_ext::webhook", id, "{self}");
            }
        }
        #[cfg(not(feature = "tracing"))]
        let _ = id;
        self
    }
}

/// It shows neither the handler's error nor that of the store.
impl fmt::Display for Handled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("the webhook was handled"),
            Self::Duplicate => f.write_str("the webhook had been handled before"),
            Self::Refused(error) => error.fmt(f),
            Self::Failed(_) => f.write_str("the handler of the webhook failed; see the log of the application"),
            Self::TimedOut => f.write_str("the handler of the webhook took too long and was stopped"),
            Self::Busy => f.write_str("the same webhook is being handled; send it again later"),
            Self::Unavailable(_) => {
                f.write_str("whether the webhook was handled cannot be found out; see the log of the application")
            }
        }
    }
}
