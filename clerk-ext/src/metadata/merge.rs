//! JSON Merge Patch (RFC 7396), which is how the API changes metadata: applying, finding and joining changes.

use clerk_core::{Json, JsonMap};

/// Changes `stored` as the API does: objects merge, `null` deletes, all else replaces.
pub(super) fn apply(change: &Json, stored: &mut Json) {
    let Json::Object(changes) = change else {
        stored.clone_from(change);
        return;
    };
    let mut object = match stored.take() {
        Json::Object(object) => object,
        _ => JsonMap::new(),
    };
    for (key, change) in changes {
        if change.is_null() {
            object.remove(key);
        } else {
            apply(change, object.entry(key.as_str()).or_insert(Json::Null));
        }
    }
    *stored = Json::Object(object);
}

/// The change that makes `after` of `before`, where a key that is `null` counts as one that is not there.
pub(super) fn between(before: &JsonMap, after: &JsonMap) -> JsonMap {
    let mut changes = JsonMap::new();
    for (key, after) in after {
        match (before.get(key).filter(|value| !value.is_null()), after) {
            (None, Json::Null) => {}
            (Some(Json::Object(before)), Json::Object(after)) => {
                let inner = between(before, after);
                if !inner.is_empty() {
                    changes.insert(key.clone(), Json::Object(inner));
                }
            }
            (Some(before), after) if before == after => {}
            (_, after) => {
                changes.insert(key.clone(), without_nulls(after));
            }
        }
    }
    for (key, _) in before.iter().filter(|(key, value)| !value.is_null() && !after.contains_key(*key)) {
        changes.insert(key.clone(), Json::Null);
    }
    changes
}

/// The value as it can be stored. Lists are stored as they are, what is in them included.
fn without_nulls(value: &Json) -> Json {
    match value {
        Json::Object(object) => object
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
        other => other.clone(),
    }
}

/// One change for two, unless no one change does the same: then the place where.
///
/// A key that the first deletes or replaces, and that the second then gives an object, would have to be emptied and
/// filled at once; a merge fills only.
pub(super) fn join(first: &Json, second: &Json) -> Result<Json, Vec<String>> {
    let Json::Object(later) = second else {
        return Ok(second.clone());
    };
    let Json::Object(earlier) = first else {
        return Err(Vec::new());
    };
    let mut both = earlier.clone();
    for (key, second) in later {
        let joined = match earlier.get(key) {
            Some(first) => join(first, second).map_err(|mut place| {
                place.insert(0, key.clone());
                place
            })?,
            None => second.clone(),
        };
        both.insert(key.clone(), joined);
    }
    Ok(Json::Object(both))
}
