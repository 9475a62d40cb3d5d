use std::{fmt, hint::black_box};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::{Json, JsonMap};

/// A text that must not end up in a log: a password, a token, a key.
///
/// Only [`expose`](Secret::expose) and `Serialize` give it away; `Debug` and `Display` print a placeholder. Two secrets
/// are compared without stopping at the first difference, and the memory is wiped when the value is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        let (left, right) = (self.0.as_bytes(), other.0.as_bytes());
        left.len() == right.len()
            && black_box(left.iter().zip(right).fold(0, |difference, (a, b)| difference | (a ^ b))) == 0
    }
}

impl Eq for Secret {}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self(Zeroizing::new(secret.to_owned()))
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(Zeroizing::new(secret))
    }
}

impl From<&String> for Secret {
    fn from(secret: &String) -> Self {
        Self::from(secret.as_str())
    }
}

impl From<&Secret> for Secret {
    fn from(secret: &Secret) -> Self {
        secret.clone()
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(feature = "schemars")]
crate::wire::string_schema!(Secret);

/// A JSON value that must not end up in a log, such as the data of a message that carries a one-time code.
///
/// Only [`expose`](SecretJson::expose) and `Serialize` give it away.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretJson(Json);

impl SecretJson {
    /// The value itself.
    #[must_use]
    pub fn expose(&self) -> &Json {
        &self.0
    }
}

impl fmt::Debug for SecretJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretJson(..)")
    }
}

impl From<Json> for SecretJson {
    fn from(secret: Json) -> Self {
        Self(secret)
    }
}

impl From<JsonMap> for SecretJson {
    fn from(secret: JsonMap) -> Self {
        Self(Json::Object(secret))
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for SecretJson {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SecretJson".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        true.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_printed_by_nothing_but_expose() {
        let secret = Secret::from("hunter2");
        assert_eq!(format!("{secret:?} {secret}"), "Secret(..) Secret(..)");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn a_secret_travels_as_its_text() {
        let secret: Secret = serde_json::from_str(r#""hunter2""#).unwrap();
        assert_eq!(serde_json::to_string(&secret).unwrap(), r#""hunter2""#);
    }

    #[test]
    fn a_secret_json_value_is_printed_by_nothing_but_expose() {
        let secret: SecretJson = serde_json::from_str(r#"{"otp_code":"424242"}"#).unwrap();
        assert!(!format!("{secret:?}").contains("424242"));
        assert_eq!(secret.expose()["otp_code"], "424242");
        assert_eq!(serde_json::to_string(&secret).unwrap(), r#"{"otp_code":"424242"}"#);
    }

    #[test]
    fn secrets_are_equal_exactly_when_their_texts_are() {
        for (left, right, same) in [("a", "a", true), ("a", "b", false), ("a", "aa", false), ("", "", true)] {
            assert_eq!(Secret::from(left) == Secret::from(right), same, "{left} {right}");
        }
    }
}
