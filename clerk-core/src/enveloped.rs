//! What most answers of the Frontend API look like.

use serde::{Deserialize, Serialize};

/// What was asked for, and the state of the client beside it.
///
/// Where the client itself was asked for, it is the `response` and there is none beside it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Enveloped<T, C> {
    /// What was asked for.
    pub response: T,
    /// The client after the operation: its sessions, its sign-in and sign-up. `None` leaves what is known as it is.
    #[serde(default = "none::<C>")]
    pub client: Option<Box<C>>,
}

impl<T, C> Enveloped<T, C> {
    /// An answer with nothing said of the client.
    #[must_use]
    pub fn new(response: T) -> Self {
        Self { response, client: None }
    }
}

fn none<C>() -> Option<Box<C>> {
    None
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
    fn an_envelope_is_written_with_both_keys() {
        let written = serde_json::to_string(&Enveloped::<_, i32>::new(1)).unwrap();
        assert_eq!(written, r#"{"response":1,"client":null}"#);
    }
}
