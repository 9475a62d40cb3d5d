use std::collections::VecDeque;

use clerk_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::Key;

/// How many of those that were given last are remembered: any of them can be what the next page starts after.
pub(super) const REMEMBERED: usize = 32;

/// Where a walk over a list has got to; another walk, in another process if need be, goes on from there.
///
/// It is written as JSON by serde. It holds ids and a time, nothing secret.
///
/// ```
/// use clerk_ext::backend::Position;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let people = ["ann@example.com", "bob@example.com", "cat@example.com"].map(clerk_local::SeedUser::new);
/// # let seed = people.into_iter().fold(clerk_local::Seed::default(), clerk_local::Seed::user);
/// # let local = clerk_local::LocalClerk::builder().seed(seed).start().await?;
/// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
/// let mut users = clerk.users().list().stream();
/// let first = users.try_next().await?.ok_or("there is nobody")?;
/// let kept = serde_json::to_string(&users.position())?; // written where the work is recorded
///
/// let position: Position = serde_json::from_str(&kept)?;
/// let mut rest = clerk.users().list().resume(position).stream();
/// let second = rest.try_next().await?.ok_or("there is nobody else")?;
/// assert_ne!(first.id, second.id);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position(Place);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    /// Behind so many.
    Offset(u64),
    /// Behind these.
    After(After),
}

/// Those that were given last, the very last at the end.
///
/// One alone would do, if it could not be deleted before the next page is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct After {
    pub(super) ids: VecDeque<String>,
    /// When the last of them was created: where to go on when all of them are deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<Timestamp>,
}

impl After {
    pub(super) fn remember(&mut self, key: Key) {
        // One that was written by hand may name more.
        while self.ids.len() >= REMEMBERED {
            self.ids.pop_front();
        }
        self.ids.push_back(key.id);
        self.created_at = key.created_at;
    }
}

impl Place {
    /// The place behind one more.
    pub(super) fn advance(&mut self, key: Option<Key>) {
        match self {
            Self::Offset(offset) => *offset = offset.saturating_add(1),
            Self::After(after) => key.into_iter().for_each(|key| after.remember(key)),
        }
    }
}

impl From<Place> for Position {
    fn from(place: Place) -> Self {
        Self(place)
    }
}

impl From<Position> for Place {
    fn from(position: Position) -> Self {
        position.0
    }
}
