//! Who may sign in, and how.

use clerk_fapi::types;

use super::{AttributeSetting, Environment, Identifier, PreferredSignInStrategy, said};
use crate::frontend::{FieldName, Provider, Strategy};

/// A provider as the instance has set it up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProviderInfo {
    /// Which one.
    pub provider: Provider,
    /// What to start with.
    pub strategy: Strategy,
    /// What to write on the button.
    pub name: String,
    /// What to draw on the button.
    pub logo_url: Option<String>,
    /// Whether it is switched on.
    pub enabled: bool,
    /// Whether one can sign in with it, instead of only connecting it to an account.
    pub authenticatable: bool,
    /// Whether it belongs among the buttons of a form.
    pub selectable: bool,
    /// Whether a sign-up cannot do without it.
    pub required: bool,
    /// Whether another entry has taken its place.
    pub deprecated: bool,
}

impl ProviderInfo {
    /// Whether a sign-in form has a button for it.
    #[must_use]
    pub fn can_sign_in(&self) -> bool {
        self.enabled && self.authenticatable && self.selectable
    }

    fn read(key: &str, social: &types::UserSettingsSocial) -> Self {
        let strategy = social.strategy.as_deref().filter(|strategy| !strategy.is_empty()).unwrap_or(key);
        let provider = Provider::from(strategy);
        Self {
            strategy: provider.strategy().clone(),
            name: said(social.name.as_ref()).unwrap_or_else(|| provider.to_string()),
            logo_url: said(social.logo_url.as_ref()),
            enabled: social.enabled,
            authenticatable: social.authenticatable,
            selectable: !social.not_selectable,
            required: social.required,
            deprecated: social.deprecated,
            provider,
        }
    }
}

/// How passkeys are offered, and how much they count for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PasskeyRules {
    /// Whether users may have passkeys.
    pub enabled: bool,
    /// Whether the field for the name suggests them; only browsers can.
    pub allow_autofill: bool,
    /// Whether the form has a button for them.
    pub show_sign_in_button: bool,
    /// Whether they make a second factor unnecessary.
    pub satisfies_second_factor: bool,
}

/// Strategies, each once, in the order in which they were found.
#[derive(Default)]
struct Found(Vec<Strategy>);

impl Found {
    fn add(&mut self, strategy: Strategy) {
        if !self.0.contains(&strategy) {
            self.0.push(strategy);
        }
    }

    fn add_all<'a>(&mut self, strategies: impl IntoIterator<Item = &'a String>) {
        strategies.into_iter().for_each(|strategy| self.add(strategy.into()));
    }
}

impl Environment {
    /// What a sign-in can start with: one field takes all of them but a passkey.
    #[must_use]
    pub fn identifiers(&self) -> Vec<Identifier> {
        let fields = [
            (FieldName::EmailAddress, Identifier::EmailAddress),
            (FieldName::PhoneNumber, Identifier::PhoneNumber),
            (FieldName::Username, Identifier::Username),
            (FieldName::Web3Wallet, Identifier::Web3Wallet),
            (FieldName::Passkey, Identifier::Passkey),
        ];
        fields.into_iter().filter(|(field, _)| self.identifies(field)).map(|(_, identifier)| identifier).collect()
    }

    /// What can be the first step of a sign-in; which of them a user has, says the sign-in.
    #[must_use]
    pub fn first_factors(&self) -> Vec<Strategy> {
        let mut found = Found::default();
        if self.setting(&FieldName::Password) != AttributeSetting::Off {
            found.add(Strategy::PASSWORD);
        }
        for (_, attribute) in self.attributes() {
            if attribute.enabled && attribute.used_for_first_factor {
                found.add_all(&attribute.first_factors);
            }
        }
        found.add_all(self.auth_config().iter().flat_map(|auth| &auth.first_factors));
        for provider in self.providers() {
            if provider.enabled && provider.authenticatable {
                found.add(provider.strategy);
            }
        }
        if self.enterprise_sso_enabled() {
            found.add(Strategy::ENTERPRISE_SSO);
        }
        found.0
    }

    /// What can be the second step of a sign-in; which of them a user has, says the sign-in.
    #[must_use]
    pub fn second_factors(&self) -> Vec<Strategy> {
        let mut found = Found::default();
        for (_, attribute) in self.attributes() {
            if attribute.enabled && attribute.used_for_second_factor {
                found.add_all(&attribute.second_factors);
            }
        }
        found.add_all(self.auth_config().iter().flat_map(|auth| &auth.second_factors));
        found.0
    }

    /// Whether a strategy can be the first or the second step of a sign-in.
    ///
    /// ID tokens of a provider count where the provider does.
    #[must_use]
    pub fn is_enabled(&self, strategy: impl Into<Strategy>) -> bool {
        let strategy = strategy.into();
        let first = self.first_factors();
        let provider = strategy.provider().filter(|_| strategy.is_id_token());
        first.contains(&strategy)
            || provider.is_some_and(|provider| first.contains(provider.strategy()))
            || self.second_factors().contains(&strategy)
    }

    /// What to offer first to users who have both: the password or a one-time code.
    #[must_use]
    pub fn preferred_strategy(&self) -> Option<PreferredSignInStrategy> {
        self.display_config()?.preferred_sign_in_strategy.clone()
    }

    /// Whether a user without a second factor has to set one up before the session counts.
    #[must_use]
    pub fn second_factor_required(&self) -> bool {
        let sign_in = self.user_settings().and_then(|users| users.sign_in.as_ref());
        sign_in.and_then(|sign_in| sign_in.second_factor.as_ref()).is_some_and(|factor| factor.required)
    }

    /// All providers that the instance names, switched on or not, by name.
    #[must_use]
    pub fn providers(&self) -> Vec<ProviderInfo> {
        let social = self.user_settings().into_iter().flat_map(|users| &users.social);
        social.map(|(key, social)| ProviderInfo::read(key, social)).collect()
    }

    /// Whether people can sign in through the identity provider of their company.
    #[must_use]
    pub fn enterprise_sso_enabled(&self) -> bool {
        let Some(users) = self.user_settings() else { return false };
        [&users.enterprise_sso, &users.saml].into_iter().flatten().any(|sso| sso.enabled)
    }

    /// How passkeys are offered.
    #[must_use]
    pub fn passkeys(&self) -> PasskeyRules {
        let settings = self.user_settings().and_then(|users| users.passkey_settings.as_ref());
        PasskeyRules {
            enabled: self.setting(&FieldName::Passkey) != AttributeSetting::Off,
            allow_autofill: settings.is_some_and(|settings| settings.allow_autofill),
            show_sign_in_button: settings.is_some_and(|settings| settings.show_sign_in_button),
            satisfies_second_factor: settings.is_some_and(|settings| settings.satisfies_second_factor),
        }
    }

    fn identifies(&self, field: &FieldName) -> bool {
        let strategies = || self.auth_config().into_iter().flat_map(|auth| &auth.identification_strategies);
        let listed = || strategies().any(|strategy| strategy == field.as_str());
        match self.attribute(field) {
            // A username has no strategies of its own, so not every server calls it used for a step.
            Some(it) if *field == FieldName::Username => it.enabled && (it.used_for_first_factor || listed()),
            Some(it) => it.enabled && it.used_for_first_factor,
            None => listed(),
        }
    }
}
