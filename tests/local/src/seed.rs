//! What is there from the start.

use std::{fmt, path::Path};

use clerk_core::{JsonMap, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{settings::Settings, state::State};

mod organizations;
mod users;

/// What is there from the start; as JSON it is the seed file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Seed {
    /// How the instance behaves.
    pub settings: Option<Settings>,
    /// Its keys.
    pub keys: Option<SeedKeys>,
    /// Users.
    pub users: Vec<SeedUser>,
    /// Organizations, whose members are among the users.
    pub organizations: Vec<SeedOrganization>,
}

/// Keys that are the same from one start to the next.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SeedKeys {
    /// Such as `sk_test_…`.
    pub secret_key: Option<String>,
}

/// A user.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SeedUser {
    /// A new one where it is not given.
    pub id: Option<String>,
    /// The id in a system of one's own.
    pub external_id: Option<String>,
    /// Verified addresses; the first is the primary one.
    pub email_addresses: Vec<String>,
    /// Verified numbers; the first is the primary one.
    pub phone_numbers: Vec<String>,
    /// A name to sign in with.
    pub username: Option<String>,
    /// A password, unchecked against the rules.
    pub password: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Seen by everyone, set by back ends.
    pub public_metadata: JsonMap,
    /// Seen and set by back ends.
    pub private_metadata: JsonMap,
    /// Set by the user.
    pub unsafe_metadata: JsonMap,
    /// A base32 secret: the user has an authenticator app.
    pub totp_secret: Option<String>,
    /// Codes on paper.
    pub backup_codes: Vec<String>,
    /// Numbers that serve as a second factor, among `phone_numbers`.
    pub second_factor_phone_numbers: Vec<String>,
    /// Social accounts: provider, such as `google`, and the id there.
    pub external_accounts: Vec<(String, String)>,
    /// The slug of the plan.
    pub plan: Option<String>,
    /// Slugs of features.
    pub features: Vec<String>,
    /// Refused everywhere.
    pub banned: bool,
}

/// An organization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SeedOrganization {
    /// A new one where it is not given.
    pub id: Option<String>,
    /// For people.
    pub name: String,
    /// For URLs.
    pub slug: Option<String>,
    /// Its members.
    pub members: Vec<SeedMember>,
    /// Seen by everyone, set by back ends.
    pub public_metadata: JsonMap,
    /// Seen and set by back ends.
    pub private_metadata: JsonMap,
    /// The slug of the plan.
    pub plan: Option<String>,
    /// Slugs of features.
    pub features: Vec<String>,
}

/// A member of an organization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SeedMember {
    /// The id, address, number or name of one of the users.
    pub user: String,
    /// Such as `org:admin`; the default role where it is not given.
    pub role: Option<String>,
}

impl fmt::Debug for SeedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeedKeys").finish_non_exhaustive()
    }
}

/// Who it is, without passwords, secrets and codes.
impl fmt::Debug for SeedUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeedUser")
            .field("id", &self.id)
            .field("email_addresses", &self.email_addresses)
            .field("phone_numbers", &self.phone_numbers)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

impl Seed {
    /// Reads a seed file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is not a seed.
    pub fn read(file: impl AsRef<Path>) -> std::io::Result<Self> {
        let file = file.as_ref();
        let told = |kind, error: &dyn std::fmt::Display| {
            std::io::Error::new(kind, format!("the seed {} cannot be read: {error}", file.display()))
        };
        let text = std::fs::read(file).map_err(|error| told(error.kind(), &error))?;
        serde_json::from_slice(&text).map_err(|error| told(std::io::ErrorKind::InvalidData, &error))
    }

    /// With one more user.
    #[must_use]
    pub fn user(mut self, user: SeedUser) -> Self {
        self.users.push(user);
        self
    }

    /// With one more organization.
    #[must_use]
    pub fn organization(mut self, organization: SeedOrganization) -> Self {
        self.organizations.push(organization);
        self
    }

    /// Adds everything to the state, or nothing of it; the error names the entry that does not fit.
    pub(crate) fn apply(&self, state: &mut State, now: Timestamp) -> Result<(), String> {
        let users = users::read(&self.users, state, now)?;
        let organizations = organizations::read(&self.organizations, state, &users)?;
        if let Some(settings) = &self.settings
            && settings != state.settings()
        {
            state.settings_mut().clone_from(settings);
        }
        users::add(users, state);
        organizations::add(organizations, state, now)
    }
}

impl SeedUser {
    /// A user with a verified address.
    #[must_use]
    pub fn new(email_address: impl Into<String>) -> Self {
        Self { email_addresses: vec![email_address.into()], ..Self::default() }
    }

    /// With a password.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// With an authenticator app that has this secret, in base32: see [`LocalClerk::totp_code`](crate::LocalClerk::totp_code).
    #[must_use]
    pub fn totp_secret(mut self, secret: impl Into<String>) -> Self {
        self.totp_secret = Some(secret.into());
        self
    }

    /// With an id that is known in advance.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// With a given and a family name.
    #[must_use]
    pub fn name(mut self, first: impl Into<String>, last: impl Into<String>) -> Self {
        self.first_name = Some(first.into());
        self.last_name = Some(last.into());
        self
    }
}

impl SeedOrganization {
    /// An organization without members.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// With an id that is known in advance.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// With a slug, by which it is found as well.
    #[must_use]
    pub fn slug(mut self, slug: impl Into<String>) -> Self {
        self.slug = Some(slug.into());
        self
    }

    /// With a user of the seed as a member: by id, address, number or name, and the key of a role.
    #[must_use]
    pub fn member(mut self, user: impl Into<String>, role: impl Into<String>) -> Self {
        self.members.push(SeedMember { user: user.into(), role: Some(role.into()) });
        self
    }
}
