use std::{borrow::Borrow, convert::Infallible, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! ids {
    ($($name:ident $what:literal;)*) => {$(
        #[doc = concat!("The id of ", $what, ".")]
        ///
        /// Nothing is checked when one is made or read: ids are opaque, and no prefix is required.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The id as the `String` it is kept in.
            #[must_use]
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&String> for $name {
            fn from(id: &String) -> Self {
                Self(id.clone())
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = Infallible;

            fn from_str(id: &str) -> Result<Self, Infallible> {
                Ok(Self::from(id))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self)
            }
        }

        #[cfg(feature = "schemars")]
        crate::wire::string_schema!($name);
    )*};
}

ids! {
    ActorTokenId "an actor token";
    AdminPortalLinkId "an admin portal link";
    AdminPortalLinkTokenId "the token of an admin portal link";
    AgentTaskId "an agent task";
    AllowlistIdentifierId "an entry of the allow-list";
    ApiKeyId "an API key";
    ApplicationId "an application";
    BlocklistIdentifierId "an entry of the block-list";
    CheckoutId "a checkout";
    ClientId "a client: one device or browser, with the sessions signed in on it";
    CreditLedgerId "an entry of a credit ledger";
    DirectoryGroupRoleMappingId "a mapping from a directory's group to a role";
    DirectoryId "a directory that users are provisioned from";
    DiscountId "a discount";
    DomainId "a domain of the instance";
    EmailAddressId "an email address";
    EnterpriseAccountId "an account at an enterprise identity provider";
    EnterpriseConnectionId "an enterprise connection";
    EnterpriseConnectionTestRunId "a test run of an enterprise connection";
    EventId "an event";
    ExternalAccountId "an account at a social provider";
    FeatureId "a feature of a plan";
    InstanceId "an instance";
    InvitationId "an invitation to the application";
    JwtTemplateId "a JWT template";
    M2mTokenId "a machine-to-machine token";
    MachineId "a machine";
    OAuthApplicationId "an OAuth application";
    OAuthTokenId "an OAuth token";
    OrganizationDomainId "a domain of an organization";
    OrganizationId "an organization";
    OrganizationInvitationId "an invitation to an organization";
    OrganizationMembershipId "a membership in an organization";
    OrganizationMembershipRequestId "a request to join an organization";
    OrganizationRef "an organization, or its slug: for operations that take either";
    OrganizationSuggestionId "a suggestion to join an organization";
    PasskeyId "a passkey";
    PayerId "a payer: the user or organization that a subscription belongs to";
    PaymentAttemptId "a payment attempt";
    PaymentMethodId "a payment method";
    PermissionId "a permission";
    PhoneNumberId "a phone number";
    PlanId "a plan";
    PriceId "a price";
    PriceTransitionId "a price transition";
    ProxyCheckId "a proxy check";
    RedirectUrlId "a redirect URL";
    RoleId "a role";
    RoleSetId "a role set";
    RoleSetRef "a role set, or its key: for operations that take either";
    EmailId "an email that was sent";
    OAuthClientId "a client of Clerk as an identity provider";
    PlanRef "a plan, or its slug: for operations that take either";
    SamlAccountId "a SAML account";
    SamlConnectionId "a SAML connection";
    ScimDirectoryId "a SCIM directory";
    ScimGroupRoleMappingId "a mapping from a SCIM group to a role";
    SessionActivityId "the latest activity of a session";
    SessionId "a session";
    SignInId "a sign-in";
    SignInTokenId "a sign-in token";
    SignUpId "a sign-up";
    StatementId "a billing statement";
    SubscriptionId "a subscription";
    SubscriptionItemId "an item of a subscription";
    TemplateId "an email or SMS template";
    TestingTokenId "a testing token";
    TrustedDeviceId "a trusted device";
    UserId "a user";
    VerificationId "a verification";
    WaitlistEntryId "an entry of the waitlist";
    Web3WalletId "a web3 wallet";
}

impl From<OrganizationId> for OrganizationRef {
    fn from(id: OrganizationId) -> Self {
        Self(id.0)
    }
}

impl From<&OrganizationId> for OrganizationRef {
    fn from(id: &OrganizationId) -> Self {
        Self(id.0.clone())
    }
}

impl From<RoleSetId> for RoleSetRef {
    fn from(id: RoleSetId) -> Self {
        Self(id.0)
    }
}

impl From<&RoleSetId> for RoleSetRef {
    fn from(id: &RoleSetId) -> Self {
        Self(id.0.clone())
    }
}

impl From<PlanId> for PlanRef {
    fn from(id: PlanId) -> Self {
        Self(id.0)
    }
}

impl From<&PlanId> for PlanRef {
    fn from(id: &PlanId) -> Self {
        Self(id.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_its_type_in_debug_and_only_itself_in_display() {
        let id = UserId::from("user_1");
        assert_eq!(format!("{id:?}"), r#"UserId("user_1")"#);
        assert_eq!(format!("{id:>8}"), "  user_1");
    }

    #[test]
    fn an_id_travels_as_a_plain_string_and_any_string_is_read() {
        let id: SessionId = serde_json::from_str(r#""no prefix at all""#).unwrap();
        assert_eq!(id, "no prefix at all");
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""no prefix at all""#);
        assert!(serde_json::from_str::<SessionId>("1").is_err());
    }

    #[test]
    fn an_id_is_made_from_every_kind_of_text_and_from_a_reference_to_itself() {
        let text = String::from("user_1");
        let id = UserId::from(&text);
        assert_eq!(UserId::from(&id), id);
        assert_eq!(UserId::from(text.clone()), id);
        assert_eq!("user_1".parse::<UserId>().unwrap(), id);
        assert_eq!(id.into_string(), text);
    }

    #[test]
    fn an_organization_id_serves_where_an_id_or_a_slug_is_taken() {
        let id = OrganizationId::from("org_1");
        assert_eq!(OrganizationRef::from(&id).as_str(), "org_1");
        assert_eq!(OrganizationRef::from(id), OrganizationRef::from("org_1"));
    }

    #[test]
    fn ids_are_looked_up_in_a_map_by_plain_text() {
        let map = std::collections::HashMap::from([(UserId::from("user_1"), 7)]);
        assert_eq!(map.get("user_1"), Some(&7));
    }
}
