//! Organizations: members, invitations, domains, roles.

use clerk_core::{JsonMap, OrganizationId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::verification::Verification;
use crate::table::Record;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Organization {
    pub(crate) id: OrganizationId,
    pub(crate) name: String,
    pub(crate) slug: Option<String>,
    pub(crate) image: Option<String>,
    pub(crate) created_by: Option<UserId>,
    /// 0 means no limit.
    pub(crate) max_allowed_memberships: i64,
    pub(crate) admin_delete_enabled: bool,
    pub(crate) public_metadata: JsonMap,
    pub(crate) private_metadata: JsonMap,
    pub(crate) role_set_key: Option<String>,
    pub(crate) last_active_at: Option<Timestamp>,
    /// The slug of the plan, and the features that come with it; for the claims of tokens.
    pub(crate) plan: Option<String>,
    pub(crate) features: Vec<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for Organization {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn keys(&self) -> Vec<String> {
        self.slug.iter().map(|slug| format!("slug:{slug}")).collect()
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Membership {
    pub(crate) id: String,
    pub(crate) organization_id: OrganizationId,
    pub(crate) user_id: UserId,
    /// The key of a role, such as `org:admin`.
    pub(crate) role: String,
    pub(crate) public_metadata: JsonMap,
    pub(crate) private_metadata: JsonMap,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for Membership {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        let (organization, user) = (self.organization_id.as_str(), self.user_id.as_str());
        vec![format!("org:{organization}"), format!("user:{user}"), format!("org:{organization} user:{user}")]
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OrganizationInvitation {
    pub(crate) id: String,
    pub(crate) organization_id: OrganizationId,
    pub(crate) email_address: String,
    pub(crate) role: String,
    /// `pending`, `accepted`, `revoked` or `expired`.
    pub(crate) status: String,
    pub(crate) inviter_id: Option<UserId>,
    pub(crate) user_id: Option<UserId>,
    /// The domain that brought it about.
    pub(crate) domain_id: Option<String>,
    pub(crate) redirect_url: Option<String>,
    /// What its link carries.
    pub(crate) ticket: String,
    pub(crate) public_metadata: JsonMap,
    pub(crate) private_metadata: JsonMap,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for OrganizationInvitation {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![
            format!("org:{}", self.organization_id.as_str()),
            format!("email:{}", self.email_address.to_lowercase()),
            format!("ticket:{}", self.ticket),
        ]
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OrganizationDomain {
    pub(crate) id: String,
    pub(crate) organization_id: OrganizationId,
    pub(crate) name: String,
    pub(crate) enrollment_mode: String,
    pub(crate) affiliation: Option<Box<Verification>>,
    pub(crate) affiliation_email_address: Option<String>,
    pub(crate) ownership: Option<Box<Verification>>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for OrganizationDomain {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("org:{}", self.organization_id.as_str()), format!("name:{}", self.name)]
    }
}

/// A request to join, or an offer to, that a verified domain brings about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OrganizationSuggestion {
    pub(crate) id: String,
    pub(crate) organization_id: OrganizationId,
    pub(crate) user_id: UserId,
    /// The domain that brought it about.
    pub(crate) domain_id: Option<String>,
    /// `pending`, `accepted` (which makes it a membership request), `completed` or `rejected`.
    pub(crate) status: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for OrganizationSuggestion {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("org:{}", self.organization_id.as_str()), format!("user:{}", self.user_id.as_str())]
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) id: String,
    /// Such as `org:admin`.
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) is_creator_eligible: bool,
    /// Keys of permissions.
    pub(crate) permissions: Vec<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for Role {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("key:{}", self.key)]
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Permission {
    pub(crate) id: String,
    /// Such as `org:invoices:create`.
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// `system` or `user`.
    pub(crate) kind: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for Permission {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("key:{}", self.key)]
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RoleSet {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) kind: String,
    /// Keys of roles.
    pub(crate) roles: Vec<String>,
    pub(crate) default_role: Option<String>,
    pub(crate) creator_role: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for RoleSet {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("key:{}", self.key)]
    }
}
