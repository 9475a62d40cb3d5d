use std::fmt;

use serde_json::Value;

use super::said::{Said, cut};
use crate::error_code::ErrorCode;

/// One of the reasons that the API gives for refusing a request.
///
/// `Debug` leaves `meta` out, which may quote what the user typed. What is printed is cut after 500 characters a text,
/// and `Display` escapes control characters, because logs print it.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ApiError {
    /// What programs go by, such as [`ErrorCode::FORM_IDENTIFIER_EXISTS`]; empty when the API gives none.
    pub code: ErrorCode,
    /// A short explanation for developers.
    pub message: String,
    /// A longer one, fit for users.
    pub long_message: Option<String>,
    /// More about it, such as `param_name`.
    pub meta: Option<Value>,
}

impl ApiError {
    /// An error of that code and message, for doubles in tests.
    pub fn new(code: impl Into<ErrorCode>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), long_message: None, meta: None }
    }

    pub(super) fn read(value: Value) -> Option<Self> {
        match value {
            Value::Object(mut object) => {
                let mut text = |key: &str| match object.remove(key) {
                    Some(Value::String(text)) => Some(text),
                    Some(value @ (Value::Number(_) | Value::Bool(_))) => Some(value.to_string()),
                    _ => None,
                };
                let (code, message, long_message) = (text("code"), text("message"), text("long_message"));
                let meta = object.remove("meta").filter(|meta| !meta.is_null());
                if code.is_none() && message.is_none() && long_message.is_none() && meta.is_none() {
                    return None;
                }
                let code = code.map(ErrorCode::from).unwrap_or_default();
                Some(Self { code, message: message.unwrap_or_default(), long_message, meta })
            }
            Value::String(message) => Some(Self::new(ErrorCode::default(), message)),
            _ => None,
        }
    }

    /// The parameter that it is about, such as `email_address`, when `meta` names one.
    ///
    /// It is the API's name of it, not what the user typed.
    #[must_use]
    pub fn param(&self) -> Option<&str> {
        self.meta.as_ref()?.get("param_name")?.as_str().filter(|name| !name.is_empty())
    }

    fn said(&self) -> &str {
        self.long_message.as_deref().filter(|long| !long.is_empty()).unwrap_or(&self.message)
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("code", &cut(self.code.as_str()))
            .field("message", &cut(&self.message))
            .field("long_message", &self.long_message.as_deref().map(cut))
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.as_str().is_empty(), self.said()) {
            (true, said) => write!(f, "{}", Said(said)),
            (false, "") => write!(f, "{}", self.code),
            (false, said) => write!(f, "{}: {}", self.code, Said(said)),
        }
    }
}

/// The body of RFC 6749, which token endpoints answer with.
pub(super) fn oauth_error(body: &mut serde_json::Map<String, Value>) -> Option<ApiError> {
    let Some(Value::String(code)) = body.remove("error") else {
        return None;
    };
    match body.remove("error_description") {
        Some(Value::String(message)) => Some(ApiError::new(code, message)),
        _ => Some(ApiError::new(code, "")),
    }
}
