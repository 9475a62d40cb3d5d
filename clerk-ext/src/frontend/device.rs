use std::{fmt, sync::Arc};

use clerk_core::{Error, ErrorKind, SessionId};
use tokio::sync::watch;

use super::{core::Core, events::Events, session::Session, snapshot::Snapshot, tasks::Tasks};

/// What every handle and every step of a flow holds: the device that it belongs to.
#[derive(Clone)]
pub(super) struct Device(Arc<Inner>);

struct Inner {
    core: Arc<Core>,
    raw: clerk_fapi::Client,
    tasks: Arc<Tasks>,
}

impl Device {
    pub(super) fn new(core: Arc<Core>, raw: clerk_fapi::Client, tasks: Arc<Tasks>) -> Self {
        Self(Arc::new(Inner { core, raw, tasks }))
    }

    /// The generated client; all wire rules hold for its requests.
    pub(super) fn raw(&self) -> &clerk_fapi::Client {
        &self.0.raw
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.0.core
    }

    pub(super) fn tasks(&self) -> &Tasks {
        &self.0.tasks
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.core().snapshot()
    }

    pub(super) fn watch(&self) -> watch::Receiver<Snapshot> {
        self.core().watch()
    }

    pub(super) fn events(&self) -> Events {
        self.core().teller.listen()
    }

    /// A session that a flow has just created, in the foreground.
    ///
    /// Clerk puts it there and says so in the same answer; only where it did not is it asked to.
    pub(super) async fn entered(&self, session: SessionId) -> Result<Session, Error> {
        if self.snapshot().session_by_id(&session).is_none() {
            self.raw().get_client().send().await?;
        }
        if self.snapshot().session().is_none_or(|current| current.id != session) {
            self.raw().touch_session(&session).send().await?;
        }
        match self.snapshot().session_by_id(&session) {
            Some(_) => Ok(Session::new(self.clone(), session)),
            None => Err(Error::new(
                ErrorKind::Unauthorized,
                format!("the flow is complete, but the session {session} is over already; sign in again"),
            )),
        }
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core().fmt(f)
    }
}
