use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use clerk_core::{Error, OrganizationId, SessionId, Timestamp, UserId};
use clerk_fapi::types;
use tokio::sync::broadcast;

use super::snapshot::Snapshot;

/// Something that happened on this device, in this process or another that shares its store.
///
/// ```
/// use clerk_ext::frontend::{EndReason, Event};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// let mut events = clerk.events();
/// let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// session.sign_out().await?;
///
/// let mut told = Vec::new();
/// while let Some(event) = events.try_next() {
///     match event {
///         Event::SignedIn { strategy, .. } => told.push(format!("in by {strategy:?}")),
///         Event::SessionEnded { reason: EndReason::SignedOut, .. } => told.push("out".to_owned()),
///         _ => {} // more is told, and more kinds may come
///     }
/// }
/// assert_eq!(told.last().map(String::as_str), Some("out"));
/// # assert!(told[0].starts_with("in by"), "{told:?}");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The state is there for the first time.
    Loaded,
    /// Somebody signed in or up.
    #[non_exhaustive]
    SignedIn {
        /// The session that came of it.
        session: SessionId,
        /// Who, where Clerk said.
        user: Option<UserId>,
        /// How, such as `password` or `oauth_google`, where Clerk said.
        strategy: Option<String>,
    },
    /// Another session is in the foreground.
    #[non_exhaustive]
    SessionActivated {
        /// Which.
        session: SessionId,
    },
    /// A session is over.
    #[non_exhaustive]
    SessionEnded {
        /// Which.
        session: SessionId,
        /// Why.
        reason: EndReason,
        /// How long it lasted, where its beginning is known.
        duration: Option<Duration>,
    },
    /// Something about the user in the foreground is another than before.
    #[non_exhaustive]
    UserUpdated {
        /// Who.
        user: UserId,
    },
    /// The user in the foreground works in another organization.
    #[non_exhaustive]
    OrganizationChanged {
        /// In which session.
        session: SessionId,
        /// In which organization; nothing in the personal account.
        organization: Option<OrganizationId>,
    },
    /// A session has a new token.
    #[non_exhaustive]
    TokenRefreshed {
        /// Which session.
        session: SessionId,
        /// For which organization.
        organization: Option<OrganizationId>,
        /// Made from which template.
        template: Option<String>,
    },
    /// Clerk can be reached again, or cannot any more.
    #[non_exhaustive]
    OnlineChanged {
        /// Whether it can be reached.
        online: bool,
    },
    /// Something failed that nobody was waiting for.
    Error(Arc<Error>),
    /// So many events were lost because they were not fetched in time.
    Missed(u64),
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndReason {
    /// It was ended on this device.
    SignedOut,
    /// Its time was up.
    Expired,
    /// It was not used for too long.
    Abandoned,
    /// It was revoked from elsewhere.
    Revoked,
    /// It was removed.
    Removed,
    /// It was ended, but not by this device.
    Ended,
    /// Another session took its place.
    Replaced,
    /// Clerk does not know this device any more.
    ClientLost,
    /// Its user was banned or deleted, or is not let in for another reason.
    Refused,
    /// It is gone, and nothing says why.
    Unknown,
}

impl EndReason {
    /// A short name, for logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Expired => "expired",
            Self::Abandoned => "abandoned",
            Self::Revoked => "revoked",
            Self::Removed => "removed",
            Self::Ended => "ended",
            Self::Replaced => "replaced",
            Self::ClientLost => "client_lost",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    /// What a session's status says, when it is none of a session that counts.
    pub(super) fn of_status(status: &types::SessionStatus) -> Self {
        match status {
            types::SessionStatus::Expired => Self::Expired,
            types::SessionStatus::Abandoned => Self::Abandoned,
            types::SessionStatus::Revoked => Self::Revoked,
            types::SessionStatus::Removed => Self::Removed,
            types::SessionStatus::Ended => Self::Ended,
            types::SessionStatus::Replaced => Self::Replaced,
            _ => Self::Unknown,
        }
    }

    /// What an error's code says of the session that the request was about.
    pub(super) fn of_code(code: &str) -> Option<Self> {
        Some(match code {
            "session_revoked" => Self::Revoked,
            "session_expired" => Self::Expired,
            "session_ended" => Self::Ended,
            "session_removed" => Self::Removed,
            "session_replaced" => Self::Replaced,
            "session_not_found" | "session_invalid" => Self::Unknown,
            _ => return None,
        })
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many events wait for a listener that does not fetch them.
const KEPT: usize = 128;

/// The events of a device, from when this was asked for; dropping it ends the subscription.
///
/// A listener that is too slow loses the oldest events and is told how many; it keeps nobody waiting.
///
/// ```
/// use clerk_ext::frontend::Event;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// let mut events = clerk.events();
/// // In a task of its own, for as long as the program shows who is signed in.
/// let listener = tokio::spawn(async move {
///     while let Some(event) = events.next().await {
///         if let Event::SignedIn { session, .. } = event {
///             return Some(session);
///         }
///     }
///     None // the device is not in use any more
/// });
/// # let signed_in = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// assert_eq!(listener.await?.as_ref(), Some(signed_in.id()));
/// # Ok(()) }
/// ```
pub struct Events(broadcast::Receiver<Event>);

impl Events {
    /// The next event; nothing when there will be no more, because the device is not in use any more.
    pub async fn next(&mut self) -> Option<Event> {
        match self.0.recv().await {
            Ok(event) => Some(event),
            Err(broadcast::error::RecvError::Lagged(missed)) => Some(Event::Missed(missed)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    /// The next event, if one is there.
    pub fn try_next(&mut self) -> Option<Event> {
        match self.0.try_recv() {
            Ok(event) => Some(event),
            Err(broadcast::error::TryRecvError::Lagged(missed)) => Some(Event::Missed(missed)),
            Err(_) => None,
        }
    }

    /// The events as a stream.
    pub fn into_stream(self) -> impl futures_core::Stream<Item = Event> + Send {
        futures_util::stream::unfold(self, |mut events| async move { events.next().await.map(|event| (event, events)) })
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}

/// Where events are told; nobody who listens can hold it up.
#[derive(Clone, Debug)]
pub(super) struct Teller(broadcast::Sender<Event>);

impl Teller {
    pub(super) fn new() -> Self {
        Self(broadcast::channel(KEPT).0)
    }

    pub(super) fn tell(&self, event: Event) {
        #[cfg(feature = "tracing")]
        super::log::event(&event);
        // Nobody may be listening.
        let _ = self.0.send(event);
    }

    pub(super) fn listen(&self) -> Events {
        Events(self.0.subscribe())
    }
}

/// What happened between two states.
///
/// `ended` says why sessions are over, where that is known.
pub(super) fn between(
    old: &Snapshot,
    new: &Snapshot,
    ended: &BTreeMap<SessionId, EndReason>,
    now: Timestamp,
) -> Vec<Event> {
    let mut events = Vec::new();
    let is_other_client = match (old.client(), new.client()) {
        (Some(old), Some(new)) => old.id != new.id,
        (old, new) => old.is_some() && new.is_none(),
    };
    for session in old.sessions() {
        if new.session_by_id(&session.id).is_some() {
            continue;
        }
        let status = || {
            let still = new.client()?.sessions.iter().find(|one| one.id == session.id)?;
            Some(EndReason::of_status(&still.status))
        };
        let reason = ended.get(&session.id).copied().or_else(status);
        let reason = reason.unwrap_or(if is_other_client { EndReason::ClientLost } else { EndReason::Unknown });
        let lasted = |began: Timestamp| u64::try_from(now.as_millis().saturating_sub(began.as_millis())).ok();
        let duration = session.created_at.and_then(lasted).map(Duration::from_millis);
        events.push(Event::SessionEnded { session: session.id.clone(), reason, duration });
    }
    for session in new.sessions() {
        if old.session_by_id(&session.id).is_none() {
            let strategy = new.client().and_then(|client| client.last_authentication_strategy.clone());
            let user = session.user.as_ref().map(|user| user.id.clone());
            events.push(Event::SignedIn { session: session.id.clone(), user, strategy });
        }
    }
    let (was, is) = (old.session(), new.session());
    if let Some(is) = is {
        if was.is_none_or(|was| was.id != is.id) {
            events.push(Event::SessionActivated { session: is.id.clone() });
        }
        if let Some(was) = was.filter(|was| was.id == is.id) {
            if was.last_active_organization_id != is.last_active_organization_id {
                let organization = is.last_active_organization_id.clone();
                events.push(Event::OrganizationChanged { session: is.id.clone(), organization });
            }
            if let (Some(was), Some(is)) = (&was.user, &is.user)
                && was.id == is.id
                && differs(was, is)
            {
                events.push(Event::UserUpdated { user: is.id.clone() });
            }
        }
    }
    events
}

fn differs(was: &types::User, is: &types::User) -> bool {
    was.updated_at != is.updated_at || serde_json::to_vec(was).ok() != serde_json::to_vec(is).ok()
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
