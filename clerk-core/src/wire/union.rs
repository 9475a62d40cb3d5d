use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, Error as _, IntoDeserializer, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::Value;

use crate::{
    JsonMap, decode,
    wire::{Object, Reader, serialize},
};

/// Reads and writes a struct that holds the fields of every member of a union.
///
/// It takes what `object!` takes, and first the key that tells the members apart with the values it is
/// known to have; the ident before the key only says which field that is. A union that has no such key says `untagged;`.
/// The struct has one field more: `raw: Option<Box<SecretJson>>`. An object whose tag is not known is kept there whole and
/// written from there; its fields are read as far as they fit. So is one that has no tag and does not fit, or shares no
/// key with the fields. No field is `always`.
///
/// ```
/// #[derive(Debug)]
/// pub struct Verification {
///     pub object: Option<String>,
///     pub attempts: Option<i64>,
///     pub raw: Option<Box<clerk_core::SecretJson>>,
/// }
///
/// clerk_core::union! { Verification {
///     tag object "object" known ["verification_otp", "verification_ticket"];
///     0 optional object "object",
///     1 nullable attempts "attempts",
/// } }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __union {
    ($name:ident { tag $($tag_field:ident)? $tag:literal known [$($known:literal),* $(,)?]; $($fields:tt)* }) => {
        $crate::__union_impls! { $name $tag [$($known),*] { $($fields)* } }
    };
    ($name:ident { untagged; $($fields:tt)* }) => {
        $crate::__union_impls! { $name "" [] { $($fields)* } }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __union_impls {
    ($name:ident $tag:literal [$($known:literal),*] {
        $($index:literal $kind:ident $field:ident $key:literal),* $(,)?
    }) => {
        impl $crate::wire::Object for $name {
            const FIELDS: &'static [&'static str] = &[$($key),*];

            fn read<'de, A: $crate::__private::serde::de::MapAccess<'de>>(
                reader: &mut $crate::wire::Reader<'de, A>,
            ) -> Option<Self> {
                $(let mut $field = ::std::default::Default::default();)*
                loop {
                    match reader.next() {
                        $($index => reader.$kind(&mut $field),)*
                        _ => break,
                    }
                }
                Some(Self { $($field,)* raw: None })
            }

            fn write<M: $crate::__private::serde::ser::SerializeMap>(&self, writer: &mut $crate::wire::Writer<M>) {
                $(writer.$kind($key, &self.$field);)*
            }
        }

        impl $crate::wire::Union for $name {
            const TAG: &'static str = $tag;
            const KNOWN: &'static [&'static str] = &[$($known),*];

            fn raw(&self) -> Option<&$crate::Json> {
                self.raw.as_deref().map($crate::SecretJson::expose)
            }

            fn set_raw(&mut self, raw: Box<$crate::Json>) {
                self.raw = Some(Box::new((*raw).into()));
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::wire::serialize_union(self, serializer)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::wire::deserialize_union(deserializer)
            }
        }
    };
}

/// A struct of all members of a union; `union!` implements it.
pub trait Union: Object {
    /// The key that tells the members apart; no member has an empty one.
    const TAG: &'static str;
    /// Its values.
    const KNOWN: &'static [&'static str];

    /// The whole object, when its tag is not known.
    fn raw(&self) -> Option<&Value>;

    /// Keeps the whole object.
    fn set_raw(&mut self, raw: Box<Value>);
}

/// Writes a union.
pub fn serialize_union<T: Union, S: Serializer>(union: &T, serializer: S) -> Result<S::Ok, S::Error> {
    match union.raw() {
        Some(raw) => raw.serialize(serializer),
        None => serialize(union, serializer),
    }
}

/// Reads a union.
pub fn deserialize_union<'de, T: Union, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(UnionVisitor(PhantomData))
}

struct UnionVisitor<T>(PhantomData<T>);

impl<'de, T: Union> Visitor<'de> for UnionVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    /// The tag may come last, so that the object is read whole before its fields are. All that must happen in here: an
    /// error that comes later is taken for one of what follows the object.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        from_map(JsonMap::deserialize(MapAccessDeserializer::new(map))?).map_err(A::Error::custom)
    }
}

fn from_map<T: Union>(map: JsonMap) -> Result<T, serde_json::Error> {
    let tag = map.get(T::TAG).and_then(Value::as_str).map(|tag| T::KNOWN.contains(&tag));
    let texts = texts(&map, T::FIELDS)?;
    let mut reader = Reader::new(Texts { texts: texts.iter(), text: b"", key: "" }, T::FIELDS, tag != Some(true));
    let object = T::read(&mut reader);
    let known = tag.unwrap_or_else(|| reader.fits());
    let mut union = reader.finish(object)?;
    if !known {
        union.set_raw(Box::new(Value::Object(map)));
    }
    Ok(union)
}

/// The values as text again. Reading them from there tells where they do not fit, and needs no more code than reading
/// an answer does anyway.
fn texts<'a>(map: &'a JsonMap, fields: &[&str]) -> Result<Vec<(&'a str, Vec<u8>)>, serde_json::Error> {
    let text = |(key, value): (&'a String, &Value)| {
        let text = if fields.contains(&key.as_str()) { serde_json::to_vec(value)? } else { b"null".to_vec() };
        Ok((key.as_str(), text))
    };
    map.iter().map(text).collect()
}

struct Texts<'a> {
    texts: std::slice::Iter<'a, (&'a str, Vec<u8>)>,
    key: &'a str,
    text: &'a [u8],
}

impl<'a> MapAccess<'a> for Texts<'a> {
    type Error = serde_json::Error;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let Some((key, text)) = self.texts.next() else {
            return Ok(None);
        };
        (self.key, self.text) = (key, text);
        seed.deserialize(self.key.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Self::Error> {
        let mut deserializer = serde_json::Deserializer::from_slice(self.text);
        seed.deserialize(&mut deserializer).map_err(|error| decode::within(self.key, self.text, &error))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::SecretJson;

    #[derive(Clone, Debug, PartialEq)]
    struct Verification {
        object: Option<String>,
        attempts: Option<i64>,
        nonces: Vec<String>,
        raw: Option<Box<SecretJson>>,
    }

    crate::union! { Verification {
        tag object "object" known ["verification_otp", "verification_ticket"];
        0 optional object "object",
        1 nullable attempts "attempts",
        2 sparse nonces "nonces",
    } }

    fn read(value: &Value) -> Verification {
        serde_json::from_str(&value.to_string()).unwrap()
    }

    #[test]
    fn a_known_member_is_read_by_its_fields_wherever_the_tag_stands() {
        for json in
            [r#"{"object":"verification_otp","attempts":2,"x":1}"#, r#"{"attempts":2,"object":"verification_otp"}"#]
        {
            let read: Verification = serde_json::from_str(json).unwrap();
            assert_eq!((read.attempts, &read.raw), (Some(2), &None));
            assert_eq!(serde_json::to_value(&read).unwrap(), json!({"object": "verification_otp", "attempts": 2}));
        }
    }

    #[test]
    fn an_unknown_member_is_kept_whole_and_written_as_it_was() {
        let json = json!({"object": "verification_iris", "attempts": 3, "iris": {"left": [1, null]}});
        let read = read(&json);
        assert_eq!((read.attempts, read.raw.as_deref().map(SecretJson::expose)), (Some(3), Some(&json)));
        assert_eq!(serde_json::to_value(&read).unwrap(), json);
    }

    #[test]
    fn fields_of_an_unknown_member_that_do_not_fit_are_left_at_their_defaults() {
        let json = json!({"object": "verification_iris", "attempts": "many", "nonces": {"a": 1}});
        let read = read(&json);
        assert_eq!(
            (read.attempts, read.nonces.len(), read.raw.as_deref().map(SecretJson::expose)),
            (None, 0, Some(&json))
        );
    }

    #[test]
    fn an_object_without_a_tag_is_known_as_long_as_it_fits() {
        for json in [json!({"attempts": 1}), json!({"attempts": 1, "object": null, "new": 1}), json!({})] {
            let read = read(&json);
            assert_eq!((read.attempts, read.raw), (json["attempts"].as_i64(), None));
        }
        for json in [json!({"attempts": "many"}), json!({"attempts": 1, "object": 7}), json!({"new": {"a": 1}})] {
            assert_eq!(serde_json::to_value(read(&json)).unwrap(), json);
        }
    }

    #[test]
    fn a_field_of_a_known_member_that_does_not_fit_is_an_error_that_names_it() {
        let json = r#"{"object":"verification_otp","attempts":"many"}"#;
        let error = serde_json::from_str::<Verification>(json).unwrap_err().to_string();
        assert!(error.starts_with("in `attempts`: invalid type"), "{error}");
    }

    #[derive(Clone, Debug, PartialEq)]
    struct Either {
        id: Option<String>,
        count: Option<i64>,
        raw: Option<Box<SecretJson>>,
    }

    crate::union! { Either {
        untagged;
        0 optional id "id",
        1 optional count "count",
    } }

    #[test]
    fn an_untagged_union_keeps_what_it_cannot_make_sense_of() {
        for (json, known) in [
            (json!({"id": "a", "count": 1}), true),
            (json!({"id": "a", "count": "b"}), false),
            (json!({"other": 1}), false),
        ] {
            let read: Either = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(read.raw.is_none(), known, "{json}");
            assert_eq!(serde_json::to_value(&read).unwrap(), json);
        }
    }
}
