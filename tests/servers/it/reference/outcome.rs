//! What comes of a case, in words that both sides share.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Outcome {
    /// The message, where there is no state.
    pub(super) threw: Option<String>,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) token_type: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) auth: Option<BTreeMap<String, Value>>,
    /// The message, where a signed-in state does not tell who it is.
    pub(super) auth_threw: Option<String>,
    pub(super) calls: Vec<Call>,
}

/// A call to Clerk.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) authorization: String,
    pub(super) body: String,
}

impl Outcome {
    pub(super) fn in_short(&self) -> String {
        if self.threw.is_some() {
            return "threw".to_owned();
        }
        format!(
            "{:<10} {:<13} {}",
            self.status,
            self.token_type.as_deref().unwrap_or("-"),
            self.reason.as_deref().unwrap_or("-")
        )
    }
}
