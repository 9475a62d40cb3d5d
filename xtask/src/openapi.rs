//! OpenAPI 3.0 to the model and back.
//!
//! Reading takes any document, resolves what is shared by reference except schemas, and names the place of whatever
//! it cannot represent. Writing is canonical: the same model gives the same bytes.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::{schema as write_schema, write};

/// A place in a JSON document, for messages: `#/paths/~1users/get`.
#[derive(Clone, Debug)]
pub(crate) struct Pointer(String);

impl Pointer {
    pub(crate) fn root() -> Self {
        Self("#".to_owned())
    }

    pub(crate) fn key(&self, key: &str) -> Self {
        Self(format!(
            "{}/{}",
            self.0,
            key.replace('~', "~0").replace('/', "~1")
        ))
    }

    pub(crate) fn index(&self, index: usize) -> Self {
        Self(format!("{}/{index}", self.0))
    }
}

impl std::fmt::Display for Pointer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
