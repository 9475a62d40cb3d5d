//! What both sides are asked.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Map, Value};

/// A request with the settings, the time and Clerk's answers that it is judged by.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Case {
    /// Milliseconds since 1970.
    pub(super) now: u64,
    /// By the names of the reference.
    pub(super) options: Map<String, Value>,
    pub(super) request: Asked,
    pub(super) answers: Answers,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
    }
}

/// What Clerk says to each question; a question without an answer fails like a network.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Answers {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) jwks: Option<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refresh: Option<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) handshake: Option<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) m2m: Option<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) oauth: Option<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) api_key: Option<Answer>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn new(status: u16, body: &Value) -> Self {
        Self { status, body: body.to_string() }
    }

    /// What is no JSON does not say that it is.
    pub(super) fn content_type(&self) -> &'static str {
        if serde_json::from_str::<Value>(&self.body).is_ok() { "application/json" } else { "text/html" }
    }
}

impl Case {
    pub(super) fn option(&self, name: &str) -> Option<&Value> {
        self.options.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.option(name).and_then(Value::as_str)
    }

    /// The headers and the claims of all tokens in it, in whichever place, those that a token brings included.
    pub(super) fn tokens(&self) -> Vec<(Value, Value)> {
        let mut all = Vec::new();
        let mut texts = vec![serde_json::to_string(self).unwrap()];
        while let Some(text) = texts.pop() {
            for (header, claims) in tokens_in(&text) {
                texts.push(claims["handshake"].to_string());
                all.push((header, claims));
            }
        }
        all
    }

    /// Every case that is this one with one thing less.
    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut with = |change: &dyn Fn(&mut Self)| {
            let mut case = self.clone();
            change(&mut case);
            all.push(case);
        };
        for name in self.options.keys() {
            with(&|case| drop(case.options.remove(name)));
        }
        for (at, (name, value)) in self.request.headers.iter().enumerate() {
            with(&|case| drop(case.request.headers.remove(at)));
            if name == "cookie" {
                let cookies: Vec<&str> = value.split("; ").collect();
                for left_out in 0..cookies.len() {
                    let rest: Vec<&str> = cookies
                        .iter()
                        .enumerate()
                        .filter(|(at, _)| *at != left_out)
                        .map(|(_, cookie)| *cookie)
                        .collect();
                    with(&|case| case.request.headers[at].1 = rest.join("; "));
                }
            }
        }
        if let Some((url, query)) = self.request.url.split_once('?') {
            let pairs: Vec<&str> = query.split('&').collect();
            for left_out in 0..pairs.len() {
                let rest: Vec<&str> =
                    pairs.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, pair)| *pair).collect();
                let question = if rest.is_empty() { "" } else { "?" };
                with(&|case| case.request.url = format!("{url}{question}{}", rest.join("&")));
            }
        }
        all
    }
}

fn tokens_in(text: &str) -> impl Iterator<Item = (Value, Value)> {
    let part = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok();
    text.split(|character: char| !(character.is_ascii_alphanumeric() || "-_.".contains(character))).filter_map(
        move |word| {
            let mut parts = word.split('.');
            Some((part(parts.next()?)?, part(parts.next()?)?))
        },
    )
}
