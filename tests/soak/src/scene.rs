//! What all programs of one episode share.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use clerk_ext::{
    Error, ErrorKind, Timestamp, Transport,
    backend::Backend,
    transport::{Network, RetryPolicy, Timeouts},
};
use clerk_local::LocalClerk;

use crate::{
    dice::Dice,
    history::{Fact, History, Work},
    strikes::Strikes,
    time::Time,
    wire::Wire,
};

/// How long a call may take in all; the programs here give up far sooner.
const HANGS_AFTER: Duration = Duration::from_secs(40);

/// A Clerk, its faults, and what is known to everybody.
pub(crate) struct Scene {
    pub(crate) local: LocalClerk,
    pub(crate) time: Time,
    pub(crate) history: History,
    pub(crate) strikes: Strikes,
    pub(crate) people: People,
    carrier: Transport,
    wires: Mutex<Vec<Wire>>,
    keys: Mutex<Keys>,
    is_over: AtomicBool,
}

/// When the signing keys changed last.
#[derive(Clone, Copy, Debug, Default)]
struct Keys {
    rotated: Option<Timestamp>,
    forgotten: Option<Timestamp>,
}

impl Scene {
    /// # Errors
    /// No transport can be set up.
    pub(crate) fn new(local: LocalClerk) -> Result<Self, Error> {
        Ok(Self {
            time: Time::of(local.clock()),
            local,
            history: History::default(),
            strikes: Strikes::default(),
            people: People::default(),
            carrier: Transport::reqwest()?,
            wires: Mutex::default(),
            keys: Mutex::default(),
            is_over: AtomicBool::new(false),
        })
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Mends all connections, and asks everybody to come to an end.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        for wire in self.wires.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            wire.mend();
        }
    }

    /// A connection of its own for one program.
    pub(crate) fn wire(&self, dice: &Dice) -> Transport {
        let wire = Wire::new(self.carrier.clone(), dice.fork(0), self.strikes.clone());
        if self.is_over() {
            wire.mend();
        }
        let transport = wire.transport();
        self.wires.lock().unwrap_or_else(PoisonError::into_inner).push(wire);
        transport
    }

    /// A back end that meets all faults.
    ///
    /// # Errors
    /// The address of the local Clerk is none.
    pub(crate) fn backend(&self, dice: &Dice) -> Result<Backend, Error> {
        let backend = Backend::builder().secret_key(&self.local.secret_key()).api_url(self.local.backend_url());
        let backend = backend.transport(self.wire(dice)).build()?;
        let clock = Arc::new(self.time.clone());
        Ok(backend.with_network(|network| hasty(network).clock(clock)))
    }

    /// Carries a call out that may take as long as its own deadlines say; only what is beyond all of them ends here.
    ///
    /// # Errors
    /// It failed, or did not end, which is noted.
    pub(crate) async fn watched<T, E: Into<Error>>(
        &self,
        work: Work,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        match tokio::time::timeout(HANGS_AFTER, call).await {
            Ok(outcome) => outcome.map_err(Into::into),
            Err(_) => {
                self.history.fact(Fact::Hung { work });
                Err(Error::new(ErrorKind::Cancelled, "it did not end"))
            }
        }
    }

    /// A call whose caller loses patience and drops it, where there is a patience.
    ///
    /// # Errors
    /// It failed, or was dropped.
    pub(crate) async fn patiently<T>(
        &self,
        patience: Option<Duration>,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let Some(patience) = patience else { return call.await };
        tokio::time::timeout(patience, call).await.unwrap_or_else(|_| {
            self.strikes.strike("given up");
            Err(Error::new(ErrorKind::Cancelled, "whoever asked no longer waits"))
        })
    }

    /// One piece of work: a call that is counted, watched, and whose error is noted.
    ///
    /// # Errors
    /// It failed.
    pub(crate) async fn tries<T, E: Into<Error>>(
        &self,
        work: Work,
        also: &[ErrorKind],
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        self.history.begins(work);
        self.watched(work, call).await.inspect_err(|error| self.history.failed(work, error, also))
    }

    /// Signs with another key from now on.
    pub(crate) fn rotate_keys(&self, forget: bool) {
        let now = self.time.at();
        let mut keys = self.keys();
        if self.local.rotate_signing_key().is_err() {
            return;
        }
        keys.rotated = Some(now);
        self.strikes.strike("key rotation");
        if forget {
            self.local.forget_old_signing_keys();
            keys.forgotten = Some(now);
            self.strikes.strike("old keys forgotten");
        }
    }

    /// Whether a server may not know the key of a token that was made then, or no longer.
    pub(crate) fn is_key_doubtful(&self, issued_at: Option<Timestamp>) -> bool {
        /// Servers look for keys that they do not know once in ten seconds; jumps of the clock do not shorten that for
        /// whoever began just before.
        const SETTLES: Duration = Duration::from_secs(15);
        let (keys, now) = (*self.keys(), self.time.at());
        // What was made in the second of the change may be of either key.
        let is_forgotten =
            keys.forgotten.is_some_and(|at| issued_at.is_none_or(|issued| issued <= at + Duration::from_secs(1)));
        is_forgotten || keys.rotated.is_some_and(|at| now < at + SETTLES)
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same policies as everywhere, with shorter waits: an episode lasts for seconds.
pub(crate) fn hasty(network: Network) -> Network {
    let retry = RetryPolicy::default().first_delay(Duration::from_millis(30));
    let timeouts = Timeouts { request: Some(Duration::from_millis(1_500)), overall: Some(Duration::from_secs(6)) };
    network.retry(retry.longest_delay(Duration::from_millis(300))).timeouts(timeouts)
}

/// Who is there for certain, by user id, and who may be about to go.
#[derive(Debug, Default)]
pub(crate) struct People(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    present: BTreeMap<String, String>,
    leaving: BTreeSet<String>,
}

impl People {
    /// Somebody is there, under a name.
    pub(crate) fn come(&self, id: impl Into<String>, name: impl Into<String>) {
        self.known().present.insert(id.into(), name.into());
    }

    /// Somebody is about to be deleted, if nobody else is at it.
    pub(crate) fn leave(&self, id: &str) -> bool {
        self.known().leaving.insert(id.to_owned())
    }

    pub(crate) fn is_leaving(&self, id: &str) -> bool {
        self.known().leaving.contains(id)
    }

    /// Who is there and not about to go.
    pub(crate) fn staying(&self) -> BTreeMap<String, String> {
        let known = self.known();
        known
            .present
            .iter()
            .filter(|(id, _)| !known.leaving.contains(*id))
            .map(|(id, name)| (id.clone(), name.clone()))
            .collect()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
