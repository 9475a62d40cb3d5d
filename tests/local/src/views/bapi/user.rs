//! Users, as back ends see them.

use clerk_bapi::types;
use clerk_core::Timestamp;

use super::verification::verification;
use crate::{
    model::{
        user::{
            EmailAddress, EnterpriseAccount, ExternalAccount, LinkedTo, Passkey, PhoneNumber, TrustedDevice, User,
            Web3Wallet,
        },
        verification::Verification,
    },
    rules,
    state::State,
};

pub(crate) fn user(state: &State, user: &User, now: Timestamp) -> types::User {
    let settings = state.settings();
    let mut view = types::User::new(&user.id);
    view.object = object("user");
    view.external_id.clone_from(&user.external_id);
    view.primary_email_address_id.clone_from(&user.primary_email_address_id);
    view.primary_phone_number_id.clone_from(&user.primary_phone_number_id);
    view.primary_web3_wallet_id.clone_from(&user.primary_web3_wallet_id);
    view.username.clone_from(&user.username);
    view.first_name.clone_from(&user.first_name);
    view.last_name.clone_from(&user.last_name);
    view.locale.clone_from(&user.locale);
    view.timezone.clone_from(&user.timezone);
    view.image_url = Some(rules::images::url(state, user.image.as_deref()));
    view.has_image = user.image.is_some();
    view.public_metadata.clone_from(&user.public_metadata);
    view.private_metadata.clone_from(&user.private_metadata);
    view.unsafe_metadata.clone_from(&user.unsafe_metadata);
    view.email_addresses = user.email_addresses.iter().map(|it| email_address(it, now)).collect();
    view.phone_numbers = user.phone_numbers.iter().map(|it| phone_number(it, now)).collect();
    view.web3_wallets = user.web3_wallets.iter().map(|it| web3_wallet(it, now)).collect();
    view.passkeys = user.passkeys.iter().filter(|it| !it.credential_id.is_empty()).map(|it| passkey(it, now)).collect();
    view.external_accounts = user.external_accounts.iter().map(|it| external_account(it, now)).collect();
    view.enterprise_accounts = user.enterprise_accounts.iter().map(|it| enterprise_account(it, now)).collect();
    view.password_enabled = user.password.is_some();
    view.password_last_updated_at = user.password.as_ref().map(|password| password.updated_at);
    view.two_factor_enabled = user.two_factor_enabled();
    view.totp_enabled = user.totp_enabled();
    view.backup_code_enabled = user.backup_codes_enabled();
    view.mfa_enabled_at = user.mfa_enabled_at;
    view.mfa_disabled_at = user.mfa_disabled_at;
    view.last_sign_in_at = user.last_sign_in_at;
    view.last_active_at = user.last_active_at;
    view.banned = user.banned;
    view.deprovisioned = user.deprovisioned;
    let lockout = rules::lockout::remaining_seconds(state, user, now);
    view.locked = lockout.is_some();
    view.lockout_expires_in_seconds = lockout;
    view.verification_attempts_remaining = rules::lockout::remaining_attempts(state, user).map(i64::from);
    view.created_at = Some(user.created_at);
    view.updated_at = Some(user.updated_at);
    view.delete_self_enabled = user.delete_self_enabled;
    view.create_organization_enabled =
        user.create_organization_enabled.unwrap_or(settings.organizations.users_may_create);
    view.create_organizations_limit = user.create_organizations_limit;
    view.legal_accepted_at = user.legal_accepted_at;
    view.bypass_client_trust = user.bypass_client_trust;
    view
}

pub(crate) fn email_address(email: &EmailAddress, now: Timestamp) -> types::EmailAddress {
    let mut view = types::EmailAddress::new(&email.email_address);
    view.id = Some(email.id.clone());
    view.object = object("email_address");
    view.reserved = email.reserved;
    view.verification = proof(email.verification.as_deref(), now);
    view.linked_to = links(&email.linked_to);
    view.matches_sso_connection = false;
    view.created_at = Some(email.created_at);
    view.updated_at = Some(email.updated_at);
    view
}

pub(crate) fn phone_number(phone: &PhoneNumber, now: Timestamp) -> types::PhoneNumber {
    let mut view = types::PhoneNumber::new(&phone.phone_number);
    view.id = Some(phone.id.clone());
    view.object = object("phone_number");
    view.reserved_for_second_factor = phone.reserved_for_second_factor;
    view.default_second_factor = phone.default_second_factor;
    view.reserved = phone.reserved;
    view.verification = proof(phone.verification.as_deref(), now);
    view.linked_to = links(&phone.linked_to);
    view.created_at = Some(phone.created_at);
    view.updated_at = Some(phone.updated_at);
    view
}

pub(crate) fn web3_wallet(wallet: &Web3Wallet, now: Timestamp) -> types::Web3Wallet {
    let mut view = types::Web3Wallet::new(&wallet.web3_wallet);
    view.id = Some(wallet.id.clone());
    view.object = object("web3_wallet");
    view.verification = proof(wallet.verification.as_deref(), now);
    view.created_at = Some(wallet.created_at);
    view.updated_at = Some(wallet.updated_at);
    view
}

pub(crate) fn passkey(passkey: &Passkey, now: Timestamp) -> types::Passkey {
    let mut view = types::Passkey::new();
    view.id = Some(passkey.id.clone());
    view.object = object("passkey");
    view.name = Some(passkey.name.clone());
    // The document has no passkey that was never used: registering it is its first use.
    view.last_used_at = passkey.last_used_at.or(Some(passkey.created_at));
    view.verification = proof(passkey.verification.as_deref(), now);
    view
}

pub(crate) fn external_account(account: &ExternalAccount, now: Timestamp) -> types::ExternalAccountWithVerification {
    let mut view = types::ExternalAccountWithVerification::new(&account.id, &account.provider);
    view.object = Some(match account.provider.as_str() {
        "oauth_google" => types::ExternalAccountObject::GoogleAccount,
        "oauth_facebook" => types::ExternalAccountObject::FacebookAccount,
        _ => types::ExternalAccountObject::ExternalAccount,
    });
    view.identification_id = Some(account.identification_id.clone());
    view.provider_user_id = Some(account.provider_user_id.clone());
    view.approved_scopes = Some(account.approved_scopes.clone());
    view.email_address = Some(account.email_address.clone());
    view.email_address_verified = !account.email_address.is_empty();
    view.first_name = Some(account.first_name.clone());
    view.last_name = Some(account.last_name.clone());
    view.image_url.clone_from(&account.image_url);
    view.username.clone_from(&account.username);
    view.phone_number.clone_from(&account.phone_number);
    view.public_metadata.clone_from(&account.public_metadata);
    view.label.clone_from(&account.label);
    view.created_at = Some(account.created_at);
    view.updated_at = Some(account.updated_at);
    view.verification = proof(account.verification.as_deref(), now);
    view
}

fn enterprise_account(account: &EnterpriseAccount, now: Timestamp) -> types::EnterpriseAccount {
    let mut view = types::EnterpriseAccount::new(account.id.as_str(), &account.provider);
    view.object = object("enterprise_account");
    let oauth = account.provider.starts_with("oauth");
    view.protocol =
        Some(if oauth { types::EnterpriseAccountProtocol::Oauth } else { types::EnterpriseAccountProtocol::Saml });
    view.active = true;
    view.email_address = Some(account.email_address.clone());
    view.first_name.clone_from(&account.first_name);
    view.last_name.clone_from(&account.last_name);
    view.provider_user_id.clone_from(&account.provider_user_id);
    view.enterprise_connection_id = Some(account.enterprise_connection_id.as_str().into());
    view.public_metadata.clone_from(&account.public_metadata);
    view.verification = proof(account.verification.as_deref(), now);
    view
}

/// A device that unlocks a key for this user; `revoked_at` is when it stopped to.
pub(crate) fn trusted_device(device: &TrustedDevice, revoked_at: Option<Timestamp>) -> types::TrustedDevice {
    let status = if revoked_at.is_some() { "revoked" } else { "active" };
    let mut view = types::TrustedDevice::new(device.id.as_str(), status);
    view.object = object("trusted_device");
    view.platform = Some(device.platform.as_str().into());
    view.app_identifier = Some(device.app_identifier.clone());
    view.name = (!device.name.is_empty()).then(|| device.name.clone());
    view.algorithm = object("ES256");
    view.created_at = Some(device.created_at);
    view.updated_at = Some(revoked_at.unwrap_or(device.updated_at));
    view.last_used_at = device.last_used_at;
    view.revoked_at = revoked_at;
    view
}

fn proof(given: Option<&Verification>, now: Timestamp) -> Option<types::Verification> {
    given.and_then(|given| verification(given, now))
}

fn links(linked_to: &[LinkedTo]) -> Vec<types::IdentificationLink> {
    linked_to.iter().map(|link| types::IdentificationLink::new(&link.kind, &link.id)).collect()
}

#[allow(clippy::unnecessary_wraps, reason = "the fields that it fills are optional")]
fn object(name: &str) -> Option<String> {
    Some(name.to_owned())
}
