//! The device that this program is, from one run to the next.

use std::{iter, path::PathBuf, time::Duration};

use clerk_ext::{
    config::Config,
    frontend::{Event, Events, FileStore, Frontend, FrontendBuilder, Session},
    transport::{RetryPolicy, Timeouts},
};

use crate::problem::Problem;

/// For how long it is shown without a network who was signed in last: some days may pass between two commands.
const REMEMBERED: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Somebody is waiting at a prompt.
const PATIENCE: Timeouts = Timeouts { request: Some(Duration::from_secs(10)), overall: Some(Duration::from_secs(20)) };

pub(crate) struct Device {
    pub(crate) clerk: Frontend,
    /// What happens to it, for the reason why a session is over.
    events: Events,
}

impl Device {
    /// Opens the device whose credentials are in this folder.
    ///
    /// The store makes folder and files for their owner alone, and refuses those that others can read. Several runs may
    /// use it at once. On desktops a `KeychainStore` in its place keeps the same in the keychain of the system.
    pub(crate) fn open(folder: Option<PathBuf>) -> Result<Self, Problem> {
        let config = Config::from_env()?;
        let store = match folder {
            Some(folder) => FileStore::new(folder),
            None => FileStore::in_config_dir("example-cli").map_err(clerk_ext::Error::from)?,
        };
        let clerk = FrontendBuilder::from_config(&config)?
            .store(store)
            .user_agent(concat!("example-cli/", env!("CARGO_PKG_VERSION"))) // people see it in the list of their devices
            .max_age(REMEMBERED)
            .network(|network| network.retry(RetryPolicy::default().attempts(2)).timeouts(PATIENCE))
            .build()?;
        let events = clerk.events();
        Ok(Self { clerk, events })
    }

    /// The session, as Clerk says now; as it said last, where it cannot be reached.
    pub(crate) async fn session(&mut self) -> Result<Session, Problem> {
        self.clerk.load().await?;
        self.clerk.session().ok_or_else(|| self.nobody())
    }

    /// The session that is known of from earlier; Clerk is asked only where none is.
    pub(crate) async fn known_session(&mut self) -> Result<Session, Problem> {
        self.clerk.restore().await?;
        match self.clerk.session() {
            Some(session) => Ok(session),
            None => self.session().await,
        }
    }

    /// Why nobody is signed in.
    pub(crate) fn nobody(&mut self) -> Problem {
        let ended = iter::from_fn(|| self.events.try_next()).find_map(|event| match event {
            Event::SessionEnded { reason, .. } => Some(reason),
            _ => None,
        });
        ended.map_or(Problem::NobodyIsSignedIn, Problem::SessionEnded)
    }
}
