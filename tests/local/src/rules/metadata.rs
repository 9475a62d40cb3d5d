//! Metadata: merged, replaced, and never larger than the real service keeps it.

use clerk_core::{Json, JsonMap};

use crate::failure::Failure;

/// How much one metadata object may take as JSON.
const MAX_BYTES: usize = 8 * 1024;

/// Merges deeply: a `null` removes its key, an object goes into the one that is there, all else takes its place.
pub(crate) fn merge(target: &mut JsonMap, patch: &JsonMap) {
    // Objects from a request are at most as deep as the JSON parser lets them be.
    for (key, value) in patch {
        match (target.get_mut(key), value) {
            (_, Json::Null) => {
                target.remove(key);
            }
            (Some(Json::Object(known)), Json::Object(more)) => merge(known, more),
            (_, Json::Object(more)) => {
                let mut fresh = JsonMap::new();
                merge(&mut fresh, more);
                target.insert(key.clone(), fresh.into());
            }
            (_, other) => {
                target.insert(key.clone(), other.clone());
            }
        }
    }
}

/// Checks that metadata is small enough to be kept.
///
/// # Errors
///
/// It is larger than 8 KiB.
pub(crate) fn check(metadata: &JsonMap, param: &str) -> Result<(), Failure> {
    let size = serde_json::to_vec(metadata).map_or(0, |text| text.len());
    if size <= MAX_BYTES {
        return Ok(());
    }
    Err(Failure::new(422, "form_param_exceeds_allowed_size", "is too large")
        .explained(format!("{param} takes at most {MAX_BYTES} bytes"))
        .param(param))
}
