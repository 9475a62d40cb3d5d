//! Pictures: uploaded, kept, and where they are found.

use clerk_core::{Bytes, Timestamp};

use crate::{answer::Answer, crypto::encoding, failure::Failure, input::Input, model::image::Image, state::State};

/// How large a picture may be: a little less than any body, so that whoever sends one learns what is wrong with it.
const MAX_BYTES: usize = 10 * 1000 * 1000;

/// The picture of whoever has none.
const NOBODY: &str = "default";

/// Where a picture is found; without one, where that of nobody is.
pub(crate) fn url(state: &State, id: Option<&str>) -> String {
    format!("{}/local/images/{}", state.addresses.frontend, id.unwrap_or(NOBODY))
}

/// A picture by its id, as it is served: as one of the known types, and never as what an upload says of itself.
pub(crate) fn answer(state: &State, id: &str) -> Option<Answer> {
    let (content_type, body) = if id == NOBODY {
        ("image/svg+xml", Bytes::from_static(SILHOUETTE.as_bytes()))
    } else {
        let image = state.tables.images.get(id)?;
        let (content_type, _) = FORMATS.into_iter().find(|(known, _)| *known == image.content_type)?;
        (content_type, image.bytes.clone().into())
    };
    Some(Answer { status: 200, content_type: Some(content_type), headers: Vec::new(), body })
}

const SILHOUETTE: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 80"><rect width="80" height="80" fill="#bbc"/><circle cx="40" cy="31" r="14" fill="#eef"/><path d="M14 74a26 26 0 0 1 52 0z" fill="#eef"/></svg>"##;

/// What pictures may be, and what each begins with.
const FORMATS: [(&str, &[u8]); 4] = [
    ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", b"\xff\xd8\xff"),
    ("image/gif", b"GIF8"),
    ("image/webp", b"RIFF"),
];

/// The picture that a request brings in its field `file`, or as its body.
///
/// # Errors
///
/// There is none, or it is larger than 10 MB.
pub(crate) fn read(input: &Input) -> Result<Bytes, Failure> {
    let bytes = match input.file("file") {
        Some(file) => file.bytes.clone(),
        None => input.text("file").map_or_else(|| input.raw.clone(), |text| Bytes::copy_from_slice(text.as_bytes())),
    };
    // Browsers' SDKs send what a page has as a data URL.
    let text = bytes.starts_with(b"data:").then(|| std::str::from_utf8(&bytes).ok()).flatten();
    let encoded = text.and_then(|text| text.split_once(";base64,")).map(|(_, encoded)| encoded.trim());
    let bytes = encoded.and_then(encoding::from_base64).map_or(bytes.clone(), Bytes::from);
    if bytes.is_empty() {
        return Err(Failure::missing("file"));
    }
    if bytes.len() > MAX_BYTES {
        return Err(Failure::new(413, "image_too_large", "image too large")
            .explained("an image takes at most 10 MB")
            .param("file"));
    }
    Ok(bytes)
}

/// Keeps a picture and gives its id.
///
/// # Errors
///
/// It is of no known format.
pub(crate) fn keep(state: &mut State, bytes: &Bytes, now: Timestamp) -> Result<String, Failure> {
    let format = FORMATS.iter().find(|(_, start)| bytes.starts_with(start));
    let Some((content_type, _)) = format else {
        return Err(Failure::new(422, "form_param_value_invalid", "is not an image")
            .explained("a picture is a PNG, JPEG, GIF or WebP")
            .param("file"));
    };
    let id = State::id("img", now);
    let image = Image { id: id.clone(), content_type: (*content_type).to_owned(), bytes: bytes.to_vec() };
    state.tables.images.insert(image);
    Ok(id)
}

/// Forgets a picture that something else took the place of.
pub(crate) fn forget(state: &mut State, id: Option<&str>) {
    if let Some(id) = id {
        state.tables.images.remove(id);
    }
}
