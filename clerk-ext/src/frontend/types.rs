//! The types of the API whose metadata has the types of the application.

use clerk_core::{Error, Json, Page};
use clerk_fapi::types::{self, Enveloped};

use crate::{
    answer::{Fit, FromAnswer, Unfit, of_page, part, with_metadata},
    metadata::Metadata,
};

with_metadata! {
    /// Whoever is signed in.
    User "user" {
        /// What the user sees and only servers change.
        public: UserPublic = public_metadata,
        /// What the user sees and changes: never rely on it.
        unsafe_: UserUnsafe = unsafe_metadata,
    }

    /// A group of users.
    Organization "organization" {
        /// What its members see and only servers change.
        public: OrganizationPublic = public_metadata,
    }

    /// That a user belongs to an organization, and as what.
    OrganizationMembership "membership" {
        /// What members see and only servers change.
        public: MembershipPublic = public_metadata,
    }

    /// An invitation to an organization, as its members see it.
    OrganizationInvitation "invitation" {
        /// What goes over to the membership.
        public: OrganizationInvitationPublic = public_metadata,
    }

    /// An invitation to an organization, as the person sees it who was invited.
    OrganizationInvitationUserContext "invitation" {
        /// What goes over to the membership.
        public: OrganizationInvitationPublic = public_metadata,
    }
}

/// The same types out of the envelope that most answers come in.
macro_rules! enveloped {
    ($($name:ident)*) => {$(
        impl<M: Metadata> Fit<Enveloped<types::$name>> for $name<M> {
            fn fit(answer: Enveloped<types::$name>) -> Result<Self, Unfit<Enveloped<types::$name>>> {
                let client = answer.client;
                Self::fit(answer.response).map_err(|Unfit { raw, error }| {
                    let mut raw = Enveloped::new(raw);
                    raw.client = client;
                    Unfit { raw, error }
                })
            }
        }

        impl<M: Metadata> FromAnswer<Enveloped<types::$name>> for $name<M> {
            fn from_answer(answer: Enveloped<types::$name>) -> Result<Self, Error> {
                Self::from_answer(answer.response)
            }
        }

        impl<M: Metadata> FromAnswer<Enveloped<Page<types::$name>>> for Page<$name<M>> {
            fn from_answer(answer: Enveloped<Page<types::$name>>) -> Result<Self, Error> {
                of_page(answer.response)
            }
        }
    )*};
}

enveloped! { User Organization OrganizationMembership OrganizationInvitation OrganizationInvitationUserContext }

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::metadata;

    metadata! {
        struct App { org_public: Seats }
    }

    #[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
    struct Seats {
        seats: u32,
    }

    fn answer(metadata: &Json) -> Enveloped<types::Organization> {
        serde_json::from_value(json!({
            "response": { "id": "org_1", "name": "Acme", "slug": "acme", "public_metadata": metadata },
            "client": { "id": "client_1" },
        }))
        .unwrap()
    }

    #[test]
    fn metadata_is_read_out_of_the_envelope() {
        let organization: Organization<App> = FromAnswer::from_answer(answer(&json!({ "seats": 3 }))).unwrap();
        assert_eq!((organization.public.seats, organization.name.as_str()), (3, "Acme"));
    }

    #[test]
    fn what_is_read_as_it_is_comes_without_its_envelope() {
        let organization: types::Organization = FromAnswer::from_answer(answer(&json!({}))).unwrap();
        assert_eq!(organization.name, "Acme");
    }

    #[test]
    fn what_does_not_fit_comes_back_with_its_envelope() {
        let unfit: Result<Organization<App>, Unfit<_>> =
            FromAnswer::from_answer(answer(&json!({ "seats": -3 }))).unwrap();
        let unfit = unfit.unwrap_err();
        assert_eq!(unfit.error.path(), Some("public_metadata.seats"));
        assert_eq!(unfit.raw.client.map(|client| client.id.to_string()), Some("client_1".to_owned()));
    }
}
