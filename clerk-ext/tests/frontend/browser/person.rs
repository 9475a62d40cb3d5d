//! Somebody with a browser.

use std::future::poll_fn;

use clerk_ext::{Bytes, Transport, http};
use clerk_local::LocalClerk;
use http::{Method, Request, Response, header};
use tower_service::Service as _;

/// A browser that keeps the cookie of Clerk's own pages.
pub(crate) struct Person {
    transport: Transport,
    client: Option<String>,
}

impl Person {
    pub(crate) fn new(local: &LocalClerk) -> Self {
        Self { transport: local.transport(), client: None }
    }

    /// Opens a page, and gives where it leads on to.
    pub(crate) async fn open(&mut self, url: &str) -> Option<String> {
        self.sent(Method::GET, url, String::new()).await
    }

    /// Sends a form, and gives where it leads on to.
    pub(crate) async fn submit(&mut self, url: &str, fields: &[(&str, &str)]) -> Option<String> {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.sent(Method::POST, url, form).await
    }

    async fn sent(&mut self, method: Method, url: &str, body: String) -> Option<String> {
        let mut request = Request::builder().method(method).uri(url);
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(client) = &self.client {
            request = request.header(header::COOKIE, format!("__client={client}"));
        }
        let request = request.body(Bytes::from(body)).unwrap();
        poll_fn(|context| self.transport.poll_ready(context)).await.unwrap();
        let answer: Response<Bytes> = self.transport.call(request).await.unwrap();
        assert!(answer.status().as_u16() < 400, "{}: {:?}", answer.status(), answer.body());
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            if let Some(rest) = cookie.to_str().unwrap().strip_prefix("__client=") {
                self.client = rest.split(';').next().map(str::to_owned);
            }
        }
        answer.headers().get(header::LOCATION).map(|location| location.to_str().unwrap().to_owned())
    }
}

/// A parameter of a URL.
pub(crate) fn parameter(url: &str, name: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    let mut pairs = url.query_pairs();
    pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}
