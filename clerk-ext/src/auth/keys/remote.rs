use std::{
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

use clerk_core::http::Method;
use clerk_core::{BoxFuture, Encoding, Endpoint, Error, ErrorCode, ErrorKind, Json, Operation};
use tokio::sync::{Mutex, MutexGuard};

use super::{
    document::KeysById,
    public_key::PublicKey,
    set::{pick, unknown},
};
use crate::{
    auth::{Reason, TokenError},
    clock::Clock,
};

/// How long fetched keys are used without asking again; use does not lengthen it.
pub(crate) const TTL: Duration = Duration::from_secs(300);

/// How long keys are used that could not be fetched anew.
pub(crate) const STALE_FOR: Duration = Duration::from_secs(3600);

/// How long nothing is fetched for the sake of a key that the set did not have.
const UNKNOWN_PAUSE: Duration = Duration::from_secs(10);

/// How long nothing is fetched after a fetch that failed: what is at hand is used, or the same failure told.
const FAILURE_PAUSE: Duration = Duration::from_secs(5);

/// How long a fetch that nobody waits for any more can be taken up again: about as long as one may take.
const RESUMED_FOR: Duration = Duration::from_secs(15);

/// A document that is larger is no key set.
const LARGEST: usize = 1 << 20;

static GET_JWKS: Operation = Operation::new(Method::GET, "GetJWKS", "/v1/jwks", Encoding::None);

/// The key set of an instance, as the Backend API gives it for a secret key.
///
/// The keys are those of one endpoint with one key: an id of a key means nothing without the instance it belongs to.
pub(crate) struct Remote {
    endpoint: Endpoint,
    clock: Arc<dyn Clock>,
    ttl: Duration,
    stale_for: Duration,
    state: RwLock<State>,
    /// Held by whoever fetches: the others wait, and then look at what came.
    fetching: Mutex<Option<Fetch>>,
}

/// A request for the keys that is under way.
///
/// It outlives the one who began it. Otherwise whoever asks with made-up keys and hangs up would have one sent each time.
struct Fetch {
    began: Duration,
    keys: BoxFuture<'static, Result<KeysById, TokenError>>,
}

#[derive(Clone, Default)]
struct State {
    keys: Option<Arc<KeysById>>,
    /// Changes when the keys do.
    edition: u64,
    fetched: Option<Duration>,
    /// When keys were last fetched for one that the set did not have.
    sought: Option<Duration>,
    failed: Option<(Duration, TokenError)>,
    /// How many fetches ended: who waited for one knows by it that there was one.
    ended: u64,
}

/// A fetch that somebody waits for; when they do not any more, it is put back for the next one.
struct Kept<'r> {
    place: &'r mut Option<Fetch>,
    fetch: Option<Fetch>,
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        // What panicked would do so again.
        if !std::thread::panicking() {
            *self.place = self.fetch.take();
        }
    }
}

/// A key, with the edition of the keys that it is one of.
type Answer = Result<(Arc<PublicKey>, u64), TokenError>;

/// What can be said without fetching.
enum AtHand {
    Answer(Answer),
    /// The keys have to be fetched, for the first time or anew.
    Fetch,
    /// The keys are fresh, and have none of that id.
    Seek,
}

impl Remote {
    pub(crate) fn new(endpoint: Endpoint, clock: Arc<dyn Clock>, ttl: Duration, stale_for: Duration) -> Self {
        Self { endpoint, clock, ttl, stale_for, state: RwLock::default(), fetching: Mutex::new(None) }
    }

    pub(crate) fn edition(&self) -> Option<u64> {
        let (state, now) = (self.state(), self.clock.monotonic());
        state.are_usable(now, self).then_some(state.edition)
    }

    /// The key of an id, with the edition of the keys that it is one of.
    pub(crate) async fn key(&self, id: Option<&str>) -> Answer {
        let seen = {
            let state = self.state();
            match state.look(id, self.clock.monotonic(), self) {
                AtHand::Answer(answer) => return answer,
                AtHand::Fetch | AtHand::Seek => state.ended,
            }
        };
        let mut turn = if let Ok(turn) = self.fetching.try_lock() {
            turn
        } else {
            // In an outage one finds out whether it is over, and nobody else waits for that.
            let at_hand = self.state().look_in_outage(id, self.clock.monotonic(), self);
            if let Some(answer) = at_hand {
                return answer;
            }
            self.fetching.lock().await
        };
        let now = self.clock.monotonic();
        let seeks = {
            let state = self.state();
            match state.look(id, now, self) {
                AtHand::Answer(answer) => return answer,
                // Somebody fetched while this waited: what that fetch did not bring is not there.
                AtHand::Seek if state.ended != seen => return Err(unknown()),
                AtHand::Seek => true,
                AtHand::Fetch => false,
            }
        };
        let (began, fetched) = self.fetch(&mut turn, now).await;
        let now = self.clock.monotonic();
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.ended += 1;
        match fetched {
            Ok(keys) => {
                if seeks {
                    state.sought = Some(now);
                }
                let found = pick(&keys, id).unwrap_or_else(|| Err(unknown()));
                state.replace(keys, began);
                return found.map(|key| (key, state.edition));
            }
            Err(error) => state.failed = Some((now, error)),
        }
        match state.look(id, now, self) {
            AtHand::Answer(answer) => answer,
            AtHand::Seek | AtHand::Fetch => Err(unknown()),
        }
    }

    /// Fetches the keys, or goes on with a fetch that somebody began; says when that was.
    async fn fetch(
        &self,
        turn: &mut MutexGuard<'_, Option<Fetch>>,
        now: Duration,
    ) -> (Duration, Result<KeysById, TokenError>) {
        let under_way = turn.take().filter(|fetch| within(Some(fetch.began), now, RESUMED_FOR));
        let fetch = under_way.unwrap_or_else(|| Fetch { began: now, keys: Box::pin(fetch(self.endpoint.clone())) });
        let mut kept = Kept { place: turn, fetch: Some(fetch) };
        let fetched = match &mut kept.fetch {
            Some(fetch) => (fetch.began, fetch.keys.as_mut().await),
            None => (now, Err(unknown())),
        };
        kept.fetch = None;
        fetched
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn fetch(endpoint: Endpoint) -> Result<KeysById, TokenError> {
    let answer = endpoint.call(&GET_JWKS).send_bytes().await.map_err(refused)?;
    if answer.value().len() > LARGEST {
        return Err(useless("the key set is larger than a megabyte"));
    }
    let document: Json =
        serde_json::from_slice(answer.value()).map_err(|_| useless("what came for the key set is no JSON"))?;
    KeysById::read(&document).ok_or_else(|| useless("the key set has no keys"))
}

impl State {
    fn look(&self, id: Option<&str>, now: Duration, of: &Remote) -> AtHand {
        let usable = self.are_usable(now, of);
        match (&self.keys, &self.failed) {
            (Some(keys), failed) if usable => match (pick(keys, id), failed) {
                (Some(answer), _) => AtHand::Answer(answer.map(|key| (key, self.edition))),
                // Clerk may have such a key by now: nobody is told that it has none.
                (None, Some((_, error))) if self.paused(now) => AtHand::Answer(Err(error.clone())),
                (None, _) if within(self.sought, now, UNKNOWN_PAUSE) => AtHand::Answer(Err(unknown())),
                (None, _) => AtHand::Seek,
            },
            (_, Some((_, error))) if self.paused(now) => AtHand::Answer(Err(error.clone())),
            _ => AtHand::Fetch,
        }
    }

    /// A key at hand that may be used because the last fetch failed, while another one is under way.
    fn look_in_outage(&self, id: Option<&str>, now: Duration, of: &Remote) -> Option<Answer> {
        let keys = self.keys.as_ref().filter(|_| self.failed.is_some() && self.are_young_enough(now, of))?;
        pick(keys, id).map(|answer| answer.map(|key| (key, self.edition)))
    }

    /// Whether the keys may be used: they are fresh, or could not be fetched anew just now and are not too old.
    fn are_usable(&self, now: Duration, of: &Remote) -> bool {
        within(self.fetched, now, of.ttl) || (self.paused(now) && self.are_young_enough(now, of))
    }

    /// Whether the keys may be used in an outage.
    fn are_young_enough(&self, now: Duration, of: &Remote) -> bool {
        within(self.fetched, now, of.ttl.saturating_add(of.stale_for))
    }

    fn paused(&self, now: Duration) -> bool {
        within(self.failed.as_ref().map(|(at, _)| *at), now, FAILURE_PAUSE)
    }

    /// All keys are those of the last fetch: a key that was taken out is gone.
    fn replace(&mut self, keys: KeysById, asked: Duration) {
        if self.keys.as_deref() != Some(&keys) {
            self.keys = Some(Arc::new(keys));
            self.edition += 1;
        }
        self.fetched = Some(asked);
        self.failed = None;
    }
}

fn within(since: Option<Duration>, now: Duration, span: Duration) -> bool {
    since.is_some_and(|since| now.saturating_sub(since) < span)
}

fn useless(message: &'static str) -> TokenError {
    TokenError::new(Reason::JWK_REMOTE_FAILED_TO_LOAD, message).with_cause(Error::new(ErrorKind::Decode, message))
}

fn refused(error: Error) -> TokenError {
    if error.has_code(ErrorCode::CLERK_KEY_INVALID) {
        let message =
            "the Backend API does not know the secret key; see that CLERK_SECRET_KEY is the one of this instance";
        return TokenError::new(Reason::SECRET_KEY_INVALID, message).with_cause(error);
    }
    let message = "the keys of the instance could not be fetched; set CLERK_JWT_KEY to do without";
    TokenError::new(Reason::JWK_REMOTE_FAILED_TO_LOAD, message).with_cause(error)
}
