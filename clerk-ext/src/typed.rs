//! The types whose metadata has the types of the application, and which webhooks carry as the Backend API answers them.

use clerk_bapi::types;
use clerk_core::{Error, Json, Page};

use crate::{
    answer::{Fit, FromAnswer, Unfit, of_page, part, with_metadata},
    metadata::Metadata,
};

with_metadata! {
    /// A person who can sign in.
    User "user" {
        /// What the user sees and only servers change.
        public: UserPublic = public_metadata,
        /// What only servers see.
        private: UserPrivate = private_metadata,
        /// What the user sees and changes: never rely on it.
        unsafe_: UserUnsafe = unsafe_metadata,
    }

    /// A group of users.
    Organization "organization" {
        /// What its members see and only servers change.
        public: OrganizationPublic = public_metadata,
        /// What only servers see.
        private: OrganizationPrivate = private_metadata,
    }

    /// That a user belongs to an organization, and as what.
    OrganizationMembership "membership" {
        /// What members see and only servers change.
        public: MembershipPublic = public_metadata,
        /// What only servers see.
        private: MembershipPrivate = private_metadata,
    }
}
