//! The Backend API for servers: users and organizations with your own metadata types, lists as streams.
//!
//! Everything starts from [`Backend`], with a handle for each subject. A method of a handle returns a call; awaiting it sends
//! it. Lists come as one [`page`](List::page), [`pages`](List::pages) or a [`stream`](List::stream).

mod client;
#[rustfmt::skip]
mod generated;
mod handle;
mod handles;
mod types;
mod update;

#[cfg(feature = "sign_in")]
pub use self::types::SignUp;
pub use self::{
    client::{Backend, BackendBuilder},
    handles::*,
    types::{
        Invitation, OrganizationInvitation, OrganizationInvitationWithPublicOrganizationData, OrganizationWithLogo,
        RevokedInvitation,
    },
    update::{Update, UpdateCall},
};
pub use crate::{
    answer::{FromAnswer, Unfit},
    list::{Items, List, ListCall, Pages, Position, UsersAsJson},
    request::Request,
    typed::{Organization, OrganizationMembership, User},
};
#[doc(hidden)]
pub use crate::{
    list::{Fields, Key},
    sealed::Sealed,
};
