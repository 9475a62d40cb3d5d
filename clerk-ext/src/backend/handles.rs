//! The operations, a handle for each subject.

#[cfg(feature = "sign_in")]
mod actor_tokens;
#[cfg(feature = "enterprise")]
mod admin_portal_link_tokens;
#[cfg(feature = "sign_in")]
mod agent_tasks;
mod allow_list_block_list;
#[cfg(feature = "machines")]
mod api_keys;
#[cfg(feature = "instance")]
mod beta_features;
#[cfg(feature = "billing")]
mod billing;
mod clients;
#[cfg(feature = "enterprise")]
mod directories;
#[cfg(feature = "instance")]
mod domains;
mod email_addresses;
#[cfg(feature = "instance")]
mod email_sms_templates;
#[cfg(feature = "instance")]
mod emails;
#[cfg(feature = "enterprise")]
mod enterprise_connections;
#[cfg(feature = "instance")]
mod instance_settings;
mod invitations;
#[cfg(feature = "instance")]
mod jwks;
#[cfg(feature = "instance")]
mod jwt_templates;
#[cfg(feature = "machines")]
mod m2m_tokens;
#[cfg(feature = "machines")]
mod machines;
#[cfg(feature = "instance")]
mod miscellaneous;
#[cfg(feature = "machines")]
mod oauth_access_tokens;
#[cfg(feature = "oauth")]
mod oauth_applications;
mod organization_domains;
mod organization_invitations;
mod organization_memberships;
mod organization_permissions;
mod organization_roles;
mod organizations;
mod phone_numbers;
#[cfg(feature = "instance")]
mod proxy_checks;
#[cfg(feature = "instance")]
mod redirect_urls;
mod role_sets;
#[cfg(feature = "enterprise")]
mod saml_connections;
#[cfg(feature = "enterprise")]
mod scim_directories;
mod sessions;
#[cfg(feature = "sign_in")]
mod sign_in_tokens;
#[cfg(feature = "sign_in")]
mod sign_ups;
#[cfg(feature = "instance")]
mod testing_tokens;
mod users;
mod waitlist_entries;
#[cfg(feature = "instance")]
mod webhooks;

#[cfg(feature = "billing")]
pub use self::billing::Billing;
#[cfg(feature = "oauth")]
pub use self::oauth_applications::OAuthApplications;
#[cfg(feature = "sign_in")]
pub use self::{actor_tokens::ActorTokens, agent_tasks::AgentTasks, sign_in_tokens::SignInTokens, sign_ups::SignUps};
#[cfg(feature = "enterprise")]
pub use self::{
    admin_portal_link_tokens::AdminPortalLinkTokens, directories::Directories,
    enterprise_connections::EnterpriseConnections, saml_connections::SamlConnections,
    scim_directories::ScimDirectories,
};
pub use self::{
    allow_list_block_list::{Allowlist, Blocklist},
    clients::Clients,
    email_addresses::EmailAddresses,
    invitations::Invitations,
    organization_domains::OrganizationDomains,
    organization_invitations::OrganizationInvitations,
    organization_memberships::OrganizationMemberships,
    organization_permissions::OrganizationPermissions,
    organization_roles::OrganizationRoles,
    organizations::Organizations,
    phone_numbers::PhoneNumbers,
    role_sets::RoleSets,
    sessions::Sessions,
    users::Users,
    waitlist_entries::WaitlistEntries,
};
#[cfg(feature = "machines")]
pub use self::{api_keys::ApiKeys, m2m_tokens::M2mTokens, machines::Machines, oauth_access_tokens::OAuthAccessTokens};
#[cfg(feature = "instance")]
pub use self::{
    beta_features::BetaFeatures, domains::Domains, email_sms_templates::Templates, emails::Emails,
    instance_settings::InstanceSettings, jwks::Jwks, jwt_templates::JwtTemplates, miscellaneous::Miscellaneous,
    proxy_checks::ProxyChecks, redirect_urls::RedirectUrls, testing_tokens::TestingTokens, webhooks::Webhooks,
};
