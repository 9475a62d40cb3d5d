use std::fmt;

use clerk_core::OrganizationId;

use super::{Claims, Organization, text};

/// The organization that is active in a session, with what the user is and may in it.
///
/// A session has at most one; the user may be a member of others.
#[derive(Clone, Copy)]
pub struct ActiveOrganization<'c> {
    organization: &'c Organization,
    claims: &'c Claims,
}

impl<'c> ActiveOrganization<'c> {
    pub(super) fn of(claims: &'c Claims) -> Option<Self> {
        claims.active().map(|organization| Self { organization, claims })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &'c OrganizationId {
        &self.organization.id
    }

    /// Its name in addresses. It may have changed since the token was issued.
    #[must_use]
    pub fn slug(&self) -> Option<&'c str> {
        let raw = self.claims.raw();
        if self.claims.is_compact() { text(raw.get("o")?.as_object()?, "slg") } else { text(raw, "org_slug") }
    }

    /// The user's role, such as `org:admin`.
    #[must_use]
    pub fn role(&self) -> Option<&'c str> {
        self.organization.role.as_deref()
    }

    /// The user's permissions, such as `org:posts:publish`, without those of Clerk itself (`org:sys_…`), which tokens
    /// do not carry.
    ///
    /// Where a token can be read in two ways, these are the permissions that both give.
    #[must_use]
    pub fn permissions(&self) -> &'c [String] {
        &self.claims.permissions().granted
    }

    /// Whether what is not among the permissions is known to be missing.
    pub(crate) fn tells_all_permissions(&self) -> bool {
        self.claims.permissions().certain
    }
}

impl fmt::Debug for ActiveOrganization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActiveOrganization").field("id", self.id()).field("role", &self.role()).finish_non_exhaustive()
    }
}
