use std::fmt;

use clerk_core::{ApiKeyId, Error, Json, OrganizationId, Secret, Timestamp, UserId};

use super::answer::{Answer, Unit};

/// An API key that was checked.
///
/// `Debug` shows neither the key nor its claims.
#[derive(Clone)]
#[non_exhaustive]
pub struct ApiKey {
    /// The id of the key, by which it is revoked.
    pub id: ApiKeyId,
    /// Whom it stands for.
    pub subject: String,
    /// The same, where it is a user.
    pub user_id: Option<UserId>,
    /// The same, where it is an organization.
    pub organization_id: Option<OrganizationId>,
    /// What its maker called it.
    pub name: Option<String>,
    /// What its maker wrote about it.
    pub description: Option<String>,
    /// What it may do, in the words that you gave.
    pub scopes: Vec<String>,
    /// What its maker gave it to say.
    pub claims: Option<Json>,
    /// The user who made it, where it was one.
    pub created_by: Option<UserId>,
    /// When it ends; a key without an end works until it is revoked.
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// The key as it was presented.
    pub token: Secret,
}

impl ApiKey {
    pub(super) fn read(answer: &Answer, token: &str) -> Result<Self, Error> {
        let subject = answer.required("subject")?;
        let text = |name| answer.text(name).map(str::to_owned);
        let time = |name| answer.time(name, Unit::Millis);
        Ok(Self {
            id: answer.required("id")?.into(),
            user_id: subject.starts_with("user_").then(|| subject.into()),
            organization_id: subject.starts_with("org_").then(|| subject.into()),
            subject: subject.to_owned(),
            name: text("name"),
            description: text("description"),
            scopes: answer.texts("scopes"),
            claims: answer.json("claims").cloned(),
            created_by: answer.text("created_by").map(Into::into),
            expires_at: answer.expiration(Unit::Millis)?,
            last_used_at: time("last_used_at"),
            created_at: time("created_at"),
            updated_at: time("updated_at"),
            token: token.into(),
        })
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey")
            .field("id", &self.id)
            .field("subject", &self.subject)
            .field("scopes", &self.scopes)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
