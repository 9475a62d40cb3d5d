use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

/// A value of any kind, of which only texts and numbers matter.
///
/// All of it is read as strictly as if it were kept, so that what was read once can be read again.
#[derive(Debug, Default, PartialEq)]
pub(crate) enum Field<'j> {
    #[default]
    Absent,
    Text(Cow<'j, str>),
    Whole(i64),
    Fraction(f64),
    Other,
}

impl Field<'_> {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn owned(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    }
}

impl<'de: 'j, 'j> Deserialize<'de> for Field<'j> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyField)
    }
}

/// A value that is not looked at.
pub(crate) struct Skipped;

impl<'de> Deserialize<'de> for Skipped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyField).map(|_| Self)
    }
}

struct AnyField;

impl<'j> Visitor<'j> for AnyField {
    type Value = Field<'j>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'j str) -> Result<Field<'j>, E> {
        Ok(Field::Text(text.into()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Field<'j>, E> {
        Ok(Field::Text(text.to_owned().into()))
    }

    fn visit_unit<E: Error>(self) -> Result<Field<'j>, E> {
        Ok(Field::Other)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Field<'j>, E> {
        Ok(Field::Other)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Field<'j>, E> {
        Ok(i64::try_from(number).map_or(Field::Fraction(number as f64), Field::Whole))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Field<'j>, E> {
        Ok(Field::Whole(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Field<'j>, E> {
        Ok(Field::Fraction(number))
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut items: A) -> Result<Field<'j>, A::Error> {
        while items.next_element::<Skipped>()?.is_some() {}
        Ok(Field::Other)
    }

    fn visit_map<A: MapAccess<'j>>(self, mut entries: A) -> Result<Field<'j>, A::Error> {
        while entries.next_entry::<Skipped, Skipped>()?.is_some() {}
        Ok(Field::Other)
    }
}
