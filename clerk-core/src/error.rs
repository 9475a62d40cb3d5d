use std::{
    borrow::Cow,
    error::Error as StdError,
    fmt::{self, Write as _},
    io,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header::RETRY_AFTER};
use serde_json::Value;

use crate::{decode, headers::hide_secrets, transport::BoxError};

/// What went wrong, in a few coarse kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// 400, and every other 4xx that has no kind of its own: the API does not accept the request.
    BadRequest,
    /// 401: nobody is signed in, or the key is wrong.
    Unauthorized,
    /// 403: whoever asks may not do this.
    Forbidden,
    /// 404 or 410: what was asked for is not there.
    NotFound,
    /// 409: it clashes with what is there.
    Conflict,
    /// 422: a value is not acceptable; [`Error::errors`] says which.
    Validation,
    /// 429: too many requests; [`Error::retry_after`] says how long to wait.
    RateLimited,
    /// 5xx: the API failed.
    Server,
    /// No answer came: the connection failed or broke.
    Network,
    /// No answer came in time.
    Timeout,
    /// There is no network, or the name of the host cannot be looked up.
    Offline,
    /// The answer came but is not what it should be.
    Decode,
    /// The client is not set up rightly.
    Config,
    /// The request was refused before it was sent.
    InvalidRequest,
    /// Whoever asked no longer waits.
    Cancelled,
    /// The answer is of a kind that the operation does not give, such as a redirect.
    Unexpected,
}

impl ErrorKind {
    fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 | 410 => Self::NotFound,
            408 => Self::Timeout,
            409 => Self::Conflict,
            422 => Self::Validation,
            429 => Self::RateLimited,
            400..=499 => Self::BadRequest,
            500..=599 => Self::Server,
            _ => Self::Unexpected,
        }
    }
}

/// One of the reasons that the API gives for refusing a request.
///
/// `Debug` leaves `meta` out, which may quote what the user typed. What is printed is cut after 500 characters a text,
/// and `Display` escapes control characters, because logs print it.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ApiError {
    /// What programs go by, such as `form_identifier_exists`.
    pub code: String,
    /// A short explanation for developers.
    pub message: String,
    /// A longer one, fit for users.
    pub long_message: Option<String>,
    /// More about it, such as `param_name`.
    pub meta: Option<Value>,
}

impl ApiError {
    /// An error of that code and message, for doubles in tests.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), long_message: None, meta: None }
    }

    fn read(value: Value) -> Option<Self> {
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
                Some(Self { code: code.unwrap_or_default(), message: message.unwrap_or_default(), long_message, meta })
            }
            Value::String(message) => Some(Self::new(String::new(), message)),
            _ => None,
        }
    }

    fn said(&self) -> &str {
        self.long_message.as_deref().filter(|long| !long.is_empty()).unwrap_or(&self.message)
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("code", &cut(&self.code))
            .field("message", &cut(&self.message))
            .field("long_message", &self.long_message.as_deref().map(cut))
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.is_empty(), self.said()) {
            (true, said) => write!(f, "{}", Said(said)),
            (false, "") => write!(f, "{}", Said(&self.code)),
            (false, said) => write!(f, "{}: {}", Said(&self.code), Said(said)),
        }
    }
}

/// How many characters of what a server says are printed.
const SHOWN: usize = 500;

fn cut(text: &str) -> &str {
    text.char_indices().nth(SHOWN).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// What a server says, fit for one line of a log.
struct Said<'a>(&'a str);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = cut(self.0);
        write!(f, "{}", OneLine(shown))?;
        if shown.len() < self.0.len() { f.write_char('…') } else { Ok(()) }
    }
}

/// A text without line breaks, terminal commands and marks that turn the direction of what follows.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => write!(f, "{}", c.escape_unicode()),
            c if c.is_control() => write!(f, "{}", c.escape_default()),
            c => f.write_char(c),
        })
    }
}

/// Why an operation did not succeed.
///
/// Ask [`kind`](Error::kind) what to do about it. The texts may change at any time, and show neither headers nor
/// bodies nor query strings: status, headers and the API's own reasons are behind accessors.
pub struct Error(Box<Inner>);

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
    source: Option<BoxError>,
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
        let (kind, message) = failure(source.as_ref());
        Self::new(kind, message).with_operation(operation).with_source(source)
    }

    /// The API answered with a status that is no success.
    ///
    /// A body that is not JSON leaves the status and no [`errors`](Error::errors).
    pub fn from_response(operation: impl Into<Cow<'static, str>>, response: Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        let mut error = Self::answered(operation, ErrorKind::of_status(parts.status), "", parts.status, parts.headers);
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
        error.0.retry_after = retry_after(&headers);
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
        self.0.source = Some(source.into());
        self
    }

    /// Says which operation it was.
    #[must_use]
    pub fn with_operation(mut self, operation: impl Into<Cow<'static, str>>) -> Self {
        self.0.operation = Some(operation.into());
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
    pub fn code(&self) -> Option<&str> {
        self.0.errors.first().map(|error| error.code.as_str()).filter(|code| !code.is_empty())
    }

    /// Whether one of the reasons has this code, such as `form_identifier_exists`.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.0.errors.iter().any(|error| error.code == code)
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
        match &error.trace_id {
            Some(trace_id) => write!(f, " (trace {})", Said(trace_id)),
            None => Ok(()),
        }
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

/// The body of RFC 6749, which token endpoints answer with.
fn oauth_error(body: &mut serde_json::Map<String, Value>) -> Option<ApiError> {
    let Some(Value::String(code)) = body.remove("error") else {
        return None;
    };
    match body.remove("error_description") {
        Some(Value::String(message)) => Some(ApiError::new(code, message)),
        _ => Some(ApiError::new(code, "")),
    }
}

fn trace_id(headers: &HeaderMap) -> Option<String> {
    ["clerk-trace-id", "cf-ray"]
        .iter()
        .filter_map(|name| headers.get(*name)?.to_str().ok())
        .find(|id| !id.is_empty())
        .map(str::to_owned)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Only a number too great for the type does not parse.
        return Some(value.parse().map_or(LONGEST_WAIT, Duration::from_secs).min(LONGEST_WAIT));
    }
    let moment = httpdate::parse_http_date(value).ok()?;
    Some(moment.duration_since(SystemTime::now()).unwrap_or_default().min(LONGEST_WAIT))
}

/// Who is told to wait longer than a day had better look into it than wait.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// What a transport's error is, from fixed words only: its own text may quote a URL.
fn failure(error: &(dyn StdError + 'static)) -> (ErrorKind, Cow<'static, str>) {
    let mut io_error = None;
    let mut next = Some(error);
    while let Some(cause) = next {
        if is_timeout(cause) {
            return (ErrorKind::Timeout, "no answer came in time".into());
        }
        let text = cause.to_string();
        if text.contains("dns error") || text.contains("failed to lookup address") {
            return (ErrorKind::Offline, "the name of the host cannot be looked up".into());
        }
        if let Some(cause) = cause.downcast_ref::<io::Error>() {
            match cause.kind() {
                io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown | io::ErrorKind::HostUnreachable => {
                    return (ErrorKind::Offline, "the host cannot be reached".into());
                }
                kind => io_error = Some(kind),
            }
        }
        next = cause.source();
    }
    match io_error {
        Some(kind) => (ErrorKind::Network, format!("no answer came: {kind}").into()),
        None => (ErrorKind::Network, "no answer came".into()),
    }
}

fn is_timeout(error: &(dyn StdError + 'static)) -> bool {
    if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
        return true;
    }
    #[cfg(feature = "reqwest")]
    if error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_timeout) {
        return true;
    }
    // The time-out errors of tokio and tower are types of crates that this one does not know.
    matches!(error.to_string().as_str(), "deadline has elapsed" | "request timed out" | "operation timed out")
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
