//! What the documents say of every operation; the tables are in [`crate::generated`].

/// One operation: where it is and what it takes.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) id: &'static str,
    pub(crate) method: &'static str,
    /// With its parameters as `{name}` segments.
    pub(crate) path: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) query: &'static [Field],
    pub(crate) body: Option<Body>,
}

/// What a body may hold.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) encodings: &'static [Encoding],
    pub(crate) required: bool,
    pub(crate) fields: &'static [Field],
    /// Whether keys beyond `fields` are taken.
    pub(crate) open: bool,
    /// Whether it is a list, and `fields` those of its items.
    pub(crate) list: bool,
}

/// How a body may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    Form,
    Multipart,
    Bytes,
}

/// A query parameter or a field of a body.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    pub(crate) kind: Kind,
}

/// What a field's value is.
#[derive(Debug)]
pub(crate) enum Kind {
    String,
    Integer,
    Number,
    Boolean,
    Object,
    Any,
    File,
    List(&'static Kind),
    OneOf(&'static [&'static str]),
}
