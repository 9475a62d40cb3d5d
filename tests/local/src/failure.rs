//! An error answer: a status and Clerk's error codes.

use std::ops::{Deref, DerefMut};

use clerk_core::{Json, JsonMap};

/// Why a request was refused; boxed, since most results hold none.
#[derive(Clone, Debug)]
pub(crate) struct Failure(Box<Refusal>);

/// What a [`Failure`] says.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) errors: Vec<Problem>,
    /// What stands beside the errors, such as the client after a failed attempt.
    pub(crate) meta: Option<JsonMap>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// One error of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    code: String,
    message: String,
    long_message: String,
    meta: JsonMap,
}

impl Deref for Failure {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

impl DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut Refusal {
        &mut self.0
    }
}

impl Failure {
    /// A failure of one error; the longer message is the same as the message until [`explained`](Self::explained).
    pub(crate) fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        let message = message.into();
        let problem = Problem { code: code.into(), long_message: message.clone(), message, meta: JsonMap::new() };
        Self(Box::new(Refusal { status, errors: vec![problem], meta: None, headers: Vec::new() }))
    }

    /// With a longer message.
    pub(crate) fn explained(mut self, long_message: impl Into<String>) -> Self {
        if let Some(last) = self.errors.last_mut() {
            last.long_message = long_message.into();
        }
        self
    }

    /// With a fact in the `meta` of its last error.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Json>) -> Self {
        if let Some(last) = self.errors.last_mut() {
            last.meta.insert(key.to_owned(), value.into());
        }
        self
    }

    /// With the name of the parameter it is about.
    pub(crate) fn param(self, name: &str) -> Self {
        self.with("param_name", name)
    }

    /// This failure's errors and then another's; the status stays.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.errors.extend(other.0.errors);
        self
    }

    /// The code of the first error.
    pub(crate) fn code(&self) -> &str {
        self.errors.first().map_or("", |problem| &problem.code)
    }

    /// Whether the first error is about this parameter.
    pub(crate) fn is_about(&self, param: &str) -> bool {
        let name = self.errors.first().and_then(|problem| problem.meta.get("param_name"));
        name.and_then(Json::as_str) == Some(param)
    }

    /// What it says of its first error, for whoever is no client.
    pub(crate) fn reason(&self) -> &str {
        self.errors.first().map_or("", |problem| &problem.long_message)
    }

    /// A thing with this id is not there.
    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        Self::new(404, "resource_not_found", format!("{what} not found"))
            .explained(format!("no {what} was found with id {id}"))
    }

    pub(crate) fn missing(name: &str) -> Self {
        Self::new(422, "form_param_missing", "is missing").explained(format!("{name} must be included")).param(name)
    }

    pub(crate) fn nil(name: &str) -> Self {
        Self::new(422, "form_param_nil", "is empty").explained(format!("enter {name}")).param(name)
    }

    pub(crate) fn unknown(name: &str) -> Self {
        Self::new(422, "form_param_unknown", "is unknown")
            .explained(format!("{name} is not a parameter of this request"))
            .param(name)
    }

    /// The value has the wrong form, such as an address without `@`.
    pub(crate) fn format(name: &str) -> Self {
        Self::new(422, "form_param_format_invalid", "is invalid")
            .explained(format!("{name} does not have the right form"))
            .param(name)
    }

    /// The value is none of those allowed.
    pub(crate) fn value(name: &str) -> Self {
        Self::new(422, "form_param_value_invalid", "is not allowed")
            .explained(format!("the value of {name} is not allowed here"))
            .param(name)
    }

    /// The value is of another type.
    pub(crate) fn wrong_type(name: &str, expected: &str) -> Self {
        Self::new(422, "form_param_type_invalid", "has the wrong type")
            .explained(format!("{name} must be {expected}"))
            .param(name)
    }

    /// Nobody is signed in with what the request carries.
    pub(crate) fn signed_out() -> Self {
        Self::new(401, "signed_out", "signed out").explained("nobody is signed in on this client")
    }

    pub(crate) fn authentication_invalid() -> Self {
        Self::new(401, "authentication_invalid", "invalid authentication")
            .explained("the request could not be authenticated")
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(403, "authorization_invalid", "unauthorized request")
            .explained("you are not authorized to perform this request")
    }

    /// What this program does not do.
    pub(crate) fn not_implemented(operation: &str) -> Self {
        Self::new(501, "feature_not_implemented", "not implemented here")
            .explained(format!("clerk-local does not implement {operation}"))
            .with("operation_id", operation)
    }

    /// The body of the answer.
    pub(crate) fn body(&self, trace: &str) -> Vec<u8> {
        let errors: Vec<Json> = self
            .errors
            .iter()
            .map(|problem| {
                let mut error = JsonMap::new();
                error.insert("code".to_owned(), problem.code.clone().into());
                error.insert("message".to_owned(), problem.message.clone().into());
                error.insert("long_message".to_owned(), problem.long_message.clone().into());
                if !problem.meta.is_empty() {
                    error.insert("meta".to_owned(), problem.meta.clone().into());
                }
                error.into()
            })
            .collect();
        let mut body = JsonMap::new();
        body.insert("errors".to_owned(), errors.into());
        if let Some(meta) = &self.meta {
            body.insert("meta".to_owned(), meta.clone().into());
        }
        body.insert("clerk_trace_id".to_owned(), trace.into());
        Json::Object(body).to_string().into_bytes()
    }
}
