//! A Clerk on this machine, and devices of it.

use clerk_ext::frontend::{Frontend, FrontendBuilder};
use clerk_local::{LocalClerk, Seed, SeedUser, Settings};

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "test-hunter2-and-more";

/// A Clerk of its own for each test, with Ann in it, and a device.
pub(crate) struct World {
    pub(crate) local: LocalClerk,
    pub(crate) clerk: Frontend,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::configured(|_| ()).await
    }

    pub(crate) async fn configured(configure: impl FnOnce(&mut Settings)) -> Self {
        let seed = Seed::default().user(SeedUser::new("ann@example.com").password(PASSWORD).name("Ann", "Example"));
        let local =
            LocalClerk::builder().configure(configure).seed(seed).start().await.expect("a Clerk on this machine");
        let clerk = device(&local).build().expect("a device");
        Self { local, clerk }
    }
}

/// Another device of the same Clerk.
pub(crate) fn device(local: &LocalClerk) -> FrontendBuilder {
    Frontend::builder(&local.publishable_key())
}
