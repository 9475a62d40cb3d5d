//! The ways in which a user can prove who they are.

use crate::{model::user::User, settings::Settings, state::State};

/// One way, and what it goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Factor {
    pub(crate) strategy: String,
    pub(crate) target: Target,
    /// What the address or number looks like to whoever may not know it yet.
    pub(crate) safe_identifier: Option<String>,
    pub(crate) primary: bool,
    pub(crate) default: bool,
}

/// What a code or link goes to, or a signature comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Nothing,
    Email(String),
    Phone(String),
    TrustedDevice(String),
    Connection { id: String, name: String },
}

impl Factor {
    fn plain(strategy: impl Into<String>) -> Self {
        Self {
            strategy: strategy.into(),
            target: Target::Nothing,
            safe_identifier: None,
            primary: false,
            default: false,
        }
    }

    /// The id of the address or number.
    pub(crate) fn identification(&self) -> Option<&str> {
        match &self.target {
            Target::Email(id) | Target::Phone(id) => Some(id),
            Target::Nothing | Target::TrustedDevice(_) | Target::Connection { .. } => None,
        }
    }
}

/// What can be the first factor of a user, who gave `identifier` or was found in another way.
pub(crate) fn first(state: &State, user: &User, identifier: Option<&str>) -> Vec<Factor> {
    if let Some(connection) = identifier.and_then(|identifier| connection(state, identifier)) {
        // Whose address belongs to a connection comes in through it and in no other way.
        return vec![connection];
    }
    let settings = state.settings();
    let attributes = &settings.attributes;
    let mut factors = Vec::new();
    if attributes.password.enabled && user.password.is_some() {
        factors.push(Factor::plain("password"));
    }
    for strategy in allowed(settings, &attributes.email_address.first_factors, attributes.email_address.enabled) {
        factors.extend(emails(user, strategy, identifier));
    }
    for strategy in allowed(settings, &attributes.phone_number.first_factors, attributes.phone_number.enabled) {
        // A number that is kept for the second factor cannot be the first one too.
        factors.extend(phones(user, strategy, identifier, |reserved| !reserved));
    }
    if attributes.passkey.enabled && user.passkeys.iter().any(|passkey| !passkey.credential_id.is_empty()) {
        factors.push(Factor::plain("passkey"));
    }
    for account in &user.external_accounts {
        let verified = account.verification.as_ref().is_some_and(|verification| verification.is_verified());
        let name = account.provider.trim_start_matches("oauth_");
        let usable = settings.social.get(name).is_some_and(|provider| provider.enabled && provider.authenticatable);
        if verified && usable && !factors.iter().any(|factor| factor.strategy == account.provider) {
            factors.push(Factor::plain(&account.provider));
        }
    }
    let trusted = user
        .trusted_devices
        .iter()
        .filter(|device| device.verification.as_ref().is_some_and(|verification| verification.is_verified()));
    factors.extend(trusted.map(|device| {
        let target = Target::TrustedDevice(device.id.clone());
        Factor { target, ..Factor::plain("trusted_device") }
    }));
    factors
}

/// What can be the second factor of a user.
pub(crate) fn second(state: &State, user: &User) -> Vec<Factor> {
    let attributes = &state.settings().attributes;
    let mut factors = Vec::new();
    if attributes.phone_number.enabled && has(&attributes.phone_number.second_factors, "phone_code") {
        factors.extend(phones(user, "phone_code", None, |reserved| reserved));
    }
    if attributes.authenticator_app.enabled && user.totp_enabled() {
        factors.push(Factor { default: factors.is_empty(), ..Factor::plain("totp") });
    }
    // Codes on paper stand in for another second factor; they are none by themselves.
    if !factors.is_empty() && attributes.backup_code.enabled && user.backup_codes_enabled() {
        factors.push(Factor::plain("backup_code"));
    }
    factors
}

/// What tells, on an unknown device, that it is the user's: a code or link to an address or number of theirs.
pub(crate) fn client_trust(state: &State, user: &User) -> Vec<Factor> {
    let attributes = &state.settings().attributes;
    let mut factors = Vec::new();
    for strategy in ["email_code", "email_link"] {
        let email = &attributes.email_address;
        if email.enabled && (has(&email.verifications, strategy) || has(&email.first_factors, strategy)) {
            factors.extend(emails(user, strategy, None));
        }
    }
    if attributes.phone_number.enabled && has(&attributes.phone_number.verifications, "phone_code") {
        factors.extend(phones(user, "phone_code", None, |_| true));
    }
    factors
}

/// The way in through the enterprise connection that an address belongs to.
pub(crate) fn connection(state: &State, identifier: &str) -> Option<Factor> {
    let (_, domain) = identifier.rsplit_once('@')?;
    let domain = domain.to_ascii_lowercase();
    let connection =
        state.tables.enterprise_connections.find(&format!("domain:{domain}")).find(|connection| connection.active)?;
    Some(Factor {
        target: Target::Connection { id: connection.id.clone(), name: connection.name.clone() },
        ..Factor::plain("enterprise_sso")
    })
}

/// The strategies of an attribute that the instance has; a password cannot be reset where there are none.
fn allowed<'a>(settings: &Settings, strategies: &'a [String], enabled: bool) -> impl Iterator<Item = &'a str> {
    let passwords = settings.attributes.password.enabled;
    let usable = move |strategy: &&str| enabled && (passwords || !strategy.starts_with("reset_password_"));
    strategies.iter().map(String::as_str).filter(usable)
}

fn has(strategies: &[String], strategy: &str) -> bool {
    strategies.iter().any(|known| known == strategy)
}

fn emails(user: &User, strategy: &str, identifier: Option<&str>) -> Vec<Factor> {
    let given = identifier.map(str::to_lowercase);
    let primary = user.primary_email().map(|email| email.id.clone());
    let verified = user.email_addresses.iter().filter(|email| email.is_verified());
    let factor = |email: &crate::model::user::EmailAddress| Factor {
        strategy: strategy.to_owned(),
        target: Target::Email(email.id.as_str().to_owned()),
        safe_identifier: Some(if given.as_deref() == Some(email.email_address.as_str()) {
            email.email_address.clone()
        } else {
            masked(&email.email_address)
        }),
        primary: primary.as_ref() == Some(&email.id),
        default: false,
    };
    verified.map(factor).collect()
}

fn phones(user: &User, strategy: &str, identifier: Option<&str>, fits: impl Fn(bool) -> bool) -> Vec<Factor> {
    let given = identifier.and_then(super::users::normal_phone);
    let primary = user.primary_phone().map(|phone| phone.id.clone());
    let usable =
        user.phone_numbers.iter().filter(|phone| phone.is_verified() && fits(phone.reserved_for_second_factor));
    let factor = |phone: &crate::model::user::PhoneNumber| Factor {
        strategy: strategy.to_owned(),
        target: Target::Phone(phone.id.as_str().to_owned()),
        safe_identifier: Some(if given.as_deref() == Some(phone.phone_number.as_str()) {
            phone.phone_number.clone()
        } else {
            masked(&phone.phone_number)
        }),
        primary: primary.as_ref() == Some(&phone.id),
        default: phone.default_second_factor,
    };
    usable.map(factor).collect()
}

/// An address or a number of which only so much is shown that its owner knows it again.
fn masked(identifier: &str) -> String {
    let stars = |count: usize| "*".repeat(count);
    if let Some((local, domain)) = identifier.split_once('@') {
        let mut letters = local.chars();
        let shown: String = letters.by_ref().take(1).collect();
        return format!("{shown}{}@{domain}", stars(letters.count().max(2)));
    }
    let length = identifier.chars().count();
    let shown = |(position, letter): (usize, char)| {
        if position < 2 || position.saturating_add(4) >= length { letter } else { '*' }
    };
    identifier.chars().enumerate().map(shown).collect()
}
