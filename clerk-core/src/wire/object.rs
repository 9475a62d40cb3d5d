use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    marker::PhantomData,
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor},
    ser::SerializeMap,
};

use crate::{
    json::ONE_OF_THESE,
    wire::{
        Update,
        place::{Field, Needed, Place},
    },
};

/// Reads and writes a struct as an object, by its list of fields.
///
/// ```
/// #[derive(Debug)]
/// pub struct User { pub id: String, pub first_name: Option<String>, pub emails: Vec<String> }
///
/// clerk_core::object! { User {
///     0 always id "id",
///     1 nullable first_name "first_name",
///     2 filled emails "emails",
/// } }
/// ```
///
/// | kind | type | read | written |
/// |---|---|---|---|
/// | `always` | `T` | must be there | always |
/// | `nullable` | `Option<T>` | absent or `null`: `None` | always, `None` as `null` |
/// | `optional` | `Option<T>` | absent or `null`: `None` | left out when `None` |
/// | `filled` | `T: Default` | absent or `null`: the default | always |
/// | `sparse` | list or map | absent or `null`: empty | left out when empty |
/// | `update` | `Update<T>` | absent: `Leave`, `null`: `Clear` | left out when `Leave` |
///
/// The numbers count from zero. Unknown keys are dropped, and of equal keys the last wins.
#[doc(hidden)]
#[macro_export]
macro_rules! __object {
    ($name:ident $(<$($param:ident),+>)? {
        $($index:literal $kind:ident $field:ident $key:literal),* $(,)?
    }) => {
        impl $(<$($param: $crate::__private::serde::Serialize + $crate::__private::serde::de::DeserializeOwned),+>)?
            $crate::wire::Object for $name $(<$($param),+>)?
        {
            fn read<'de, A: $crate::__private::serde::de::MapAccess<'de>>(
                reader: &mut $crate::wire::Reader<'de, A>,
            ) -> Result<Self, A::Error> {
                $(let mut $field = ::std::default::Default::default();)*
                loop {
                    match reader.next() {
                        $($index => reader.$kind(&mut $field),)*
                        _ => break,
                    }
                }
                reader.end()?;
                Ok(Self { $($field: $crate::__taken!($kind reader $index $field)),* })
            }
        }

        impl $(<$($param: $crate::__private::serde::Serialize + $crate::__private::serde::de::DeserializeOwned),+>)?
            $crate::wire::Fields for $name $(<$($param),+>)?
        {
            const FIELDS: &'static [&'static str] = &[$($key),*];

            fn write<M: $crate::__private::serde::ser::SerializeMap>(&self, writer: &mut $crate::wire::Writer<M>) {
                $(writer.$kind($key, &self.$field);)*
            }
        }

        impl $(<$($param: $crate::__private::serde::Serialize + $crate::__private::serde::de::DeserializeOwned),+>)?
            $crate::__private::serde::Serialize for $name $(<$($param),+>)?
        {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::wire::serialize(self, serializer)
            }
        }

        impl<'de, $($($param: $crate::__private::serde::Serialize + $crate::__private::serde::de::DeserializeOwned),+)?>
            $crate::__private::serde::Deserialize<'de> for $name $(<$($param),+>)?
        {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::wire::deserialize(deserializer)
            }
        }
    };
}

/// What a field holds once the object is read.
#[doc(hidden)]
#[macro_export]
macro_rules! __taken {
    (always $reader:ident $index:literal $field:ident) => {
        $reader.need($index, $field)?
    };
    ($kind:ident $reader:ident $index:literal $field:ident) => {
        $field
    };
}

/// A struct whose fields have keys; `object!` and `union!` implement it.
pub trait Fields {
    /// The keys of its fields, in the order that reading and writing count them.
    const FIELDS: &'static [&'static str];

    /// Writes the fields.
    fn write<M: SerializeMap>(&self, writer: &mut Writer<M>);
}

/// A struct that travels as an object; `object!` implements it.
pub trait Object: Fields + Sized {
    /// Reads the fields.
    #[allow(clippy::missing_errors_doc, reason = "only what `object!` expands to has it")]
    fn read<'de, A: MapAccess<'de>>(reader: &mut Reader<'de, A>) -> Result<Self, A::Error>;
}

/// Reads an object.
pub fn deserialize<'de, T: Object, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(ObjectVisitor(PhantomData))
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Object> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read(&mut Reader::new(map, T::FIELDS, false))
    }
}

/// The next key is none of the fields: the object ends, or a value did not fit.
const END: usize = usize::MAX;

/// Reads an object key by key. It keeps the first error, so that the code of each type need not look for one.
pub struct Reader<'de, A: MapAccess<'de>> {
    map: A,
    keys: Keys,
    lenient: bool,
    misfits: usize,
    seen: bool,
    unseen: bool,
    error: Option<A::Error>,
    lifetime: PhantomData<&'de ()>,
}

impl<'de, A: MapAccess<'de>> Reader<'de, A> {
    /// A lenient reader skips values that do not fit.
    pub(crate) fn new(map: A, fields: &'static [&'static str], lenient: bool) -> Self {
        let numbered = map.size_hint() == Some(0);
        Self {
            map,
            keys: Keys { fields, expected: 0, numbered },
            lenient,
            misfits: 0,
            seen: false,
            unseen: false,
            error: None,
            lifetime: PhantomData,
        }
    }

    /// The index of the next field that is there; `usize::MAX` at the end.
    #[allow(clippy::should_implement_trait, reason = "it is no iterator: each index must be answered by reading")]
    pub fn next(&mut self) -> usize {
        while self.error.is_none() {
            match self.map.next_key_seed(self.keys) {
                Ok(Some(END)) => self.skip(),
                Ok(Some(index)) => {
                    self.keys.expected = index + 1;
                    self.seen = true;
                    return index;
                }
                Ok(None) => break,
                Err(error) => self.error = Some(error),
            }
        }
        END
    }

    /// Steps over a value that no field is for.
    fn skip(&mut self) {
        self.unseen = true;
        self.error = self.map.next_value::<IgnoredAny>().err();
    }

    /// Reads a value to where the seed puts it.
    fn value<S: DeserializeSeed<'de, Value = ()>>(&mut self, seed: S) {
        if let Err(error) = self.map.next_value_seed(seed) {
            if self.lenient {
                self.misfits += 1;
            } else {
                self.error = Some(error);
            }
        }
    }

    /// Reads a field that must be there. `null` counts as a value, which only some types accept.
    pub fn always<T: Deserialize<'de>>(&mut self, field: &mut Option<T>) {
        self.value(Needed(field));
    }

    /// Reads a field that may be `null`.
    pub fn nullable<T: Deserialize<'de>>(&mut self, field: &mut Option<T>) {
        self.value(Place(field));
    }

    /// Reads a field that may be `null`.
    pub fn optional<T: Deserialize<'de>>(&mut self, field: &mut Option<T>) {
        self.value(Place(field));
    }

    /// Reads a field whose `null` is its default.
    pub fn filled<T: Field<'de>>(&mut self, field: &mut T) {
        self.value(Place(field));
    }

    /// Reads a field whose `null` is its default.
    pub fn sparse<T: Field<'de>>(&mut self, field: &mut T) {
        self.value(Place(field));
    }

    /// Reads a field whose `null` means something else than its absence.
    pub fn update<T: Deserialize<'de>>(&mut self, field: &mut Update<T>) {
        self.value(Place(field));
    }

    /// What a field that must be there holds.
    #[allow(clippy::missing_errors_doc, reason = "only what `object!` expands to calls it")]
    pub fn need<T>(&mut self, index: usize, field: Option<T>) -> Result<T, A::Error> {
        field.ok_or_else(|| A::Error::missing_field(self.keys.fields.get(index).copied().unwrap_or("?")))
    }

    /// The first thing that was wrong.
    #[allow(clippy::missing_errors_doc, reason = "only what `object!` expands to calls it")]
    pub fn end(&mut self) -> Result<(), A::Error> {
        self.error.take().map_or(Ok(()), Err)
    }

    /// Whether every value fitted, and the keys are not all strange.
    pub(crate) fn fits(&self) -> bool {
        self.misfits == 0 && (self.seen || !self.unseen)
    }
}

/// Finds the index of a key. Answers mostly keep the order of the document, so that the field after the last one is
/// tried first.
#[derive(Clone, Copy)]
struct Keys {
    fields: &'static [&'static str],
    expected: usize,
    /// Whether the deserializer is our own, which can tell a key by its number.
    numbered: bool,
}

impl Keys {
    /// The search goes on from there too: a key is more often left out than out of place.
    fn search(self, key: &str) -> usize {
        let (before, after) = self.fields.split_at_checked(self.expected).unwrap_or((self.fields, &[]));
        let position = |fields: &[&str]| fields.iter().position(|field| *field == key);
        position(after).map(|index| index + before.len()).or_else(|| position(before)).unwrap_or(END)
    }
}

impl<'de> DeserializeSeed<'de> for Keys {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        if !self.numbered {
            return deserializer.deserialize_identifier(self);
        }
        let expected = self.fields.get(self.expected..).unwrap_or_default();
        deserializer.deserialize_enum(ONE_OF_THESE, expected, self)
    }
}

impl Visitor<'_> for Keys {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    /// It is the first that was expected.
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<usize, E> {
        usize::try_from(number).map(|number| self.expected + number).map_err(E::custom)
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<usize, E> {
        Ok(self.search(key))
    }

    fn visit_bytes<E: de::Error>(self, key: &[u8]) -> Result<usize, E> {
        Ok(std::str::from_utf8(key).map_or(END, |key| self.search(key)))
    }
}

/// Writes an object.
pub fn serialize<T: Fields, S: Serializer>(object: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let mut writer = Writer { map: serializer.serialize_map(None)?, error: None };
    object.write(&mut writer);
    match writer.error {
        Some(error) => Err(error),
        None => writer.map.end(),
    }
}

/// Writes an object field by field, and keeps the first error.
pub struct Writer<M: SerializeMap> {
    map: M,
    error: Option<M::Error>,
}

impl<M: SerializeMap> Writer<M> {
    /// Writes a field.
    pub fn always<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) {
        if self.error.is_none() {
            self.error = self.map.serialize_entry(key, value).err();
        }
    }

    /// Writes a field, `None` as `null`.
    pub fn nullable<T: Serialize>(&mut self, key: &'static str, value: &Option<T>) {
        self.always(key, value);
    }

    /// Writes a field unless it is `None`.
    pub fn optional<T: Serialize>(&mut self, key: &'static str, value: &Option<T>) {
        if let Some(value) = value {
            self.always(key, value);
        }
    }

    /// Writes a field.
    pub fn filled<T: Serialize>(&mut self, key: &'static str, value: &T) {
        self.always(key, value);
    }

    /// Writes a field unless it is empty.
    pub fn sparse<T: Serialize + IsEmpty>(&mut self, key: &'static str, value: &T) {
        if !value.is_empty() {
            self.always(key, value);
        }
    }

    /// Writes a field unless it is to be left as it is.
    pub fn update<T: Serialize>(&mut self, key: &'static str, value: &Update<T>) {
        match value {
            Update::Leave => {}
            Update::Clear => self.always(key, &()),
            Update::Set(value) => self.always(key, value),
        }
    }
}

/// Types whose empty value is left out.
pub trait IsEmpty {
    /// Whether there is nothing in it.
    fn is_empty(&self) -> bool;
}

impl<T> IsEmpty for Vec<T> {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl<K, V> IsEmpty for BTreeMap<K, V> {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl<K, V, S> IsEmpty for HashMap<K, V, S> {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl IsEmpty for crate::JsonMap {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl IsEmpty for bool {
    fn is_empty(&self) -> bool {
        !self
    }
}

#[cfg(test)]
#[path = "object_tests.rs"]
mod tests;
