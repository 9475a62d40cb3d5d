//! The Backend API for servers: users and organizations with your own metadata types, lists as streams.
//!
//! Everything hangs on [`Backend`], on handles by subject. A method of a handle gives a call; awaiting it sends it. Lists
//! give one [`page`](List::page), [`pages`](List::pages) or a [`stream`](List::stream).

mod answer;
mod client;
#[rustfmt::skip]
mod generated;
mod handle;
mod handles;
mod list;
mod position;
mod request;
mod sealed;
mod stream;
mod types;
mod walk;

#[cfg(feature = "sign_in")]
pub use self::types::SignUp;
pub use self::{
    answer::{FromAnswer, Unfit},
    client::{Backend, BackendBuilder},
    handles::*,
    list::{List, ListCall},
    position::Position,
    request::{Request, Update, UpdateCall},
    stream::{Items, Pages},
    types::{
        Invitation, Organization, OrganizationInvitation, OrganizationInvitationWithPublicOrganizationData,
        OrganizationMembership, OrganizationWithLogo, RevokedInvitation, User,
    },
};
#[doc(hidden)]
pub use self::{
    list::{Fields, Key},
    sealed::Sealed,
};
