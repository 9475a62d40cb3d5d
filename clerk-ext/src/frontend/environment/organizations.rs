//! The rules for organizations.

use super::{Environment, OrganizationEnrollmentMode, limit, said};

/// Whether the application has organizations, and what users may do with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrganizationRules {
    /// Whether there are organizations at all.
    pub enabled: bool,
    /// Whether a session counts only once an organization is chosen; there are then no personal accounts.
    pub force_selection: bool,
    /// How many members a new organization may have; `None` is without limit.
    pub max_memberships: Option<usize>,
    /// Whether users may found organizations.
    pub users_may_create: bool,
    /// Whether there is a limit to how many they found; which one, only the server knows.
    pub creation_limited: bool,
    /// The role of who founds one, such as `org:admin`.
    pub creator_role: Option<String>,
    /// Whether organizations have a short name for URLs.
    pub slugs: bool,
    /// Whether members with the permission may delete their organization.
    pub admin_delete: bool,
    /// How people come in by their email address.
    pub domains: DomainRules,
}

/// Whether and how people join organizations by the domain of their email address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DomainRules {
    /// Whether organizations can have domains.
    pub enabled: bool,
    /// The ways of joining that an organization may choose from.
    pub enrollment_modes: Vec<OrganizationEnrollmentMode>,
    /// The role of who joins so.
    pub default_role: Option<String>,
}

impl Environment {
    /// What users may do with organizations.
    ///
    /// Where the server does not say, there are none, and slugs are on.
    #[must_use]
    pub fn organizations(&self) -> OrganizationRules {
        let settings = self.raw().organization_settings.as_ref();
        let actions = self.user_settings().and_then(|users| users.actions.as_ref());
        let domains = settings.and_then(|settings| settings.domains.as_ref());
        let slugs = settings.and_then(|settings| settings.slug.as_ref());
        OrganizationRules {
            enabled: settings.is_some_and(|settings| settings.enabled),
            force_selection: settings.is_some_and(|settings| settings.force_organization_selection),
            max_memberships: limit(settings.and_then(|settings| settings.max_allowed_memberships)),
            users_may_create: actions.is_some_and(|actions| actions.create_organization),
            creation_limited: actions.is_some_and(|actions| actions.create_organizations_limit),
            creator_role: said(settings.and_then(|settings| settings.creator_role.as_ref())),
            slugs: slugs.is_none_or(|slugs| !slugs.disabled),
            admin_delete: settings
                .and_then(|settings| settings.actions.as_ref())
                .is_some_and(|actions| actions.admin_delete),
            domains: DomainRules {
                enabled: domains.is_some_and(|domains| domains.enabled),
                enrollment_modes: domains.map(|domains| domains.enrollment_modes.clone()).unwrap_or_default(),
                default_role: said(domains.and_then(|domains| domains.default_role.as_ref())),
            },
        }
    }
}
