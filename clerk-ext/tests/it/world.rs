//! A Clerk on this machine and a backend on it.

use clerk_ext::backend::Backend;
use clerk_local::{LocalClerk, Settings};

/// A Clerk of its own for each test.
pub(crate) struct World {
    pub(crate) local: LocalClerk,
    pub(crate) clerk: Backend,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::configured(|_| ()).await
    }

    pub(crate) async fn configured(configure: impl FnOnce(&mut Settings)) -> Self {
        let local = LocalClerk::builder().configure(configure).start().await.expect("a Clerk on this machine");
        let clerk = backend(&local);
        Self { local, clerk }
    }
}

/// A backend on a Clerk on this machine.
pub(crate) fn backend(local: &LocalClerk) -> Backend {
    let builder = Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url());
    builder.build().expect("a backend")
}
