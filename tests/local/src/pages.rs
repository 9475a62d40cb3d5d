//! What a person opens in a browser.

use clerk_core::{Bytes, Timestamp};

use crate::{Api, answer::Outcome, app::App, inbound::Inbound};

/// The answer to a request for a page; `None` if it is for something else.
pub(crate) async fn answer(app: &App, _api: Api, inbound: &Inbound, body: &Bytes, now: Timestamp) -> Option<Outcome> {
    crate::provider::answer(app, inbound, body, now)
}
