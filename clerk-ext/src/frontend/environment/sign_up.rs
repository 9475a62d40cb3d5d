//! Who may register, and what a registration asks for.

use clerk_fapi::types;

use super::{AttributeSetting, Environment, SignUpMode, limit};
use crate::frontend::{Strategy, field_name::FieldName};

/// The fields of a form, in the order in which to ask; further ones come behind.
const ASKED: [FieldName; 7] = [
    FieldName::EmailAddress,
    FieldName::PhoneNumber,
    FieldName::Username,
    FieldName::Password,
    FieldName::FirstName,
    FieldName::LastName,
    FieldName::Web3Wallet,
];

/// What users have anyway or set up later: no registration asks for it unless it must.
const LATER: [FieldName; 3] = [FieldName::Passkey, FieldName::AuthenticatorApp, FieldName::BackupCode];

/// Who may register, and what a registration has to bring.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignUpRules {
    /// `Public` where the server does not say. With `Restricted` only invited people get in; with `Waitlist` people
    /// ask to be let in.
    pub mode: SignUpMode,
    /// What to ask for, in that order; fields that are off are among them.
    pub fields: Vec<SignUpField>,
    /// Whether the terms have to be agreed to.
    pub legal_consent_required: bool,
    /// Whether fields may come over several steps.
    pub progressive: bool,
    /// Whether new users have to set up a second factor.
    pub second_factor_required: bool,
    /// Whether the application's own back end has to report a step done.
    pub custom_action_required: bool,
    /// Whether an invitation gets people in.
    pub allows_ticket: bool,
}

impl SignUpRules {
    /// How a field is asked for; `Off` when it is none of them.
    #[must_use]
    pub fn setting(&self, field: &FieldName) -> AttributeSetting {
        let field = self.fields.iter().find(|it| it.field == *field);
        field.map_or(AttributeSetting::Off, |field| field.setting.clone())
    }

    /// The fields of the form: those that are not off.
    pub fn asked(&self) -> impl Iterator<Item = &SignUpField> {
        self.fields.iter().filter(|field| field.is_asked())
    }
}

/// A field of a registration: whether it is asked for, and whether it must be given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignUpField {
    /// Which one.
    pub field: FieldName,
    /// Whether it is off, may be given (`On`) or has to be.
    pub setting: AttributeSetting,
    /// How it can be proven.
    pub verifications: Vec<Strategy>,
    /// Whether it has to be proven before there is an account.
    pub verified_at_sign_up: bool,
}

impl SignUpField {
    /// Whether a form has it.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.setting != AttributeSetting::Off
    }

    /// Whether a registration cannot do without it.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.setting == AttributeSetting::Required
    }

    fn required(field: FieldName) -> Self {
        Self { field, setting: AttributeSetting::Required, verifications: Vec::new(), verified_at_sign_up: false }
    }
}

/// What a new username has to be like; the server decides, and knows which characters it takes.
///
/// It refuses with the codes `form_username_…`, such as
/// [`FORM_USERNAME_INVALID_LENGTH`](crate::ErrorCode::FORM_USERNAME_INVALID_LENGTH).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsernameRules {
    /// In characters; `None` leaves it to the server.
    pub min_length: Option<usize>,
    /// In characters; `None` leaves it to the server.
    pub max_length: Option<usize>,
    /// Whether more than letters, digits and the usual few are taken.
    pub extended_special_characters: bool,
    /// Whether it may be all digits.
    pub numeric: bool,
}

impl Environment {
    /// Who may register, and what a registration has to bring.
    #[must_use]
    pub fn sign_up(&self) -> SignUpRules {
        let rules = self.user_settings().and_then(|users| users.sign_up.as_ref());
        let legal_consent_required = rules.is_some_and(|rules| rules.legal_consent_enabled);
        let custom_action_required = rules.is_some_and(|rules| rules.custom_action_required);
        let mut fields: Vec<_> = ASKED.into_iter().map(|field| self.sign_up_field(field)).collect();
        fields.extend(LATER.into_iter().map(|field| self.sign_up_field(field)).filter(SignUpField::is_required));
        for provider in self.providers() {
            if provider.enabled && provider.required {
                fields.push(SignUpField::required(provider.strategy.as_str().into()));
            }
        }
        if legal_consent_required {
            fields.push(SignUpField::required(FieldName::LegalAccepted));
        }
        if custom_action_required {
            fields.push(SignUpField::required(FieldName::CustomAction));
        }
        SignUpRules {
            mode: rules.and_then(|rules| rules.mode.clone()).unwrap_or(SignUpMode::Public),
            fields,
            legal_consent_required,
            progressive: rules.is_some_and(|rules| rules.progressive),
            second_factor_required: rules.and_then(|rules| rules.mfa.as_ref()).is_some_and(|factor| factor.required),
            custom_action_required,
            allows_ticket: self.setting(&FieldName::Ticket) != AttributeSetting::Off,
        }
    }

    /// What a new username has to be like.
    #[must_use]
    pub fn usernames(&self) -> UsernameRules {
        let settings = self.user_settings().and_then(|users| users.username_settings.as_ref());
        UsernameRules {
            min_length: limit(settings.and_then(|settings| settings.min_length)),
            max_length: limit(settings.and_then(|settings| settings.max_length)),
            extended_special_characters: settings.is_some_and(|settings| settings.allow_extended_special_characters),
            numeric: settings.is_some_and(|settings| settings.allow_numeric_usernames),
        }
    }

    fn sign_up_field(&self, field: FieldName) -> SignUpField {
        let attribute = self.attribute(&field);
        let older = || self.auth_config().map(|auth| &auth.email_address_verification_strategies);
        let verifications = match attribute {
            Some(attribute) => Some(&attribute.verifications),
            None if field == FieldName::EmailAddress => older(),
            None => None,
        };
        SignUpField {
            setting: self.setting(&field),
            verifications: verifications.into_iter().flatten().map(Strategy::from).collect(),
            verified_at_sign_up: attribute.is_some_and(|attribute| attribute.verify_at_sign_up),
            field,
        }
    }

    /// How users have one part: from where more is said of it, else from the older form.
    pub(super) fn setting(&self, field: &FieldName) -> AttributeSetting {
        let newer = self.attribute(field).map(|attribute| match (attribute.enabled, attribute.required) {
            (false, _) => AttributeSetting::Off,
            (true, false) => AttributeSetting::On,
            (true, true) => AttributeSetting::Required,
        });
        newer.or_else(|| self.older_setting(field)).unwrap_or(AttributeSetting::Off)
    }

    fn older_setting(&self, field: &FieldName) -> Option<AttributeSetting> {
        let auth = self.auth_config()?;
        let setting = match field {
            FieldName::EmailAddress => &auth.email_address,
            FieldName::PhoneNumber => &auth.phone_number,
            FieldName::Username => &auth.username,
            FieldName::Password => &auth.password,
            FieldName::FirstName => &auth.first_name,
            FieldName::LastName => &auth.last_name,
            // The older form has these as strategies only, by the same names.
            FieldName::Passkey | FieldName::BackupCode | FieldName::Ticket => {
                let mut factors = auth.first_factors.iter().chain(&auth.second_factors);
                return factors.any(|factor| factor == field.as_str()).then_some(AttributeSetting::On);
            }
            _ => return None,
        };
        setting.clone()
    }

    pub(super) fn attribute(&self, field: &FieldName) -> Option<&types::UserSettingsAttribute> {
        self.attributes().find(|(it, _)| it == field).map(|(_, attribute)| attribute)
    }

    /// The parts of a user of which something is said.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (FieldName, &types::UserSettingsAttribute)> {
        let attributes = self.user_settings().and_then(|users| users.attributes.as_ref());
        let all = attributes.map(|it| {
            [
                (FieldName::EmailAddress, &it.email_address),
                (FieldName::PhoneNumber, &it.phone_number),
                (FieldName::Username, &it.username),
                (FieldName::Password, &it.password),
                (FieldName::FirstName, &it.first_name),
                (FieldName::LastName, &it.last_name),
                (FieldName::Web3Wallet, &it.web3_wallet),
                (FieldName::Passkey, &it.passkey),
                (FieldName::AuthenticatorApp, &it.authenticator_app),
                (FieldName::BackupCode, &it.backup_code),
                (FieldName::Ticket, &it.ticket),
            ]
        });
        all.into_iter().flatten().filter_map(|(field, attribute)| Some((field, attribute.as_ref()?)))
    }
}
