//! What goes on in the background when a program asks for it, and not otherwise.

use std::{fmt, sync::Arc, time::Duration};

use clerk_core::Error;
use futures_util::future::{Either, select};
use tokio::sync::oneshot;

use super::Session;
use crate::frontend::{core::Core, events::Event, token::TokenRequest};

/// How often it is looked whether a token is due.
const POLL: Duration = Duration::from_secs(5);

/// How much a token has left when the next one is fetched: what the cache wants, one look and an answer more.
const AHEAD: Duration = Duration::from_secs(17);

/// A token that has been over for this long is not fetched anew unless somebody asks: the machine has slept, and nobody
/// may be there.
const LONG_EXPIRED: Duration = Duration::from_secs(60);

/// The longest wait after failures, give or take a fifth.
const LONGEST_WAIT: u64 = 60;

/// How often a session is touched, unless told otherwise.
const INTERVAL: Duration = Duration::from_secs(5 * 60);

/// What goes on in the background for a session, until this is dropped or the session is over.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let ahead = session.keep_fresh()?; // tokens are there before they are asked for
/// let in_use = session.keep_alive(None)?; // and it does not end for want of use
/// assert!(ahead.is_running() && in_use.is_running());
/// drop((ahead, in_use)); // no more of it
/// # assert!(session.is_signed_in());
/// # Ok(()) }
/// ```
#[must_use = "it stops when this is dropped"]
pub struct Upkeep(oneshot::Sender<()>);

impl Upkeep {
    /// Whether it still goes on.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.0.is_closed()
    }
}

impl fmt::Debug for Upkeep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upkeep").field("is_running", &self.is_running()).finish()
    }
}

impl Session {
    /// Fetches the next token before the one at hand expires, so that [`token`](Session::token) never waits.
    ///
    /// Without it a token is fetched when somebody asks, which is enough for most programs. After the machine has slept
    /// for long nothing is fetched either until somebody asks.
    ///
    /// # Errors
    ///
    /// There is no tokio runtime here.
    pub fn keep_fresh(&self) -> Result<Upkeep, Error> {
        self.keep(Duration::ZERO, Chore::Freshen { failures: 0 })
    }

    /// Touches the session every so often while it is in the foreground, so that it does not end for want of being used:
    /// every five minutes unless told otherwise.
    ///
    /// # Errors
    ///
    /// There is no tokio runtime here.
    pub fn keep_alive(&self, every: impl Into<Option<Duration>>) -> Result<Upkeep, Error> {
        let every = every.into().unwrap_or(INTERVAL).max(Duration::from_secs(1));
        self.keep(every, Chore::Touch { every })
    }

    fn keep(&self, first: Duration, mut chore: Chore) -> Result<Upkeep, Error> {
        let (stop, mut stopped) = oneshot::channel();
        let session = self.clone();
        let work = async move {
            let mut wait = first;
            loop {
                let sleep = session.device.core().clock.sleep(wait);
                if let Either::Left(_) = select(&mut stopped, sleep).await {
                    return;
                }
                if !session.is_signed_in() {
                    return;
                }
                match select(&mut stopped, Box::pin(chore.done(&session))).await {
                    Either::Left(_) => return,
                    Either::Right((next, _)) => wait = next,
                }
            }
        };
        self.device.tasks().spawn(work)?;
        Ok(Upkeep(stop))
    }

    /// Fetches a token if it is time to; says whether there is one that will do for a while.
    async fn freshen(&self) -> bool {
        let now = || self.device.core().now();
        if let Some(token) = self.slot.latest() {
            let is_good = token.remaining(now()).is_some_and(|remaining| remaining > AHEAD);
            if is_good || token.ends_at() + LONG_EXPIRED < now() {
                return true;
            }
        }
        match self.token_with(TokenRequest::new().leeway(AHEAD)).await {
            // Where none can be fetched, the one at hand is given for as long as it lasts.
            Ok(token) => token.remaining(now()).is_some_and(|remaining| remaining > AHEAD) || token.is_short(AHEAD),
            Err(_) => false,
        }
    }
}

/// What goes on.
enum Chore {
    Freshen { failures: u32 },
    Touch { every: Duration },
}

impl Chore {
    /// Does it once, and says how long to wait before the next time.
    async fn done(&mut self, session: &Session) -> Duration {
        match self {
            Self::Freshen { failures } => {
                if session.freshen().await {
                    *failures = 0;
                    return POLL;
                }
                *failures = (*failures + 1).min(6);
                varied(session.device.core(), Duration::from_secs((1 << *failures).min(LONGEST_WAIT)))
            }
            Self::Touch { every } => {
                // To touch one that is not in the foreground would bring it there.
                let is_in_front = session.device.snapshot().session().is_some_and(|front| front.id == *session.id());
                if is_in_front && let Err(error) = session.touch().await {
                    session.device.core().teller.tell(Event::Error(Arc::new(error)));
                }
                *every
            }
        }
    }
}

/// A wait that is a fifth longer or shorter, so that many devices do not come back at once.
fn varied(core: &Core, wait: Duration) -> Duration {
    let mut bytes = [0; 4];
    // Without random numbers the wait is what it is.
    let drawn =
        core.random.fill(&mut bytes).map_or(0.5, |()| f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX));
    wait.mul_f64(0.8 + 0.4 * drawn)
}
