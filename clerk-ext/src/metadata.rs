//! Metadata with the types of the application.
//!
//! Clerk keeps a JSON object of the application's own beside users, organizations, memberships and invitations: the
//! plan, the number of seats, the id in another system. This module puts types on them, once for the whole program.
//!
//! # Who sees what
//!
//! | part | who reads it | who writes it | on |
//! |---|---|---|---|
//! | public | the back end, and every front end that can see the record | the back end | all four |
//! | private | the back end | the back end | users, organizations, memberships, invitations to an organization |
//! | unsafe | the back end and the user's own front end | the back end **and the user** | users |
//!
//! - **Public** is no place for what users must not know about themselves or each other: other members of an
//!   organization see its members' public metadata. A token, a password hash, a note of the support team or a credit
//!   score does not belong there: keep notes and scores in private, secrets in neither.
//! - **Unsafe** is what the user says. Never decide by it: whoever is signed in can set `"role": "admin"` there from
//!   the console of a browser. A preferred colour is fine, a plan or a permission is not.
//! - The instance may copy public metadata into session tokens. Keep what is copied small: a cookie holds about four
//!   kilobytes. A changed value reaches the token when it is renewed, not at once.
//! - The metadata of an invitation passes to whoever accepts it: public to the user, or both kinds to the membership.
//! - What is stored fits the type only if everyone who writes keeps to it; the dashboard lets people type anything.
//!   Give fields that may be missing a `#[serde(default)]` or an `Option`, and do not refuse unknown ones: a newer
//!   version of the program may have written them.
//!
//! # Types
//!
//! [`metadata!`](crate::metadata!) names the types; whatever it does not name stays [`Json`].
//!
//! ```
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Debug, Default, Serialize, Deserialize)]
//! #[serde(default)]
//! struct Plan {
//!     name: String,
//!     seats: Option<u32>,
//! }
//!
//! clerk_ext::metadata! {
//!     /// The metadata of our application.
//!     struct App { user_public: Plan }
//! }
//!
//! fn free<M: clerk_ext::metadata::Metadata<UserPublic = Plan>>(plan: &M::UserPublic) -> bool {
//!     plan.seats.is_none()
//! }
//! assert!(free::<App>(&Plan::default()));
//! ```
//!
//! # Changes
//!
//! The API merges what it is sent into what is stored. A [`Patch`] is such a change: made from two values of the type,
//! from a closure that edits one, or from a struct of [`Update`](crate::Update)s. Keys that the type does not know are
//! never touched by it.

mod macros;
mod merge;
mod patch;
mod read;

use std::fmt::Debug;

use clerk_core::Json;
use serde::{Serialize, de::DeserializeOwned};

#[cfg(feature = "schemars")]
pub(crate) use self::read::push_key;
pub use self::{
    patch::{Partial, Patch},
    read::{Misfit, read},
};

/// What one kind of metadata may be: any type that is written and read as a JSON object.
///
/// Nothing implements it by hand: every type that can be metadata is.
pub trait MetadataPart: Serialize + DeserializeOwned + Clone + Debug + Send + Sync + Unpin + 'static {}

impl<T: Serialize + DeserializeOwned + Clone + Debug + Send + Sync + Unpin + 'static> MetadataPart for T {}

/// The types of all metadata of an application.
///
/// [`metadata!`](crate::metadata!) implements it for a type that stands for the application; [`Json`] implements it
/// too, and reads anything. A new user's metadata is an empty object: a type whose fields can all be missing reads it.
///
/// Metadata that comes from elsewhere, such as that of a user's account at another provider, is not the application's
/// and stays [`Json`].
pub trait Metadata: Clone + Debug + Send + Sync + Unpin + 'static {
    /// Of a user: their front end reads it, the back end writes it.
    type UserPublic: MetadataPart;
    /// Of a user: the back end alone.
    type UserPrivate: MetadataPart;
    /// Of a user: they write it themselves; never to be trusted. A sign-up has it before the user does.
    type UserUnsafe: MetadataPart;
    /// Of an organization: its members read it.
    type OrganizationPublic: MetadataPart;
    /// Of an organization: the back end alone.
    type OrganizationPrivate: MetadataPart;
    /// Of a membership: the members of the organization read it.
    type MembershipPublic: MetadataPart;
    /// Of a membership: the back end alone.
    type MembershipPrivate: MetadataPart;
    /// Of an invitation to the application; it becomes the user's public metadata.
    type InvitationPublic: MetadataPart;
    /// Of an invitation to an organization; it becomes the membership's public metadata.
    type OrganizationInvitationPublic: MetadataPart;
    /// Of an invitation to an organization: the back end alone. It becomes the membership's private metadata.
    type OrganizationInvitationPrivate: MetadataPart;
}

impl Metadata for Json {
    type UserPublic = Json;
    type UserPrivate = Json;
    type UserUnsafe = Json;
    type OrganizationPublic = Json;
    type OrganizationPrivate = Json;
    type MembershipPublic = Json;
    type MembershipPrivate = Json;
    type InvitationPublic = Json;
    type OrganizationInvitationPublic = Json;
    type OrganizationInvitationPrivate = Json;
}

#[cfg(test)]
#[path = "metadata/macros_tests.rs"]
mod tests;
