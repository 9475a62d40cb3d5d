//! What most answers of the Frontend API look like.

use serde::{Deserialize, Serialize};

/// What was asked for, and the state of the client beside it.
///
/// Where the client itself was asked for, it is the `response` and there is none beside it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Enveloped<T, C> {
    /// What was asked for.
    pub response: T,
    /// The client after the operation: its sessions, its sign-in and sign-up. `None` leaves what is known as it is.
    #[serde(default = "none::<C>")]
    pub client: Option<Box<C>>,
}

impl<T, C> Enveloped<T, C> {
    /// An answer with nothing said of the client.
    #[must_use]
    pub fn new(response: T) -> Self {
        Self { response, client: None }
    }
}

fn none<C>() -> Option<Box<C>> {
    None
}
