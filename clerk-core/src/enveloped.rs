//! What most answers of the Frontend API look like.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor, value::SeqAccessDeserializer},
};

use crate::{Json, JsonMap};

/// What was asked for, and the state of the client beside it.
///
/// Where the client itself was asked for, it is the `response` and there is none beside it. Some servers answer some
/// operations without the envelope: an object without the key `response`, or a list, is then the response.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Enveloped<T, C> {
    /// What was asked for.
    pub response: T,
    /// The client after the operation: its sessions, its sign-in and sign-up. `None` leaves what is known as it is.
    pub client: Option<Box<C>>,
}

impl<T, C> Enveloped<T, C> {
    /// An answer with nothing said of the client.
    #[must_use]
    pub fn new(response: T) -> Self {
        Self { response, client: None }
    }
}

impl<'de, T: DeserializeOwned, C: DeserializeOwned> Deserialize<'de> for Enveloped<T, C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EnvelopedVisitor(PhantomData))
    }
}

struct EnvelopedVisitor<T, C>(PhantomData<(T, C)>);

impl<'de, T: DeserializeOwned, C: DeserializeOwned> Visitor<'de> for EnvelopedVisitor<T, C> {
    type Value = Enveloped<T, C>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut response, mut client, mut rest) = (None, None, JsonMap::new());
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "response" => response = Some(map.next_value()?),
                "client" => client = map.next_value()?,
                _ if response.is_some() => {
                    map.next_value::<IgnoredAny>()?;
                }
                _ => {
                    rest.insert(key, map.next_value()?);
                }
            }
        }
        let response = match response {
            Some(response) => response,
            None if rest.is_empty() => T::deserialize(Json::Null).map_err(|_| A::Error::missing_field("response"))?,
            None => T::deserialize(Json::Object(rest)).map_err(A::Error::custom)?,
        };
        Ok(Enveloped { response, client })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Ok(Enveloped::new(T::deserialize(SeqAccessDeserializer::new(list))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_may_be_there_null_or_absent() {
        for (json, client) in [
            (r#"{"response":1,"client":2}"#, Some(2)),
            (r#"{"response":1,"client":null}"#, None),
            (r#"{"response":1,"new":{}}"#, None),
        ] {
            let read: Enveloped<i32, i32> = serde_json::from_str(json).unwrap();
            assert_eq!((read.response, read.client.map(|client| *client)), (1, client), "{json}");
        }
        assert!(serde_json::from_str::<Enveloped<i32, i32>>("{}").is_err());
    }

    #[test]
    fn there_may_be_no_response_where_that_is_an_answer() {
        let read: Enveloped<Option<i32>, i32> = serde_json::from_str(r#"{"response":null,"client":null}"#).unwrap();
        assert_eq!(read.response, None);
    }

    #[test]
    fn an_answer_without_the_envelope_is_the_response() {
        use std::collections::BTreeMap;
        let read: Enveloped<BTreeMap<String, i32>, i32> = serde_json::from_str(r#"{"a":1,"b":2}"#).unwrap();
        assert_eq!((read.response.len(), read.client), (2, None));
        let read: Enveloped<Vec<i32>, i32> = serde_json::from_str("[1,2,3]").unwrap();
        assert_eq!(read.response, [1, 2, 3]);
        let read: Enveloped<i32, i32> = serde_json::from_str(r#"{"new":{},"client":2,"response":1}"#).unwrap();
        assert_eq!((read.response, read.client), (1, Some(Box::new(2))));
    }

    #[test]
    fn an_envelope_is_written_with_both_keys() {
        let written = serde_json::to_string(&Enveloped::<_, i32>::new(1)).unwrap();
        assert_eq!(written, r#"{"response":1,"client":null}"#);
    }
}
