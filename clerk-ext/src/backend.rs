//! The Backend API for servers: users and organizations with your own metadata types, lists as streams.
//!
//! Everything hangs on [`Backend`], on handles by subject. A method of a handle gives a call; awaiting it sends it. Lists
//! give one [`page`](List::page), [`pages`](List::pages) or a [`stream`](List::stream).

mod answer;
mod client;
#[rustfmt::skip]
mod generated;
mod handle;
mod invitations;
mod list;
mod organization_invitations;
mod organization_memberships;
mod organizations;

mod position;
mod request;
mod stream;
mod types;
mod users;
mod walk;

#[cfg(feature = "sign_in")]
pub use self::types::SignUp;
pub use self::{
    answer::{FromAnswer, Misfit},
    client::{Backend, BackendBuilder},
    invitations::Invitations,
    list::{Fields, Key, List, ListCall},
    organization_invitations::OrganizationInvitations,
    organization_memberships::OrganizationMemberships,
    organizations::Organizations,
    position::Position,
    request::{Request, Update, UpdateCall},
    stream::{Items, Pages},
    types::{
        Invitation, Organization, OrganizationInvitation, OrganizationInvitationWithPublicOrganizationData,
        OrganizationMembership, OrganizationWithLogo, RevokedInvitation, User,
    },
    users::Users,
};
