use serde::Deserialize;

use super::{field::Field, keys::Algorithm};

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
    Session,
    Template,
    M2m,
    /// An instance that opted out of telling kinds apart.
    Ignore,
    /// Anything else that is there, `null` included.
    Other,
}

impl Header {
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        // A list of values would be read as the fields in their order.
        let object = json.trim_ascii_start().starts_with(b"{").then_some(json)?;
        let fields: Fields<'_> = serde_json::from_slice(object).ok()?;
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
