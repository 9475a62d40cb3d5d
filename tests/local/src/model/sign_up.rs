//! An attempt to sign up.

use clerk_core::{ClientId, JsonMap, SessionId, SignUpId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::{user::ExternalAccount, verification::Verification};
use crate::{crypto::password::PasswordDigest, table::Record};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SignUp {
    pub(crate) id: SignUpId,
    pub(crate) client_id: ClientId,
    pub(crate) created_at: Timestamp,
    pub(crate) abandon_at: Timestamp,
    pub(crate) email_address: Option<String>,
    pub(crate) phone_number: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<PasswordDigest>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) unsafe_metadata: JsonMap,
    pub(crate) public_metadata: JsonMap,
    pub(crate) legal_accepted_at: Option<Timestamp>,
    pub(crate) locale: Option<String>,
    pub(crate) email_verification: Option<Box<Verification>>,
    pub(crate) phone_verification: Option<Box<Verification>>,
    pub(crate) external_verification: Option<Box<Verification>>,
    /// What a provider said of the account that is being signed up with.
    pub(crate) external: Option<Box<ExternalAccount>>,
    /// The invitation whose ticket it came with.
    pub(crate) invitation_id: Option<String>,
    pub(crate) organization_invitation_id: Option<String>,
    pub(crate) external_id: Option<String>,
    /// The back end has reported a step of its own as done.
    pub(crate) custom_action: bool,
    pub(crate) created_session_id: Option<SessionId>,
    pub(crate) created_user_id: Option<UserId>,
}

impl SignUp {
    pub(crate) fn new(id: SignUpId, client_id: ClientId, now: Timestamp, abandon_at: Timestamp) -> Self {
        Self {
            id,
            client_id,
            created_at: now,
            abandon_at,
            email_address: None,
            phone_number: None,
            username: None,
            password: None,
            first_name: None,
            last_name: None,
            unsafe_metadata: JsonMap::new(),
            public_metadata: JsonMap::new(),
            legal_accepted_at: None,
            locale: None,
            email_verification: None,
            phone_verification: None,
            external_verification: None,
            external: None,
            invitation_id: None,
            organization_invitation_id: None,
            external_id: None,
            custom_action: false,
            created_session_id: None,
            created_user_id: None,
        }
    }

    /// Whether a ticket brought it about.
    pub(crate) fn is_invited(&self) -> bool {
        self.invitation_id.is_some() || self.organization_invitation_id.is_some()
    }
}

impl Record for SignUp {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn keys(&self) -> Vec<String> {
        let verifications =
            self.email_verification.iter().chain(&self.phone_verification).chain(&self.external_verification);
        verifications
            .filter_map(|verification| verification.token.as_ref())
            .map(|token| format!("token:{token}"))
            .collect()
    }
}
