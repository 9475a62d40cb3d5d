//! What a sign-in form needs to know of the instance: who may come in, how, and by which rules.
//!
//! [`Environment`] answers in types what the API says in two places, an older and a newer one. Whatever the server does
//! not say reads as off, as without limit or as `None`, and each answer tells which; values that this version does not
//! know are kept. All of it is advice for a form: the server decides, with the settings of the moment.
//!
//! ```
//! use clerk_ext::frontend::{Environment, Provider, Strategy, environment::Identifier};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let local = clerk_local::LocalClerk::builder().start().await?;
//! let clerk = clerk_fapi::Client::builder_for(local.frontend_url()).build()?;
//! let environment = Environment::new(clerk.get_environment().send().await?);
//!
//! assert!(environment.identifiers().contains(&Identifier::EmailAddress));
//! assert!(environment.is_enabled(Strategy::PASSWORD) && environment.is_enabled(Provider::GITHUB));
//! for provider in environment.providers().into_iter().filter(|it| it.can_sign_in()) {
//!     println!("[ Continue with {} ]", provider.name);
//! }
//!
//! // It can be kept for starting offline.
//! let kept = serde_json::to_string(&environment)?;
//! let environment: Environment = serde_json::from_str(&kept)?;
//! assert_eq!(environment.branding().application_name.as_deref(), Some("Local"));
//! # Ok(()) }
//! ```

mod branding;
mod organizations;
mod passwords;
mod protection;
mod sign_in;
mod sign_up;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use clerk_core::Timestamp;
use clerk_fapi::types;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A name that a sign-in can start with, as sign-ins list them too.
pub use clerk_fapi::types::SignInSupportedIdentifier as Identifier;
pub use clerk_fapi::types::{
    AttributeSetting, CaptchaWidgetType, DeviceAttestationMode, InstanceEnvironmentType, OrganizationEnrollmentMode,
    PreferredSignInStrategy, SignUpMode,
};

pub use self::{
    branding::{Branding, Urls},
    organizations::{DomainRules, OrganizationRules},
    passwords::{PasswordCheck, PasswordRule, PasswordRules},
    protection::Protection,
    sign_in::{PasskeyRules, ProviderInfo},
    sign_up::{SignUpField, SignUpRules, UsernameRules},
};

/// What an instance has switched on, and its rules: everything that a form asks before it shows a field.
///
/// Cheap to clone. It is public, changes seldom and may be cached: serde writes and reads it as the API does. An empty
/// one, [`default`](Self::default) or `{}`, has everything off.
#[derive(Clone, Debug, Default)]
pub struct Environment(Arc<types::Environment>);

impl Environment {
    /// The environment that the API answered.
    #[must_use]
    pub fn new(raw: types::Environment) -> Self {
        Self(Arc::new(raw))
    }

    /// What the API said, with all that has no method here.
    #[must_use]
    pub fn raw(&self) -> &types::Environment {
        &self.0
    }

    /// Whether the instance is for trying things out, for a rehearsal or for real users.
    #[must_use]
    pub fn instance_kind(&self) -> Option<InstanceEnvironmentType> {
        self.display_config()?.instance_environment_type.clone()
    }

    /// Whether programs outside of a browser are let in at all; `None` where the server does not say.
    ///
    /// When false, every request fails with `native_api_disabled` until it is switched on in the dashboard, under
    /// native applications.
    #[must_use]
    pub fn native_api_enabled(&self) -> Option<bool> {
        Some(self.auth_config()?.native_settings.as_ref()?.api_enabled)
    }

    /// Whether sign-ins and changes may be refused for a while.
    #[must_use]
    pub fn maintenance_mode(&self) -> bool {
        self.0.maintenance_mode
    }

    /// Whether test addresses and numbers are accepted, with their fixed code.
    #[must_use]
    pub fn test_mode(&self) -> bool {
        self.auth_config().is_some_and(|auth| auth.test_mode)
    }

    /// When somebody took over the application, if it was set up without an account.
    #[must_use]
    pub fn claimed_at(&self) -> Option<Timestamp> {
        self.auth_config()?.claimed_at
    }

    /// What sessions are like.
    #[must_use]
    pub fn sessions(&self) -> SessionRules {
        let auth = self.auth_config();
        SessionRules {
            single: auth.is_some_and(|auth| auth.single_session_mode),
            minter: auth.is_some_and(|auth| auth.session_minter),
            reverification: auth.is_some_and(|auth| auth.reverification),
        }
    }

    /// Who may have API keys.
    #[must_use]
    pub fn api_keys(&self) -> ApiKeyRules {
        let settings = self.0.api_keys_settings.as_ref().filter(|settings| settings.enabled);
        ApiKeyRules {
            users: settings.is_some_and(|settings| settings.user_api_keys_enabled),
            organizations: settings.is_some_and(|settings| settings.orgs_api_keys_enabled),
        }
    }

    /// Who can subscribe to plans.
    #[must_use]
    pub fn billing(&self) -> BillingRules {
        let settings = self.0.commerce_settings.as_ref().and_then(|commerce| commerce.billing.as_ref());
        let user = settings.and_then(|settings| settings.user.as_ref());
        let organization = settings.and_then(|settings| settings.organization.as_ref());
        BillingRules {
            users: user.is_some_and(|user| user.enabled),
            organizations: organization.is_some_and(|organization| organization.enabled),
            free_trial_requires_payment_method: settings
                .is_some_and(|settings| settings.free_trial_requires_payment_method),
        }
    }

    fn auth_config(&self) -> Option<&types::AuthConfig> {
        self.0.auth_config.as_ref()
    }

    fn display_config(&self) -> Option<&types::DisplayConfig> {
        self.0.display_config.as_ref()
    }

    fn user_settings(&self) -> Option<&types::UserSettings> {
        self.0.user_settings.as_ref()
    }
}

impl From<types::Environment> for Environment {
    fn from(raw: types::Environment) -> Self {
        Self::new(raw)
    }
}

impl Serialize for Environment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Environment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        types::Environment::deserialize(deserializer).map(Self::new)
    }
}

/// What sessions of the instance are like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionRules {
    /// Whether a device holds one signed-in user at a time; signing in another then needs signing out first.
    pub single: bool,
    /// Whether renewing a session token takes the token before.
    pub minter: bool,
    /// Whether sensitive changes ask for a factor again.
    pub reverification: bool,
}

/// Who may have API keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiKeyRules {
    /// People, in their profile.
    pub users: bool,
    /// Organizations, in their settings.
    pub organizations: bool,
}

/// Who can subscribe to plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BillingRules {
    /// People, for themselves.
    pub users: bool,
    /// Organizations, for their members.
    pub organizations: bool,
    /// Whether a trial starts only with a means of payment.
    pub free_trial_requires_payment_method: bool,
}

/// A text that says something: servers write what is not set as null, as nothing or as an empty text.
fn said(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

/// A limit that is one: servers write none as null or as 0.
fn limit(number: Option<i64>) -> Option<usize> {
    number.and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0)
}
