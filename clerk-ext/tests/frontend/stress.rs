//! Many at once on one device, with answers that overtake each other: nothing is lost, nothing is mixed up, nobody waits
//! for ever.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use clerk_ext::{
    BoxError, BoxFuture, Bytes, Error, ErrorKind, Transport,
    frontend::{FileStore, Frontend, MemoryStore, Session, SignIn},
    http::{Request, Response},
    random::{Random, SeededRandom},
};
use clerk_local::{LocalClerk, Seed, SeedOrganization, SeedUser};
use tower_service::Service;

use crate::world::{PASSWORD, device};

const USERS: u64 = 6;
const TASKS: u64 = 100;
const STEPS: u64 = 4;
const AT_MOST: Duration = Duration::from_secs(120);

/// Numbers from a seed.
#[derive(Clone)]
struct Dice(Arc<SeededRandom>);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(Arc::new(SeededRandom::new(seed)))
    }

    fn below(&self, end: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes).unwrap();
        u64::from_le_bytes(bytes) % end
    }
}

/// Carries requests and answers, each as slowly as it likes.
#[derive(Clone)]
struct Slow {
    inner: Transport,
    dice: Dice,
}

impl Service<Request<Bytes>> for Slow {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let Self { mut inner, dice } = self.clone();
        let pause = move || Duration::from_micros(dice.below(4_000));
        Box::pin(async move {
            tokio::time::sleep(pause()).await;
            let answer = inner.call(request).await;
            tokio::time::sleep(pause()).await;
            answer
        })
    }
}

async fn clerk() -> LocalClerk {
    let mut seed = Seed::default();
    let mut acme = SeedOrganization::new("Acme");
    let mut other = SeedOrganization::new("Other");
    for n in 0..USERS {
        let address = format!("user{n}@example.com");
        seed = seed.user(SeedUser::new(&address).password(PASSWORD));
        acme = acme.member(&address, "org:member");
        other = other.member(&address, "org:member");
    }
    let local = LocalClerk::builder().configure(|settings| settings.single_session = false);
    local.seed(seed.organization(acme).organization(other)).start().await.unwrap()
}

/// What may come of a call while others sign out.
fn is_fair(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unauthorized
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Forbidden
            | ErrorKind::BadRequest
    )
}

fn fair<T>(outcome: Result<T, Error>) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(error) if is_fair(&error) => None,
        Err(error) => panic!("{error:?}"),
    }
}

/// A token belongs to the session that was asked, and to the organization that it worked in all the while.
async fn mint(session: &Session) {
    let before = session.organization_id();
    let Some(token) = fair(session.token().await) else { return };
    let after = session.organization_id();
    let claims = token.claims();
    assert_eq!(claims.session.as_ref(), Some(session.id()), "a token of another session was handed out");
    if before == after && session.is_signed_in() {
        let organization = claims.organization.as_ref().map(|organization| &organization.id);
        assert!(
            organization == before.as_ref() || organization == session.organization_id().as_ref(),
            "a token of another organization was handed out"
        );
    }
}

async fn live(clerk: Frontend, dice: Dice, leaves: bool) {
    for _ in 0..STEPS {
        let sessions = clerk.sessions();
        let some = usize::try_from(dice.below(USERS)).unwrap();
        let session = sessions.get(some % sessions.len().max(1));
        match (dice.below(10), session) {
            (0..=1, _) | (_, None) => {
                let address = format!("user{}@example.com", dice.below(USERS));
                match clerk.sign_in().password(address, PASSWORD).await {
                    Ok(SignIn::Complete(_)) => {}
                    Ok(other) => panic!("{other:?}"),
                    Err(failed) => _ = fair::<()>(Err(failed.into())),
                }
            }
            (2, Some(session)) if leaves => _ = fair(session.sign_out().await),
            (2..=3, Some(session)) => _ = fair(session.activate().await),
            (4, Some(session)) => {
                let user = session.user();
                let memberships = user.iter().flat_map(|user| &user.organization_memberships);
                let known =
                    memberships.filter_map(|one| one.organization.as_ref()).map(|org| org.id.as_str().to_owned());
                let known: Vec<String> = known.collect();
                let chosen = known.get(some % known.len().max(1)).filter(|_| dice.below(3) > 0);
                _ = fair(match chosen {
                    Some(id) => session.set_organization(id.as_str()).await,
                    None => session.set_personal_account().await,
                });
            }
            (5, _) => _ = fair(clerk.raw().get_client().send().await),
            (_, Some(session)) => mint(session).await,
        }
    }
}

/// What the device holds is what Clerk holds.
async fn agrees(clerk: &Frontend) {
    let said = clerk.raw().get_client().send().await.unwrap();
    let snapshot = clerk.snapshot();
    let Some(said) = said.response else {
        assert!(snapshot.sessions().next().is_none());
        return;
    };
    let mut there: Vec<_> = said.sessions.iter().map(|session| session.id.to_string()).collect();
    let mut here: Vec<_> = snapshot.sessions().map(|session| session.id.to_string()).collect();
    there.sort();
    here.sort();
    assert_eq!(here, there);
    for session in clerk.sessions() {
        session.token().await.unwrap();
    }
}

async fn run(seed: u64, devices: Vec<Frontend>, leaves: bool) {
    let dice = Dice::new(seed);
    let tasks: Vec<_> = (0..TASKS)
        .zip(devices.iter().cycle())
        .map(|(n, clerk)| tokio::spawn(live(clerk.clone(), Dice::new(dice.below(u64::MAX) ^ n), leaves)))
        .collect();
    let all = async {
        for task in tasks {
            task.await.unwrap();
        }
    };
    tokio::time::timeout(AT_MOST, all).await.unwrap_or_else(|_| panic!("the seed {seed} waits for ever"));
    for clerk in &devices {
        agrees(clerk).await;
    }
}

fn slow(local: &LocalClerk, seed: u64) -> Transport {
    Transport::new(Slow { inner: local.transport(), dice: Dice::new(seed) })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_tasks_share_a_device() {
    for seed in [1, 2, 3] {
        let local = clerk().await;
        let one = device(&local).transport(slow(&local, seed)).build().unwrap();
        run(seed, vec![one], true).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signed_in_stays_signed_in_while_nobody_leaves() {
    let local = clerk().await;
    let one = device(&local).transport(slow(&local, 7)).build().unwrap();
    for n in 0..USERS {
        one.sign_in().password(format!("user{n}@example.com"), PASSWORD).await.unwrap().session().unwrap();
    }
    run(7, vec![one.clone()], false).await;
    assert_eq!(one.sessions().len() as u64, USERS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_devices_share_a_store() {
    let folder = tempfile::tempdir().unwrap();
    for seed in [11, 12] {
        let local = clerk().await;
        let file = FileStore::new(folder.path().join(seed.to_string()));
        let one = device(&local).store(file.clone()).transport(slow(&local, seed)).build().unwrap();
        let other = device(&local).store(file).transport(slow(&local, seed + 100)).build().unwrap();
        run(seed, vec![one, other], true).await;
    }
    let local = clerk().await;
    let memory = MemoryStore::default();
    let devices = (0..3).map(|n| device(&local).store(memory.clone()).transport(slow(&local, n)).build().unwrap());
    run(21, devices.collect(), true).await;
}
