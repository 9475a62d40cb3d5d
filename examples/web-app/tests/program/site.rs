//! A Clerk, and the application that uses it.

use clerk_local::{Api, LocalClerk, Seed, SeedUser, Settings};
use clerk_program::{Ended, Program, Running};

pub(crate) const ANN: &str = "ann@example.com";
pub(crate) const BOB: &str = "bob@example.com";
pub(crate) const PASSWORD: &str = "test-hunter2-and-more";

pub(crate) struct Site {
    pub(crate) local: LocalClerk,
    /// Where it is, as a browser knows it: cookies that are `Secure` are taken from `localhost` also without TLS.
    pub(crate) url: String,
    pub(crate) running: Running,
}

impl Site {
    /// With Ann, who has a password.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}, ann()).await
    }

    pub(crate) async fn with(settings: impl FnOnce(&mut Settings), user: SeedUser) -> Self {
        let seed = Seed::default().user(user);
        let local = LocalClerk::builder().configure(settings).seed(seed).start().await.expect("a Clerk");
        let (running, url) = Self::program(&local).serve().await;
        Self { local, url: url.replace("127.0.0.1", "localhost"), running }
    }

    pub(crate) fn program(local: &LocalClerk) -> Program {
        Program::new(env!("CARGO_BIN_EXE_example-web-app")).clerk(local).env("PORT", "0")
    }

    /// How often Clerk was asked for this.
    pub(crate) fn calls(&self, operation: &str) -> u64 {
        self.local.calls(Api::Frontend).get(operation).copied().unwrap_or_default()
    }

    /// Tells the application to stop, as a person or a platform does, and waits for it.
    pub(crate) async fn stops(self, signal: &str) -> Ended {
        let id = self.running.id().to_string();
        assert!(std::process::Command::new("kill").args([signal, &id]).status().unwrap().success());
        self.running.end().await
    }
}

pub(crate) fn ann() -> SeedUser {
    SeedUser::new(ANN).password(PASSWORD).name("Ann", "Example")
}
