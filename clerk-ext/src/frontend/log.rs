//! What happened, for whoever collects `tracing`: ids and names, nothing secret.

use tracing::{info, warn};

use super::events::Event;

pub(super) fn event(event: &Event) {
    match event {
        Event::SignedIn { session, user, strategy } => info!(
            target: "clerk_ext::frontend",
            session = session.as_str(),
            user = user.as_ref().map(clerk_core::UserId::as_str),
            strategy = strategy.as_deref(),
            "signed in"
        ),
        Event::SessionEnded { session, reason, duration } => info!(
            target: "clerk_ext::frontend",
            session = session.as_str(),
            reason = reason.as_str(),
            seconds = duration.map(|duration| duration.as_secs()),
            "session ended"
        ),
        Event::SessionActivated { session } => {
            info!(target: "clerk_ext::frontend", session = session.as_str(), "session activated");
        }
        Event::OrganizationChanged { session, organization } => info!(
            target: "clerk_ext::frontend",
            session = session.as_str(),
            organization = organization.as_ref().map(clerk_core::OrganizationId::as_str),
            "organization changed"
        ),
        Event::TokenRefreshed { session, template, .. } => info!(
            target: "clerk_ext::frontend",
            session = session.as_str(),
            template = template.as_deref(),
            "token refreshed"
        ),
        Event::OnlineChanged { online } => info!(target: "clerk_ext::frontend", online, "online changed"),
        Event::Error(error) => warn!(target: "clerk_ext::frontend", %error, "failed in the background"),
        Event::Loaded | Event::UserUpdated { .. } | Event::Missed(_) => {}
    }
}
