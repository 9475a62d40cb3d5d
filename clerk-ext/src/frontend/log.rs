//! What happened, for whoever collects `tracing`: ids and names, nothing secret.

use clerk_core::{
    Bytes,
    http::{Request, Response},
};
use tracing::{info, warn};

use super::{events::Event, wire::codes};

/// A step of a sign-in or sign-up: which, and by what.
pub(super) struct Step {
    operation: String,
    strategy: Option<String>,
}

impl Step {
    /// What a request asks for, where it is such a step.
    pub(super) fn of(request: &Request<Bytes>) -> Option<Self> {
        let path = request.uri().path();
        if !path.contains("/client/sign_ins") && !path.contains("/client/sign_ups") {
            return None;
        }
        let mut fields = form_urlencoded::parse(request.body());
        let strategy = fields.find(|(name, _)| name == "strategy").map(|(_, value)| value.into_owned());
        Some(Self { operation: crate::transport::operation(request).into_owned(), strategy })
    }

    /// Tells why it was refused, if it was.
    pub(super) fn answered(&self, answer: &Response<Bytes>) {
        if !answer.status().is_success() {
            info!(
                target: "clerk_ext::frontend",
                operation = self.operation,
                strategy = self.strategy.as_deref(),
                status = answer.status().as_u16(),
                code = codes(answer.body()).first().map(String::as_str),
                "step refused"
            );
        }
    }
}

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
