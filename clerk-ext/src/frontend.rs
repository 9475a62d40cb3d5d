//! The Frontend API, for programs that people sign in to.

#[rustfmt::skip]
mod generated;
mod types;

pub use self::types::{
    Organization, OrganizationInvitation, OrganizationInvitationUserContext, OrganizationMembership, SignUp, User,
};
pub use crate::{
    answer::{FromAnswer, Unfit},
    list::{Items, List, ListCall, Pages, Position},
    request::Request,
};
#[doc(hidden)]
pub use crate::{
    list::{Fields, Key},
    sealed::Sealed,
};
