//! What goes on in a browser, with somebody in it.

pub(crate) mod person;

mod email_link_native;
mod enterprise_sso;
mod external_account;
mod hosted_auth;
mod loopback;
mod oauth_application;
mod oauth_sign_in;
mod oauth_sign_up;

use std::{
    fmt::Debug,
    time::{Duration, SystemTime},
};

use clerk_ext::{
    clock::ManualClock,
    frontend::{BrowserFailure, Frontend, FrontendBuilder, MemoryStore, StepError},
    transport::RetryPolicy,
};
use clerk_local::{LocalClerk, ProviderAccount};

use crate::world::device;

/// Where browsers come back to.
const BACK: &str = "com.example.app://callback";

/// A little longer than a flow may be in the browser.
const TOO_LONG: Duration = Duration::from_secs(601);

/// Ann's account at Google.
fn ann() -> ProviderAccount {
    ProviderAccount::new("google", "ann@example.com").first_name("Ann").last_name("Example")
}

/// What went wrong, and the flow, which can go on.
fn failed<T: Debug, S>(outcome: Result<T, StepError<S>>) -> (BrowserFailure, S) {
    let failed = outcome.map(|done| panic!("{done:?}")).unwrap_err();
    let failure = BrowserFailure::of(failed.error());
    (failure.unwrap_or_else(|| panic!("{}", failed.error())), failed.into_step())
}

/// A device whose clock stands still.
fn timed(local: &LocalClerk) -> (Frontend, ManualClock) {
    let clock = ManualClock::at(SystemTime::now());
    (device(local).clock(clock.clone()).build().unwrap(), clock)
}

/// A device that sends each request once.
fn once(local: &LocalClerk) -> Frontend {
    let builder: FrontendBuilder = device(local).network(|network| network.retry(RetryPolicy::none()));
    builder.build().unwrap()
}

/// A device that another run of the program finds again in the store.
fn stored(local: &LocalClerk, store: &MemoryStore) -> Frontend {
    device(local).store(store.clone()).build().unwrap()
}

/// What was saved, after it was written down and read again.
fn reread<T: serde::Serialize + serde::de::DeserializeOwned>(saved: &T) -> T {
    serde_json::from_slice(&serde_json::to_vec(saved).unwrap()).unwrap()
}
