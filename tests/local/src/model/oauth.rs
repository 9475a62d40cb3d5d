//! Clerk as an authorization server: applications, grants, tokens; and the accounts of the local provider.

use clerk_core::{ClientId, ExternalAccountId, SignInId, SignUpId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::table::Record;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OAuthApplication {
    pub(crate) id: String,
    pub(crate) client_id: String,
    /// A public application has none.
    pub(crate) client_secret: Option<String>,
    pub(crate) name: String,
    pub(crate) client_uri: Option<String>,
    pub(crate) logo_url: Option<String>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) scopes: String,
    pub(crate) public: bool,
    pub(crate) consent_screen: bool,
    pub(crate) pkce_required: bool,
    pub(crate) dynamically_registered: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for OAuthApplication {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("client:{}", self.client_id)]
    }
}

/// What a user allowed an application, and the code with which the application gets it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OAuthGrant {
    pub(crate) id: String,
    pub(crate) application_id: String,
    pub(crate) user_id: String,
    pub(crate) organization_id: Option<String>,
    pub(crate) scopes: String,
    pub(crate) code: String,
    /// Traded in; whoever comes with it again has stolen it, or it was stolen from them.
    pub(crate) used: bool,
    /// As the request had it: what asks for the token has to name the same, or none.
    pub(crate) redirect_uri: Option<String>,
    pub(crate) code_challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) expires_at: Timestamp,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for OAuthGrant {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("code:{}", self.code)]
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OAuthToken {
    pub(crate) id: String,
    pub(crate) grant_id: String,
    pub(crate) application_id: String,
    pub(crate) user_id: String,
    pub(crate) organization_id: Option<String>,
    pub(crate) scopes: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) revoked: bool,
    pub(crate) expires_at: Timestamp,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for OAuthToken {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        let refresh = self.refresh_token.iter().map(|token| format!("refresh:{token}"));
        let mut keys = vec![format!("access:{}", self.access_token), format!("grant:{}", self.grant_id)];
        keys.extend(refresh);
        keys
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OAuthConsent {
    pub(crate) id: String,
    pub(crate) application_id: String,
    pub(crate) user_id: String,
    pub(crate) scopes: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for OAuthConsent {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("app:{} user:{}", self.application_id, self.user_id)]
    }
}

/// A person as the local OAuth provider knows them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ProviderAccount {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) subject: String,
    pub(crate) email_address: Option<String>,
    pub(crate) email_verified: bool,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for ProviderAccount {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("provider:{}", self.provider)]
    }
}

/// A round trip through the local OAuth provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ProviderFlow {
    pub(crate) id: String,
    /// `oauth_google` and the like, or `enterprise_sso`.
    pub(crate) strategy: String,
    /// Such as `google`, or the id of an enterprise connection.
    pub(crate) provider: String,
    pub(crate) state: String,
    pub(crate) purpose: Purpose,
    /// The client that set out; it comes back in another program, such as the browser of the system.
    pub(crate) client_id: Option<ClientId>,
    pub(crate) native: bool,
    pub(crate) redirect_url: String,
    pub(crate) action_complete_redirect_url: Option<String>,
    pub(crate) scopes: String,
    pub(crate) login_hint: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// What a round trip through a provider is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Purpose {
    SignIn(SignInId),
    SignUp(SignUpId),
    /// A signed-in user adds an account.
    Connect {
        user: UserId,
    },
    /// A signed-in user goes there again with an account, for more scopes or a fresh token.
    Reauthorize {
        user: UserId,
        account: ExternalAccountId,
    },
}

impl Record for ProviderFlow {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("state:{}", self.state)]
    }
}
