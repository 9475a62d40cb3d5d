//! Pictures of users.

use super::{change, named, shown};
use crate::{answer::Outcome, bapi::Call, failure::Failure, rules};

pub(super) fn set(call: &mut Call<'_>) -> Outcome {
    named(call)?;
    let bytes = rules::images::read(call.input)?;
    let image = rules::images::keep(call.state, &bytes, call.now)?;
    put(call, Some(image))
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    if named(call)?.image.is_none() {
        return Err(Failure::new(404, "image_not_found", "image not found").explained("the user has no picture"));
    }
    put(call, None)
}

fn put(call: &mut Call<'_>, image: Option<String>) -> Outcome {
    let mut old = None;
    let id = change(call, |user, _| {
        old = std::mem::replace(&mut user.image, image);
        Ok(())
    })?;
    rules::images::forget(call.state, old.as_deref());
    shown(call, &id)
}
