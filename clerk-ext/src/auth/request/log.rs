//! What was decided and why, for whoever collects `tracing`: reasons and names, nothing of the request itself.

#[cfg(feature = "tracing")]
pub(super) use self::told::*;
#[cfg(not(feature = "tracing"))]
pub(super) use self::untold::*;

#[cfg(feature = "tracing")]
mod told {
    use std::sync::Once;

    use clerk_core::Error;
    use tracing::{debug, error, trace, warn};

    use crate::auth::{Reason, RequestState, Session, Status, TokenError, TokenType};

    const TARGET: &str = "clerk_ext::auth";

    pub(in crate::auth::request) fn decided(state: &RequestState) {
        let reason = state.reason().map(Reason::as_str);
        let kind = state.token_type().map(TokenType::as_str);
        match state.status() {
            Status::SignedIn => trace!(target: TARGET, kind, "signed in"),
            Status::SignedOut => debug!(target: TARGET, kind, reason, "signed out"),
            Status::Handshake => debug!(target: TARGET, reason, "sent to Clerk and back"),
        }
    }

    pub(in crate::auth::request) fn redirect_loop(reason: &Reason) {
        error!(
            target: TARGET,
            reason = reason.as_str(),
            "the browser comes back from Clerk again and again with nothing new; see that all keys are of one instance"
        );
    }

    pub(in crate::auth::request) fn organization_loop() {
        warn!(target: TARGET, "the organization of the address cannot be made active; see that there is one of that name");
    }

    pub(in crate::auth::request) fn handshake_failed(error: &TokenError) {
        warn!(target: TARGET, %error, "nothing could be made of what a handshake came back with");
    }

    pub(in crate::auth::request) fn nonce_failed(error: &Error) {
        warn!(target: TARGET, %error, "the cookies of a handshake could not be fetched");
    }

    pub(in crate::auth::request) fn nonce_without_key() {
        warn!(target: TARGET, "the cookies of a handshake cannot be fetched without the secret key; set CLERK_SECRET_KEY");
    }

    pub(in crate::auth::request) fn cookie_dropped() {
        warn!(target: TARGET, "a cookie from Clerk was dropped, because no header can hold it");
    }

    pub(in crate::auth::request) fn clock_is_off(error: &TokenError) {
        warn!(target: TARGET, reason = error.reason().as_str(), "the clock of this machine is off; set it");
    }

    pub(in crate::auth::request) fn authorized_party(session: &Session) {
        static TOLD: Once = Once::new();
        if session.claims().authorized_party().is_none() {
            TOLD.call_once(|| {
                warn!(target: TARGET, "a session token names no origin that it was issued for (claim azp)");
            });
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod untold {
    use clerk_core::Error;

    use crate::auth::{Reason, RequestState, Session, TokenError};

    pub(in crate::auth::request) fn decided(_: &RequestState) {}
    pub(in crate::auth::request) fn redirect_loop(_: &Reason) {}
    pub(in crate::auth::request) fn organization_loop() {}
    pub(in crate::auth::request) fn handshake_failed(_: &TokenError) {}
    pub(in crate::auth::request) fn nonce_failed(_: &Error) {}
    pub(in crate::auth::request) fn nonce_without_key() {}
    pub(in crate::auth::request) fn cookie_dropped() {}
    pub(in crate::auth::request) fn clock_is_off(_: &TokenError) {}
    pub(in crate::auth::request) fn authorized_party(_: &Session) {}
}
