//! How the instance is set up: by the builder, by a seed file, and in part over the Backend API.

use std::{collections::BTreeMap, time::Duration};

use clerk_core::JsonMap;
use serde::{Deserialize, Serialize};

pub use self::{instance::InstanceSettings, oauth::OAuthServer};

mod durations;
mod instance;
mod oauth;

/// How the instance behaves.
///
/// The default is what a new application has: email address with password or code, Google and GitHub, organizations on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// What the application is called in mails and on pages.
    pub application_name: String,
    /// Development or production: which keys there are, and how browsers are told apart.
    pub environment: Environment,
    /// What a user may have, and what signs them in.
    pub attributes: Attributes,
    /// Social providers by name, such as `google`; all of them lead to the local provider.
    pub social: BTreeMap<String, SocialProvider>,
    /// Who may sign up, and what that takes.
    pub sign_up: SignUpSettings,
    /// What a password has to be like.
    pub password: PasswordRules,
    /// Whether everyone has to have a second factor: without one a session stays pending.
    pub second_factor_required: bool,
    /// Organizations and their rules.
    pub organizations: OrganizationSettings,
    /// Whether a client holds one session at a time.
    pub single_session: bool,
    /// Whether a password given on an unknown device has to be followed by a code.
    pub client_trust: bool,
    /// Whether native applications are served at all.
    pub native_api: bool,
    /// Whether native applications have to attest their device.
    pub device_attestation: DeviceAttestation,
    /// Redirect URLs that native applications may be sent back to; an empty list allows all.
    pub redirect_urls: Vec<String>,
    /// Users are locked after this many wrong passwords or codes; `None` never locks.
    pub max_failed_attempts: Option<u32>,
    /// How long a locked user stays locked.
    #[serde(with = "durations::seconds")]
    pub lockout: Duration,
    /// Whether users may delete themselves.
    pub delete_self: bool,
    /// Whether API keys can be made, by users and for organizations.
    pub api_keys: bool,
    /// What the Backend API sets of an instance, beyond who its users are.
    pub instance: InstanceSettings,
    /// How long things last.
    pub lifetimes: Lifetimes,
    /// The layout of session tokens.
    pub token_version: TokenVersion,
    /// Claims that are added to every session token; `{{user.id}}` and the like are filled in.
    pub session_claims: JsonMap,
    /// JWT templates by name.
    pub jwt_templates: BTreeMap<String, JwtTemplateSettings>,
    /// Whether requests are limited as the real service does.
    pub rate_limits: bool,
    /// How the local OAuth provider answers.
    pub provider: ProviderMode,
    /// This instance as an authorization server.
    pub oauth: OAuthServer,
    /// How fast failed webhooks are tried again: 1 is the real schedule, 0.001 a thousand times as fast.
    pub webhook_time_scale: f64,
}

/// Which kind of instance it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Keys begin with `pk_test_` and `sk_test_`; browsers are told apart by a token in the URL.
    #[default]
    Development,
    /// Keys begin with `pk_live_` and `sk_live_`.
    Production,
}

/// What a user may have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Attributes {
    /// Verified by `email_code` or `email_link`.
    pub email_address: Attribute,
    /// Verified by `phone_code`.
    pub phone_number: Attribute,
    /// A name that is unique here.
    pub username: Attribute,
    /// A secret word.
    pub password: Attribute,
    /// A given name.
    pub first_name: Attribute,
    /// A family name.
    pub last_name: Attribute,
    /// Keys that stay on a device.
    pub passkey: Attribute,
    /// Codes of an app, as a second factor.
    pub authenticator_app: Attribute,
    /// Codes on paper, as a second factor.
    pub backup_code: Attribute,
    /// Wallets; kept with users, never verified here.
    pub web3_wallet: Attribute,
}

/// One thing that a user may have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Attribute {
    /// Whether there is such a thing at all.
    pub enabled: bool,
    /// Whether a sign-up is incomplete without it.
    pub required: bool,
    /// Strategies that sign in with it, such as `email_code`; empty means none.
    pub first_factors: Vec<String>,
    /// Strategies that serve as a second factor with it.
    pub second_factors: Vec<String>,
    /// Strategies that verify it.
    pub verifications: Vec<String>,
    /// Whether a sign-up has to verify it.
    pub verify_at_sign_up: bool,
    /// Whether users can no longer change it once it is set.
    pub immutable: bool,
}

/// A social provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SocialProvider {
    /// Whether it can be used.
    pub enabled: bool,
    /// Whether it signs people in; otherwise it only connects accounts.
    pub authenticatable: bool,
    /// Whether addresses with a `+` in them are refused.
    pub block_email_subaddresses: bool,
}

/// Who may sign up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SignUpSettings {
    /// Everyone, those invited, or those let in from the waitlist.
    pub mode: SignUpMode,
    /// Whether the terms have to be accepted.
    pub legal_consent_required: bool,
    /// Whether a browser has to solve a captcha; native applications and testing tokens do not.
    pub captcha: bool,
    /// Only listed addresses may sign up, whatever the mode.
    pub allowlist: bool,
    /// Listed addresses may not sign up or in.
    pub blocklist: bool,
    /// Whether the back end has to report a step of its own as done before a sign-up completes.
    pub custom_action_required: bool,
    /// Addresses with a `+` in them are refused.
    pub block_email_subaddresses: bool,
    /// Addresses of disposable domains are refused.
    pub block_disposable_email_domains: bool,
}

/// Who may sign up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUpMode {
    /// Everyone.
    #[default]
    Public,
    /// Those with an invitation.
    Restricted,
    /// Those who were let in from the waitlist.
    Waitlist,
}

/// What a password has to be like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PasswordRules {
    /// The fewest characters.
    pub min_length: u32,
    /// The most characters.
    pub max_length: u32,
    /// One of `a` to `z`.
    pub require_lowercase: bool,
    /// One of `A` to `Z`.
    pub require_uppercase: bool,
    /// One of `0` to `9`.
    pub require_numbers: bool,
    /// One that is neither letter nor digit.
    pub require_special_char: bool,
    /// Passwords that count as leaked.
    pub compromised: Vec<String>,
    /// Whether leaked passwords are looked for at all.
    pub check_compromised: bool,
    /// Whether a leaked password is also refused when signing in, not only when it is set.
    pub enforce_on_sign_in: bool,
}

/// Organizations and their rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OrganizationSettings {
    /// Whether there are organizations.
    pub enabled: bool,
    /// Whether a session is pending until an organization is chosen.
    pub force_selection: bool,
    /// How many members an organization may have; 0 is no limit.
    pub max_allowed_memberships: i64,
    /// How many organizations a user may make; 0 is no limit.
    pub create_limit: i64,
    /// Whether users may make organizations.
    pub users_may_create: bool,
    /// Whether those who may manage an organization may delete it.
    pub admin_delete: bool,
    /// Whether organizations have slugs.
    pub slugs: bool,
    /// Whether organizations may have verified domains.
    pub domains: bool,
    /// How people with an address of a verified domain may come in.
    pub domain_enrollment_modes: Vec<String>,
    /// The role of members who come in through a domain.
    pub domain_default_role: String,
    /// The role of who makes an organization.
    pub creator_role: String,
    /// The role of members unless another is given.
    pub default_role: String,
    /// Roles beyond, or instead of, `org:admin` and `org:member`.
    pub roles: Vec<RoleSettings>,
    /// Permissions beyond those of the system.
    pub permissions: Vec<PermissionSettings>,
}

/// A role in an organization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RoleSettings {
    /// Such as `org:billing`.
    pub key: String,
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
    /// Keys of permissions.
    pub permissions: Vec<String>,
}

/// A permission in an organization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PermissionSettings {
    /// Such as `org:invoices:create`.
    pub key: String,
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
}

/// Whether native applications have to attest their device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceAttestation {
    /// Not asked for.
    #[default]
    Disabled,
    /// Asked for, not demanded.
    Onboarding,
    /// Demanded: what signs in or up is refused without it.
    Enforced,
}

/// How long things last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Lifetimes {
    /// A session token: 60 s.
    #[serde(with = "durations::seconds")]
    pub token: Duration,
    /// A session: 7 days.
    #[serde(with = "durations::seconds")]
    pub session: Duration,
    /// A session that is not used: `None`, which is that it does not matter.
    #[serde(with = "durations::optional_seconds")]
    pub session_inactivity: Option<Duration>,
    /// A sign-in or sign-up that is not finished: 1 day.
    #[serde(with = "durations::seconds")]
    pub attempt: Duration,
    /// A code, a link, a round trip through a provider: 10 min.
    #[serde(with = "durations::seconds")]
    pub verification: Duration,
    /// Until a code can be sent again: 30 s; 0 switches it off.
    #[serde(with = "durations::seconds")]
    pub resend: Duration,
    /// Until a proven factor no longer counts for what needs reverification: 10 min.
    #[serde(with = "durations::seconds")]
    pub reverification: Duration,
    /// An invitation: 30 days.
    #[serde(with = "durations::seconds")]
    pub invitation: Duration,
}

/// The layout of session tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenVersion {
    /// `org_id`, `org_role`, `org_permissions`.
    #[serde(rename = "1")]
    V1,
    /// `o`, `fea`, `pla`.
    #[default]
    #[serde(rename = "2")]
    V2,
}

/// A JWT template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct JwtTemplateSettings {
    /// With `{{user.id}}` and the like filled in.
    pub claims: JsonMap,
    /// 60 s.
    #[serde(with = "durations::seconds")]
    pub lifetime: Duration,
    /// How much `nbf` lies before `iat`.
    #[serde(with = "durations::seconds")]
    pub allowed_clock_skew: Duration,
}

/// How the local OAuth provider answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderMode {
    /// A page asks.
    #[default]
    Consent,
    /// It approves at once, as the account that was last seeded or used.
    Approve,
    /// It denies at once.
    Deny,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            application_name: "Local".to_owned(),
            environment: Environment::Development,
            attributes: Attributes::default(),
            social: ["google", "github"].map(|name| (name.to_owned(), SocialProvider::default())).into(),
            sign_up: SignUpSettings::default(),
            password: PasswordRules::default(),
            second_factor_required: false,
            organizations: OrganizationSettings::default(),
            single_session: false,
            client_trust: false,
            native_api: true,
            device_attestation: DeviceAttestation::Disabled,
            redirect_urls: Vec::new(),
            max_failed_attempts: Some(100),
            lockout: Duration::from_secs(3600),
            delete_self: true,
            api_keys: true,
            instance: InstanceSettings::default(),
            lifetimes: Lifetimes::default(),
            token_version: TokenVersion::V2,
            session_claims: JsonMap::new(),
            jwt_templates: BTreeMap::new(),
            rate_limits: false,
            provider: ProviderMode::Consent,
            oauth: OAuthServer::default(),
            webhook_time_scale: 1.0,
        }
    }
}

impl Default for Attributes {
    fn default() -> Self {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        Self {
            email_address: Attribute {
                enabled: true,
                required: true,
                first_factors: list(&["email_code", "email_link", "reset_password_email_code"]),
                verifications: list(&["email_code", "email_link"]),
                second_factors: Vec::new(),
                verify_at_sign_up: true,
                immutable: false,
            },
            phone_number: Attribute {
                enabled: true,
                first_factors: list(&["phone_code", "reset_password_phone_code"]),
                second_factors: list(&["phone_code"]),
                verifications: list(&["phone_code"]),
                verify_at_sign_up: true,
                ..Attribute::default()
            },
            username: Attribute { enabled: true, ..Attribute::default() },
            password: Attribute { enabled: true, required: true, ..Attribute::default() },
            first_name: Attribute { enabled: true, ..Attribute::default() },
            last_name: Attribute { enabled: true, ..Attribute::default() },
            passkey: Attribute { enabled: true, first_factors: list(&["passkey"]), ..Attribute::default() },
            authenticator_app: Attribute { enabled: true, second_factors: list(&["totp"]), ..Attribute::default() },
            backup_code: Attribute { enabled: true, second_factors: list(&["backup_code"]), ..Attribute::default() },
            web3_wallet: Attribute::default(),
        }
    }
}

impl Default for SocialProvider {
    fn default() -> Self {
        Self { enabled: true, authenticatable: true, block_email_subaddresses: false }
    }
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self {
            min_length: 8,
            max_length: 72,
            require_lowercase: false,
            require_uppercase: false,
            require_numbers: false,
            require_special_char: false,
            compromised: vec!["password".to_owned(), "password1".to_owned(), "12345678".to_owned()],
            check_compromised: true,
            enforce_on_sign_in: true,
        }
    }
}

impl Default for OrganizationSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            force_selection: false,
            max_allowed_memberships: 5,
            create_limit: 0,
            users_may_create: true,
            admin_delete: true,
            slugs: true,
            domains: true,
            domain_enrollment_modes: ["manual_invitation", "automatic_invitation", "automatic_suggestion"]
                .map(str::to_owned)
                .into(),
            domain_default_role: "org:member".to_owned(),
            creator_role: "org:admin".to_owned(),
            default_role: "org:member".to_owned(),
            roles: Vec::new(),
            permissions: Vec::new(),
        }
    }
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            token: Duration::from_secs(60),
            session: Duration::from_secs(7 * 24 * 3600),
            session_inactivity: None,
            attempt: Duration::from_secs(24 * 3600),
            verification: Duration::from_secs(600),
            resend: Duration::from_secs(30),
            reverification: Duration::from_secs(600),
            invitation: Duration::from_secs(30 * 24 * 3600),
        }
    }
}

impl Default for JwtTemplateSettings {
    fn default() -> Self {
        Self { claims: JsonMap::new(), lifetime: Duration::from_secs(60), allowed_clock_skew: Duration::from_secs(5) }
    }
}
