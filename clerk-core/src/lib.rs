//! What every Clerk crate is made of: typed ids, time, secrets, keys, errors, transport, requests.
//!
//! It holds nothing that was generated, and compiles without an HTTP client: give a [`Transport`], or turn on the
//! feature `rustls` for the one on reqwest.
//!
//! | feature | what it adds |
//! |---|---|
//! | `reqwest` | a transport on reqwest, without TLS of its own |
//! | `rustls` | that transport with rustls on aws-lc-rs |
//! | `schemars` | `JsonSchema` on every type that travels |
//! | `chrono`, `jiff`, `time` | conversions from and to [`Timestamp`] |

#![forbid(unsafe_code)]

mod body;
mod call;
mod decode;
mod endpoint;
mod enveloped;
mod error;
mod error_code;
mod headers;
mod ids;
mod json;
mod keys;
mod operation;
mod page;
mod path;
mod person;
mod query;
#[cfg(feature = "reqwest")]
mod reqwest_transport;
mod response;
mod secret;
mod time;
mod transport;
mod whole;
pub mod wire;

pub use bytes::Bytes;
pub use http;
#[cfg(feature = "reqwest")]
pub use reqwest;
pub use serde_json::Value as Json;

pub use crate::{
    call::Call,
    decode::decode,
    endpoint::{Endpoint, EndpointBuilder},
    enveloped::Enveloped,
    error::{ApiError, Attempts, Error, ErrorKind, retry_after},
    error_code::ErrorCode,
    ids::*,
    keys::{InstanceKind, PublishableKey, SecretKey},
    operation::{Encoding, Operation, Prepared, Sending},
    page::Page,
    response::{Redirect, Response, Upload},
    secret::{Secret, SecretJson},
    time::{Timestamp, TimestampError},
    transport::{BoxError, BoxFuture, OperationInfo, Transport},
    wire::Update,
};

#[cfg(not(feature = "schemars"))]
#[doc(hidden)]
pub use crate::{__object as object, __open_enum as open_enum, __union as union};

#[doc(hidden)]
pub use crate::__person as person;

/// A JSON object whose keys nobody knows in advance, such as metadata.
pub type JsonMap = serde_json::Map<String, Json>;

/// What the macros of this crate expand to; not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use crate::person::full_name;
    #[cfg(feature = "schemars")]
    pub use schemars;
    pub use serde;
    pub use serde_json;
}
