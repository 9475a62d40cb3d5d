//! From the request for a token to a token, over the cache or over Clerk.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use clerk_core::{BoxFuture, Error, ErrorCode, ErrorKind, OrganizationId, Prepared as _, Secret, SessionId, Timestamp};
use clerk_fapi::types;
use futures_util::{FutureExt as _, future::Shared};
use tokio::sync::oneshot;

use super::{
    Origin, SessionToken,
    cache::{Entry, Held, Key, Slot},
    request::{TokenRequest, Whose},
};
use crate::frontend::{core::Core, device::Device, events::Event, wire::Wire};

/// How often the session may change while a token of it is fetched, before we give up.
const MOST_CHANGES: usize = 5;

/// A request for a token that is under way, for whoever waits for it.
#[derive(Clone)]
pub(super) struct Flight {
    number: u64,
    /// Whether it asks for a token that is made now.
    forced: bool,
    /// Whether it has left: who wants a token made after this moment may not share it then.
    left: Arc<AtomicBool>,
    done: Shared<BoxFuture<'static, Result<SessionToken, Failed>>>,
}

/// Why a request for a token gave none.
#[derive(Clone, Debug)]
enum Failed {
    /// The session is over or works in another organization now.
    Outdated,
    Error(Error),
}

/// The session that a token is of.
#[derive(Clone)]
pub(in crate::frontend) struct Subject {
    pub(in crate::frontend) device: Device,
    pub(in crate::frontend) session: SessionId,
    pub(in crate::frontend) slot: Arc<Slot>,
}

/// What to do about a request, after a look into the cache.
enum Found {
    Token(SessionToken),
    Flight(Flight),
}

impl Subject {
    /// The token that is asked for; `not` is one that was refused and will not do.
    pub(in crate::frontend) async fn token(
        &self,
        request: &TokenRequest,
        not: Option<&SessionToken>,
    ) -> Result<SessionToken, Error> {
        for _ in 0..MOST_CHANGES {
            let epoch = self.slot.epoch();
            let (key, session) = self.key(request)?;
            let (flight, fallback) = match self.look(epoch, &key, &session, request, not)? {
                None => continue,
                Some((Found::Token(token), _)) => return Ok(token),
                Some((Found::Flight(flight), fallback)) => (flight, fallback),
            };
            match flight.done.await {
                // It may have been over by the time that we got here.
                Ok(token) if self.slot.epoch() == epoch => return Ok(token),
                Ok(_) | Err(Failed::Outdated) => {}
                Err(Failed::Error(error)) => {
                    if self.slot.epoch() != epoch {
                        if !self.is_there() {
                            return Err(self.over().with_source(error));
                        }
                        // What failed was for another organization, unless Clerk contradicts itself.
                        if error.kind() != ErrorKind::Unauthorized {
                            continue;
                        }
                    }
                    let now = self.device.core().now();
                    // Whatever else is in the way, it is not Clerk who refuses.
                    let is_refused = error.status().is_some_and(|status| status.is_client_error());
                    let may_fall_back = error.is_retryable() || !is_refused;
                    let fallback = fallback.filter(|token| may_fall_back && token.remaining(now).is_some());
                    return fallback.ok_or(error);
                }
            }
        }
        Err(Error::new(ErrorKind::Conflict, "the session changes again and again while a token is fetched; try again"))
    }

    fn is_there(&self) -> bool {
        self.device.snapshot().session_by_id(&self.session).is_some()
    }

    fn over(&self) -> Error {
        Error::new(ErrorKind::Unauthorized, format!("the session {} is over; sign in again", self.session))
    }

    /// Which token it is that is asked for, as the session is now.
    fn key(&self, request: &TokenRequest) -> Result<(Key, Current), Error> {
        let snapshot = self.device.snapshot();
        let session = snapshot.session_by_id(&self.session).ok_or_else(|| self.over())?;
        if session.status == types::SessionStatus::Pending {
            let task = session.tasks.first().map_or("that Clerk does not name", |task| task.key.as_str());
            return Err(Error::new(
                ErrorKind::Forbidden,
                format!("the session {} is pending: its user has to finish the task `{task}` first", self.session),
            ));
        }
        let organization = session.last_active_organization_id.clone();
        let wanted = match &request.organization {
            Whose::Current => organization.clone(),
            Whose::Personal => None,
            Whose::Of(id) => Some(id.clone()),
        };
        if request.template.is_some() && wanted != organization {
            return Err(Error::config(
                "a token of a template is always for the organization that the session works in; switch to it, or ask \
                 for one without a template",
            ));
        }
        let kept = session.last_active_token.as_ref().map(|token| token.jwt.clone());
        Ok((
            Key { organization: wanted, template: request.template.clone() },
            Current { organization, kept: kept.filter(|jwt| !jwt.expose().is_empty()) },
        ))
    }

    /// What the cache holds for a request: a token, or a flight that brings one with what will do if it fails. Nothing
    /// where the session has changed meanwhile.
    fn look(
        &self,
        epoch: u64,
        key: &Key,
        session: &Current,
        request: &TokenRequest,
        not: Option<&SessionToken>,
    ) -> Result<Option<(Found, Option<SessionToken>)>, Error> {
        let now = self.device.core().now();
        let mut held = self.slot.held();
        if held.epoch != epoch {
            return Ok(None);
        }
        held.note(session.organization.as_ref());
        let must_mint = held.must_mint;
        let will_do = |token: &&SessionToken| not.is_none_or(|not| !token.is_same(not));
        let entry = held.entries.entry(key.clone()).or_default();
        if !request.skip_cache {
            let usable = |entry: &Entry| {
                let token = entry.token.as_ref().filter(will_do)?;
                token.outlasts(now, request.leeway).then(|| token.clone())
            };
            let mut found = usable(entry);
            if found.is_none()
                && !must_mint
                && let Some(kept) = session.kept.as_ref().and_then(|jwt| self.kept(jwt, key, now))
            {
                entry.take(kept, Origin::Kept, now);
                found = usable(entry);
            }
            if let Some(token) = found {
                self.slot.show(&held, key, &token);
                return Ok(Some((Found::Token(token), None)));
            }
        }
        let forced = request.skip_cache || not.is_some() || must_mint;
        let fallback = entry.token.as_ref().filter(will_do).filter(|_| !forced).cloned();
        let shared = entry.flight.as_ref().filter(|flight| flight.serves(request.skip_cache, forced)).cloned();
        let flight = match shared {
            Some(flight) => flight,
            None => self.begin(&mut held, key, session, forced)?,
        };
        Ok(Some((Found::Flight(flight), fallback)))
    }

    /// A token that came with the state, if it is the one that is asked for.
    fn kept(&self, jwt: &Secret, key: &Key, now: Timestamp) -> Option<SessionToken> {
        let token = SessionToken::read(jwt, Origin::Kept, now).ok()?;
        (key.template.is_none() && is_of(&token, &self.session, key)).then_some(token)
    }

    /// Starts a request in a task of the device, after the one that is under way.
    fn begin(&self, held: &mut Held, key: &Key, session: &Current, forced: bool) -> Result<Flight, Error> {
        let epoch = held.epoch;
        let entry = held.entries.entry(key.clone()).or_default();
        let before = entry.flight.take();
        let number = before.as_ref().map_or(1, |flight| flight.number + 1);
        let previous = entry.token.as_ref().map(|token| token.jwt().clone()).or_else(|| session.kept.clone());
        let left = Arc::new(AtomicBool::new(false));
        let (done, ended) = oneshot::channel();
        let mint = Mint {
            core: self.device.core().clone(),
            session: self.session.clone(),
            slot: self.slot.clone(),
            key: key.clone(),
            forced,
            previous,
        };
        let has_left = left.clone();
        self.device.tasks().spawn(async move {
            if let Some(before) = before {
                let _ = before.done.await;
            }
            has_left.store(true, Ordering::Release);
            // Whoever waited may have gone away.
            let _ = done.send(mint.carried_out(epoch, number).await);
        })?;
        let cancelled = || Failed::Error(Error::new(ErrorKind::Cancelled, "the device is not in use any more"));
        let done = ended.map(move |ended| ended.unwrap_or_else(|_| Err(cancelled()))).boxed().shared();
        let flight = Flight { number, forced, left, done };
        entry.flight = Some(flight.clone());
        Ok(flight)
    }
}

impl Flight {
    /// Whether somebody may share it who wants a token that is made from now on, or any.
    fn serves(&self, from_now_on: bool, forced: bool) -> bool {
        let has_left = self.left.load(Ordering::Acquire);
        (!forced || self.forced) && (!from_now_on || !has_left)
    }
}

/// The session as it was when a token was asked for.
struct Current {
    organization: Option<OrganizationId>,
    /// The token that came with the state.
    kept: Option<Secret>,
}

/// A request for a token. It keeps the device's state and not the device, which would wait for itself to end.
struct Mint {
    core: Arc<Core>,
    session: SessionId,
    slot: Arc<Slot>,
    key: Key,
    forced: bool,
    /// The last token that was there, for a Clerk that wants to see it.
    previous: Option<Secret>,
}

impl Mint {
    async fn carried_out(self, epoch: u64, number: u64) -> Result<SessionToken, Failed> {
        let minted = self.mint().await.and_then(|jwt| self.read(&jwt));
        let mut held = self.slot.held();
        if held.epoch != epoch {
            return Err(minted.map_or_else(Failed::Error, |_| Failed::Outdated));
        }
        let Some(entry) = held.entries.get_mut(&self.key) else { return Err(Failed::Outdated) };
        if entry.flight.as_ref().is_some_and(|flight| flight.number == number) {
            entry.flight = None;
        }
        let token = entry.take(minted.map_err(Failed::Error)?, Origin::Minted, self.core.now());
        if held.is_current(&self.key) {
            held.must_mint = false;
        }
        self.slot.show(&held, &self.key, &token);
        drop(held);
        self.core.teller.tell(Event::TokenRefreshed {
            session: self.session.clone(),
            organization: self.key.organization.clone(),
            template: self.key.template.clone(),
        });
        Ok(token)
    }

    /// The token that Clerk answered with, if it is the one that was asked for.
    fn read(&self, jwt: &Secret) -> Result<SessionToken, Error> {
        if jwt.expose().is_empty() {
            return Err(Error::new(ErrorKind::Unexpected, "Clerk answered without a session token"));
        }
        let token = SessionToken::read(jwt, Origin::Minted, self.core.now())?;
        if !is_of(&token, &self.session, &self.key) {
            return Err(Error::new(
                ErrorKind::Unexpected,
                "Clerk answered with a token of another session or organization than was asked for",
            ));
        }
        Ok(token)
    }

    async fn mint(&self) -> Result<Secret, Error> {
        let clerk = Wire::client_within(&self.core);
        if let Some(template) = &self.key.template {
            let mut call = clerk.create_session_token_with_template(&self.session, template);
            // Another token is as good as the one that got lost.
            call.call().repeatable();
            return Ok(call.send().await?.jwt);
        }
        let mints = self.core.known_environment().is_some_and(|environment| {
            environment.raw().auth_config.as_ref().is_some_and(|config| config.session_minter)
        });
        let ask = || {
            let organization = self.key.organization.as_ref().map_or("", OrganizationId::as_str);
            let mut call = clerk.create_session_token(&self.session).organization_id(organization);
            if mints {
                if let Some(previous) = &self.previous {
                    call = call.token(previous);
                }
                if self.forced {
                    call = call.force_origin(true);
                }
            }
            call.call().repeatable();
            call
        };
        match (ask().send().await, &self.previous) {
            (Err(error), Some(previous)) if error.has_code(ErrorCode::MISSING_EXPIRED_TOKEN) => {
                Ok(ask().expired_token(previous).send().await?.jwt)
            }
            (answer, _) => Ok(answer?.jwt),
        }
    }
}

/// Whether a token is of the session and for the organization that were asked for; one of a template need not say.
fn is_of(token: &SessionToken, session: &SessionId, key: &Key) -> bool {
    let claims = token.claims();
    let organization = claims.organization.as_ref().map(|organization| &organization.id);
    if key.template.is_some() {
        return claims.session.as_ref().is_none_or(|of| of == session)
            && organization.is_none_or(|of| Some(of) == key.organization.as_ref());
    }
    claims.session.as_ref() == Some(session) && organization == key.organization.as_ref()
}

/// A token of the session in the foreground.
pub(in crate::frontend) async fn of_foreground(
    device: &Device,
    request: &TokenRequest,
    not: Option<&SessionToken>,
) -> Result<SessionToken, Error> {
    let foreground = || device.snapshot().session().map(|session| session.id.clone());
    let session = match foreground() {
        Some(session) => Some(session),
        None => {
            // Nothing may have been read yet.
            device.core().sync().await?;
            foreground()
        }
    };
    let Some(session) = session else {
        return Err(Error::new(ErrorKind::Unauthorized, "nobody is signed in on this device; sign in first"));
    };
    let slot = device.core().tokens.slot(&session);
    let subject = Subject { device: device.clone(), session, slot };
    subject.token(request, not).await
}
