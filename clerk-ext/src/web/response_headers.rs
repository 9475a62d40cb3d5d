use clerk_core::http::{HeaderMap, HeaderName, HeaderValue, header::SET_COOKIE};

use super::Checked;

/// The headers of a response, in whatever type a framework has for them.
pub(super) trait ResponseHeaders {
    fn has(&self, name: &HeaderName) -> bool;
    fn append(&mut self, name: &HeaderName, value: &HeaderValue);
}

impl ResponseHeaders for HeaderMap {
    fn has(&self, name: &HeaderName) -> bool {
        self.contains_key(name)
    }

    fn append(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.append(name.clone(), value.clone());
    }
}

impl Checked {
    /// Puts on the response what the state says.
    ///
    /// Only cookies can be several. What the service has set itself, or a layer further in, is about the request as it
    /// was seen there, and stays.
    pub(super) fn put_headers(&self, response: &mut impl ResponseHeaders) {
        for (name, value) in self.state().headers() {
            if name == SET_COOKIE || !response.has(name) {
                response.append(name, value);
            }
        }
    }
}
