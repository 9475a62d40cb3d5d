//! The picture of the user.

use clerk_fapi::types;

use super::deleted;
use crate::{
    answer::Outcome,
    failure::Failure,
    fapi::Call,
    rules::{images, users},
};

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let (id, before) = (user.id.clone(), user.image.clone());
    let bytes = images::read(call.input)?;
    let image = images::keep(call.state, &bytes, call.now)?;
    if let Some(mut user) = call.state.tables.users.edit(&id) {
        user.image = Some(image.clone());
    }
    images::forget(call.state, before.as_deref());
    users::updated(call.state, &id, call.now);
    let mut view = types::Image::new();
    view.object = Some("image".to_owned());
    view.name = Some(call.input.file("file").and_then(|file| file.file_name.clone()).unwrap_or_else(|| image.clone()));
    view.public_url = Some(images::url(call.state, Some(&image)));
    view.id = Some(image);
    call.reply(&view)
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let id = user.id.clone();
    let image = user
        .image
        .clone()
        .ok_or_else(|| Failure::new(404, "image_not_found", "image not found").explained("this user has no picture"))?;
    if let Some(mut user) = call.state.tables.users.edit(&id) {
        user.image = None;
    }
    images::forget(call.state, Some(&image));
    users::updated(call.state, &id, call.now);
    deleted(call, "image", &image)
}
