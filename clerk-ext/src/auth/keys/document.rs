use std::{collections::HashMap, sync::Arc};

use base64::Engine as _;
use clerk_core::{Json, JsonMap};

use super::public_key::{Algorithm, PublicKey};
use crate::auth::jwt::BASE64URL;

/// The keys of a key set document by their ids; `None` is a key that nothing can be checked with.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct KeysById(HashMap<String, Option<Arc<PublicKey>>>);

/// What a set has under an id.
pub(crate) enum Found {
    Key(Arc<PublicKey>),
    /// There is a key, of a kind that Clerk's tokens are not signed with.
    Unusable,
    Nothing,
}

impl KeysById {
    /// Reads a key set document; one without keys is none.
    pub(crate) fn read(document: &Json) -> Option<Self> {
        let keys = document.get("keys")?.as_array()?;
        let by_id: HashMap<_, _> = keys
            .iter()
            .filter_map(Json::as_object)
            .filter_map(|key| Some((key.get("kid")?.as_str()?.to_owned(), read_key(key).map(Arc::new))))
            .collect();
        if by_id.is_empty() { None } else { Some(Self(by_id)) }
    }

    pub(crate) fn find(&self, id: &str) -> Found {
        match self.0.get(id) {
            Some(Some(key)) => Found::Key(key.clone()),
            Some(None) => Found::Unusable,
            None => Found::Nothing,
        }
    }
}

fn read_key(key: &JsonMap) -> Option<PublicKey> {
    let text = |name| key.get(name).and_then(Json::as_str);
    if text("kty") != Some("RSA") || key.get("use").is_some_and(|of| of != "sig") {
        return None;
    }
    let only = match key.get("alg") {
        None => None,
        Some(name) => Some(Algorithm::named(name.as_str()?)?),
    };
    PublicKey::of_numbers(&BASE64URL.decode(text("n")?).ok()?, &BASE64URL.decode(text("e")?).ok()?, only)
}
