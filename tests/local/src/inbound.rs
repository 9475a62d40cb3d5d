//! What a request says of itself and of where it comes from.

use std::net::IpAddr;

use clerk_core::http::{HeaderMap, request::Parts};

use crate::failure::Failure;

const NEWEST: &str = "2026-05-12";

/// The versions of the APIs; all are answered as the newest.
const API_VERSIONS: [&str; 5] = [NEWEST, "2025-11-10", "2025-04-10", "2024-10-01", "2021-02-05"];

/// A request without its body.
#[derive(Clone, Debug)]
pub(crate) struct Inbound {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) raw_query: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) peer: Option<IpAddr>,
    /// What the answer and the logs name the request by.
    pub(crate) trace: String,
}

impl Inbound {
    pub(crate) fn new(parts: &Parts, peer: Option<IpAddr>, trace: String) -> Self {
        let raw_query = parts.uri.query().unwrap_or_default().to_owned();
        let query = form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect();
        let path = parts.uri.path().to_owned();
        Self {
            method: parts.method.as_str().to_owned(),
            path,
            raw_query,
            query,
            headers: parts.headers.clone(),
            peer,
            trace,
        }
    }

    /// A header that is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|it| !it.is_empty())
    }

    /// The first cookie of a name that is not empty.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let headers = self.headers.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
        let pairs = headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(known, value)| *known == name && !value.is_empty()).map(|(_, value)| value).next()
    }

    /// Whether the version of the API that is asked for is one, and asked for in one way.
    pub(crate) fn check_api_version(&self) -> Result<(), Failure> {
        let invalid =
            |message: String| Failure::new(400, "api_version_invalid", "invalid API version").explained(message);
        let header = self.header("clerk-api-version");
        let query = self.query("__clerk_api_version");
        if header.is_some() && query.is_some() {
            return Err(invalid(
                "name the API version in the Clerk-API-Version header or in the query, not in both".to_owned(),
            ));
        }
        match header.or(query) {
            Some(version) if !API_VERSIONS.contains(&version) => {
                Err(invalid(format!("there is no such API version; the newest is {}", NEWEST)))
            }
            _ => Ok(()),
        }
    }

    /// The version of the API that is asked for, if one is.
    pub(crate) fn api_version(&self) -> Option<&str> {
        self.header("clerk-api-version").or(self.query("__clerk_api_version"))
    }

    pub(crate) fn user_agent(&self) -> Option<&str> {
        self.header("user-agent")
    }
}
