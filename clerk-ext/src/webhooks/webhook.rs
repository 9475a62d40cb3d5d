use std::{
    fmt,
    pin::pin,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use clerk_core::{
    Bytes, Error, Secret, Timestamp,
    http::{HeaderMap, HeaderName, HeaderValue},
};
use futures_core::Stream;
use futures_util::StreamExt as _;

use super::{
    Dedupe, Headers, MemoryDedupe, Verified, WebhookError,
    headers::{Claimed, SVIX},
    signing_key::SigningKey,
};
use crate::{
    clock::{Clock, SystemClock},
    config::Config,
};

/// An endpoint that Clerk delivers webhooks to: its secrets, and what else decides whether a message is accepted.
///
/// Cheap to clone; clones share what is known about messages that were handled already. Each endpoint of the dashboard
/// has its own secret and is a `Webhook` of its own.
///
/// ```
/// use clerk_ext::webhooks::Webhook;
/// # use axum::{Router, routing::post};
/// # use clerk_ext::{Bytes, http::HeaderMap};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
/// # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let secret = local.webhooks().endpoint(format!("http://{}/webhooks", listener.local_addr()?)).add()?.secret;
/// # let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
/// # let server = async move |headers: HeaderMap, body: Bytes| drop(tell.send((headers, body)));
/// # tokio::spawn(async { axum::serve(listener, Router::new().route("/webhooks", post(server))).await });
/// # clerk.organizations().create("Acme").await?;
/// let webhook = Webhook::new(secret)?; // or `Webhook::from_env`, which reads CLERK_WEBHOOK_SIGNING_SECRET
///
/// // What a server was sent.
/// # let (headers, body) = told.recv().await.ok_or("nothing came")?;
/// let message = webhook.verify(&headers, body)?;
/// let event: serde_json::Value = message.json()?;
/// assert!(event["type"].as_str().is_some_and(|name| name.starts_with("organization")), "{event}");
///
/// assert!(webhook.verify(&headers, "another body").is_err());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Webhook(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    /// The first signs.
    keys: Vec<SigningKey>,
    tolerance: Duration,
    body_limit: usize,
    clock: Arc<dyn Clock>,
    /// What was given; otherwise the memory.
    dedupe: Option<Arc<dyn Dedupe>>,
    memory: Arc<MemoryDedupe>,
    lease: Duration,
    patience: Duration,
}

impl Webhook {
    /// An endpoint with this secret: `whsec_…`, from its page in the dashboard.
    ///
    /// # Errors
    ///
    /// A configuration error: the secret is empty or not base64.
    pub fn new(secret: impl Into<Secret>) -> Result<Self, Error> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Ok(Self(Arc::new(Inner {
            keys: vec![SigningKey::new(&secret.into())?],
            tolerance: Duration::from_secs(300),
            body_limit: 1024 * 1024,
            memory: Arc::new(MemoryDedupe::new().clock(Arc::clone(&clock))),
            clock,
            dedupe: None,
            lease: Duration::from_secs(60),
            patience: Duration::from_secs(10),
        })))
    }

    /// What the environment says: `CLERK_WEBHOOK_SIGNING_SECRET`.
    ///
    /// # Errors
    ///
    /// The secret is missing, or something in the environment is not as it should be: see [`Config::from_env`].
    pub fn from_env() -> Result<Self, Error> {
        Self::from_config(&Config::from_env()?)
    }

    /// What a configuration says: its webhook signing secret.
    ///
    /// # Errors
    ///
    /// The configuration has no webhook signing secret.
    pub fn from_config(config: &Config) -> Result<Self, Error> {
        Self::new(config.require_webhook_signing_secret()?)
    }

    /// Accepts another secret too, such as the one before a rotation.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn also(self, secret: impl Into<Secret>) -> Result<Self, Error> {
        let key = SigningKey::new(&secret.into())?;
        Ok(self.with(|inner| inner.keys.push(key)))
    }

    /// How far the time of a message may be from now, in both directions: 300 seconds unless told otherwise, which are
    /// still accepted.
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        self.with(|inner| inner.tolerance = tolerance)
    }

    /// Goes by another clock, and so does the memory of messages, which starts anew.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        self.with(|inner| {
            inner.memory = Arc::new(MemoryDedupe::new().clock(Arc::clone(&clock)));
            inner.clock = clock;
        })
    }

    /// How long a body may be: 1 MiB unless told otherwise.
    #[must_use]
    pub fn limit_body(self, bytes: usize) -> Self {
        self.with(|inner| inner.body_limit = bytes)
    }

    /// How long a body may be, in bytes: what reads a request stops there.
    #[must_use]
    pub fn body_limit(&self) -> usize {
        self.0.body_limit
    }

    /// Remembers handled messages elsewhere than in the memory of this process.
    ///
    /// Several processes behind one address need it: see [`Dedupe`].
    #[must_use]
    pub fn dedupe(self, dedupe: Arc<dyn Dedupe>) -> Self {
        self.with(|inner| inner.dedupe = Some(dedupe))
    }

    /// How long a handler may take: 60 seconds unless told otherwise.
    ///
    /// A handler that takes longer is dropped, and its message is free again; so is the message of a process that died.
    /// Clerk itself waits 15 seconds for an answer, and then sends the message again.
    #[must_use]
    pub fn lease(self, lasts: Duration) -> Self {
        self.with(|inner| inner.lease = lasts)
    }

    /// How long a message waits for a handler that works on the same message already: 10 seconds unless told otherwise.
    ///
    /// Then it is answered with 503, and Clerk sends it again.
    #[must_use]
    pub fn patience(self, longest: Duration) -> Self {
        self.with(|inner| inner.patience = longest)
    }

    /// Checks that a request comes from Clerk, by the raw bytes of its body.
    ///
    /// The headers are `svix-id`, `svix-timestamp` and `svix-signature`, or the three of Standard Webhooks that begin
    /// with `webhook-`. Give the body as it came: written anew as JSON it fits no signature.
    ///
    /// # Errors
    ///
    /// A header is missing or unreadable, the message is too old or too new, no signature fits, or the body is too
    /// large. Answer with the error's [`status`](WebhookError::status).
    pub fn verify<'h>(&self, headers: impl Headers<'h>, body: impl Into<Bytes>) -> Result<Verified, WebhookError> {
        let checked = self.check(&headers, body.into());
        #[cfg(feature = "tracing")]
        if let Err(error) = &checked {
            tracing::warn!(target: "clerk_ext::webhook", %error, "refused a webhook");
        }
        checked
    }

    fn check<'h>(&self, headers: &impl Headers<'h>, body: Bytes) -> Result<Verified, WebhookError> {
        if body.len() > self.0.body_limit {
            return Err(WebhookError::TooLarge(self.0.body_limit));
        }
        let Claimed { id, timestamp, signatures } = Claimed::read(headers)?;
        let now = self.0.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let tolerance = self.0.tolerance.as_secs();
        let distance = Duration::from_secs(now.abs_diff(timestamp));
        if distance.as_secs() > tolerance {
            return Err(if timestamp < now { WebhookError::TooOld(distance) } else { WebhookError::TooNew(distance) });
        }
        let fits = |key: &SigningKey| SigningKey::is_among(&key.sign(id, timestamp, &body), signatures);
        if !self.0.keys.iter().any(fits) {
            return Err(WebhookError::NoMatch);
        }
        let timestamp = Timestamp::from_millis(timestamp.saturating_mul(1000));
        Ok(Verified { webhook: self.clone(), id: id.to_owned(), timestamp, body })
    }

    /// Reads the body of a request, and no further than the limit.
    ///
    /// # Errors
    ///
    /// The body is too large, or did not come whole.
    pub async fn collect<E>(&self, body: impl Stream<Item = Result<Bytes, E>>) -> Result<Bytes, WebhookError> {
        let mut body = pin!(body);
        // Most bodies come in one piece, which need not be copied.
        let (mut first, mut more) = (Bytes::new(), Vec::new());
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|_| WebhookError::CutShort)?;
            if piece.len() > self.0.body_limit.saturating_sub(first.len().max(more.len())) {
                return Err(WebhookError::TooLarge(self.0.body_limit));
            }
            if first.is_empty() {
                first = piece;
            } else {
                if more.is_empty() {
                    more.extend_from_slice(&first);
                }
                more.extend_from_slice(&piece);
            }
        }
        Ok(if more.is_empty() { first } else { more.into() })
    }

    /// The headers that Clerk would send with a body, for tests.
    ///
    /// They are signed with the first secret. The time counts to the second.
    ///
    /// # Errors
    ///
    /// The id is no value of a header.
    pub fn sign(&self, id: &str, timestamp: Timestamp, body: impl AsRef<[u8]>) -> Result<HeaderMap, Error> {
        let seconds = timestamp.as_millis().div_euclid(1000);
        let Some(key) = self.0.keys.first() else { return Err(Error::config("there is no secret to sign with")) };
        let signature = key.sign(id, seconds, body.as_ref());
        let signature = [b"v1,".as_slice(), &signature].concat();
        let refused =
            |_| Error::config("the id of the message cannot be a header; use letters, digits and underscores");
        let [id_name, timestamp_name, signature_name] = SVIX.map(HeaderName::from_static);
        Ok(HeaderMap::from_iter([
            (id_name, HeaderValue::from_str(id).map_err(refused)?),
            (timestamp_name, HeaderValue::from(seconds)),
            (signature_name, HeaderValue::from_bytes(&signature).map_err(refused)?),
        ]))
    }

    pub(super) fn time(&self) -> &dyn Clock {
        &*self.0.clock
    }

    pub(super) fn known(&self) -> &dyn Dedupe {
        match &self.0.dedupe {
            Some(dedupe) => &**dedupe,
            None => &*self.0.memory,
        }
    }

    pub(super) fn lasts(&self) -> Duration {
        self.0.lease
    }

    pub(super) fn waits(&self) -> Duration {
        self.0.patience
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("secrets", &self.0.keys.len())
            .field("tolerance", &self.0.tolerance)
            .field("body_limit", &self.0.body_limit)
            .finish_non_exhaustive()
    }
}
