//! What programs in other languages steer this one by: `/local/…`.

use clerk_core::{Bytes, Timestamp};

use crate::{answer::Outcome, app::App, inbound::Inbound};

/// The answer to a request that steers; `None` if it is for something else.
pub(crate) async fn answer(_app: &App, _inbound: &Inbound, _body: &Bytes, _now: Timestamp) -> Option<Outcome> {
    None
}
