use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use clerk_core::{BoxFuture, Error};

use super::{Claim, Dedupe, Lease};
use crate::clock::{Clock, SystemClock};

/// Remembers handled messages in this process: what a [`Webhook`](super::Webhook) does unless given another one.
///
/// It forgets when the process ends: what came before then is handled once more when it comes again.
///
/// ```
/// use std::{sync::Arc, time::Duration};
///
/// use clerk_ext::webhooks::{Handled, MemoryDedupe, Webhook};
/// # use clerk_ext::Timestamp;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// // For a server of few messages on a small machine.
/// let memory = MemoryDedupe::new().capacity(1_000).retention(Duration::from_secs(2 * 24 * 3600));
/// let webhook = Webhook::new("whsec_dGVzdCBzZWNyZXQ=")?.dedupe(Arc::new(memory));
/// # let body = r#"{"type":"user.deleted","object":"event","data":{"id":"user_1"}}"#;
/// # let headers = webhook.sign("msg_1", Timestamp::now(), body)?;
/// let message = webhook.verify(&headers, body)?;
/// assert!(matches!(message.clone().once(async |_| Ok(())).await, Handled::Done));
/// assert!(matches!(message.once(async |_| Ok(())).await, Handled::Duplicate));
/// # Ok(()) }
/// ```
pub struct MemoryDedupe {
    clock: Arc<dyn Clock>,
    capacity: usize,
    retention: Duration,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    messages: HashMap<Arc<str>, Message>,
    /// What is done and until when it is remembered, the oldest first.
    done: VecDeque<(Duration, Arc<str>)>,
}

enum Message {
    Held { by: String, until: Duration },
    Done,
}

impl MemoryDedupe {
    /// A memory of 100,000 messages, each for two days.
    #[must_use]
    pub fn new() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            capacity: 100_000,
            retention: Duration::from_secs(2 * 24 * 3600),
            known: Mutex::default(),
        }
    }

    /// How many messages are remembered at most: beyond it those go first that were done first.
    ///
    /// When all of them are being worked on, others are refused for now.
    #[must_use]
    pub fn capacity(mut self, messages: usize) -> Self {
        self.capacity = messages.max(1);
        self
    }

    /// How long what is done is remembered.
    #[must_use]
    pub fn retention(mut self, lasts: Duration) -> Self {
        self.retention = lasts;
        self
    }

    /// Goes by another clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, lease: &Lease) -> Claim {
        let now = self.clock.monotonic();
        let mut known = self.known();
        known.forget(|until| until <= now);
        match known.messages.get(lease.id()) {
            Some(Message::Done) => return Claim::Done,
            Some(Message::Held { by, until }) if *until > now && by != lease.holder() => return Claim::Busy,
            Some(Message::Held { .. }) => {}
            None => {
                if known.messages.len() >= self.capacity {
                    known
                        .messages
                        .retain(|_, message| !matches!(message, Message::Held { until, .. } if *until <= now));
                }
                while known.messages.len() >= self.capacity {
                    if !known.forget_oldest() {
                        return Claim::Busy;
                    }
                }
            }
        }
        let held = Message::Held { by: lease.holder().to_owned(), until: now.saturating_add(lease.lasts()) };
        known.messages.insert(lease.id().into(), held);
        Claim::New
    }

    fn note_done(&self, lease: &Lease) {
        let until = self.clock.monotonic().saturating_add(self.retention);
        let mut known = self.known();
        if !matches!(known.messages.get(lease.id()), Some(Message::Done)) {
            let id: Arc<str> = lease.id().into();
            known.messages.insert(Arc::clone(&id), Message::Done);
            known.done.push_back((until, id));
        }
    }

    fn give_back(&self, lease: &Lease) {
        let mut known = self.known();
        if matches!(known.messages.get(lease.id()), Some(Message::Held { by, .. }) if by == lease.holder()) {
            known.messages.remove(lease.id());
        }
    }
}

impl Known {
    fn forget(&mut self, is_over: impl Fn(Duration) -> bool) {
        while self.done.front().is_some_and(|(until, _)| is_over(*until)) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) -> bool {
        match self.done.pop_front() {
            Some((_, id)) => self.messages.remove(&id).is_some(),
            None => false,
        }
    }
}

impl Dedupe for MemoryDedupe {
    fn claim<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<Claim, Error>> {
        Box::pin(async move { Ok(self.take(lease)) })
    }

    fn finish<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            self.note_done(lease);
            Ok(())
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            self.give_back(lease);
            Ok(())
        })
    }

    fn abandon(&self, lease: &Lease) {
        self.give_back(lease);
    }
}

impl Default for MemoryDedupe {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryDedupe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryDedupe")
            .field("capacity", &self.capacity)
            .field("retention", &self.retention)
            .finish_non_exhaustive()
    }
}
