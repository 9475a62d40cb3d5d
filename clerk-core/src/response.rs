use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::secret::Secret;

/// An answer with what came along: status, headers and the decoded value.
#[derive(Clone)]
pub struct Response<T> {
    status: StatusCode,
    headers: HeaderMap,
    value: T,
}

impl<T> Response<T> {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, value: T) -> Self {
        Self { status, headers, value }
    }

    /// The status, always a successful one (or a redirect, where a redirect is what the operation gives).
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers, which may hold tokens and cookies.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The decoded value.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The decoded value, for keeps.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }

    /// All three parts.
    #[must_use]
    pub fn into_parts(self) -> (StatusCode, HeaderMap, T) {
        (self.status, self.headers, self.value)
    }

    /// The same answer with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Response<U> {
        Response { status: self.status, headers: self.headers, value: change(self.value) }
    }
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).field("value", &self.value).finish_non_exhaustive()
    }
}

/// Where an operation that only redirects points to.
///
/// Nothing follows it: a browser is what it is for.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redirect {
    /// The `Location` as it was sent, which may be relative and may hold one-time values in its query.
    pub location: String,
    /// The `Set-Cookie` headers as they were sent.
    pub set_cookie: Vec<Secret>,
}

impl Redirect {
    pub(crate) fn new(location: String, set_cookie: Vec<Secret>) -> Self {
        Self { location, set_cookie }
    }
}

impl fmt::Debug for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.location.split(['?', '#']).next().unwrap_or_default();
        f.debug_struct("Redirect").field("location", &shown).finish_non_exhaustive()
    }
}

/// A file to send.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upload {
    /// What is in it.
    pub bytes: Bytes,
    /// What it is called.
    pub file_name: String,
    /// Its media type, such as `image/png`; `application/octet-stream` is sent when there is none.
    pub content_type: Option<String>,
}

impl Upload {
    /// A file of that name.
    pub fn new(file_name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), file_name: file_name.into(), content_type: None }
    }

    /// Says what type the file has.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("file_name", &self.file_name)
            .field("content_type", &self.content_type)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_cookies_nor_the_query_of_a_redirect_are_printed() {
        let redirect = Redirect::new("https://example.com/done?token=abc#def".into(), vec!["__client=xyz".into()]);
        let shown = format!("{redirect:?}");
        assert_eq!(shown, r#"Redirect { location: "https://example.com/done", .. }"#);
    }

    #[test]
    fn the_headers_of_an_answer_are_not_printed() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "token".parse().unwrap());
        let response = Response::new(StatusCode::OK, headers, 7);
        assert_eq!(format!("{response:?}"), "Response { status: 200, value: 7, .. }");
        assert_eq!(response.map(|n| n + 1).into_value(), 8);
    }

    #[test]
    fn the_content_of_an_upload_is_not_printed() {
        let upload = Upload::new("me.png", "abc").content_type("image/png");
        assert_eq!(
            format!("{upload:?}"),
            r#"Upload { file_name: "me.png", content_type: Some("image/png"), bytes: 3 }"#
        );
    }
}
