//! A successful answer.

use clerk_core::{Bytes, Json};
use serde::Serialize;

use crate::failure::Failure;

/// What a handler gives back.
pub(crate) type Outcome = Result<Answer, Failure>;

/// Status, headers and body of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    /// A JSON answer with status 200.
    pub(crate) fn json(value: &impl Serialize) -> Self {
        // Serialising to memory fails only for maps with keys that are not text, which no answer has.
        let body = serde_json::to_vec(value).unwrap_or_default();
        Self { status: 200, content_type: Some("application/json"), headers: Vec::new(), body: body.into() }
    }

    /// An object with `data` and `total_count`.
    pub(crate) fn page<T: Serialize>(data: &[T], total: usize) -> Self {
        #[derive(Serialize)]
        struct Page<'a, T> {
            data: &'a [T],
            total_count: usize,
        }
        Self::json(&Page { data, total_count: total })
    }

    /// What stands for a thing that is gone.
    pub(crate) fn deleted(object: &str, id: &str) -> Self {
        Self::json(&serde_json::json!({"object": object, "id": id, "deleted": true}))
    }

    pub(crate) fn total(total: usize) -> Self {
        Self::json(&serde_json::json!({"object": "total_count", "total_count": total}))
    }

    pub(crate) fn empty() -> Self {
        Self { status: 204, content_type: None, headers: Vec::new(), body: Bytes::new() }
    }

    pub(crate) fn html(body: impl Into<Bytes>) -> Self {
        let content_type = Some("text/html; charset=utf-8");
        Self { status: 200, content_type, headers: Vec::new(), body: body.into() }
    }

    /// A redirect with status 302; [`status`](Self::status) makes it another.
    pub(crate) fn redirect(location: impl Into<String>) -> Self {
        Self { status: 302, content_type: None, headers: vec![("location", location.into())], body: Bytes::new() }
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<Json> for Answer {
    fn from(value: Json) -> Self {
        Self::json(&value)
    }
}
