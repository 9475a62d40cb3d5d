use clerk_core::{Json, JsonMap, SessionId, UserId};

/// What a session token says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Claims {
    /// Whom it is about.
    pub subject: UserId,
    /// The session.
    pub session_id: Option<SessionId>,
    raw: JsonMap,
}

impl Claims {
    pub(crate) fn read(payload: JsonMap) -> Self {
        let text = |name: &str| payload.get(name).and_then(Json::as_str);
        Self { subject: text("sub").unwrap_or_default().into(), session_id: text("sid").map(Into::into), raw: payload }
    }

    /// All that the token says, as it came.
    #[must_use]
    pub fn raw(&self) -> &JsonMap {
        &self.raw
    }
}
