//! Everybody who has a page of ours open: in memory, so many and no more, and none for long who does not come back.
//!
//! **A database goes here**, once there is more than one server or visitors are to outlive a restart: a row for each
//! visitor, by the digest of the cookie. What [`Visitor`] keeps is made for that: the credentials go through a
//! `CredentialStore`, the flows are serde values, the rest is text.

use std::{
    collections::{HashMap, VecDeque},
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
/// How many there may be; each takes some 20 KB.
pub(crate) const MOST: usize = 10_000;
/// How long somebody may stay away.
pub(crate) const IDLE: Duration = Duration::from_secs(2 * 60 * 60);
/// How long a page may be on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(60);

/// What is kept of a cookie: whoever reads it here cannot be that visitor.
type Digest = Vec<u8>;

/// All visitors.
pub(crate) struct Visitors {
    all: Mutex<All>,
    most: usize,
    idle: Duration,
}

#[derive(Default)]
struct All {
    present: HashMap<Digest, Present>,
    /// Cookies that others have taken the place of a moment ago, the oldest first.
    renewed: VecDeque<(Instant, Digest)>,
}

struct Present {
    visitor: Arc<Visitor>,
    seen: Instant,
}

/// What a cookie says.
pub(crate) enum Found {
    Visitor(Arc<Visitor>),
    /// Another has taken its place a moment ago: this request crossed the answer that brings the new one. Whoever has the
    /// old one is nobody, but must not be given one of their own either, which would take the place of the new one.
    Renewed,
    Nobody,
}

impl Visitors {
    pub(crate) fn new(most: usize, idle: Duration) -> Self {
        Self { all: Mutex::default(), most, idle }
    }

    /// Whose cookie it is.
    pub(crate) fn find(&self, id: &str) -> Found {
        let (mut all, digest) = (self.all(), hash(id));
        if let Some(present) = all.present.get_mut(&digest).filter(|present| present.seen.elapsed() < self.idle) {
            present.seen = Instant::now();
            return Found::Visitor(present.visitor.clone());
        }
        let crossed = |(at, renewed): &(Instant, Digest)| at.elapsed() < ON_ITS_WAY && *renewed == digest;
        if all.renewed.iter().any(crossed) { Found::Renewed } else { Found::Nobody }
    }

    /// Takes a new one in, and gives their cookie; nothing when there is no room.
    pub(crate) fn admit(&self, visitor: &Arc<Visitor>) -> Result<Option<Cookie<'static>>, Error> {
        let id = random()?;
        let mut all = self.all();
        if all.present.len() >= self.most {
            self.make_room(&mut all.present);
        }
        Ok((all.present.len() < self.most).then(|| keep(&mut all, visitor, id)))
    }

    /// Gives a visitor another cookie, and forgets the one before: at every sign-in and sign-out, so that nobody who had
    /// a hand in the old one is signed in with it.
    pub(crate) fn renew(&self, visitor: &Arc<Visitor>) -> Result<Cookie<'static>, Error> {
        let id = random()?;
        visitor.renew()?;
        let mut all = self.all();
        let old = all.present.iter().find(|(_, present)| Arc::ptr_eq(&present.visitor, visitor));
        if let Some(old) = old.map(|(digest, _)| digest.clone()) {
            all.present.remove(&old);
            all.renewed.push_back((Instant::now(), old));
        }
        while all.renewed.front().is_some_and(|(at, _)| at.elapsed() >= ON_ITS_WAY) {
            all.renewed.pop_front();
        }
        Ok(keep(&mut all, visitor, id))
    }

    /// Forgets who has not been here for long, and with them what could act for them.
    pub(crate) fn forget_idle(&self) {
        self.all().present.retain(|_, one| one.seen.elapsed() < self.idle);
    }

    /// Forgets who has not been here for long; then of those who are not signed in a tenth of all at once, so that it is
    /// not done for each newcomer. Who has begun nothing goes first, and of those the longest gone: whoever comes without
    /// a cookie again and again, as robots do, takes the place of nobody who is about to sign in.
    fn make_room(&self, present: &mut HashMap<Digest, Present>) {
        present.retain(|_, one| one.seen.elapsed() < self.idle);
        if present.len() < self.most {
            return;
        }
        let strangers = present.iter().filter(|(_, one)| one.visitor.clerk.session().is_none());
        let mut strangers: Vec<(bool, Instant, Digest)> =
            strangers.map(|(id, one)| (one.visitor.is_busy(), one.seen, id.clone())).collect();
        strangers.sort_unstable();
        for (_, _, id) in strangers.into_iter().take(self.most.div_ceil(10)) {
            present.remove(&id);
        }
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keep(all: &mut All, visitor: &Arc<Visitor>, id: String) -> Cookie<'static> {
    all.present.insert(hash(&id), Present { visitor: visitor.clone(), seen: Instant::now() });
    Cookie::build((COOKIE, id)).secure(true).http_only(true).same_site(SameSite::Lax).path("/").build()
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

#[cfg(test)]
mod tests {
    use clerk_ext::frontend::Frontend;

    use super::*;

    fn visitor() -> Arc<Visitor> {
        let nobody = Frontend::builder_for("https://clerk.example.com").build().unwrap();
        Arc::new(Visitor::new(nobody).unwrap())
    }

    fn is_known(visitors: &Visitors, cookie: &Cookie<'_>) -> bool {
        matches!(visitors.find(cookie.value()), Found::Visitor(_))
    }

    #[test]
    fn whoever_is_gone_the_longest_makes_room_for_a_newcomer() {
        let visitors = Visitors::new(2, IDLE);
        let came: Vec<_> = (0..2).map(|_| visitors.admit(&visitor()).unwrap().unwrap()).collect();
        assert!(is_known(&visitors, &came[0]), "and was here last");
        let newcomer = visitors.admit(&visitor()).unwrap().unwrap();
        assert!(is_known(&visitors, &newcomer) && is_known(&visitors, &came[0]) && !is_known(&visitors, &came[1]));
    }

    #[test]
    fn whoever_is_in_the_middle_of_something_makes_no_room_for_a_newcomer() {
        let visitors = Visitors::new(2, IDLE);
        let ann = visitor();
        ann.set_flow(serde_json::from_str(r#"{ "SignUp": { "id": "sua_1" } }"#).unwrap());
        let anns = visitors.admit(&ann).unwrap().unwrap();
        for _ in 0..10 {
            visitors.admit(&visitor()).unwrap().unwrap();
        }
        assert!(is_known(&visitors, &anns));
    }

    #[test]
    fn whoever_stays_away_for_too_long_is_not_known_any_more_and_nothing_is_kept_of_them() {
        let visitors = Visitors::new(2, Duration::ZERO);
        let ann = visitor();
        let cookie = visitors.admit(&ann).unwrap().unwrap();
        assert!(!is_known(&visitors, &cookie));
        visitors.forget_idle();
        assert_eq!(Arc::strong_count(&ann), 1);
    }

    #[test]
    fn a_cookie_that_was_renewed_is_nobodys_and_is_remembered_as_such_for_a_moment() {
        let visitors = Visitors::new(2, IDLE);
        let ann = visitor();
        let old = visitors.admit(&ann).unwrap().unwrap();
        let csrf = ann.csrf();
        let new = visitors.renew(&ann).unwrap();
        assert!(is_known(&visitors, &new) && csrf != ann.csrf());
        assert!(matches!(visitors.find(old.value()), Found::Renewed));
        assert!(matches!(visitors.find("test-of-somebody-else"), Found::Nobody));
    }
}
