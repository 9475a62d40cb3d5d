//! What applications keep with a user.

use clerk_core::JsonMap;

use super::{change, shown};
use crate::{answer::Outcome, bapi::Call, failure::Failure, model::user::User, rules};

/// The three kinds: the one browsers read, the one only servers see, the one browsers also write.
const KINDS: [&str; 3] = ["public_metadata", "private_metadata", "unsafe_metadata"];

pub(super) fn merge(call: &mut Call<'_>) -> Outcome {
    each(call, rules::metadata::merge)
}

pub(super) fn replace(call: &mut Call<'_>) -> Outcome {
    each(call, |known, given| known.clone_from(given))
}

/// Takes the metadata of a new user as it is given.
pub(super) fn take(call: &Call<'_>, user: &mut User) -> Result<(), Failure> {
    for kind in KINDS {
        if let Some(given) = call.input.object(kind) {
            rules::metadata::check(given, kind)?;
            field(user, kind).clone_from(given);
        }
    }
    Ok(())
}

fn each(call: &mut Call<'_>, put: fn(&mut JsonMap, &JsonMap)) -> Outcome {
    let id = change(call, |user, call| {
        for kind in KINDS {
            if let Some(given) = call.input.object(kind) {
                let known = field(user, kind);
                put(known, given);
                rules::metadata::check(known, kind)?;
            }
        }
        Ok(())
    })?;
    shown(call, &id)
}

fn field<'a>(user: &'a mut User, kind: &str) -> &'a mut JsonMap {
    match kind {
        "public_metadata" => &mut user.public_metadata,
        "private_metadata" => &mut user.private_metadata,
        _ => &mut user.unsafe_metadata,
    }
}
