//! Users, as they see themselves.

use clerk_core::Timestamp;
use clerk_fapi::types;

use super::{organization, verification::verification};
use crate::{
    model::user::{EmailAddress, EnterpriseAccount, ExternalAccount, LinkedTo, Passkey, PhoneNumber, User, Web3Wallet},
    rules::{images, lockout},
    state::State,
};

pub(crate) fn user(state: &State, user: &User, now: Timestamp) -> types::User {
    let settings = state.settings();
    let mut view = types::User::new(&user.id);
    view.object = Some("user".to_owned());
    view.username.clone_from(&user.username);
    view.first_name.clone_from(&user.first_name);
    view.last_name.clone_from(&user.last_name);
    view.image_url = Some(images::url(state, user.image.as_deref()));
    view.has_image = user.image.is_some();
    view.primary_email_address_id.clone_from(&user.primary_email_address_id);
    view.primary_phone_number_id.clone_from(&user.primary_phone_number_id);
    view.primary_web3_wallet_id.clone_from(&user.primary_web3_wallet_id);
    view.password_enabled = user.password.is_some();
    view.password_last_updated_at = user.password.as_ref().map(|password| password.updated_at);
    view.two_factor_enabled = user.two_factor_enabled();
    view.totp_enabled = user.totp_enabled();
    view.backup_code_enabled = user.backup_codes_enabled();
    view.email_addresses = user.email_addresses.iter().map(|email| email_address(state, email, now)).collect();
    view.phone_numbers = user.phone_numbers.iter().map(|phone| phone_number(phone, now)).collect();
    view.web3_wallets = user.web3_wallets.iter().map(|wallet| web3_wallet(wallet, now)).collect();
    // One that nobody finished registering is no passkey yet.
    let registered = user.passkeys.iter().filter(|passkey| passkey.is_registered());
    view.passkeys = registered.map(|it| passkey(it, now)).collect();
    let memberships = state.tables.memberships.find(&format!("user:{}", user.id));
    view.organization_memberships = memberships.map(|it| organization::membership(state, it, now)).collect();
    view.external_accounts = user.external_accounts.iter().map(|account| external_account(account, now)).collect();
    view.enterprise_accounts =
        user.enterprise_accounts.iter().map(|account| enterprise_account(state, account, now)).collect();
    let saml = user.enterprise_accounts.iter().filter(|account| account.provider.starts_with("saml"));
    view.saml_accounts = saml.map(|account| saml_account(state, account, now)).collect();
    view.public_metadata.clone_from(&user.public_metadata);
    view.unsafe_metadata.clone_from(&user.unsafe_metadata);
    view.external_id.clone_from(&user.external_id);
    view.last_sign_in_at = user.last_sign_in_at;
    view.last_active_at = user.last_active_at.map(day);
    view.banned = user.banned;
    view.deprovisioned = user.deprovisioned;
    view.lockout_expires_in_seconds = lockout::remaining_seconds(state, user, now);
    view.locked = view.lockout_expires_in_seconds.is_some();
    view.verification_attempts_remaining = lockout::remaining_attempts(state, user).map(i64::from);
    view.delete_self_enabled = user.delete_self_enabled && settings.delete_self;
    view.create_organization_enabled =
        user.create_organization_enabled.unwrap_or(settings.organizations.users_may_create);
    view.create_organizations_limit =
        user.create_organizations_limit.or(Some(settings.organizations.create_limit).filter(|limit| *limit != 0));
    view.mfa_enabled_at = user.mfa_enabled_at;
    view.mfa_disabled_at = user.mfa_disabled_at;
    view.legal_accepted_at = user.legal_accepted_at;
    view.created_at = Some(user.created_at);
    view.updated_at = Some(user.updated_at);
    view
}

pub(crate) fn email_address(state: &State, email: &EmailAddress, now: Timestamp) -> types::EmailAddress {
    let mut view = types::EmailAddress::new(&email.id, &email.email_address);
    view.object = Some("email_address".to_owned());
    view.reserved = email.reserved;
    view.verification = email.verification.as_ref().map(|it| verification(it, now));
    view.linked_to = linked(&email.linked_to);
    let domain = email.email_address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let mut connections = state.tables.enterprise_connections.find(&format!("domain:{domain}"));
    view.matches_sso_connection = connections.any(|connection| connection.active);
    view.created_at = Some(email.created_at);
    view.updated_at = Some(email.updated_at);
    view
}

pub(crate) fn phone_number(phone: &PhoneNumber, now: Timestamp) -> types::PhoneNumber {
    let mut view = types::PhoneNumber::new(&phone.id, &phone.phone_number);
    view.object = Some("phone_number".to_owned());
    view.reserved_for_second_factor = phone.reserved_for_second_factor;
    view.default_second_factor = phone.default_second_factor;
    view.reserved = phone.reserved;
    view.verification = phone.verification.as_ref().map(|it| verification(it, now));
    view.linked_to = linked(&phone.linked_to);
    view.created_at = Some(phone.created_at);
    view.updated_at = Some(phone.updated_at);
    view
}

pub(crate) fn web3_wallet(wallet: &Web3Wallet, now: Timestamp) -> types::Web3Wallet {
    let mut view = types::Web3Wallet::new(&wallet.id, &wallet.web3_wallet);
    view.object = Some("web3_wallet".to_owned());
    view.verification = wallet.verification.as_ref().map(|it| verification(it, now));
    view.created_at = Some(wallet.created_at);
    view.updated_at = Some(wallet.updated_at);
    view
}

pub(crate) fn passkey(passkey: &Passkey, now: Timestamp) -> types::Passkey {
    let mut view = types::Passkey::new(&passkey.id);
    view.object = Some("passkey".to_owned());
    view.name = Some(passkey.name.clone());
    view.last_used_at = passkey.last_used_at;
    view.verification = passkey.verification.as_ref().map(|it| verification(it, now));
    view.created_at = Some(passkey.created_at);
    view.updated_at = Some(passkey.updated_at);
    view
}

pub(crate) fn external_account(account: &ExternalAccount, now: Timestamp) -> types::ExternalAccountWithVerification {
    let mut view = types::ExternalAccountWithVerification::new(&account.id, &account.provider);
    view.object = Some("external_account".into());
    view.identification_id = Some(account.identification_id.clone());
    view.provider_user_id = Some(account.provider_user_id.clone());
    view.approved_scopes = Some(account.approved_scopes.clone());
    view.email_address = Some(account.email_address.clone());
    view.email_address_verified = account.verification.as_ref().is_some_and(|it| it.is_verified());
    view.first_name = Some(account.first_name.clone());
    view.last_name = Some(account.last_name.clone());
    view.username.clone_from(&account.username);
    view.phone_number.clone_from(&account.phone_number);
    view.image_url.clone_from(&account.image_url);
    view.label.clone_from(&account.label);
    view.public_metadata.clone_from(&account.public_metadata);
    view.verification = account.verification.as_ref().map(|it| {
        let mut view = verification(it, now);
        // Nothing is tried here, and the document counts the tries.
        view.attempts = view.attempts.or(Some(0));
        view
    });
    view.created_at = Some(account.created_at);
    view.updated_at = Some(account.updated_at);
    view
}

pub(crate) fn enterprise_account(
    state: &State,
    account: &EnterpriseAccount,
    now: Timestamp,
) -> types::EnterpriseAccount {
    let mut view = types::EnterpriseAccount::new(&account.id, &account.provider);
    view.object = Some("enterprise_account".to_owned());
    view.protocol = Some(if account.provider.starts_with("saml") { "saml" } else { "oauth" }.into());
    let connection = state.tables.enterprise_connections.get(&account.enterprise_connection_id);
    view.active = connection.is_some_and(|connection| connection.active);
    view.email_address = Some(account.email_address.clone());
    view.first_name.clone_from(&account.first_name);
    view.last_name.clone_from(&account.last_name);
    view.provider_user_id.clone_from(&account.provider_user_id);
    view.enterprise_connection_id = Some(account.enterprise_connection_id.as_str().into());
    view.public_metadata.clone_from(&account.public_metadata);
    view.verification = account.verification.as_ref().map(|it| verification(it, now));
    view.enterprise_connection = connection.map(|connection| {
        let mut view = types::EnterpriseAccountConnection::new(&connection.id);
        view.protocol = Some(if connection.provider.starts_with("saml") { "saml" } else { "oauth" }.to_owned());
        view.provider = Some(connection.provider.clone());
        view.name = Some(connection.name.clone());
        view.domains.clone_from(&connection.domains);
        view.active = connection.active;
        view.created_at = Some(connection.created_at);
        view.updated_at = Some(connection.updated_at);
        view
    });
    view
}

fn saml_account(state: &State, account: &EnterpriseAccount, now: Timestamp) -> types::SamlAccount {
    let mut view = types::SamlAccount::new(&account.id, &account.provider);
    view.object = Some("saml_account".to_owned());
    let connection = state.tables.enterprise_connections.get(&account.enterprise_connection_id);
    view.active = connection.is_some_and(|connection| connection.active);
    view.email_address = Some(account.email_address.clone());
    view.first_name.clone_from(&account.first_name);
    view.last_name.clone_from(&account.last_name);
    view.provider_user_id.clone_from(&account.provider_user_id);
    view.enterprise_connection_id = Some(account.enterprise_connection_id.as_str().into());
    view.public_metadata.clone_from(&account.public_metadata);
    view.verification = account.verification.as_ref().map(|it| verification(it, now));
    view.saml_connection = connection.map(|connection| {
        let mut view = types::SamlAccountConnection::new(&connection.id);
        view.name = Some(connection.name.clone());
        view.domains.clone_from(&connection.domains);
        view.active = connection.active;
        view.provider = Some(connection.provider.clone());
        view.created_at = Some(connection.created_at);
        view.updated_at = Some(connection.updated_at);
        view
    });
    view
}

fn linked(links: &[LinkedTo]) -> Vec<types::IdentificationLink> {
    links.iter().map(|link| types::IdentificationLink::new(&link.kind, &link.id)).collect()
}

/// When somebody was last active is told to the day.
fn day(time: Timestamp) -> Timestamp {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    Timestamp::from_millis(time.as_millis().div_euclid(DAY).saturating_mul(DAY))
}
