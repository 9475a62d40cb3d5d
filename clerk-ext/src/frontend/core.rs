use std::{
    collections::BTreeMap,
    fmt,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use clerk_core::{Endpoint, Error, ErrorKind, SessionId, Timestamp, Transport};
use futures_util::future::{Either, select};
use tokio::sync::watch;

use super::{
    browser::Slot,
    environment::Environment,
    events::{EndReason, Event, Teller, between},
    record::{Lease, Record},
    snapshot::Snapshot,
    state::{Learned, Stamp, State, Ticket, Verdict},
    store::{CredentialStore, SecretBytes},
    token::cache::Tokens,
};
use crate::{clock::Clock, random::Random};

/// How often the store may be changed by others between our look and our write, before we give up.
const MOST_SWAPS: usize = 50;

/// For how long other processes wait for one that changes who is signed in, and may have ended.
const LEASE: Duration = Duration::from_secs(15);

/// How often a process looks whether it is its turn.
const LEASE_POLL: Duration = Duration::from_millis(25);

/// What all handles on a device share: its state, and by which rules it changes.
pub(super) struct Core {
    /// Where requests go, on the transport below the wire rules.
    pub(super) endpoint: Endpoint,
    pub(super) carrier: Transport,
    /// The same without retries.
    pub(super) once: Transport,
    pub(super) store: Arc<dyn CredentialStore>,
    /// What type that is, for people.
    pub(super) store_type: &'static str,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    /// Under which name the record lies in the store.
    pub(super) name: String,
    pub(super) device_id: String,
    pub(super) locale: Option<String>,
    /// How old a state may be that nobody could confirm.
    pub(super) max_age: Duration,
    state: Mutex<State>,
    published: watch::Sender<Snapshot>,
    pub(super) teller: Teller,
    /// The tokens of its sessions.
    pub(super) tokens: Tokens,
    /// Held while the store is read or written, so that what is held is always what was seen last. Never while a
    /// request is under way.
    gate: tokio::sync::Mutex<()>,
    /// Held while a request is under way that changes who is signed in.
    pub(super) lane: tokio::sync::Mutex<()>,
    /// Held while the state is fetched anew.
    pub(super) refreshing: tokio::sync::Mutex<()>,
    /// Held while Clerk is told who signed out.
    pub(super) leaving: tokio::sync::Mutex<()>,
    /// Held while the device is loaded; says whether it was, and whether Clerk was reached then.
    pub(super) loaded: tokio::sync::Mutex<Option<bool>>,
    /// The flow that is in the browser now.
    pub(super) browser: Slot,
    /// What the instance offers, as it was told last.
    pub(super) environment: Mutex<Option<Environment>>,
    /// The last request that was answered with the state of the device.
    refreshed: AtomicU64,
    is_online: AtomicBool,
}

/// What a [`Core`] is made of.
pub(super) struct Parts {
    pub(super) endpoint: Endpoint,
    pub(super) once: Transport,
    pub(super) store: Arc<dyn CredentialStore>,
    pub(super) store_type: &'static str,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) name: String,
    pub(super) device_id: String,
    pub(super) locale: Option<String>,
    pub(super) max_age: Duration,
}

/// What became of a record that was to be put into the store.
enum Put {
    Kept,
    /// Somebody else has put another one there meanwhile.
    Overtaken,
    /// It holds for this process, and the store does not have it.
    Unkept(Error),
}

/// What became of an answer's news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Adopted {
    Yes,
    /// They are about a device that this one is not any more.
    No,
}

impl Core {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts { endpoint, once, store, store_type, clock, random, name, device_id, locale, max_age } = parts;
        Self {
            carrier: endpoint.transport().clone(),
            endpoint,
            once,
            store,
            store_type,
            clock,
            random,
            name,
            device_id,
            locale,
            max_age,
            state: Mutex::default(),
            published: watch::Sender::new(Snapshot::default()),
            teller: Teller::new(),
            tokens: Tokens::default(),
            gate: tokio::sync::Mutex::default(),
            lane: tokio::sync::Mutex::default(),
            refreshing: tokio::sync::Mutex::default(),
            leaving: tokio::sync::Mutex::default(),
            loaded: tokio::sync::Mutex::default(),
            browser: Slot::default(),
            environment: Mutex::default(),
            refreshed: AtomicU64::new(0),
            is_online: AtomicBool::new(true),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now().into()
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.published.borrow().clone()
    }

    pub(super) fn watch(&self) -> watch::Receiver<Snapshot> {
        self.published.subscribe()
    }

    pub(super) fn record(&self) -> Arc<Record> {
        self.state().record.clone()
    }

    /// The last request whose answer told the state of the device.
    pub(super) fn refreshed(&self) -> u64 {
        self.refreshed.load(Ordering::Acquire)
    }

    /// How many requests have left.
    pub(super) fn sent(&self) -> u64 {
        self.state().sent()
    }

    /// Whoever left as one of the first so many need not ask for the state any more: it was asked for, be it in vain.
    pub(super) fn refreshed_for(&self, sent: u64) {
        self.refreshed.fetch_max(sent + 1, Ordering::AcqRel);
    }

    pub(super) fn set_online(&self, online: bool) {
        if self.is_online.swap(online, Ordering::Relaxed) != online {
            self.teller.tell(Event::OnlineChanged { online });
        }
    }

    /// Whether what is known of the state is young enough to go by, where Clerk cannot be asked.
    pub(super) fn is_fresh(&self) -> bool {
        self.record().learned_at.is_some_and(|learned_at| self.is_young(learned_at))
    }

    /// Whether something that was learned then may still be gone by.
    pub(super) fn is_young(&self, learned_at: Timestamp) -> bool {
        learned_at + self.max_age >= self.now()
    }

    /// Takes up what others have put into the store.
    pub(super) async fn sync(&self) -> Result<(), Error> {
        let _gate = self.gate.lock().await;
        let found = self.store.load(&self.name).await?;
        self.take(found);
        Ok(())
    }

    /// Clerk was asked, and had nothing else to say.
    pub(super) async fn confirm(&self) {
        let _gate = self.gate.lock().await;
        self.publish(&BTreeMap::new(), true, |_| ());
    }

    /// Waits until nobody else changes who is signed in, here or in another process, and keeps it so.
    pub(super) async fn enter(&self) -> Result<Lane<'_>, Error> {
        let guard = self.lane.lock().await;
        let mut holder = [0; 16];
        self.random.fill(&mut holder)?;
        let holder = format!("{:032x}", u128::from_be_bytes(holder));
        loop {
            self.sync().await?;
            // One that ends much later than any could was made before the clock was set back.
            let is_valid = |lease: &Lease| self.now() < lease.until && lease.until <= self.now() + 2 * LEASE;
            let is_held = |record: &Record| record.busy.as_ref().is_some_and(is_valid);
            if is_held(&self.record()) {
                self.clock.sleep(LEASE_POLL).await;
                continue;
            }
            let until = self.now() + LEASE;
            self.edit(None, |record| {
                let free = !is_held(record);
                free.then(|| Record { busy: Some(Lease { holder: holder.clone(), until }), ..record.clone() })
            })
            .await?;
            if self.record().busy.as_ref().is_some_and(|lease| lease.holder == holder) {
                return Ok(Lane { _guard: guard, holder });
            }
        }
    }

    /// Does something that may take longer than a lease lasts, and lets nobody else in meanwhile.
    pub(super) async fn keep<T>(&self, lane: &Lane<'_>, work: impl Future<Output = T> + Send) -> T {
        let mut work = pin!(work);
        loop {
            match select(work.as_mut(), self.clock.sleep(LEASE / 3)).await {
                Either::Left((done, _)) => return done,
                // Where it cannot be renewed, what is under way still is.
                Either::Right(_) => drop(self.renew(lane).await),
            }
        }
    }

    async fn renew(&self, lane: &Lane<'_>) -> Result<Option<Error>, Error> {
        let until = self.now() + LEASE;
        self.edit(None, |record| {
            let lease = record.busy.as_ref().filter(|lease| lease.holder == lane.holder && lease.until < until)?;
            Some(Record { busy: Some(Lease { until, ..lease.clone() }), ..record.clone() })
        })
        .await
    }

    /// Lets others change who is signed in; without it they wait until the lease is void.
    pub(super) async fn exit(&self, lane: Lane<'_>) {
        let is_ours = |record: &Record| record.busy.as_ref().is_some_and(|lease| lease.holder == lane.holder);
        let left = self.edit(None, |record| is_ours(record).then(|| Record { busy: None, ..record.clone() })).await;
        if let Err(error) = left {
            self.teller.tell(Event::Error(Arc::new(error)));
        }
    }

    /// A request leaves.
    pub(super) fn leave(&self) -> Ticket {
        self.state().leave()
    }

    /// Takes up what an answer says of this device.
    ///
    /// `reason` says why sessions are over that are missing now, where the request was to end them.
    pub(super) async fn apply(
        &self,
        ticket: &Ticket,
        learned: &Learned,
        reason: Option<EndReason>,
    ) -> Result<Adopted, Error> {
        let _gate = self.gate.lock().await;
        for _ in 0..MOST_SWAPS {
            let verdict = self.state().judge(ticket, learned, self.now());
            let (record, stamp) = match verdict {
                Verdict::Outdated => return Ok(Adopted::No),
                Verdict::Nothing => return Ok(Adopted::Yes),
                Verdict::Changed(changed) => *changed,
            };
            let mut ended: BTreeMap<_, _> = learned.ended.iter().cloned().collect();
            if let Some(reason) = reason {
                ended.extend(self.snapshot().sessions().map(|session| (session.id.clone(), reason)));
            }
            if let Put::Overtaken = self.put(record, stamp, &ended, learned.client.is_some()).await? {
                continue;
            }
            if learned.client.is_some() {
                self.refreshed.fetch_max(ticket.sequence, Ordering::AcqRel);
            }
            return Ok(Adopted::Yes);
        }
        Err(contended())
    }

    /// Changes the record, whatever it is; `edit` may be asked several times.
    ///
    /// What is given is why the store does not have it, where it could not be written: it holds for this process then.
    pub(super) async fn edit(
        &self,
        reason: Option<EndReason>,
        edit: impl Fn(&Record) -> Option<Record> + Send,
    ) -> Result<Option<Error>, Error> {
        let _gate = self.gate.lock().await;
        let found = self.store.load(&self.name).await?;
        self.take(found);
        for _ in 0..MOST_SWAPS {
            let (record, stamp) = {
                let state = self.state();
                match edit(&state.record) {
                    Some(record) => (record, state.stamp),
                    None => return Ok(None),
                }
            };
            let ended = match reason {
                Some(reason) => self.snapshot().sessions().map(|session| (session.id.clone(), reason)).collect(),
                None => BTreeMap::new(),
            };
            match self.put(record, stamp, &ended, reason.is_some()).await? {
                Put::Kept => return Ok(None),
                Put::Unkept(error) => return Ok(Some(error)),
                Put::Overtaken => {}
            }
        }
        Err(contended())
    }

    /// Puts a record in place of the one that is held; otherwise takes up the one that is there.
    ///
    /// A store that cannot be written does not make what Clerk said untrue: it holds for this process then.
    async fn put(
        &self,
        mut record: Record,
        stamp: Stamp,
        ended: &BTreeMap<SessionId, EndReason>,
        is_live: bool,
    ) -> Result<Put, Error> {
        let bytes = record_bytes(&mut record, &self.device_id);
        let held = self.state().bytes.clone();
        let is_live = is_live || self.snapshot().is_live();
        match self.store.swap(&self.name, held.as_ref().map(AsRef::as_ref), Some(bytes.as_ref())).await {
            Ok(true) => {
                self.publish(ended, is_live, |state| state.settle(Some(bytes), record, stamp));
                Ok(Put::Kept)
            }
            Ok(false) => {
                let found = self.store.load(&self.name).await?;
                self.take(found);
                Ok(Put::Overtaken)
            }
            Err(error) => {
                let error = Error::from(error);
                self.publish(ended, is_live, |state| state.settle(held, record, stamp));
                self.teller.tell(Event::Error(Arc::new(error.clone())));
                Ok(Put::Unkept(error))
            }
        }
    }

    /// Takes a record that was found in the store, unless it is the one that is held.
    fn take(&self, found: Option<SecretBytes>) {
        let held = self.state().bytes.clone();
        if held.as_ref().map(AsRef::as_ref) == found.as_ref().map(|bytes: &SecretBytes| -> &[u8] { bytes.as_ref() }) {
            return;
        }
        let mut is_whole = false;
        let record = match found.as_ref().map(|bytes| serde_json::from_slice::<Record>(bytes.as_ref())) {
            None => Record::default(),
            Some(Ok(record)) => {
                is_whole = true;
                record
            }
            Some(Err(_)) => {
                let named = found.as_ref().and_then(|bytes| Record::without_client(bytes.as_ref()));
                let message = match named {
                    Some(_) => "what is kept of who is signed in cannot be read; Clerk is asked for it anew",
                    None => {
                        "what is kept in the credential store is damaged, and is treated as if nobody was signed in"
                    }
                };
                self.teller.tell(Event::Error(Arc::new(Error::new(ErrorKind::Decode, message))));
                named.unwrap_or_default()
            }
        };
        // Who signs out leaves the token behind, or a sign-out to be told; a device that was lost is another, or nothing.
        let is_left = record.token.is_some() || !record.leaving.is_empty();
        let reason = |id: &SessionId| match () {
            () if record.is_leaving(id) => Some(EndReason::SignedOut),
            () if record.client.is_some() => None,
            () if !is_whole => Some(EndReason::Unknown),
            () => is_left.then_some(EndReason::SignedOut),
        };
        let old = self.snapshot();
        let ended: BTreeMap<_, _> =
            old.sessions().filter_map(|session| Some((session.id.clone(), reason(&session.id)?))).collect();
        self.publish(&ended, false, |state| state.take(found, record));
    }

    /// Changes the state, shows it, and tells what happened. The gate is held by whoever calls this.
    fn publish(&self, ended: &BTreeMap<SessionId, EndReason>, is_live: bool, change: impl FnOnce(&mut State)) {
        let old = self.snapshot();
        let is_first = old.revision() == 0;
        let record = {
            let mut state = self.state();
            change(&mut state);
            state.record.clone()
        };
        // What was kept for too long is not shown before Clerk has confirmed it; what is shown may grow old.
        let is_young = || record.learned_at.is_some_and(|learned_at| self.is_young(learned_at));
        let is_shown = is_live || old.client().is_some() || is_young();
        let client = record.client.clone().filter(|_| is_shown);
        let new = Snapshot::new(client, record.learned_at, is_live);
        if !is_first && new.is_same(&old) {
            return;
        }
        let new = new.after(&old);
        let events = between(&old, &new, ended, self.now());
        self.published.send_replace(new);
        self.tokens.follow(|| self.snapshot());
        // What was there when this process began has not happened in it.
        if !is_first || is_live {
            events.into_iter().for_each(|event| self.teller.tell(event));
        }
    }
}

/// The right to change who is signed in.
pub(super) struct Lane<'a> {
    _guard: tokio::sync::MutexGuard<'a, ()>,
    /// By which name it is held towards other processes.
    holder: String,
}

fn record_bytes(record: &mut Record, device_id: &str) -> SecretBytes {
    if record.device_id.is_none() {
        record.device_id = Some(device_id.to_owned());
    }
    record.written().into()
}

fn contended() -> Error {
    Error::new(ErrorKind::Conflict, "the credential store is changed by others again and again; try again")
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("name", &self.name).field("snapshot", &self.snapshot()).finish_non_exhaustive()
    }
}
