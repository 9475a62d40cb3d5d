//! Whoever is signed in.

mod authenticator_app;
mod contacts;
mod external_accounts;
mod passkeys;
mod profile;
mod threads;
mod trusted_devices;
mod web3_wallets;

use clerk_core::ErrorCode;
use clerk_ext::frontend::{Frontend, MemoryStore, StepError};
use clerk_local::{Api, Fault, LocalClerk, Settings};
use serde::{Serialize, de::DeserializeOwned};

use crate::world::{PASSWORD, World, device};

const ANN: &str = "ann@example.com";

/// What nobody's code is.
const WRONG_CODE: &str = "wrong1";

/// A world in which Ann is signed in.
async fn world() -> World {
    configured(|_| ()).await
}

async fn configured(configure: impl FnOnce(&mut Settings)) -> World {
    let world = World::configured(configure).await;
    enter(&world.clerk, ANN).await;
    world
}

async fn enter(clerk: &Frontend, address: &str) {
    clerk.sign_in().password(address, PASSWORD).await.unwrap().session().unwrap();
}

/// The code that was sent last.
fn code(local: &LocalClerk, to: &str) -> String {
    local.inbox().latest_code(to).unwrap_or_else(|| panic!("no code was sent to {to}"))
}

/// How often the API was asked for something.
fn calls(local: &LocalClerk, operation: &str) -> u64 {
    local.calls(Api::Frontend).get(operation).copied().unwrap_or_default()
}

/// The next request of this kind is lost on its way.
fn lose(local: &LocalClerk, operation: &str) {
    local.faults().add(Fault::reset().on(operation).before_execution().times(1));
}

/// The answer to the next request of this kind is lost on its way.
fn lose_the_answer(local: &LocalClerk, operation: &str) {
    local.faults().add(Fault::reset().on(operation).after_execution().times(1));
}

/// The step to go on with, where a try was refused for this reason.
#[track_caller]
fn refused<T: std::fmt::Debug, S>(tried: Result<T, StepError<S>>, code: &str) -> S {
    let (step, error) = tried.expect_err("it was taken").into_parts();
    assert_eq!(error.code().map(ErrorCode::as_str), Some(code), "{error}");
    step
}

/// The step to go on with, where nobody knows whether a try was taken.
#[track_caller]
fn lost<T: std::fmt::Debug, S>(tried: Result<T, StepError<S>>) -> S {
    let (step, error) = tried.expect_err("it was answered").into_parts();
    assert_eq!(error.kind(), clerk_core::ErrorKind::Network, "{error}");
    step
}

/// The same device in another run of the program.
struct Runs(MemoryStore);

impl Runs {
    fn new() -> Self {
        Self(MemoryStore::default())
    }

    fn next(&self, local: &LocalClerk) -> Frontend {
        device(local).store(self.0.clone()).build().unwrap()
    }
}

/// What a file gives back of what was saved.
fn kept<T: Serialize + DeserializeOwned>(saved: &T) -> T {
    serde_json::from_str(&serde_json::to_string(saved).unwrap()).unwrap()
}
