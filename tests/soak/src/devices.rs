//! Devices on which people sign in, work, and leave.

use clerk_ext::{
    Error, ErrorKind,
    backend::Backend,
    frontend::{Frontend, MemoryStore, Session, TokenRequest},
};
use tokio::sync::mpsc::Sender;

use crate::{
    dice::Dice,
    history::{Bearer, Fact, Told, Work},
    scene::{Scene, hasty},
    servers::Presented,
    signing_in::{Person, SignedUp, sign_in, sign_up},
};

pub(crate) const ORGANIZATIONS: [&str; 2] = ["org_acme", "org_bolt"];

/// What is true of a session that somebody ended.
const OVER: &[ErrorKind] = &[ErrorKind::Unauthorized, ErrorKind::NotFound];

/// A device, and who sits at it.
pub(crate) struct Device<'s> {
    scene: &'s Scene,
    backend: Backend,
    store: MemoryStore,
    clerk: Frontend,
    person: Person,
    /// Whether each person who comes here is new and signs up.
    is_for_strangers: bool,
    strangers: u64,
    servers: Sender<Presented>,
    dice: Dice,
    signed_in: Option<SignedIn>,
}

/// Who is signed in, as far as whoever sits there can know.
struct SignedIn {
    session: Session,
    user: String,
    /// Where the session may work: several, after a switch whose answer did not come.
    organizations: Vec<Option<String>>,
    /// Whether the back end has ended it, or may have.
    is_ended: bool,
}

impl SignedIn {
    fn of(session: Session) -> Self {
        let user = session.user().map(|user| user.id.to_string()).unwrap_or_default();
        let organizations = vec![session.organization_id().map(|id| id.to_string())];
        Self { session, user, organizations, is_ended: false }
    }

    fn id(&self) -> String {
        self.session.id().to_string()
    }

    fn also(&self) -> &'static [ErrorKind] {
        if self.is_ended { OVER } else { &[] }
    }
}

impl<'s> Device<'s> {
    /// # Errors
    /// The device or its back end cannot be set up.
    pub(crate) fn new(
        scene: &'s Scene,
        person: Person,
        is_for_strangers: bool,
        servers: Sender<Presented>,
        dice: Dice,
    ) -> Result<Self, Error> {
        let store = MemoryStore::default();
        let clerk = device(scene, &store, &dice)?;
        let backend = scene.backend(&dice.fork(1))?;
        Ok(Self {
            scene,
            backend,
            store,
            clerk,
            person,
            is_for_strangers,
            strangers: 0,
            servers,
            dice,
            signed_in: None,
        })
    }

    pub(crate) async fn work(mut self) -> Result<(), Error> {
        while !self.scene.is_over() {
            // A request whose answer nobody waited for any more may have signed somebody in.
            if self.signed_in.is_none() {
                self.signed_in = self.clerk.session().map(SignedIn::of);
            }
            match self.signed_in.take() {
                None => self.enters().await,
                Some(signed_in) => self.goes_on(signed_in).await?,
            }
            tokio::time::sleep(self.dice.millis(0..12)).await;
        }
        self.closes().await;
        Ok(())
    }

    async fn enters(&mut self) {
        let session = if self.is_for_strangers && !self.dice.one_in(3) {
            self.strangers += 1;
            let address = format!("stranger{}.{}", self.strangers, self.person.address);
            match sign_up(self.scene, &self.clerk, &address).await {
                SignedUp::Done(session) => {
                    if let Some(user) = session.user() {
                        self.scene.people.come(user.id.as_str(), address);
                    }
                    Some(session)
                }
                SignedUp::Not => None,
            }
        } else {
            sign_in(self.scene, &self.clerk, &mut self.person, &mut self.dice).await
        };
        self.signed_in = session.map(SignedIn::of);
        if self.signed_in.is_none() {
            // People do not try again that very moment, and least of all when they are told to wait.
            tokio::time::sleep(self.dice.millis(20..200)).await;
        }
    }

    async fn goes_on(&mut self, signed_in: SignedIn) -> Result<(), Error> {
        match self.dice.below(100) {
            0..=44 => self.asks_for_a_token(signed_in).await,
            45..=59 => self.switches(signed_in).await,
            60..=71 => self.restarts(signed_in).await?,
            72..=79 => self.is_ended_elsewhere(signed_in).await,
            _ => self.leaves(signed_in).await,
        }
        Ok(())
    }

    async fn asks_for_a_token(&mut self, signed_in: SignedIn) {
        let request = match self.dice.below(3) {
            0 => TokenRequest::new(),
            _ => TokenRequest::new().skip_cache(),
        };
        let patience = self.dice.one_in(12).then(|| self.dice.millis(1..20));
        let call = signed_in.session.token_with(request);
        let asked = self.scene.tries(Work::Token, signed_in.also(), self.scene.patiently(patience, call)).await;
        match asked {
            Ok(token) => {
                let claims = token.claims();
                let text = |id: Option<String>| id.unwrap_or_default();
                let got = Bearer {
                    session: text(claims.session.as_ref().map(ToString::to_string)),
                    user: text(claims.user.as_ref().map(ToString::to_string)),
                    organization: claims.organization.as_ref().map(|organization| organization.id.to_string()),
                };
                let expected = Bearer {
                    session: signed_in.id(),
                    user: signed_in.user.clone(),
                    organization: got.organization.clone(),
                };
                let organizations = signed_in.organizations.clone();
                self.scene.history.fact(Fact::Token { expected: expected.clone(), organizations, got });
                let presented = Presented {
                    token: token.expose().to_owned(),
                    bearer: expected,
                    issued_at: claims.issued_at,
                    expires_at: token.expires_at(),
                };
                // Servers that have enough to do miss nothing by one token.
                let _ = self.servers.try_send(presented);
                self.stays(signed_in, Work::Token);
            }
            Err(_) => self.stays(signed_in, Work::Token),
        }
    }

    /// Goes on with a session, if the device still has it.
    fn stays(&mut self, signed_in: SignedIn, work: Work) {
        if signed_in.session.is_signed_in() {
            self.signed_in = Some(signed_in);
        } else if !signed_in.is_ended {
            self.scene.history.fact(Fact::Vanished { work, session: signed_in.id() });
        }
    }

    async fn switches(&mut self, mut signed_in: SignedIn) {
        let wanted = match self.dice.below(3) {
            0 => None,
            1 => ORGANIZATIONS.first().copied(),
            _ => ORGANIZATIONS.last().copied(),
        };
        // Strangers belong to none.
        let is_member = signed_in.user.starts_with("user_seeded");
        let wanted = wanted.filter(|_| is_member);
        let patience = self.dice.one_in(12).then(|| self.dice.millis(1..20));
        let call = async {
            match wanted {
                Some(organization) => signed_in.session.set_organization(organization).await,
                None => signed_in.session.set_personal_account().await,
            }
        };
        let switched = self.scene.tries(Work::Switch, signed_in.also(), self.scene.patiently(patience, call)).await;
        let wanted = wanted.map(str::to_owned);
        match Told::of(&switched) {
            Told::Done => signed_in.organizations = vec![wanted],
            Told::Unsent => {}
            Told::Unknown => signed_in.organizations.push(wanted),
        }
        self.stays(signed_in, Work::Switch);
    }

    /// Ends the program and starts it again: all it knows is in its store.
    async fn restarts(&mut self, signed_in: SignedIn) -> Result<(), Error> {
        let SignedIn { session, user, organizations, is_ended } = signed_in;
        let id = session.id().clone();
        // The old program goes first, and with it whatever it was still doing.
        self.clerk = device(self.scene, &MemoryStore::default(), &self.dice.fork(2))?;
        drop(session);
        self.clerk = device(self.scene, &self.store, &self.dice.fork(3))?;
        let also: &[ErrorKind] = if is_ended { OVER } else { &[] };
        let restored = self.clerk.restore().await;
        let is_there = |clerk: &Frontend| clerk.session_by_id(id.clone()).is_some();
        let is_kept = restored.is_ok() && is_there(&self.clerk);
        // Without an answer what is kept has to do, which is looked at next.
        let _ = self.scene.tries(Work::Restart, also, self.clerk.load()).await;
        if !is_ended && (!is_kept || !is_there(&self.clerk)) {
            self.scene.history.fact(Fact::Vanished { work: Work::Restart, session: id.to_string() });
        }
        if let Some(session) = self.clerk.session_by_id(id) {
            self.signed_in = Some(SignedIn { session, user, organizations, is_ended });
        }
        Ok(())
    }

    async fn is_ended_elsewhere(&mut self, mut signed_in: SignedIn) {
        if !signed_in.is_ended {
            let revoke = self.backend.sessions().revoke(signed_in.session.id());
            let revoked = self.scene.tries(Work::Revoke, &[], async { revoke.await }).await;
            if Told::of(&revoked) == Told::Done {
                self.scene.history.fact(Fact::Left { work: Work::Revoke, session: signed_in.id() });
            }
            signed_in.is_ended = Told::of(&revoked) != Told::Unsent;
        }
        self.signed_in = Some(signed_in);
    }

    async fn leaves(&mut self, signed_in: SignedIn) {
        let left = self.scene.tries(Work::SignOut, signed_in.also(), self.clerk.sign_out()).await;
        if left.is_ok() {
            self.scene.history.fact(Fact::Left { work: Work::SignOut, session: signed_in.id() });
        }
        if self.clerk.session().is_some() {
            let what = "somebody is signed in on a device that was just signed out".to_owned();
            self.scene.history.fact(Fact::Astray { work: Work::SignOut, what });
        }
    }

    /// The faults are over: what is signed in stays so, and what is to be told to Clerk is told.
    async fn closes(&mut self) {
        if self.signed_in.is_none() {
            self.signed_in = self.clerk.session().map(SignedIn::of);
        }
        let reloaded = self.scene.watched(Work::Restart, self.clerk.reload()).await;
        let Some(signed_in) = self.signed_in.take().filter(|signed_in| !signed_in.is_ended) else { return };
        let token = match reloaded {
            Ok(_) => {
                let request = TokenRequest::new().skip_cache();
                self.scene.watched(Work::Token, signed_in.session.token_with(request)).await.map(drop)
            }
            Err(error) => Err(error),
        };
        let token = token.map_err(|error| error.to_string());
        self.scene.history.fact(Fact::Remains { session: signed_in.id(), token });
    }
}

fn device(scene: &Scene, store: &MemoryStore, dice: &Dice) -> Result<Frontend, Error> {
    let clerk = Frontend::builder(&scene.local.publishable_key()).store(store.clone());
    clerk.transport(scene.wire(dice)).clock(scene.time.clone()).network(hasty).build()
}
