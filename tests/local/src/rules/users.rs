//! Users: the names they go by are unique, and what changes is told.

use clerk_core::{EmailAddressId, PhoneNumberId, Timestamp, UserId};

use crate::{
    crypto::{encoding, password::PasswordDigest},
    failure::Failure,
    model::{
        user::{EmailAddress, PhoneNumber, User, email_key, phone_key, username_key},
        verification::Verification,
    },
    settings::Settings,
    state::State,
    views,
};

/// The verified owner of an address, a number or a name: who signs in with it.
pub(crate) fn by_identifier<'a>(state: &'a State, identifier: &str) -> Option<&'a User> {
    let users = &state.tables.users;
    if identifier.contains('@') {
        let address = identifier.to_lowercase();
        let owns = |user: &&User| {
            user.email_addresses.iter().any(|email| email.email_address == address && email.is_verified())
        };
        return users.find(&email_key(&address)).find(owns);
    }
    let number = normal_phone(identifier);
    let by_phone = number.and_then(|number| {
        let owns =
            |user: &&User| user.phone_numbers.iter().any(|phone| phone.phone_number == number && phone.is_verified());
        users.find(&phone_key(&number)).find(owns)
    });
    by_phone.or_else(|| users.find_one(&username_key(identifier)))
}

/// An address in the form that is kept.
///
/// # Errors
///
/// It is none.
pub(crate) fn email(text: &str, param: &str) -> Result<String, Failure> {
    let address = text.trim().to_lowercase();
    let valid = address.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !domain.contains("..")
            && !domain.contains('@')
            && address.len() <= 320
            && !address.chars().any(|c| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c))
    });
    if valid { Ok(address) } else { Err(Failure::format(param)) }
}

/// A number in E.164 form, where it is one.
pub(crate) fn normal_phone(text: &str) -> Option<String> {
    let digits = text.trim().strip_prefix('+')?;
    let digits: String = digits.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect();
    ((7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())).then(|| format!("+{digits}"))
}

/// A number in the form that is kept.
///
/// # Errors
///
/// It is none.
pub(crate) fn phone(text: &str, param: &str) -> Result<String, Failure> {
    normal_phone(text).ok_or_else(|| Failure::format(param))
}

/// Whether somebody other than `except` has verified this address, or has it reserved.
pub(crate) fn email_taken(state: &State, address: &str, except: Option<&UserId>) -> bool {
    state.tables.users.find(&email_key(address)).any(|user| {
        Some(&user.id) != except
            && user
                .email_addresses
                .iter()
                .any(|email| email.email_address == address && (email.is_verified() || email.reserved))
    })
}

pub(crate) fn phone_taken(state: &State, number: &str, except: Option<&UserId>) -> bool {
    state.tables.users.find(&phone_key(number)).any(|user| {
        Some(&user.id) != except
            && user
                .phone_numbers
                .iter()
                .any(|phone| phone.phone_number == number && (phone.is_verified() || phone.reserved))
    })
}

pub(crate) fn username_taken(state: &State, username: &str, except: Option<&UserId>) -> bool {
    state.tables.users.find(&username_key(username)).any(|user| Some(&user.id) != except)
}

/// The failure for a name that somebody else has.
pub(crate) fn exists(param: &str) -> Failure {
    Failure::new(422, "form_identifier_exists", "is taken")
        .explained(format!("that {} belongs to another user", param.replace('_', " ")))
        .param(param)
}

/// A user name in the form that is kept.
///
/// # Errors
///
/// It is too short or too long, or has characters that are not allowed.
pub(crate) fn username(text: &str) -> Result<String, Failure> {
    let name = text.trim();
    if !(4..=64).contains(&name.chars().count()) {
        return Err(Failure::new(422, "form_username_invalid_length", "has the wrong length")
            .explained("a username has 4 to 64 characters")
            .param("username"));
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) {
        return Err(Failure::new(422, "form_username_invalid_character", "has characters that are not allowed")
            .explained("a username has letters, digits, `_` and `-`")
            .param("username"));
    }
    if name.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Failure::new(422, "form_username_needs_non_number_char", "is all digits")
            .explained("a username has a character that is no digit")
            .param("username"));
    }
    Ok(name.to_owned())
}

/// A new address of a user.
pub(crate) fn new_email(address: &str, verification: Option<Verification>, now: Timestamp) -> EmailAddress {
    EmailAddress {
        id: EmailAddressId::from(State::id("idn", now)),
        email_address: address.to_lowercase(),
        verification: verification.map(Box::new),
        reserved: false,
        linked_to: Vec::new(),
        created_at: now,
        updated_at: now,
    }
}

/// A new number of a user.
pub(crate) fn new_phone(number: &str, verification: Option<Verification>, now: Timestamp) -> PhoneNumber {
    PhoneNumber {
        id: PhoneNumberId::from(State::id("idn", now)),
        phone_number: number.to_owned(),
        verification: verification.map(Box::new),
        reserved_for_second_factor: false,
        default_second_factor: false,
        reserved: false,
        linked_to: Vec::new(),
        created_at: now,
        updated_at: now,
    }
}

/// Keeps a new user and tells of it.
pub(crate) fn insert(state: &mut State, mut user: User, now: Timestamp) -> UserId {
    let id = user.id.clone();
    choose_primaries(&mut user);
    shrink(&mut user);
    state.tables.users.insert(user);
    crate::rules::organizations::enroll(state, &id, now);
    emit(state, "user.created", &id, now);
    id
}

/// Gives room back: a list that has grown by one has room for four, and of large things that is most of a user.
pub(crate) fn shrink(user: &mut User) {
    user.email_addresses.shrink_to_fit();
    user.phone_numbers.shrink_to_fit();
    user.external_accounts.shrink_to_fit();
    user.backup_codes.shrink_to_fit();
}

/// Tells that a user changed, and when.
pub(crate) fn updated(state: &mut State, id: &UserId, now: Timestamp) {
    if let Some(mut user) = state.tables.users.edit(id) {
        choose_primaries(&mut user);
        user.updated_at = now;
    }
    emit(state, "user.updated", id, now);
}

/// Deletes a user with everything that is theirs.
pub(crate) fn delete(state: &mut State, id: &UserId, now: Timestamp) {
    for session in super::sessions::active_of(state, id, now) {
        super::sessions::finish(state, &session, crate::model::session::Status::Removed, now);
    }
    let memberships = state.tables.memberships.find(&format!("user:{id}"));
    let memberships: Vec<String> = memberships.map(|membership| membership.id.clone()).collect();
    for membership in memberships {
        super::organizations::remove_membership(state, &membership, now);
    }
    state.tables.organization_suggestions.remove_where(|suggestion| suggestion.user_id == *id);
    if let Some(user) = state.tables.users.remove(id) {
        let mut gone = clerk_bapi::types::DeletedObject::new();
        gone.object = Some("user".to_owned());
        gone.id = Some(id.to_string());
        gone.deleted = true;
        gone.external_id = user.external_id;
        state.emit("user.deleted", &gone, now);
    }
}

fn emit(state: &mut State, kind: &str, id: &UserId, now: Timestamp) {
    let view = state.tables.users.get(id).map(|user| views::bapi::user::user(state, user, now));
    if let Some(view) = view {
        state.emit(kind, &view, now);
    }
}

/// Bans a user, which ends all sessions, or lifts the ban.
pub(crate) fn set_banned(state: &mut State, id: &UserId, banned: bool, now: Timestamp) {
    if let Some(mut user) = state.tables.users.edit(id) {
        user.banned = banned;
    }
    if banned {
        revoke_sessions(state, id, now);
    }
    updated(state, id, now);
}

/// Ends all sessions of a user.
pub(crate) fn revoke_sessions(state: &mut State, id: &UserId, now: Timestamp) {
    for session in super::sessions::active_of(state, id, now) {
        super::sessions::finish(state, &session, crate::model::session::Status::Revoked, now);
    }
}

/// Brings the times at which a second factor came and went up to date; backup codes go with the last one.
pub(crate) fn second_factors_changed(user: &mut User, now: Timestamp) {
    let was_enabled = match (user.mfa_enabled_at, user.mfa_disabled_at) {
        (Some(_), None) => true,
        (Some(enabled), Some(disabled)) => enabled > disabled,
        (None, _) => false,
    };
    match (was_enabled, user.two_factor_enabled()) {
        (false, true) => {
            user.mfa_enabled_at = Some(now);
            user.mfa_disabled_at = None;
        }
        (true, false) => {
            user.mfa_disabled_at = Some(now);
            user.backup_codes.clear();
        }
        _ => {}
    }
}

/// Uses a backup code up; codes of another system may be there as bcrypt digests.
pub(crate) fn spend_backup_code(user: &mut User, given: &str) -> bool {
    let fits = |known: &str| {
        if known.starts_with("$2") {
            PasswordDigest::import("bcrypt", known).is_ok_and(|digest| digest.verify(given) == Some(true))
        } else {
            encoding::same(known.as_bytes(), given.as_bytes())
        }
    };
    match user.backup_codes.iter_mut().find(|known| !known.used && fits(&known.code)) {
        Some(known) => {
            known.used = true;
            true
        }
        None => false,
    }
}

/// Checks that a user who has lost an identifier can still be reached as the instance asks.
///
/// # Errors
///
/// It was the last one of a kind that is required, or the last one at all.
pub(crate) fn check_reachable(settings: &Settings, before: &User, after: &User) -> Result<(), Failure> {
    let attributes = &settings.attributes;
    let required = [
        (&attributes.email_address, before.email_addresses.len(), after.email_addresses.len()),
        (&attributes.phone_number, before.phone_numbers.len(), after.phone_numbers.len()),
        (&attributes.web3_wallet, before.web3_wallets.len(), after.web3_wallets.len()),
    ];
    let missing = required
        .into_iter()
        .any(|(attribute, before, after)| attribute.enabled && attribute.required && before > 0 && after == 0);
    let nothing = after.email_addresses.is_empty()
        && after.phone_numbers.is_empty()
        && after.web3_wallets.is_empty()
        && after.external_accounts.is_empty()
        && after.enterprise_accounts.is_empty()
        && after.username.is_none();
    if !missing && !nothing {
        return Ok(());
    }
    Err(Failure::new(400, "last_required_identification_deletion_failed", "cannot be deleted")
        .explained("this is the last identifier of a kind that a user of this instance must have"))
}

/// Whoever has a verified address, but no primary one, has one from now on.
pub(crate) fn choose_primaries(user: &mut User) {
    if user.primary_email_address_id.as_ref().is_none_or(|id| user.email(id).is_none()) {
        let verified = user.email_addresses.iter().find(|email| email.is_verified());
        user.primary_email_address_id = verified.map(|email| email.id.clone());
    }
    if user.primary_phone_number_id.as_ref().is_none_or(|id| user.phone(id).is_none()) {
        let verified = user.phone_numbers.iter().find(|phone| phone.is_verified());
        user.primary_phone_number_id = verified.map(|phone| phone.id.clone());
    }
}
