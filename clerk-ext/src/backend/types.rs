//! The types that only the API answers whose metadata has the types of the application.

use clerk_bapi::types;
use clerk_core::{Error, Json, Page};

use crate::{
    answer::{Fit, FromAnswer, Unfit, of_page, part, with_metadata},
    metadata::Metadata,
};

with_metadata! {
    /// An organization whose logo was changed.
    OrganizationWithLogo "organization" {
        /// What its members see and only servers change.
        public: OrganizationPublic = public_metadata,
        /// What only servers see.
        private: OrganizationPrivate = private_metadata,
    }

    /// An invitation to an organization.
    OrganizationInvitation "invitation" {
        /// What goes over to the membership, for members to see.
        public: OrganizationInvitationPublic = public_metadata,
        /// What goes over to the membership, for servers alone.
        private: OrganizationInvitationPrivate = private_metadata,
    }

    /// An invitation to an organization, with what anybody may know of the organization.
    OrganizationInvitationWithPublicOrganizationData "invitation" {
        /// What goes over to the membership, for members to see.
        public: OrganizationInvitationPublic = public_metadata,
        /// What goes over to the membership, for servers alone.
        private: OrganizationInvitationPrivate = private_metadata,
    }

    /// An invitation to sign up.
    Invitation "invitation" {
        /// What goes over to the user who accepts.
        public: InvitationPublic = public_metadata,
    }

    /// An invitation to sign up that was taken back.
    RevokedInvitation "invitation" {
        /// What would have gone over to the user.
        public: InvitationPublic = public_metadata,
    }
}

#[cfg(feature = "sign_in")]
with_metadata! {
    /// An attempt to sign up.
    SignUp "sign-up" {
        /// What goes over to the user, and only servers change.
        public: UserPublic = public_metadata,
        /// What goes over to the user, and the user changes.
        unsafe_: UserUnsafe = unsafe_metadata,
    }
}
