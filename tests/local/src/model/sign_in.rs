//! An attempt to sign in.

use clerk_core::{ClientId, OrganizationId, SessionId, SignInId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::{user::ExternalAccount, verification::Verification};
use crate::table::Record;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SignIn {
    pub(crate) id: SignInId,
    pub(crate) client_id: ClientId,
    pub(crate) created_at: Timestamp,
    pub(crate) abandon_at: Timestamp,
    pub(crate) identifier: Option<String>,
    pub(crate) user_id: Option<UserId>,
    pub(crate) first: Option<Box<Verification>>,
    pub(crate) second: Option<Box<Verification>>,
    /// The user has to choose another password before it completes.
    pub(crate) needs_new_password: bool,
    /// A code has to be given because the device is not known.
    pub(crate) needs_client_trust: bool,
    pub(crate) created_session_id: Option<SessionId>,
    pub(crate) locale: Option<String>,
    /// What the provider said of an account that nobody has here yet; a sign-up takes it over.
    pub(crate) external: Option<Box<ExternalAccount>>,
    /// The organization that a ticket leads to.
    pub(crate) organization_id: Option<OrganizationId>,
    /// Who really signs in, from an actor token.
    pub(crate) actor: Option<clerk_core::JsonMap>,
    /// Nobody has the identifier, and an account may be made for it once it is proven.
    pub(crate) sign_up_if_missing: bool,
    /// How long the session may last, where a ticket says so.
    pub(crate) session_seconds: Option<u64>,
}

impl SignIn {
    pub(crate) fn new(id: SignInId, client_id: ClientId, now: Timestamp, abandon_at: Timestamp) -> Self {
        Self {
            id,
            client_id,
            created_at: now,
            abandon_at,
            identifier: None,
            user_id: None,
            first: None,
            second: None,
            needs_new_password: false,
            needs_client_trust: false,
            created_session_id: None,
            locale: None,
            external: None,
            organization_id: None,
            actor: None,
            sign_up_if_missing: false,
            session_seconds: None,
        }
    }
}

impl Record for SignIn {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn keys(&self) -> Vec<String> {
        let verifications = self.first.iter().chain(&self.second);
        verifications
            .filter_map(|verification| verification.token.as_ref())
            .map(|token| format!("token:{token}"))
            .collect()
    }
}
