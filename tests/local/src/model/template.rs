//! JWT templates.

use clerk_core::{JsonMap, Timestamp};
use serde::{Deserialize, Serialize};

use crate::table::Record;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct JwtTemplate {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) claims: JsonMap,
    pub(crate) lifetime: i64,
    pub(crate) allowed_clock_skew: i64,
    pub(crate) custom_signing_key: Option<String>,
    pub(crate) signing_algorithm: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for JwtTemplate {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("name:{}", self.name)]
    }
}
