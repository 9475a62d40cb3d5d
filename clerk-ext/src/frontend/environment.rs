use std::sync::Arc;

use clerk_fapi::types;

/// What the instance offers.
#[derive(Clone, Debug)]
pub struct Environment(Arc<types::Environment>);

impl Environment {
    /// What the API says.
    #[must_use]
    pub fn new(raw: types::Environment) -> Self {
        Self(Arc::new(raw))
    }

    /// What the API says.
    #[must_use]
    pub fn raw(&self) -> &types::Environment {
        &self.0
    }
}
