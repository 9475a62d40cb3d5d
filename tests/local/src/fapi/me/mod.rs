//! The user who is signed in: what is kept of them, their password and their picture.

mod names;
mod password;
mod picture;

use clerk_core::UserId;
use clerk_fapi::types;

use super::{Call, Handlers};
use crate::{
    answer::Outcome,
    failure::Failure,
    inbox::{self, Outgoing},
    rules::{
        images, metadata,
        reverification::{self, Level},
        users,
    },
    views,
};

pub(crate) const HANDLERS: Handlers = &[
    ("getUser", get),
    ("patchUser", names::patch),
    ("deleteUser", delete),
    ("patchUserMetadata", patch_metadata),
    ("changePassword", password::change),
    ("removePassword", password::remove),
    ("updateProfileImage", picture::update),
    ("deleteProfileImage", picture::delete),
];

fn get(call: &mut Call<'_>) -> Outcome {
    let id = call.user_id()?;
    reply(call, &id)
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let (id, image) = (user.id.clone(), user.image.clone());
    if !user.delete_self_enabled || !call.state.settings().delete_self {
        return Err(Failure::new(403, "user_delete_self_not_enabled", "users may not delete themselves")
            .explained("only a back end can delete this user"));
    }
    proven_lately(call)?;
    users::delete(call.state, &id, call.now);
    images::forget(call.state, image.as_deref());
    deleted(call, "user", id.as_str())
}

fn patch_metadata(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let id = user.id.clone();
    let mut merged = user.unsafe_metadata.clone();
    if let Some(patch) = call.input.object("unsafe_metadata") {
        metadata::merge(&mut merged, patch);
        metadata::check(&merged, "unsafe_metadata")?;
    }
    if let Some(mut user) = call.state.tables.users.edit(&id) {
        user.unsafe_metadata = merged;
    }
    updated(call, &id)
}

/// Tells that the user changed, and shows the user.
pub(crate) fn updated(call: &mut Call<'_>, id: &UserId) -> Outcome {
    users::updated(call.state, id, call.now);
    reply(call, id)
}

fn reply(call: &mut Call<'_>, id: &UserId) -> Outcome {
    let view = call.state.tables.users.get(id).map(|user| views::fapi::user::user(call.state, user, call.now));
    let view = view.ok_or_else(Failure::authentication_invalid)?;
    call.reply(&view)
}

/// Says that something is gone, with the client beside it.
pub(crate) fn deleted(call: &mut Call<'_>, object: &str, id: &str) -> Outcome {
    let mut view = types::DeletedObject::new();
    view.object = Some(object.to_owned());
    view.id = Some(id.to_owned());
    view.deleted = true;
    call.reply(&view)
}

/// Checks that whoever holds the session has proven lately that they are who they are.
///
/// # Errors
///
/// It is too long ago: the session has to be verified again.
pub(crate) fn proven_lately(call: &Call<'_>) -> Result<(), Failure> {
    reverification::require(call, Level::FirstFactor)
}

/// Sends the user a message about what was done to their account, as far as there is an address for it.
pub(crate) fn notify(call: &mut Call<'_>, user: &UserId, slug: &str) {
    let primary = call.state.tables.users.get(user).and_then(|user| user.primary_email());
    let Some(to) = primary.filter(|email| email.is_verified()).map(|email| email.email_address.clone()) else { return };
    let outgoing = Outgoing { to: &to, slug, code: None, link: None, user_id: Some(user.as_str()) };
    inbox::send(call.state, outgoing, call.now);
}
