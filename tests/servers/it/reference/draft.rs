//! A case on its way: in the terms that it is changed by.

use aws_lc_rs::digest;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE},
};
use serde_json::{Map, Value, json};

use super::{
    case::{Answers, Asked, Case},
    tokens::NOW,
};

#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) live: bool,
    /// Of the Frontend API.
    pub(super) instance: &'static str,
    pub(super) options: Map<String, Value>,
    pub(super) method: &'static str,
    /// Scheme and authority.
    pub(super) origin: &'static str,
    pub(super) path: &'static str,
    pub(super) query: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
    cookies: Vec<Cookie>,
    pub(super) answers: Answers,
    pub(super) milliseconds: u64,
}

#[derive(Clone, Debug)]
struct Cookie {
    name: &'static str,
    suffixed: bool,
    value: String,
}

impl Draft {
    pub(super) fn new(live: bool, instance: &'static str, answers: Answers) -> Self {
        Self {
            live,
            instance,
            options: Map::new(),
            method: "GET",
            origin: "https://app.example.com",
            path: "/",
            query: Vec::new(),
            headers: Vec::new(),
            cookies: Vec::new(),
            answers,
            milliseconds: 0,
        }
    }

    pub(super) fn publishable_key(&self) -> String {
        let kind = if self.live { "live" } else { "test" };
        format!("pk_{kind}_{}", STANDARD_NO_PAD.encode(format!("{}$", self.instance)))
    }

    pub(super) fn suffix(&self) -> String {
        let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, self.publishable_key().as_bytes());
        URL_SAFE.encode(hash.as_ref()).chars().take(8).collect()
    }

    pub(super) fn issuer(&self) -> String {
        format!("https://{}", self.instance)
    }

    pub(super) fn option(&mut self, name: &str, value: Value) {
        self.options.insert(name.to_owned(), value);
    }

    pub(super) fn header(&mut self, name: &'static str, value: impl Into<String>) {
        self.without_header(name);
        self.headers.push((name, value.into()));
    }

    pub(super) fn without_header(&mut self, name: &str) {
        self.headers.retain(|(of, _)| *of != name);
    }

    pub(super) fn cookie(&mut self, name: &'static str, suffixed: bool, value: impl Into<String>) {
        self.without_cookie(name, suffixed);
        self.another_cookie(name, suffixed, value);
    }

    /// Beside those of the same name.
    pub(super) fn another_cookie(&mut self, name: &'static str, suffixed: bool, value: impl Into<String>) {
        self.cookies.push(Cookie { name, suffixed, value: value.into() });
    }

    pub(super) fn without_cookie(&mut self, name: &str, suffixed: bool) {
        self.cookies.retain(|cookie| cookie.name != name || cookie.suffixed != suffixed);
    }

    pub(super) fn parameter(&mut self, name: &'static str, value: impl Into<String>) {
        self.query.push((name, value.into()));
    }

    /// `number` makes the secret key this case's own, so that no key set is remembered from another.
    pub(super) fn case(mut self, number: usize) -> Case {
        let suffix = self.suffix();
        let key = self.publishable_key();
        self.options.entry("publishableKey").or_insert_with(|| json!(key));
        let kind = if self.live { "live" } else { "test" };
        self.options.entry("secretKey").or_insert_with(|| json!(format!("sk_{kind}_{number}")));
        self.options.retain(|_, value| !value.is_null());
        let query: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| if value.is_empty() { (*name).to_owned() } else { format!("{name}={value}") })
            .collect();
        let question = if query.is_empty() { "" } else { "?" };
        let url = format!("{}{}{question}{}", self.origin, self.path, query.join("&"));
        if !self.headers.iter().any(|(name, _)| *name == "host") {
            // There is always one: HTTP/1.1 asks for it, and servers make it of what HTTP/2 has instead.
            let (_, authority) = self.origin.split_once("://").unwrap();
            self.headers.push(("host", authority.to_owned()));
        }
        let mut headers: Vec<(String, String)> =
            self.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self
                .cookies
                .iter()
                .map(
                    |Cookie { name, suffixed, value }| {
                        if *suffixed { format!("{name}_{suffix}={value}") } else { format!("{name}={value}") }
                    },
                )
                .collect();
            headers.push(("cookie".to_owned(), pairs.join("; ")));
        }
        Case {
            now: NOW.unsigned_abs() * 1000 + self.milliseconds,
            options: self.options,
            request: Asked { method: self.method.to_owned(), url, headers },
            answers: self.answers,
        }
    }
}
