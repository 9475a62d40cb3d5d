use std::{fmt, time::Duration};

use clerk_core::{BoxFuture, Error};

use crate::random::{Random as _, SystemRandom};

/// What remembers which messages were handled, so that each is handled once: in a database, say, that several processes
/// share.
///
/// Messages come more than once: Clerk sends each again until it was answered with success, and people send old ones
/// again from the dashboard. A message is done only once its handler has succeeded, and whoever works on it holds a
/// [`Lease`]: when it ends, because the process died for instance, the message is free again.
///
/// In a database it is one row for each message with the id as its key, the holder, the end of the lease and whether it
/// is done; [`claim`](Self::claim) has to be one atomic statement. Keep what is done for two days: Clerk's last attempt
/// comes after about 28 hours. A message has the same id at every endpoint that it goes to: when several endpoints
/// share a store, put the endpoint before the id.
///
/// Any of the futures may be dropped; what it was about then did happen or did not. Bound their time: a request waits
/// for them.
///
/// ```
/// use std::{collections::HashMap, sync::{Arc, Mutex, PoisonError}, time::Instant};
///
/// use clerk_ext::{BoxFuture, Error, webhooks::{Claim, Dedupe, Handled, Lease, Webhook}};
/// # use clerk_ext::Timestamp;
///
/// struct Row {
///     holder: String,
///     until: Instant,
///     done: bool,
/// }
///
/// /// A table of a database; here a map, whose lock makes each statement atomic.
/// #[derive(Default)]
/// struct Messages(Mutex<HashMap<String, Row>>);
///
/// impl Messages {
///     fn run<T: Send + 'static>(&self, statement: impl FnOnce(&mut HashMap<String, Row>) -> T) -> BoxFuture<'_, Result<T, Error>> {
///         let answer = statement(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
///         Box::pin(async { Ok(answer) })
///     }
/// }
///
/// impl Dedupe for Messages {
///     fn claim<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<Claim, Error>> {
///         let (now, holder) = (Instant::now(), lease.holder().to_owned());
///         self.run(|rows| match rows.get(lease.id()) {
///             Some(row) if row.done => Claim::Done,
///             Some(row) if row.until > now && row.holder != holder => Claim::Busy,
///             _ => {
///                 rows.insert(lease.id().to_owned(), Row { holder, until: now + lease.lasts(), done: false });
///                 Claim::New
///             }
///         })
///     }
///
///     fn finish<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), Error>> {
///         self.run(|rows| {
///             let row = Row { holder: lease.holder().to_owned(), until: Instant::now(), done: true };
///             rows.insert(lease.id().to_owned(), row);
///         })
///     }
///
///     fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), Error>> {
///         self.run(|rows| {
///             if rows.get(lease.id()).is_some_and(|row| !row.done && row.holder == lease.holder()) {
///                 rows.remove(lease.id());
///             }
///         })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let webhook = Webhook::new("whsec_dGVzdCBzZWNyZXQ=")?.dedupe(Arc::new(Messages::default()));
/// # let body = r#"{"type":"user.deleted","object":"event","data":{"id":"user_1"}}"#;
/// # let headers = webhook.sign("msg_1", Timestamp::now(), body)?;
/// let message = webhook.verify(&headers, body)?;
/// assert!(matches!(message.clone().once(async |_| Err("not now".into())).await, Handled::Failed(_)));
/// assert!(matches!(message.clone().once(async |_| Ok(())).await, Handled::Done));
/// assert!(matches!(message.once(async |_| Ok(())).await, Handled::Duplicate));
/// # Ok(()) }
/// ```
pub trait Dedupe: Send + Sync + 'static {
    /// Tries to take a message for whoever holds this lease, for as long as the lease lasts from now.
    ///
    /// # Errors
    ///
    /// The store cannot be asked: the message is answered with 503, and comes again.
    fn claim<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<Claim, Error>>;

    /// Notes that a message is done, also when the lease is over or somebody else's by now.
    ///
    /// # Errors
    ///
    /// The store cannot be told. The message is answered with success nevertheless: its handler did succeed.
    fn finish<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), Error>>;

    /// Gives a message back whose handler failed; does nothing unless the message is held by this very lease.
    ///
    /// # Errors
    ///
    /// The store cannot be told: the message stays taken until the lease ends.
    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), Error>>;

    /// Gives a message back whose handler was dropped, as [`release`](Self::release), from where nothing can be waited
    /// for.
    ///
    /// A store that has to be waited for leaves it alone: the message is free when the lease ends.
    fn abandon(&self, lease: &Lease) {
        let _ = lease;
    }
}

/// Whether a message can be worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// It is taken now, by this lease.
    New,
    /// Somebody else works on it.
    Busy,
    /// It was handled already.
    Done,
}

/// Who works on which message, and how long at most.
#[derive(Clone, PartialEq, Eq)]
pub struct Lease {
    id: String,
    holder: String,
    lasts: Duration,
}

impl Lease {
    /// A lease with a holder that nobody else is.
    ///
    /// # Errors
    ///
    /// The operating system gives no random bytes.
    pub fn new(id: impl Into<String>, lasts: Duration) -> Result<Self, Error> {
        let mut holder = [0; 16];
        SystemRandom.fill(&mut holder)?;
        Ok(Self { id: id.into(), holder: format!("{:032x}", u128::from_be_bytes(holder)), lasts })
    }

    /// The id of the message.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who holds it: a random text, other for each delivery.
    #[must_use]
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// How long after it was taken it ends.
    #[must_use]
    pub fn lasts(&self) -> Duration {
        self.lasts
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("id", &self.id).field("lasts", &self.lasts).finish_non_exhaustive()
    }
}
