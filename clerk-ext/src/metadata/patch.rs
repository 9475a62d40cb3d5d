use std::{any::type_name, fmt, marker::PhantomData};

use clerk_core::{Error, ErrorKind, Json, JsonMap};
use serde::{Serialize, Serializer};

use super::{merge, read::push_key};

/// A change of metadata of the type `T`, as the API merges it into what is stored.
///
/// Objects merge key by key, at every depth; `null` deletes a key; everything else replaces what was there, lists as a
/// whole. What the change does not mention stays, so that keys which `T` does not know survive.
///
/// The API cannot store `null` inside an object, because `null` deletes. `None` and "not there" are therefore the same
/// thing in metadata, and a type should read both alike: `Option` does. `null` in a list is stored.
///
/// `Debug` shows nothing of the values.
///
/// ```
/// use clerk_ext::{Json, metadata::Patch};
/// use serde::{Deserialize, Serialize};
/// use serde_json::json;
///
/// #[derive(Clone, Debug, Serialize, Deserialize)]
/// struct Plan {
///     name: String,
///     seats: Option<u32>,
/// }
///
/// let plan = Plan { name: "pro".into(), seats: Some(3) };
/// let patch = Patch::edit(&plan, |plan| plan.seats = None)?;
/// assert_eq!(*patch.as_json(), json!({ "seats": null }));
///
/// let mut stored = json!({ "name": "pro", "seats": 3, "written_by_others": true });
/// patch.apply(&mut stored);
/// assert_eq!(stored, json!({ "name": "pro", "written_by_others": true }));
///
/// let untyped: Patch<Json> = json!({ "name": "free" }).into();
/// # assert!(!untyped.is_empty());
/// # Ok::<(), clerk_ext::Error>(())
/// ```
pub struct Patch<T> {
    change: Json,
    of: PhantomData<fn() -> T>,
}

/// A struct that says what becomes of some fields of `T`, for [`Patch::partial`].
///
/// Nothing has to be implemented: it is a promise that the keys are those of `T`. Its fields are
/// [`Update`](crate::Update)s that are skipped when they say [`Leave`](crate::Update::Leave).
///
/// ```
/// use clerk_ext::{Update, metadata::{Partial, Patch}};
/// use serde::{Deserialize, Serialize};
/// use serde_json::json;
///
/// #[derive(Clone, Debug, Serialize, Deserialize)]
/// struct Plan {
///     name: String,
///     seats: Option<u32>,
/// }
///
/// #[derive(Default, Serialize)]
/// #[serde(default)]
/// struct PlanUpdate {
///     #[serde(skip_serializing_if = "Update::is_leave")]
///     name: Update<String>,
///     #[serde(skip_serializing_if = "Update::is_leave")]
///     seats: Update<u32>,
/// }
/// impl Partial<Plan> for PlanUpdate {}
///
/// let patch = Patch::<Plan>::partial(&PlanUpdate { seats: Update::Clear, ..PlanUpdate::default() })?;
/// assert_eq!(*patch.as_json(), json!({ "seats": null }));
/// # Ok::<(), clerk_ext::Error>(())
/// ```
pub trait Partial<T>: Serialize {}

impl<T> Patch<T> {
    fn of(change: Json) -> Self {
        Self { change, of: PhantomData }
    }

    /// The change that a struct of single updates says.
    ///
    /// A `null` in it deletes, at every depth.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] when `P` is not written as a JSON object.
    pub fn partial<P: Partial<T> + ?Sized>(update: &P) -> Result<Self, Error> {
        written(update).map(|change| Self::of(Json::Object(change)))
    }

    /// Whether it changes nothing, so that there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.change.as_object().is_some_and(JsonMap::is_empty)
    }

    /// What is sent.
    #[must_use]
    pub fn as_json(&self) -> &Json {
        &self.change
    }

    /// What is sent, taken out.
    #[must_use]
    pub fn into_json(self) -> Json {
        self.change
    }

    /// Changes `stored` as the API does, so that it is what the API then holds.
    pub fn apply(&self, stored: &mut Json) {
        merge::apply(&self.change, stored);
    }

    /// This change and then another, as one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] when no single change does the same: where the first deletes or replaces a key, and
    /// the next one puts an object there. Merged into an object that is stored there, it would not begin from nothing.
    /// Send the two one after the other.
    pub fn then(self, next: Self) -> Result<Self, Error> {
        merge::join(&self.change, &next.change).map(Self::of).map_err(|place| {
            let problem = "one change cannot both replace a key and fill it with an object; send the two one by one";
            let mut path = String::new();
            place.iter().for_each(|key| push_key(&mut path, key));
            Error::new(ErrorKind::InvalidRequest, problem).with_path(path)
        })
    }
}

impl<T: Serialize> Patch<T> {
    /// The change from one value to another: what is written differently, and nothing else.
    ///
    /// A key that is gone, or is `null` now, is deleted; a list that differs is sent whole.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] when `T` is not written as a JSON object, which is all that the API stores.
    pub fn between(before: &T, after: &T) -> Result<Self, Error> {
        let changes = merge::between(&written(before)?, &written(after)?);
        Ok(Self::of(Json::Object(changes)))
    }

    /// The change that a closure makes to a copy of the current value.
    ///
    /// # Errors
    ///
    /// As [`between`](Patch::between).
    pub fn edit(current: &T, edit: impl FnOnce(&mut T)) -> Result<Self, Error>
    where
        T: Clone,
    {
        let mut after = current.clone();
        edit(&mut after);
        Self::between(current, &after)
    }
}

/// A value as the object it is written as.
fn written<T: Serialize + ?Sized>(value: &T) -> Result<JsonMap, Error> {
    let refuse = |what: &str| {
        let problem = format!("{} is written as {what}; metadata is a JSON object", type_name::<T>());
        Err(Error::new(ErrorKind::InvalidRequest, problem))
    };
    match serde_json::to_value(value) {
        Ok(Json::Object(object)) => Ok(object),
        Ok(Json::Array(_)) => refuse("a list"),
        Ok(Json::Null) => refuse("null"),
        Ok(Json::String(_) | Json::Number(_) | Json::Bool(_)) => refuse("a single value"),
        // The text of the error may quote what could not be written.
        Err(_) => refuse("nothing, because writing it fails"),
    }
}

/// The JSON is sent as it is. What is no object the API refuses.
impl From<Json> for Patch<Json> {
    fn from(change: Json) -> Self {
        Self::of(change)
    }
}

impl From<JsonMap> for Patch<Json> {
    fn from(change: JsonMap) -> Self {
        Self::of(Json::Object(change))
    }
}

impl<T> Default for Patch<T> {
    fn default() -> Self {
        Self::of(Json::Object(JsonMap::new()))
    }
}

impl<T> Clone for Patch<T> {
    fn clone(&self) -> Self {
        Self::of(self.change.clone())
    }
}

impl<T> PartialEq for Patch<T> {
    fn eq(&self, other: &Self) -> bool {
        self.change == other.change
    }
}

impl<T> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.change.serialize(serializer)
    }
}

impl<T> fmt::Debug for Patch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patch")
            .field("of", &type_name::<T>())
            .field("is_empty", &self.is_empty())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "patch_tests.rs"]
mod tests;
