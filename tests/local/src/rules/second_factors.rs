//! Second factors: what follows from the first one that is set up, and from the last one that is given up.

use clerk_core::{Timestamp, UserId};

use crate::{
    crypto::codes,
    failure::Failure,
    model::user::{BackupCode, User},
    settings::Settings,
    state::State,
};

/// Keeps what follows from a change of second factors: since when there are any, or since when no longer.
///
/// Codes on paper are gone with the last factor: they only stand in for one.
pub(crate) fn changed(user: &mut User, before: bool, now: Timestamp) {
    match (before, user.two_factor_enabled()) {
        (false, true) => user.mfa_enabled_at = Some(now),
        (true, false) => {
            user.mfa_disabled_at = Some(now);
            user.backup_codes.clear();
        }
        _ => {}
    }
}

/// Codes on paper for whoever has set up their first second factor, where the instance has them.
pub(crate) fn first_backup_codes(settings: &Settings, user: &mut User) -> Vec<String> {
    if !backup_codes_available(settings, user) || !user.backup_codes.is_empty() {
        return Vec::new();
    }
    new_backup_codes(user)
}

/// Whether a user can have codes on paper.
pub(crate) fn backup_codes_available(settings: &Settings, user: &User) -> bool {
    let attribute = &settings.attributes.backup_code;
    attribute.enabled && !attribute.second_factors.is_empty() && user.two_factor_enabled()
}

/// Other codes on paper; those there were are no longer taken.
pub(crate) fn new_backup_codes(user: &mut User) -> Vec<String> {
    let codes = codes::backup_codes();
    user.backup_codes = codes.iter().map(|code| BackupCode { code: code.clone(), used: false }).collect();
    codes
}

/// Checks that a user may give up one of their second factors.
///
/// # Errors
///
/// It is the last one, and the instance demands one of everybody.
pub(crate) fn may_give_up_one(state: &State, user: &UserId) -> Result<(), Failure> {
    let Some(user) = state.tables.users.get(user) else { return Ok(()) };
    let phones = user.phone_numbers.iter().filter(|phone| phone.reserved_for_second_factor).count();
    if state.settings().second_factor_required && phones + usize::from(user.totp_enabled()) <= 1 {
        return Err(Failure::new(400, "second_factor_deletion_not_allowed", "a second factor is required")
            .explained("every user here has a second factor: set up another one before this one is removed"));
    }
    Ok(())
}
