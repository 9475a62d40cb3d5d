//! Who signs in, and what happens to them on the way.

use std::time::Duration;

use clerk_core::Error;
use clerk_ext::{
    backend::Backend,
    frontend::{Frontend, MemoryStore, SavedSignIn, SignIn, StepError},
    transport::RetryPolicy,
};
use clerk_local::{Api, Fault, LocalClerk, Seed, SeedUser, Settings};

use crate::world::{PASSWORD, World, device};

pub(crate) const ANN: &str = "ann@example.com";

/// Ben has a phone, which is a way to sign in.
pub(crate) const BEN: &str = "ben@example.com";
pub(crate) const BENS_NUMBER: &str = "+14155552671";

/// Cem has an authenticator app, codes on paper, and a phone for the second factor.
pub(crate) const CEM: &str = "cem@example.com";
pub(crate) const CEMS_NUMBER: &str = "+14155552672";
pub(crate) const CEMS_BACKUP_CODE: &str = "test-backup-1";
/// What Cem's app knows.
const CEMS_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// What nobody's code is.
pub(crate) const WRONG_CODE: &str = "wrong1";

pub(crate) async fn world() -> World {
    configured(|_| ()).await
}

pub(crate) async fn configured(configure: impl FnOnce(&mut Settings)) -> World {
    let world = World::configured(configure).await;
    let mut ben = SeedUser::new(BEN).password(PASSWORD).id("user_ben");
    ben.phone_numbers = vec![BENS_NUMBER.to_owned()];
    let mut cem = SeedUser::new(CEM).password(PASSWORD).id("user_cem");
    cem.phone_numbers = vec![CEMS_NUMBER.to_owned()];
    cem.second_factor_phone_numbers = cem.phone_numbers.clone();
    cem.totp_secret = Some(CEMS_SECRET.to_owned());
    cem.backup_codes = vec![CEMS_BACKUP_CODE.to_owned(), "test-backup-2".to_owned()];
    world.local.seed(&Seed::default().user(ben).user(cem)).expect("a seed");
    world
}

/// A world that locks people after their second mistake.
pub(crate) async fn strict() -> World {
    configured(|settings| settings.max_failed_attempts = Some(2)).await
}

/// The code that was sent last.
pub(crate) fn code(local: &LocalClerk, to: &str) -> String {
    local.inbox().latest_code(to).unwrap_or_else(|| panic!("no code was sent to {to}"))
}

/// How often the API was asked for something.
pub(crate) fn calls(local: &LocalClerk, operation: &str) -> u64 {
    local.calls(Api::Frontend).get(operation).copied().unwrap_or_default()
}

/// The next request of this kind is lost on its way.
pub(crate) fn lose(local: &LocalClerk, operation: &str) {
    local.faults().add(Fault::reset().on(operation).before_execution().times(1));
}

/// Somebody at the back end locks a user out.
pub(crate) async fn lock(local: &LocalClerk, user: &str) {
    let backend = Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build().unwrap();
    backend.raw().lock_user(user).send().await.unwrap();
}

/// Who is signed in, by their address.
#[track_caller]
pub(crate) fn assert_signed_in(clerk: &Frontend, state: SignIn, address: &str) {
    let session = state.session().unwrap();
    let snapshot = clerk.snapshot();
    let current = snapshot.session().expect("a session in the foreground");
    assert_eq!(&current.id, session.id());
    let user = snapshot.user().expect("a user");
    assert!(user.email_addresses.iter().any(|email| email.email_address == address), "it is somebody else");
}

/// What went wrong, as a code, and the step to go on with.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug, S>(tried: Result<T, StepError<S>>, code: &str) -> S {
    let (step, error) = tried.expect_err("it was taken").into_parts();
    assert_eq!(error.code().map(clerk_core::ErrorCode::as_str), Some(code), "{error}");
    step
}

#[track_caller]
pub(crate) fn code_of(error: &Error) -> &str {
    error.code().map(clerk_core::ErrorCode::as_str).unwrap_or_default()
}

/// The same device in another run of the program.
pub(crate) struct Runs {
    store: MemoryStore,
}

impl Runs {
    pub(crate) fn new() -> Self {
        Self { store: MemoryStore::default() }
    }

    pub(crate) fn next(&self, local: &LocalClerk) -> Frontend {
        device(local).store(self.store.clone()).build().expect("a device")
    }
}

/// A state as a file keeps it.
pub(crate) fn kept(saved: Option<SavedSignIn>) -> SavedSignIn {
    let file = serde_json::to_string(&saved.expect("a state to go on with")).expect("JSON");
    for secret in [PASSWORD, CEMS_BACKUP_CODE] {
        assert!(!file.contains(secret), "a secret was saved");
    }
    serde_json::from_str(&file).expect("the same state")
}

/// A device that sends everything once.
pub(crate) fn hasty(local: &LocalClerk) -> Frontend {
    device(local).network(|network| network.retry(RetryPolicy::none())).build().expect("a device")
}

/// The time after which another code can be sent.
pub(crate) const COOL_DOWN: Duration = Duration::from_secs(30);

/// The time after which a code or link is not taken any more.
pub(crate) const TOO_LATE: Duration = Duration::from_secs(11 * 60);

macro_rules! state {
    ($state:expr, $variant:ident) => {
        match $state {
            ::clerk_ext::frontend::SignIn::$variant(step) => step,
            other => panic!("the sign-in is elsewhere: {other:?}"),
        }
    };
}
pub(crate) use state;
