use std::{borrow::Cow, fmt, iter::Zip, marker::PhantomData, slice::Iter};

use serde::{
    Deserialize as _, Deserializer, Serialize, Serializer,
    de::{
        self, DeserializeSeed, Error as _, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::Value;

use crate::{
    JsonMap, decode,
    json::from_str_seed,
    wire::{Fields, Reader, serialize},
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
/// #[derive(Debug, Default)]
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
        $crate::__union_impls! { $name [$($tag_field)?] $tag [$($known),*] { $($fields)* } }
    };
    ($name:ident { untagged; $($fields:tt)* }) => {
        $crate::__union_impls! { $name [] "" [] { $($fields)* } }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __union_impls {
    ($name:ident [$($tag_field:ident)?] $tag:literal [$($known:literal),*] {
        $($index:literal $kind:ident $field:ident $key:literal),* $(,)?
    }) => {
        impl $crate::wire::Fields for $name {
            const FIELDS: &'static [&'static str] = &[$($key),*];

            fn write<M: $crate::__private::serde::ser::SerializeMap>(&self, writer: &mut $crate::wire::Writer<M>) {
                $(writer.$kind($key, &self.$field);)*
            }
        }

        impl $crate::wire::Union for $name {
            const TAG: &'static str = $tag;
            const KNOWN: &'static [&'static str] = &[$($known),*];

            fn read<'de, A: $crate::__private::serde::de::MapAccess<'de>>(
                &mut self,
                reader: &mut $crate::wire::Reader<'de, A>,
            ) {
                loop {
                    match reader.next() {
                        $($index => reader.$kind(&mut self.$field),)*
                        _ => break,
                    }
                }
            }

            fn set_tag(&mut self, tag: &'static str) {
                $(self.$tag_field = Some(tag.into());)?
                let _ = tag;
            }

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
pub trait Union: Fields + Default {
    /// The key that tells the members apart; no member has an empty one.
    const TAG: &'static str;
    /// Its values.
    const KNOWN: &'static [&'static str];

    /// Reads fields into those that are there already.
    fn read<'de, A: MapAccess<'de>>(&mut self, reader: &mut Reader<'de, A>);

    /// Keeps the tag, which is one of those that are known.
    fn set_tag(&mut self, tag: &'static str);

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

    /// From the tag on, the fields of a known member are read as those of any object. All that must happen in here: an
    /// error that comes later is taken for one of what follows the object.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        // Fields that are `null` are most of what comes before the tag: of those that nothing else precedes, a bit is kept.
        let (mut nulls, mut before) = (0_u64, Vec::new());
        while let Some((index, key)) = map.next_key_seed(Name(T::FIELDS))? {
            let value = if key == T::TAG {
                match map.next_value_seed(Tag(T::KNOWN))? {
                    Ok(known) => return from_tag_on(known, &before, map),
                    Err(value) => value,
                }
            } else {
                map.next_value()?
            };
            if index < 64 && value.is_null() && before.is_empty() {
                nulls |= 1 << index;
            } else {
                before.push((key, value));
            }
        }
        let nulls = T::FIELDS.iter().enumerate().filter(|(index, _)| *index < 64 && nulls >> index & 1 == 1);
        let nulls = nulls.map(|(_, field)| (Cow::Borrowed(*field), Value::Null));
        untold(nulls.chain(before).collect()).map_err(A::Error::custom)
    }
}

/// A key, which takes no allocation when it is that of a field, and its value.
type Entry = (Cow<'static, str>, Value);

/// The index of a key among these fields, which is out of their range when it is none of them, and the key.
struct Name(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = (usize, Cow<'static, str>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = (usize, Cow<'static, str>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Self::Value, E> {
        let field = self.0.iter().enumerate().find(|(_, field)| **field == key);
        Ok(match field {
            Some((index, field)) => (index, Cow::Borrowed(*field)),
            None => (usize::MAX, Cow::Owned(key.to_owned())),
        })
    }
}

/// The value of the tag: one of those that are known, which takes no allocation, or any other.
struct Tag(&'static [&'static str]);

macro_rules! other_tag {
    ($($method:ident $type:ty;)*) => {$(
        fn $method<E: de::Error>(self, value: $type) -> Result<Self::Value, E> {
            Ok(Err(value.into()))
        }
    )*};
}

impl<'de> DeserializeSeed<'de> for Tag {
    type Value = Result<&'static str, Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tag {
    type Value = Result<&'static str, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_str<E: de::Error>(self, tag: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().find(|known| **known == tag).copied().ok_or_else(|| tag.into()))
    }

    other_tag! { visit_bool bool; visit_i64 i64; visit_u64 u64; visit_f64 f64; }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Err(Value::Null))
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(list)).map(Err)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(map)).map(Err)
    }
}

fn from_tag_on<'de, T: Union, A: MapAccess<'de>>(
    tag: &'static str,
    before: &[Entry],
    mut map: A,
) -> Result<T, A::Error> {
    let mut union = T::default();
    // Most of it is `null`, which is the default already.
    if before.iter().any(|(_, value)| !value.is_null())
        && let Err(error) = read_kept(&mut union, before, false)
    {
        // Where it does not fit is told by the message, within the place of the whole object: its end.
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        return Err(A::Error::custom(error));
    }
    union.set_tag(tag);
    let mut reader = Reader::new(map, T::FIELDS, false);
    union.read(&mut reader);
    reader.end()?;
    Ok(union)
}

/// Makes what it can of an object without a tag that is known.
fn untold<T: Union>(entries: Vec<Entry>) -> Result<T, serde_json::Error> {
    let mut union = T::default();
    let fits = read_kept(&mut union, &entries, true)?;
    let map: JsonMap = entries.into_iter().map(|(key, value)| (key.into_owned(), value)).collect();
    if !fits || map.get(T::TAG).is_some_and(Value::is_string) {
        union.set_raw(Box::new(Value::Object(map)));
    }
    Ok(union)
}

/// Reads fields from values, and tells whether they fit.
///
/// The values become text again: reading them from there tells where they do not fit, and needs no more code than
/// reading an answer does anyway.
fn read_kept<T: Union>(union: &mut T, entries: &[Entry], lenient: bool) -> Result<bool, serde_json::Error> {
    let text = |(key, value): &Entry| match value {
        value if !value.is_null() && T::FIELDS.contains(&key.as_ref()) => serde_json::to_string(value).map(Cow::Owned),
        _ => Ok(Cow::Borrowed("null")),
    };
    let texts: Vec<Cow<'static, str>> = entries.iter().map(text).collect::<Result<_, _>>()?;
    let texts = Texts { texts: entries.iter().zip(texts.iter()), key: "", text: "" };
    let mut reader = Reader::new(texts, T::FIELDS, lenient);
    union.read(&mut reader);
    reader.end()?;
    Ok(reader.fits())
}

struct Texts<'a> {
    texts: Zip<Iter<'a, Entry>, Iter<'a, Cow<'static, str>>>,
    key: &'a str,
    text: &'a str,
}

impl<'a> MapAccess<'a> for Texts<'a> {
    type Error = serde_json::Error;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let Some(((key, _), text)) = self.texts.next() else {
            return Ok(None);
        };
        (self.key, self.text) = (key, text);
        seed.deserialize(self.key.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Self::Error> {
        from_str_seed(seed, self.text).map_err(|error| decode::within(self.key, self.text, &error))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::SecretJson;

    #[derive(Clone, Debug, Default, PartialEq)]
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
        for tag in [json!(true), json!(-7), json!(1.5), json!(["verification_otp"]), json!({"verification_otp": null})]
        {
            let json = json!({"attempts": null, "object": tag, "later": 1});
            for read in [read(&json), decode::decode("proof", json.to_string().as_bytes()).unwrap()] {
                assert_eq!(serde_json::to_value(read).unwrap(), json);
            }
        }
    }

    #[test]
    fn of_equal_keys_before_the_tag_the_last_wins() {
        for (json, attempts) in [
            (r#"{"attempts":null,"attempts":3,"object":"verification_otp"}"#, Some(3)),
            (r#"{"attempts":3,"attempts":null,"object":"verification_otp"}"#, None),
            (r#"{"attempts":null,"attempts":3,"attempts":4,"object":"verification_otp"}"#, Some(4)),
            (r#"{"attempts":null,"attempts":3,"object":"verification_iris"}"#, Some(3)),
        ] {
            let read: Verification = decode::decode("proof", json.as_bytes()).unwrap();
            assert_eq!(read.attempts, attempts, "{json}");
            let kept = read.raw.as_deref().map(|raw| raw.expose()["attempts"].as_i64());
            assert_eq!(kept, json.contains("iris").then_some(attempts), "{json}");
        }
    }

    #[test]
    fn a_field_of_a_known_member_that_does_not_fit_is_an_error_that_names_it() {
        for json in
            [r#"{"object":"verification_otp","attempts":"many"}"#, r#"{"attempts":"many","object":"verification_otp"}"#]
        {
            let error = decode::decode::<Verification>("proof", json.as_bytes()).unwrap_err();
            assert_eq!(error.path(), Some("attempts"), "{error}");
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
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
