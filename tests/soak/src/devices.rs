//! Devices on which people sign in, work, and leave.

use clerk_ext::{
    Error, ErrorKind,
    backend::Backend,
    frontend::{Frontend, Session, TokenRequest},
};
use tokio::sync::mpsc::Sender;

use crate::{
    dice::Dice,
    history::{Bearer, Fact, Told, Work},
    place::Place,
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
    place: Place,
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
    /// How many sign-ins of the other program on the device had failed before.
    failed: u64,
}

impl SignedIn {
    fn of(session: Session, failed: u64) -> Self {
        let user = session.user().map(|user| user.id.to_string()).unwrap_or_default();
        let organizations = vec![session.organization_id().map(|id| id.to_string())];
        Self { session, user, organizations, is_ended: false, failed }
    }

    fn id(&self) -> String {
        self.session.id().to_string()
    }
}

impl<'s> Device<'s> {
    /// # Errors
    /// The device or its back end cannot be set up.
    pub(crate) fn new(
        scene: &'s Scene,
        person: Person,
        is_for_strangers: bool,
        place: Place,
        servers: Sender<Presented>,
        dice: Dice,
    ) -> Result<Self, Error> {
        let clerk = device(scene, &place, &dice)?;
        let backend = scene.backend(&dice.fork(1))?;
        Ok(Self {
            scene,
            backend,
            place,
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
                self.signed_in = self.known();
            }
            match self.signed_in.take() {
                None => self.enters().await,
                Some(signed_in) => self.goes_on(signed_in).await?,
            }
            tokio::time::sleep(self.dice.millis(0..12)).await;
        }
        // Whoever is signed in is so for the next program as well.
        if let Some(signed_in) = self.signed_in.take() {
            self.restarts(signed_in).await?;
        }
        self.closes().await;
        Ok(())
    }

    /// Whether nobody can have ended a session.
    fn is_to_stay(&self, signed_in: &SignedIn) -> bool {
        !signed_in.is_ended && self.place.is_certain(signed_in.failed)
    }

    /// What is true of a session that may be over. Where the other program has ended it nobody knows beforehand; whether it
    /// may is asked afterwards.
    fn also(&self, signed_in: &SignedIn) -> &'static [ErrorKind] {
        if self.place.is_shared() || signed_in.is_ended { OVER } else { &[] }
    }

    /// Whoever came here is signed in, as far as the program knows; others may be as well, by the other program.
    fn known(&self) -> Option<SignedIn> {
        let came_here = |session: &Session| {
            let user = session.user();
            let mut addresses = user.iter().flat_map(|user| &user.email_addresses);
            addresses.any(|one| one.email_address.ends_with(&self.person.address))
        };
        let session = self.clerk.sessions().into_iter().find(came_here)?;
        Some(SignedIn::of(session, self.place.failed()))
    }

    async fn enters(&mut self) {
        let failed = self.place.failed();
        self.place.enters();
        let session = if self.is_for_strangers && !self.dice.one_in(3) {
            self.strangers += 1;
            let address = format!("stranger{}.{}", self.strangers, self.person.address);
            match sign_up(self.scene, &self.clerk, &address, &self.place).await {
                SignedUp::Done(session) => {
                    if let Some(user) = session.user() {
                        self.scene.people.come(user.id.as_str(), address);
                    }
                    Some(session)
                }
                SignedUp::Not => None,
            }
        } else {
            sign_in(self.scene, &self.clerk, &mut self.person, &self.place, &mut self.dice).await
        };
        self.place.entered(session.is_some());
        self.signed_in = session.map(|session| SignedIn::of(session, failed));
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
        let asked = self.scene.tries(Work::Token, self.also(&signed_in), self.scene.patiently(patience, call)).await;
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
        } else if self.is_to_stay(&signed_in) {
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
        let switched =
            self.scene.tries(Work::Switch, self.also(&signed_in), self.scene.patiently(patience, call)).await;
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
        let also = self.also(&signed_in);
        let SignedIn { session, user, organizations, is_ended, failed } = signed_in;
        let id = session.id().clone();
        // The old program goes first, and with it whatever it was still doing.
        self.clerk = device(self.scene, &Place::memory(), &self.dice.fork(2))?;
        drop(session);
        self.clerk = device(self.scene, &self.place, &self.dice.fork(3))?;
        let restored = self.clerk.restore().await;
        let is_there = |clerk: &Frontend| clerk.session_by_id(id.clone()).is_some();
        let is_kept = restored.is_ok() && is_there(&self.clerk);
        // Without an answer what is kept has to do, which is looked at next.
        let _ = self.scene.tries(Work::Restart, also, self.clerk.load()).await;
        let is_to_stay = !is_ended && self.place.is_certain(failed);
        if is_to_stay && (!is_kept || !is_there(&self.clerk)) {
            self.scene.history.fact(Fact::Vanished { work: Work::Restart, session: id.to_string() });
        }
        if let Some(session) = self.clerk.session_by_id(id) {
            self.signed_in = Some(SignedIn { session, user, organizations, is_ended, failed });
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
        let left = match self.place.is_shared() {
            // Who uses the other program stays.
            true => self.scene.tries(Work::SignOut, self.also(&signed_in), signed_in.session.sign_out()).await,
            false => self.scene.tries(Work::SignOut, self.also(&signed_in), self.clerk.sign_out()).await,
        };
        if left.is_ok() && self.place.is_certain(signed_in.failed) {
            self.scene.history.fact(Fact::Left { work: Work::SignOut, session: signed_in.id() });
        }
        if self.known().is_some() {
            let what = "somebody is signed in on a device that was just signed out".to_owned();
            self.scene.history.fact(Fact::Astray { work: Work::SignOut, what });
        }
    }

    /// The faults are over: what is signed in stays so, and what is to be told to Clerk is told.
    async fn closes(&mut self) {
        if self.signed_in.is_none() {
            self.signed_in = self.known();
        }
        let reloaded = self.scene.watched(Work::Restart, self.clerk.reload()).await;
        let Some(signed_in) = self.signed_in.take() else { return };
        let token = match reloaded {
            Ok(_) => {
                let request = TokenRequest::new().skip_cache();
                self.scene.watched(Work::Token, signed_in.session.token_with(request)).await.map(drop)
            }
            Err(error) => Err(error),
        };
        let token = token.map_err(|error| error.to_string());
        if !self.is_to_stay(&signed_in) {
            return;
        }
        self.scene.history.fact(Fact::Remains { session: signed_in.id(), token });
    }
}

fn device(scene: &Scene, place: &Place, dice: &Dice) -> Result<Frontend, Error> {
    let clerk = Frontend::builder(&scene.local.publishable_key()).store(place.open());
    let clerk = clerk.transport(scene.wire(dice)).network(hasty);
    // For some seconds a program has the right to change who is signed in. A jump of the clock ends that in the middle of a
    // request, and lets the other one in: a limit that is known.
    let clerk = if place.is_shared() { clerk } else { clerk.clock(scene.time.clone()) };
    clerk.build()
}
