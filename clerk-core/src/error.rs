mod api_error;
mod attempts;
mod failure;
mod kind;
mod retry_after;
pub(crate) mod said;

use std::{
    borrow::Cow,
    error::Error as StdError,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use serde_json::Value;

pub use self::{api_error::ApiError, attempts::Attempts, kind::ErrorKind, retry_after::retry_after};
use self::{
    api_error::oauth_error,
    failure::{Failure, failure},
    said::{OneLine, Said},
};
use crate::{decode, error_code::ErrorCode, headers::hide_secrets, transport::BoxError};

/// Why an operation did not succeed.
///
/// Ask [`kind`](Error::kind) what to do about it. The texts may change at any time, and show neither headers nor
/// bodies nor query strings: status, headers and the API's own reasons are behind accessors.
///
/// ```
/// use clerk_core::{Error, ErrorCode, ErrorKind};
///
/// /// What a form says to its user.
/// fn advice(error: &Error) -> &'static str {
///     match error.kind() {
///         _ if error.has_code(ErrorCode::FORM_IDENTIFIER_EXISTS) => "somebody has that address",
///         ErrorKind::Validation if error.param() == Some("password") => "choose another password",
///         _ if error.is_retryable() => "try again in a minute",
///         _ => "that did not work",
///     }
/// }
/// assert_eq!(advice(&Error::new(ErrorKind::Offline, "no network")), "try again in a minute");
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    operation: Option<Cow<'static, str>>,
    status: Option<StatusCode>,
    headers: Option<HeaderMap>,
    errors: Vec<ApiError>,
    trace_id: Option<String>,
    retry_after: Option<Duration>,
    path: Option<String>,
    meta: Option<Value>,
    attempts: u32,
    /// Nothing left, as far as this one error tells.
    unsent: bool,
    /// Nothing left in any attempt, as somebody said who knows.
    said_unsent: bool,
    completed: Vec<Cow<'static, str>>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of any kind, for layers that fail for reasons of their own.
    ///
    /// The message is printed, with control characters escaped: keep secrets out of it.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            status: None,
            headers: None,
            errors: Vec::new(),
            trace_id: None,
            retry_after: None,
            path: None,
            meta: None,
            attempts: 1,
            unsent: matches!(kind, ErrorKind::Config | ErrorKind::InvalidRequest),
            said_unsent: false,
            completed: Vec::new(),
            source: None,
        }))
    }

    /// The client is not set up rightly.
    pub fn config(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// A request was refused before it was sent.
    pub fn invalid_request(operation: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message).with_operation(operation)
    }

    /// A transport failed.
    ///
    /// When `source` is an [`Error`] itself, as layers give, it is kept as it is. Otherwise the kind is
    /// [`Timeout`](ErrorKind::Timeout), [`Offline`](ErrorKind::Offline) or [`Network`](ErrorKind::Network), whichever
    /// the source tells.
    pub fn transport(operation: impl Into<Cow<'static, str>>, source: impl Into<BoxError>) -> Self {
        let source = match source.into().downcast::<Self>() {
            Ok(error) if error.0.operation.is_some() => return *error,
            Ok(error) => return error.with_operation(operation),
            Err(source) => source,
        };
        let Failure { kind, message, unsent } = failure(source.as_ref());
        let mut error = Self::new(kind, message).with_operation(operation).with_source(source);
        error.0.unsent = unsent;
        error
    }

    /// The API answered with a status that is no success.
    ///
    /// A body that is not JSON leaves the status and no [`errors`](Error::errors). How often the request was sent is
    /// read from [`Attempts`] among the answer's extensions.
    pub fn from_response(operation: impl Into<Cow<'static, str>>, response: Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        let mut error = Self::answered(operation, ErrorKind::of_status(parts.status), "", parts.status, parts.headers)
            .with_attempts(Attempts::of(&parts.extensions));
        if let Ok(Value::Object(mut body)) = serde_json::from_slice(decode::without_mark(&body)) {
            error.0.errors = match body.remove("errors") {
                Some(Value::Array(errors)) => errors.into_iter().filter_map(ApiError::read).collect(),
                _ => oauth_error(&mut body).into_iter().collect(),
            };
            error.0.meta = body.remove("meta").filter(|meta| !meta.is_null());
            if let Some(Value::String(trace_id)) = body.remove("clerk_trace_id")
                && !trace_id.is_empty()
            {
                error.0.trace_id = Some(trace_id);
            }
        }
        error
    }

    /// An answer that is wrong for a reason found here, not told by its body.
    pub(crate) fn answered(
        operation: impl Into<Cow<'static, str>>,
        kind: ErrorKind,
        message: impl Into<Cow<'static, str>>,
        status: StatusCode,
        mut headers: HeaderMap,
    ) -> Self {
        // Layers make errors of answers that no call has seen.
        hide_secrets(&mut headers);
        let mut error = Self::new(kind, message).with_operation(operation);
        error.0.status = Some(status);
        error.0.trace_id = trace_id(&headers);
        error.0.retry_after = retry_after(&headers, SystemTime::now());
        error.0.headers = Some(headers);
        error
    }

    /// Says where in the JSON it was, such as `email_addresses[0].id`.
    ///
    /// The path is printed by nothing here, but others will: write keys that people chose as `*`.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        self.0.path = Some(path.into());
        self
    }

    /// Says what failed underneath.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Says which operation it was.
    #[must_use]
    pub fn with_operation(mut self, operation: impl Into<Cow<'static, str>>) -> Self {
        self.0.operation = Some(operation.into());
        self
    }

    /// Says how often the request was sent; an answer says it by [`Attempts`].
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts.max(1);
        self
    }

    /// Says that the request did not reach the server in any attempt, for layers that give up before they send.
    #[must_use]
    pub fn with_unsent(mut self) -> Self {
        self.0.said_unsent = true;
        self
    }

    /// Says which operations of the same call had taken effect before this one failed, in their order.
    ///
    /// They come before those that the error already names.
    #[must_use]
    pub fn with_completed<T: Into<Cow<'static, str>>>(mut self, operations: impl IntoIterator<Item = T>) -> Self {
        self.0.completed.splice(..0, operations.into_iter().map(Into::into));
        self
    }

    /// Gives the API's reasons where they did not come as the body of an answer: in a URL that a browser came back to, or
    /// as part of a success.
    #[must_use]
    pub fn with_errors(mut self, errors: impl IntoIterator<Item = ApiError>) -> Self {
        self.0.errors = errors.into_iter().collect();
        self
    }

    /// What went wrong, in a few coarse kinds.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The status of the answer, if one came.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The headers of the answer, if one came; they may hold tokens and cookies.
    #[must_use]
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.headers.as_ref()
    }

    /// The reasons that the API gives.
    #[must_use]
    pub fn errors(&self) -> &[ApiError] {
        &self.0.errors
    }

    /// The code of the first reason.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        self.0.errors.first().map(|error| &error.code).filter(|code| !code.as_str().is_empty())
    }

    /// Whether one of the reasons has this code, such as [`ErrorCode::FORM_IDENTIFIER_EXISTS`].
    #[must_use]
    pub fn has_code(&self, code: impl AsRef<str>) -> bool {
        let code = code.as_ref();
        self.0.errors.iter().any(|error| error.code == *code)
    }

    /// What to do about the code of the first reason, where it is a known one; for developers, not for users.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        self.code()?.hint()
    }

    /// The parameter that the first reason which names one is about, such as `email_address`.
    #[must_use]
    pub fn param(&self) -> Option<&str> {
        self.0.errors.iter().find_map(ApiError::param)
    }

    /// Whether the same request, sent again later, has a chance.
    ///
    /// It says nothing about the harm of sending twice: unless [`is_unsent`](Error::is_unsent), the first one may have
    /// taken effect.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        let status = self.0.status.map(|status| status.as_u16());
        match self.0.kind {
            ErrorKind::RateLimited | ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Offline => true,
            ErrorKind::Server => status != Some(501),
            _ => status == Some(425),
        }
    }

    /// Whether the request did not reach the server for certain, so that sending it again does nothing twice.
    ///
    /// An error after several attempts tells only how the last one went, and is not unsent unless a layer
    /// [says so](Error::with_unsent).
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        self.0.said_unsent || (self.0.unsent && self.0.attempts == 1)
    }

    /// How often the request was sent, or was tried to be: once unless a layer says otherwise.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The operations of the same call that had taken effect before this one failed.
    #[must_use]
    pub fn completed(&self) -> &[Cow<'static, str>] {
        &self.0.completed
    }

    /// What support asks for: the id under which the API remembers the request.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        self.0.trace_id.as_deref()
    }

    /// How long the API asks to wait, counted from when the answer came: a day at most.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The id of the operation that failed, such as `UpdateUser`.
    #[must_use]
    pub fn operation(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// Where in the answer the decoding failed, such as `email_addresses[0].id`.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// What the API sends beside its errors: with the Frontend API, the client and the session as they are now.
    #[must_use]
    pub fn meta(&self) -> Option<&Value> {
        self.0.meta.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = &*self.0;
        if let Some(operation) = &error.operation {
            write!(f, "{}: ", OneLine(operation))?;
        }
        match (error.status, error.errors.split_first()) {
            (Some(status), Some((first, others))) => {
                write!(f, "{} {first}", status.as_u16())?;
                if !others.is_empty() {
                    write!(f, ", and {} more", others.len())?;
                }
            }
            (Some(status), None) if error.message.is_empty() => {
                write!(f, "{}", status.as_u16())?;
                if let Some(reason) = status.canonical_reason() {
                    write!(f, " {reason}")?;
                }
            }
            _ => write!(f, "{}", OneLine(&error.message))?,
        }
        if let Some(trace_id) = &error.trace_id {
            write!(f, " (trace {})", Said(trace_id))?;
        }
        if error.attempts > 1 {
            write!(f, ", after {} attempts", error.attempts)?;
        }
        if let Some((first, others)) = error.completed.split_first() {
            write!(f, "; {}", OneLine(first))?;
            others.iter().try_for_each(|operation| write!(f, ", {}", OneLine(operation)))?;
            f.write_str(" had taken effect")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("kind", &self.0.kind).field("text", &self.to_string()).finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

fn trace_id(headers: &HeaderMap) -> Option<String> {
    ["clerk-trace-id", "cf-ray"]
        .iter()
        .filter_map(|name| headers.get(*name)?.to_str().ok())
        .find(|id| !id.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
#[path = "error_again_tests.rs"]
mod again_tests;
#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
