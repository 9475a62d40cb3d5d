//! Users.

mod accounts;
mod create;
mod factors;
mod image;
mod metadata;
mod order;
mod passwords;
mod select;
mod standing;
mod update;

use clerk_core::UserId;

pub(super) use update::{tell_of_new_primary, unverified};

use super::{Call, Handlers};
use crate::{answer::Answer, answer::Outcome, failure::Failure, model::user::User, rules, views};

pub(crate) const HANDLERS: Handlers = &[
    ("GetUserList", select::list),
    ("GetUsersCount", select::count),
    ("CreateUser", create::create),
    ("GetUser", get),
    ("UpdateUser", update::update),
    ("DeleteUser", delete),
    ("UpdateUserMetadata", metadata::merge),
    ("ReplaceUserMetadata", metadata::replace),
    ("BanUser", standing::ban),
    ("UnbanUser", standing::unban),
    ("UsersBan", standing::ban_all),
    ("UsersUnban", standing::unban_all),
    ("LockUser", standing::lock),
    ("UnlockUser", standing::unlock),
    ("VerifyPassword", passwords::verify),
    ("RemoveUserPassword", passwords::remove),
    ("SetUserPasswordCompromised", passwords::set_compromised),
    ("UnsetUserPasswordCompromised", passwords::unset_compromised),
    ("VerifyTOTP", factors::verify_totp),
    ("DisableMFA", factors::disable),
    ("DeleteTOTP", factors::delete_totp),
    ("DeleteBackupCode", factors::delete_backup_codes),
    ("UserPasskeyDelete", factors::delete_passkey),
    ("ListUserTrustedDevices", factors::trusted_devices),
    ("RevokeUserTrustedDevice", factors::revoke_trusted_device),
    ("DeleteExternalAccount", accounts::delete_external_account),
    ("UserWeb3WalletDelete", accounts::delete_wallet),
    ("GetOAuthAccessToken", accounts::access_tokens),
    ("SetUserProfileImage", image::set),
    ("DeleteUserProfileImage", image::delete),
];

/// The user that the path names.
pub(super) fn named<'a>(call: &'a Call<'_>) -> Result<&'a User, Failure> {
    let id = call.input.path("user_id");
    call.state.tables.users.get(id).ok_or_else(|| Failure::not_found("user", id))
}

/// Changes the user that the path names and tells of it; a failed change is as if it had not been tried.
pub(super) fn change(
    call: &mut Call<'_>,
    act: impl FnOnce(&mut User, &mut Call<'_>) -> Result<(), Failure>,
) -> Result<UserId, Failure> {
    // A copy, so that the rest of the state can be asked and a failure leaves nothing half done.
    let mut user = named(call)?.clone();
    act(&mut user, call)?;
    let id = user.id.clone();
    call.state.tables.users.insert(user);
    rules::users::updated(call.state, &id, call.now);
    Ok(id)
}

/// The answer that shows a user.
pub(super) fn shown(call: &Call<'_>, id: &UserId) -> Outcome {
    let user = call.state.tables.users.get(id).ok_or_else(|| Failure::not_found("user", id.as_str()))?;
    Ok(Answer::json(&views::bapi::user::user(call.state, user, call.now)))
}

fn get(call: &mut Call<'_>) -> Outcome {
    let user = named(call)?;
    Ok(Answer::json(&views::bapi::user::user(call.state, user, call.now)))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?.id.clone();
    rules::users::delete(call.state, &id, call.now);
    Ok(Answer::deleted("user", id.as_str()))
}
