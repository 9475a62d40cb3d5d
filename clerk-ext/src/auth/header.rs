use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::keys::Algorithm;

/// What the header of a token says, of which every token is read: nothing is allocated but the id of the key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Header {
    /// `None` when it is none that Clerk uses.
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) typ: Typ,
    pub(crate) category: Category,
    pub(crate) key_id: Option<String>,
}

/// The type that a token says it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typ {
    Absent,
    Jwt,
    /// An OAuth access token.
    OAuth,
    Other,
}

/// The kind of token as Clerk marks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Category {
    /// Tokens from before the mark have none.
    Absent,
    /// Something that the reference takes for no mark in some places: `null`, an empty text, and so on.
    Empty,
    Session,
    Template,
    M2m,
    /// An instance that opted out of telling kinds apart.
    Ignore,
    Other,
}

impl Header {
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        let fields: Fields<'_> = serde_json::from_slice(json).ok()?;
        Some(Self {
            algorithm: fields.alg.text().and_then(Algorithm::named),
            typ: match (&fields.typ, fields.typ.text()) {
                (Field::Absent, _) => Typ::Absent,
                (_, Some("JWT")) => Typ::Jwt,
                (_, Some("at+jwt" | "application/at+jwt")) => Typ::OAuth,
                _ => Typ::Other,
            },
            category: match (&fields.cat, fields.cat.text()) {
                (Field::Absent, _) => Category::Absent,
                (Field::Falsy, _) | (_, Some("")) => Category::Empty,
                (_, Some("cl_B7d4PD111AAA")) => Category::Session,
                (_, Some("cl_B7d4PD222AAA")) => Category::Template,
                (_, Some("cl_B7d4PD333AAA")) => Category::M2m,
                (_, Some("cl_I7d4PD111III")) => Category::Ignore,
                _ => Category::Other,
            },
            key_id: fields.kid.text().map(str::to_owned),
        })
    }
}

/// A header that names a field twice is refused: which of the two others would believe nobody knows.
#[derive(Deserialize)]
struct Fields<'j> {
    #[serde(borrow, default)]
    alg: Field<'j>,
    #[serde(borrow, default)]
    typ: Field<'j>,
    #[serde(borrow, default)]
    cat: Field<'j>,
    #[serde(borrow, default)]
    kid: Field<'j>,
}

/// A value of any kind, of which only texts matter.
#[derive(Default)]
enum Field<'j> {
    #[default]
    Absent,
    Text(Cow<'j, str>),
    /// `null`, `false` or zero.
    Falsy,
    Other,
}

impl Field<'_> {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'de: 'j, 'j> Deserialize<'de> for Field<'j> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyField)
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
        Ok(Field::Falsy)
    }

    fn visit_bool<E: Error>(self, yes: bool) -> Result<Field<'j>, E> {
        Ok(if yes { Field::Other } else { Field::Falsy })
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Field<'j>, E> {
        Ok(if number == 0 { Field::Falsy } else { Field::Other })
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Field<'j>, E> {
        Ok(Field::Other)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Field<'j>, E> {
        Ok(if number == 0.0 { Field::Falsy } else { Field::Other })
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut items: A) -> Result<Field<'j>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Other)
    }

    fn visit_map<A: MapAccess<'j>>(self, mut entries: A) -> Result<Field<'j>, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::Other)
    }
}
