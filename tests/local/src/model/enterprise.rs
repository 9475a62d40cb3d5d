//! Single sign-on of organizations.

use clerk_core::{JsonMap, Timestamp};
use serde::{Deserialize, Serialize};

use crate::table::Record;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EnterpriseConnection {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) provider: String,
    pub(crate) domains: Vec<String>,
    pub(crate) active: bool,
    pub(crate) organization_id: Option<String>,
    pub(crate) settings: JsonMap,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for EnterpriseConnection {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        self.domains.iter().map(|domain| format!("domain:{domain}")).collect()
    }
}
