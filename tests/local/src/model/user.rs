//! A user, and everything that belongs to one.

use clerk_core::{
    EmailAddressId, ExternalAccountId, JsonMap, PasskeyId, PhoneNumberId, Timestamp, UserId, Web3WalletId,
};
use serde::{Deserialize, Serialize};

use super::verification::Verification;
use crate::{crypto::password::PasswordDigest, table::Record};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) external_id: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) timezone: Option<String>,
    pub(crate) password: Option<Box<Password>>,
    pub(crate) email_addresses: Vec<EmailAddress>,
    pub(crate) phone_numbers: Vec<PhoneNumber>,
    pub(crate) web3_wallets: Vec<Web3Wallet>,
    pub(crate) external_accounts: Vec<ExternalAccount>,
    pub(crate) enterprise_accounts: Vec<EnterpriseAccount>,
    pub(crate) passkeys: Vec<Passkey>,
    pub(crate) trusted_devices: Vec<TrustedDevice>,
    pub(crate) totp: Option<Box<Totp>>,
    pub(crate) backup_codes: Vec<BackupCode>,
    pub(crate) primary_email_address_id: Option<EmailAddressId>,
    pub(crate) primary_phone_number_id: Option<PhoneNumberId>,
    pub(crate) primary_web3_wallet_id: Option<Web3WalletId>,
    pub(crate) public_metadata: JsonMap,
    pub(crate) private_metadata: JsonMap,
    pub(crate) unsafe_metadata: JsonMap,
    /// The id of an uploaded picture.
    pub(crate) image: Option<String>,
    pub(crate) last_sign_in_at: Option<Timestamp>,
    pub(crate) last_active_at: Option<Timestamp>,
    pub(crate) banned: bool,
    pub(crate) deprovisioned: bool,
    pub(crate) locked_at: Option<Timestamp>,
    /// Failed tries in a row, towards a lock.
    pub(crate) failed_attempts: u32,
    pub(crate) delete_self_enabled: bool,
    /// `None` means as the instance has it.
    pub(crate) create_organization_enabled: Option<bool>,
    pub(crate) create_organizations_limit: Option<i64>,
    pub(crate) legal_accepted_at: Option<Timestamp>,
    pub(crate) mfa_enabled_at: Option<Timestamp>,
    pub(crate) mfa_disabled_at: Option<Timestamp>,
    pub(crate) bypass_client_trust: bool,
    /// The clients on which this user has signed in before.
    pub(crate) known_clients: Vec<String>,
    /// The slug of the user's plan, and the features that come with it; for the claims of tokens.
    pub(crate) plan: Option<String>,
    pub(crate) features: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Password {
    pub(crate) digest: PasswordDigest,
    pub(crate) updated_at: Timestamp,
    /// It leaked: the next sign-in has to set another.
    pub(crate) compromised: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EmailAddress {
    pub(crate) id: EmailAddressId,
    /// In lower case.
    pub(crate) email_address: String,
    pub(crate) verification: Option<Box<Verification>>,
    /// Kept for this user before it is verified: nobody else may take it.
    #[serde(default)]
    pub(crate) reserved: bool,
    pub(crate) linked_to: Vec<LinkedTo>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PhoneNumber {
    pub(crate) id: PhoneNumberId,
    /// In E.164 form.
    pub(crate) phone_number: String,
    pub(crate) verification: Option<Box<Verification>>,
    pub(crate) reserved_for_second_factor: bool,
    pub(crate) default_second_factor: bool,
    /// Kept for this user before it is verified: nobody else may take it.
    #[serde(default)]
    pub(crate) reserved: bool,
    pub(crate) linked_to: Vec<LinkedTo>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// The external account that brought an address along.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LinkedTo {
    pub(crate) id: String,
    /// Such as `oauth_google`.
    pub(crate) kind: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Web3Wallet {
    pub(crate) id: Web3WalletId,
    pub(crate) web3_wallet: String,
    pub(crate) verification: Option<Box<Verification>>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

pub(crate) fn trusted_device_key(id: &str) -> String {
    format!("trusted_device:{id}")
}

/// An account at a social provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ExternalAccount {
    pub(crate) id: ExternalAccountId,
    pub(crate) identification_id: String,
    /// Such as `oauth_google`.
    pub(crate) provider: String,
    pub(crate) provider_user_id: String,
    pub(crate) email_address: String,
    /// The provider vouches for the address; nothing follows from one that it has not verified.
    #[serde(default)]
    pub(crate) email_verified: bool,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) username: Option<String>,
    pub(crate) phone_number: Option<String>,
    pub(crate) image_url: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) approved_scopes: String,
    pub(crate) access_token: Option<String>,
    pub(crate) refresh_token: Option<String>,
    pub(crate) token_expires_at: Option<Timestamp>,
    pub(crate) public_metadata: JsonMap,
    pub(crate) verification: Option<Box<Verification>>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// An account at an organization's identity provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EnterpriseAccount {
    pub(crate) id: String,
    pub(crate) enterprise_connection_id: String,
    /// Such as `saml_okta`.
    pub(crate) provider: String,
    pub(crate) provider_user_id: Option<String>,
    pub(crate) email_address: String,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) public_metadata: JsonMap,
    pub(crate) verification: Option<Box<Verification>>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Passkey {
    pub(crate) id: PasskeyId,
    pub(crate) name: String,
    /// base64url; empty until it is registered.
    pub(crate) credential_id: String,
    pub(crate) public_key: Vec<u8>,
    pub(crate) sign_count: u32,
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) verification: Option<Box<Verification>>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TrustedDevice {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) platform: String,
    pub(crate) app_identifier: String,
    pub(crate) public_key: Vec<u8>,
    pub(crate) verification: Option<Box<Verification>>,
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Totp {
    pub(crate) id: String,
    /// base32.
    pub(crate) secret: String,
    pub(crate) verified: bool,
    /// The step of the last code that was taken; none is taken twice.
    pub(crate) last_step: Option<u64>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BackupCode {
    pub(crate) code: String,
    pub(crate) used: bool,
}

impl User {
    /// A user of whom nothing is known yet.
    pub(crate) fn new(id: UserId, now: Timestamp) -> Self {
        Self {
            id,
            created_at: now,
            updated_at: now,
            external_id: None,
            username: None,
            first_name: None,
            last_name: None,
            locale: None,
            timezone: None,
            password: None,
            email_addresses: Vec::new(),
            phone_numbers: Vec::new(),
            web3_wallets: Vec::new(),
            external_accounts: Vec::new(),
            enterprise_accounts: Vec::new(),
            passkeys: Vec::new(),
            trusted_devices: Vec::new(),
            totp: None,
            backup_codes: Vec::new(),
            primary_email_address_id: None,
            primary_phone_number_id: None,
            primary_web3_wallet_id: None,
            public_metadata: JsonMap::new(),
            private_metadata: JsonMap::new(),
            unsafe_metadata: JsonMap::new(),
            image: None,
            last_sign_in_at: None,
            last_active_at: None,
            banned: false,
            deprovisioned: false,
            locked_at: None,
            failed_attempts: 0,
            delete_self_enabled: true,
            create_organization_enabled: None,
            create_organizations_limit: None,
            legal_accepted_at: None,
            mfa_enabled_at: None,
            mfa_disabled_at: None,
            bypass_client_trust: false,
            known_clients: Vec::new(),
            plan: None,
            features: Vec::new(),
        }
    }

    pub(crate) fn email(&self, id: impl AsRef<str>) -> Option<&EmailAddress> {
        self.email_addresses.iter().find(|email| email.id.as_str() == id.as_ref())
    }

    pub(crate) fn email_mut(&mut self, id: impl AsRef<str>) -> Option<&mut EmailAddress> {
        self.email_addresses.iter_mut().find(|email| email.id.as_str() == id.as_ref())
    }

    pub(crate) fn phone(&self, id: impl AsRef<str>) -> Option<&PhoneNumber> {
        self.phone_numbers.iter().find(|phone| phone.id.as_str() == id.as_ref())
    }

    pub(crate) fn phone_mut(&mut self, id: impl AsRef<str>) -> Option<&mut PhoneNumber> {
        self.phone_numbers.iter_mut().find(|phone| phone.id.as_str() == id.as_ref())
    }

    /// The proof of an address or a number, by its id.
    pub(crate) fn proof_mut(&mut self, id: &str) -> Option<&mut Option<Box<Verification>>> {
        let emails = self.email_addresses.iter_mut().map(|email| (email.id.as_str(), &mut email.verification));
        let phones = self.phone_numbers.iter_mut().map(|phone| (phone.id.as_str(), &mut phone.verification));
        emails.chain(phones).find(|(known, _)| *known == id).map(|(_, proof)| proof)
    }

    /// The primary address, or the first there is.
    pub(crate) fn primary_email(&self) -> Option<&EmailAddress> {
        self.primary_email_address_id.as_ref().and_then(|id| self.email(id)).or(self.email_addresses.first())
    }

    pub(crate) fn primary_phone(&self) -> Option<&PhoneNumber> {
        self.primary_phone_number_id.as_ref().and_then(|id| self.phone(id)).or(self.phone_numbers.first())
    }

    /// What identifies this user to a person: the address, the number, or the name.
    pub(crate) fn identifier(&self) -> String {
        let email = self.primary_email().map(|email| email.email_address.clone());
        let phone = || self.primary_phone().map(|phone| phone.phone_number.clone());
        email.or_else(phone).or_else(|| self.username.clone()).unwrap_or_default()
    }

    pub(crate) fn totp_enabled(&self) -> bool {
        self.totp.as_ref().is_some_and(|totp| totp.verified)
    }

    pub(crate) fn backup_codes_enabled(&self) -> bool {
        self.backup_codes.iter().any(|code| !code.used)
    }

    /// Whether signing in takes a second factor.
    pub(crate) fn two_factor_enabled(&self) -> bool {
        self.totp_enabled() || self.phone_numbers.iter().any(|phone| phone.reserved_for_second_factor)
    }
}

impl EnterpriseAccount {
    fn key(&self) -> String {
        enterprise_account_key(&self.enterprise_connection_id, self.provider_user_id.as_deref().unwrap_or_default())
    }
}

impl Passkey {
    /// Whether a device has made it; until then it is only asked for.
    pub(crate) fn is_registered(&self) -> bool {
        !self.credential_id.is_empty()
    }
}

impl TrustedDevice {
    /// Whether the device has answered its challenge.
    pub(crate) fn is_enrolled(&self) -> bool {
        self.verification.as_ref().is_some_and(|verification| verification.is_verified())
    }
}

impl EmailAddress {
    pub(crate) fn is_verified(&self) -> bool {
        self.verification.as_ref().is_some_and(|verification| verification.is_verified())
    }
}

impl PhoneNumber {
    pub(crate) fn is_verified(&self) -> bool {
        self.verification.as_ref().is_some_and(|verification| verification.is_verified())
    }
}

/// The key under which users with a verified or unverified address are found.
pub(crate) fn email_key(address: &str) -> String {
    format!("email:{}", address.to_lowercase())
}

pub(crate) fn phone_key(number: &str) -> String {
    format!("phone:{number}")
}

pub(crate) fn username_key(username: &str) -> String {
    format!("username:{}", username.to_lowercase())
}

pub(crate) fn external_account_key(provider: &str, provider_user_id: &str) -> String {
    format!("{provider}:{provider_user_id}")
}

pub(crate) fn enterprise_account_key(connection_id: &str, provider_user_id: &str) -> String {
    format!("enterprise:{connection_id}:{provider_user_id}")
}

impl Record for User {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.email_addresses.iter().map(|email| email_key(&email.email_address)).collect();
        keys.extend(self.phone_numbers.iter().map(|phone| phone_key(&phone.phone_number)));
        keys.extend(self.username.as_deref().map(username_key));
        keys.extend(self.external_id.as_ref().map(|id| format!("external:{id}")));
        let accounts = self.external_accounts.iter();
        keys.extend(accounts.map(|account| external_account_key(&account.provider, &account.provider_user_id)));
        keys.extend(self.enterprise_accounts.iter().map(EnterpriseAccount::key));
        keys.extend(self.web3_wallets.iter().map(|wallet| format!("wallet:{}", wallet.web3_wallet)));
        keys.extend(self.passkeys.iter().map(|passkey| format!("passkey:{}", passkey.credential_id)));
        keys.extend(self.trusted_devices.iter().map(|device| trusted_device_key(&device.id)));
        // Addresses and numbers are also reached by their own ids.
        keys.extend(self.email_addresses.iter().map(|email| email.id.as_str().to_owned()));
        keys.extend(self.phone_numbers.iter().map(|phone| phone.id.as_str().to_owned()));
        keys
    }

    fn text(&self) -> Option<String> {
        let mut text = self.id.as_str().to_owned();
        let names = format!("{} {}", self.first_name.as_deref().unwrap_or(""), self.last_name.as_deref().unwrap_or(""));
        let own = [self.username.as_deref(), self.external_id.as_deref(), Some(names.as_str())].into_iter().flatten();
        let emails = self.email_addresses.iter().map(|email| email.email_address.as_str());
        let phones = self.phone_numbers.iter().map(|phone| phone.phone_number.as_str());
        let wallets = self.web3_wallets.iter().map(|wallet| wallet.web3_wallet.as_str());
        for line in own.chain(emails).chain(phones).chain(wallets) {
            text.push('\n');
            text.push_str(line);
        }
        Some(text.to_lowercase())
    }
}
