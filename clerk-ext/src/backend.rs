//! The Backend API for servers: users and organizations with your own metadata types, lists as streams.
//!
//! Everything hangs on [`Backend`], on handles by subject. A method of a handle gives a call; awaiting it sends it. Lists
//! give one [`page`](List::page), [`pages`](List::pages) or a [`stream`](List::stream).

#[cfg(feature = "sign_in")]
mod actor_tokens;
#[cfg(feature = "sign_in")]
mod agent_tasks;
mod allow_list_block_list;
mod answer;
mod client;
mod clients;
mod email_addresses;
#[rustfmt::skip]
mod generated;
mod handle;
mod invitations;
mod list;
mod organization_domains;
mod organization_invitations;
mod organization_memberships;
mod organization_permissions;
mod organization_roles;
mod organizations;
mod phone_numbers;
mod position;
mod request;
mod role_sets;
mod sessions;
#[cfg(feature = "sign_in")]
mod sign_in_tokens;
#[cfg(feature = "sign_in")]
mod sign_ups;
mod stream;
mod types;
mod users;
mod waitlist_entries;
mod walk;

#[cfg(feature = "sign_in")]
pub use self::{
    actor_tokens::ActorTokens, agent_tasks::AgentTasks, sign_in_tokens::SignInTokens, sign_ups::SignUps, types::SignUp,
};
pub use self::{
    allow_list_block_list::{Allowlist, Blocklist},
    answer::{FromAnswer, Misfit},
    client::{Backend, BackendBuilder},
    clients::Clients,
    email_addresses::EmailAddresses,
    invitations::Invitations,
    list::{Fields, Key, List, ListCall},
    organization_domains::OrganizationDomains,
    organization_invitations::OrganizationInvitations,
    organization_memberships::OrganizationMemberships,
    organization_permissions::OrganizationPermissions,
    organization_roles::OrganizationRoles,
    organizations::Organizations,
    phone_numbers::PhoneNumbers,
    position::Position,
    request::{Request, Update, UpdateCall},
    role_sets::RoleSets,
    sessions::Sessions,
    stream::{Items, Pages},
    types::{
        Invitation, Organization, OrganizationInvitation, OrganizationInvitationWithPublicOrganizationData,
        OrganizationMembership, OrganizationWithLogo, RevokedInvitation, User,
    },
    users::Users,
    waitlist_entries::WaitlistEntries,
};
