//! Single sign-on of organizations.

use clerk_core::{Json, JsonMap, Timestamp};
use serde::{Deserialize, Serialize};

use crate::table::Record;

/// A connection to an identity provider; whatever it says of that one, the local provider stands in for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EnterpriseConnection {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Such as `saml_okta` or `oidc_custom`.
    pub(crate) provider: String,
    /// In lower case.
    pub(crate) domains: Vec<String>,
    pub(crate) active: bool,
    pub(crate) organization_id: Option<String>,
    /// Names are taken over at every sign-in, not only at the first.
    pub(crate) sync_user_attributes: bool,
    pub(crate) disable_additional_identifications: bool,
    pub(crate) allow_organization_account_linking: bool,
    pub(crate) custom_attributes: Vec<Json>,
    /// The id of the part that is about SAML or OpenID Connect.
    pub(crate) protocol_id: String,
    /// What is known of the identity provider, under the names that requests use.
    pub(crate) saml: JsonMap,
    pub(crate) oidc: JsonMap,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl EnterpriseConnection {
    pub(crate) fn is_saml(&self) -> bool {
        self.provider.starts_with("saml")
    }
}

impl Record for EnterpriseConnection {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.domains.iter().map(|domain| format!("domain:{domain}")).collect();
        keys.push(format!("protocol:{}", self.protocol_id));
        keys
    }
}
