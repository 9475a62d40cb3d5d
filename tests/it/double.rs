//! A server that answers what a test says and remembers what it was asked.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use clerk_core::{Error, Secret};
use http::{HeaderMap, Method};
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use serde_json::Value;

/// A loopback server with one answer.
pub(crate) struct Double {
    server: MockServer,
    seen: Arc<Mutex<Vec<Sent>>>,
}

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: Method,
    /// With the query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Double {
    /// Answers JSON, or nothing where the body is empty.
    pub(crate) fn answering(status: u16, body: &str) -> Self {
        let mut headers = Vec::new();
        if (300..400).contains(&status) {
            headers.push(("location", "https://app.example.com/after?a=1"));
        } else if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        Self::answering_with(status, &headers, body.as_bytes())
    }

    pub(crate) fn answering_with(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let server = MockServer::start();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut answer = HttpMockResponse::builder().status(status).body(body.to_vec());
        for (name, value) in headers {
            answer = answer.header((*name).to_owned(), (*value).to_owned());
        }
        let answer = answer.build();
        let remember = Arc::clone(&seen);
        server.mock(|when, then| {
            when.any_request();
            then.respond_with(move |request: &HttpMockRequest| {
                remember.lock().unwrap().push(Sent {
                    method: request.method(),
                    target: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
                    headers: request.headers(),
                    body: request.body_bytes(),
                });
                answer.clone()
            });
        });
        Self { server, seen }
    }

    pub(crate) fn url(&self) -> String {
        self.server.base_url()
    }

    /// A Backend client of this server.
    pub(crate) fn bapi(&self) -> Result<clerk_bapi::Client, Error> {
        clerk_bapi::Client::builder().api_url(self.url()).bearer(&Secret::from("sk_test_wire")).build()
    }

    /// A Frontend client of this server.
    pub(crate) fn fapi(&self) -> Result<clerk_fapi::Client, Error> {
        clerk_fapi::Client::builder_for(&self.url()).client_token(&Secret::from("test-client-token")).build()
    }

    /// The one request that came.
    pub(crate) fn sent(&self) -> Sent {
        let seen = self.seen.lock().unwrap();
        assert_eq!(seen.len(), 1, "one request was expected: {seen:?}");
        seen[0].clone()
    }

    pub(crate) fn requests(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

impl Sent {
    /// The path as it went over the wire, without the query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query, decoded.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    pub(crate) fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// What every request must look like.
    pub(crate) fn is(&self, method: &str, path: &str, version: &str) {
        assert_eq!(self.method.as_str(), method);
        let own = self.path();
        assert!(own == path || own == format!("/v1{path}"), "{own} was asked, not {path}");
        let versions: Vec<_> = self.headers.get_all("clerk-api-version").iter().collect();
        assert_eq!(versions, [version], "the API version goes out once, in Clerk's own header");
        assert!(!self.headers.contains_key("api-version"));
        assert!(!self.headers.contains_key("origin") && !self.headers.contains_key("cookie"));
        assert!(self.headers.contains_key("authorization"));
    }

    /// Whether the body has this key, in whatever form it is written.
    pub(crate) fn has_field(&self, name: &str) {
        let kind = self.header("content-type").unwrap_or_default();
        let found = match kind.split(';').next().unwrap_or_default() {
            "application/json" => self.json().get(name).is_some(),
            "application/x-www-form-urlencoded" => self.form().iter().any(|(key, _)| key == name),
            "multipart/form-data" => String::from_utf8_lossy(&self.body).contains(&format!("name=\"{name}\"")),
            other => panic!("a body of type {other} was not expected"),
        };
        assert!(found, "the body has no {name}");
    }
}
