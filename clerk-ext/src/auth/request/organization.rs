//! An address that belongs to an organization has it made active.

use super::{context::Context, handshake, log};
use crate::auth::{Reason, RequestState, Session, Status, organization_sync::Target};

/// Sends the browser to Clerk, where the active organization is not the one that the address belongs to.
pub(super) fn activate(cx: &Context<'_>, session: &Session) -> Option<RequestState> {
    // Who has tasks to finish has no organization yet; nobody has none at all.
    if session.is_pending() || session.user_id().as_str().is_empty() {
        return None;
    }
    let sync = cx.settings().organization_sync.as_ref()?;
    let target = sync.target(cx.url.path())?;
    if !differs(&target, session) {
        return None;
    }
    if cx.redirect_count >= handshake::MOST_REDIRECTS {
        log::organization_loop();
        return None;
    }
    let state = handshake::or_signed_out(cx, Reason::ACTIVE_ORGANIZATION_MISMATCH, "");
    // A script cannot be sent anywhere: it stays signed in, in the organization that is active.
    (state.status() == Status::Handshake).then_some(state)
}

fn differs(target: &Target<'_>, session: &Session) -> bool {
    let active = session.claims().organization();
    match target {
        Target::Id(id) => active.as_ref().map(|active| active.id().as_str()) != Some(*id),
        Target::Slug(slug) => active.as_ref().and_then(|active| active.slug()) != Some(*slug),
        Target::Personal => active.is_some(),
    }
}
