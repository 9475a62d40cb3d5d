//! Everybody who has a page of ours open: in memory, so many and no more, and none for longer than they come back.
//!
//! **A database goes here**, once there is more than one server or visitors are to outlive a restart: a row for each
//! visitor, by the digest of the cookie. What [`Visitor`] keeps is made for that: the credentials go through a
//! `CredentialStore`, the flows are serde values, the rest is text.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use aws_lc_rs::digest::{SHA256, digest};
use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_ext::{
    Error,
    random::{Random as _, SystemRandom},
};

use crate::visitor::Visitor;

/// `__Host-` has the browser refuse it from a subdomain, for a subdomain, and over plain http: nobody else can set it.
pub(crate) const COOKIE: &str = "__Host-visitor";
/// How many there may be.
const MOST: usize = 10_000;
/// How long somebody may stay away.
const IDLE: Duration = Duration::from_secs(2 * 60 * 60);

/// What is kept of a cookie: whoever reads it here cannot be that visitor.
type Digest = Vec<u8>;

/// All visitors.
#[derive(Default)]
pub(crate) struct Visitors(Mutex<HashMap<Digest, Kept>>);

struct Kept {
    visitor: Arc<Visitor>,
    seen: Instant,
}

impl Visitors {
    /// Whose cookie it is.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Visitor>> {
        let mut all = self.all();
        let kept = all.get_mut(&hash(id)).filter(|kept| kept.seen.elapsed() < IDLE)?;
        kept.seen = Instant::now();
        Some(kept.visitor.clone())
    }

    /// Takes a new one in, and gives their cookie; nothing when there is no room.
    pub(crate) fn admit(&self, visitor: &Arc<Visitor>) -> Result<Option<Cookie<'static>>, Error> {
        let id = random()?;
        let mut all = self.all();
        if all.len() >= MOST {
            make_room(&mut all);
        }
        Ok((all.len() < MOST).then(|| keep(&mut all, visitor, id)))
    }

    /// Gives a visitor another cookie, and forgets the one before: at every sign-in and sign-out, so that nobody who had
    /// a hand in the old one is signed in with it.
    pub(crate) fn renew(&self, visitor: &Arc<Visitor>) -> Result<Cookie<'static>, Error> {
        let id = random()?;
        visitor.renew_csrf()?;
        let mut all = self.all();
        all.retain(|_, kept| !Arc::ptr_eq(&kept.visitor, visitor));
        Ok(keep(&mut all, visitor, id))
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Digest, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keep(all: &mut HashMap<Digest, Kept>, visitor: &Arc<Visitor>, id: String) -> Cookie<'static> {
    all.insert(hash(&id), Kept { visitor: visitor.clone(), seen: Instant::now() });
    Cookie::build((COOKIE, id)).secure(true).http_only(true).same_site(SameSite::Lax).path("/").build()
}

/// Forgets who has not been here for long; then the longest gone of those who are not signed in, a tenth of all at once,
/// so that it is not done for each newcomer.
fn make_room(all: &mut HashMap<Digest, Kept>) {
    all.retain(|_, kept| kept.seen.elapsed() < IDLE);
    if all.len() < MOST {
        return;
    }
    let strangers = all.iter().filter(|(_, kept)| kept.visitor.clerk.session().is_none());
    let mut strangers: Vec<(Instant, Digest)> = strangers.map(|(id, kept)| (kept.seen, id.clone())).collect();
    strangers.sort_unstable();
    for (_, id) in strangers.into_iter().take(MOST / 10) {
        all.remove(&id);
    }
}

/// 256 bits that nobody guesses, as text.
pub(crate) fn random() -> Result<String, Error> {
    let mut bytes = [0; 32];
    SystemRandom.fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn hash(id: &str) -> Digest {
    digest(&SHA256, id.as_bytes()).as_ref().to_vec()
}
