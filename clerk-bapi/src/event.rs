//! What is around the data of a webhook event.

use clerk_core::{Error, InstanceId, Json, Timestamp};

use crate::events::{EventType, Payload};

/// A webhook event, whole.
///
/// It says nothing about who sent it: verify the signature over the raw bytes first.
///
/// ```
/// use clerk_bapi::events::{Event, EventType, Payload};
///
/// let event = Event::read(br#"{"type":"user.deleted","object":"event","data":{"id":"user_1","deleted":true}}"#)?;
/// assert_eq!(event.event_type, EventType::UserDeleted);
/// match event.payload {
///     Payload::UserDeleted(user) => assert_eq!(user.id.as_deref(), Some("user_1")),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), clerk_bapi::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub event_type: EventType,
    /// What it happened to.
    pub payload: Payload,
    /// When it happened, where that is said.
    pub timestamp: Option<Timestamp>,
    /// The instance that it happened in, where that is said.
    pub instance_id: Option<InstanceId>,
    /// What brought it about.
    pub attributes: Option<EventAttributes>,
}

/// What brought an event about.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EventAttributes {
    /// The request that did it.
    pub http_request: Option<HttpRequest>,
}

clerk_core::object! { EventAttributes { 0 optional http_request "http_request" } }

/// The request that brought an event about.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct HttpRequest {
    /// The address it came from.
    pub client_ip: Option<String>,
    /// What the caller called itself.
    pub user_agent: Option<String>,
}

clerk_core::object! { HttpRequest { 0 optional client_ip "client_ip", 1 optional user_agent "user_agent" } }

struct Envelope {
    event_type: EventType,
    data: Json,
    timestamp: Option<Timestamp>,
    instance_id: Option<InstanceId>,
    attributes: Option<EventAttributes>,
}

clerk_core::object! { Envelope {
    0 always event_type "type",
    1 always data "data",
    2 optional timestamp "timestamp",
    3 optional instance_id "instance_id",
    4 optional attributes "event_attributes",
} }

impl Event {
    /// Reads an event from the body of a webhook.
    ///
    /// # Errors
    ///
    /// The body is no event, or the data does not have the shape of its type; the error names the JSON path. A type that
    /// this version does not know is no error: its data is kept as it came.
    pub fn read(body: &[u8]) -> Result<Self, Error> {
        let Envelope { event_type, data, timestamp, instance_id, attributes } =
            clerk_core::decode("webhook event", body)?;
        // The data is read as text, for an error that says where.
        let payload = Payload::read(&event_type, data.to_string().as_bytes())?;
        Ok(Self { event_type, payload, timestamp, instance_id, attributes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_an_unknown_type_keeps_its_data() {
        let event =
            Event::read(br#"{"type":"user.teleported","data":{"to":"moon"},"timestamp":1700000000000}"#).unwrap();
        assert_eq!(event.event_type.as_str(), "user.teleported");
        assert_eq!(event.timestamp, Some(Timestamp::from_millis(1_700_000_000_000)));
        let Payload::Unknown(data) = event.payload else { panic!("{:?}", event.payload) };
        assert_eq!(data["to"], "moon");
    }

    #[test]
    fn data_of_another_shape_is_an_error_that_says_where_and_quotes_nothing() {
        let error = Event::read(br#"{"type":"user.created","data":{"id":"user_1","banned":"s3cr3t"}}"#).unwrap_err();
        assert_eq!(error.path(), Some("banned"));
        assert!(!format!("{error} {error:?}").contains("s3cr3t"));
    }
}
