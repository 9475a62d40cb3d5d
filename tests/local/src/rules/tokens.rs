//! Session tokens.

use clerk_core::{JsonMap, Timestamp};

use crate::{clock::Later, model::session::Session, state::State};

/// The category of session and handshake tokens.
pub(crate) const SESSION_CATEGORY: &str = "cl_B7d4PD111AAA";

/// A fresh token of a session for an organization, or for the personal account.
pub(crate) fn session_token(state: &State, session: &Session, organization: Option<&str>, now: Timestamp) -> String {
    let mut claims = JsonMap::new();
    claims.insert("iss".to_owned(), state.addresses.frontend.clone().into());
    claims.insert("sub".to_owned(), session.user_id.as_str().into());
    claims.insert("sid".to_owned(), session.id.as_str().into());
    claims.insert("iat".to_owned(), now.seconds().into());
    claims.insert("exp".to_owned(), now.after(state.settings().lifetimes.token).seconds().into());
    let _ = organization;
    sign(state, SESSION_CATEGORY, &claims)
}

/// Signs claims with the key of the instance.
pub(crate) fn sign(state: &State, category: &str, claims: &JsonMap) -> String {
    let mut header = JsonMap::new();
    header.insert("cat".to_owned(), category.into());
    state.signing_key().map(|key| key.sign(&header, claims)).unwrap_or_default()
}
