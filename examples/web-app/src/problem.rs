//! What went wrong, in words for the person in front of the page: beside the field that it is about where there is one.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use clerk_ext::{
    ApiError, Error, ErrorCode, ErrorKind,
    frontend::{StepError, reverification::required_by},
};

use crate::{view::message, visit::see};

/// Why a form was not taken.
#[derive(Debug, Default)]
pub(crate) struct Problem(Vec<Reason>);

#[derive(Debug)]
struct Reason {
    /// The field, by the name that the API has for it: our forms use the same.
    field: Option<String>,
    words: String,
    /// Whether it stands beside its field.
    is_shown: AtomicBool,
}

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Something has to be done first, on another page.
    Elsewhere(Box<Response>),
    /// Clerk refused for a reason that no form can help with, or could not be asked.
    Clerk(Box<Error>),
}

impl Problem {
    /// None.
    pub(crate) const NONE: Self = Self(Vec::new());

    /// What an error has to say to whoever filled in a form.
    ///
    /// # Errors
    ///
    /// It is not about the form: Clerk cannot be reached, nobody is signed in any more, or who it is has to be proven
    /// first; after that `back` is shown again.
    pub(crate) fn of(error: Error, back: &str) -> Result<Self, Refusal> {
        if let Some(challenge) = required_by(&error) {
            let mut query = form_urlencoded::Serializer::new("/prove?".to_owned());
            query.append_pair("back", back).append_pair("level", challenge.level.as_str());
            return Err(Refusal::Elsewhere(see(&query.finish()).into()));
        }
        match error.kind() {
            ErrorKind::RateLimited => {
                let wait = error.retry_after().map_or(60, |wait| wait.as_secs().max(1));
                Ok(Self::saying(format!("That was too often. Please wait {wait} seconds and try again.")))
            }
            ErrorKind::BadRequest
            | ErrorKind::Validation
            | ErrorKind::Forbidden
            | ErrorKind::Conflict
            | ErrorKind::NotFound
                if !error.errors().is_empty() =>
            {
                Ok(Self(error.errors().iter().map(Reason::of).collect()))
            }
            ErrorKind::InvalidRequest => Ok(Self::saying("That is not possible here.")),
            _ => Err(error.into()),
        }
    }

    pub(crate) fn saying(words: impl Into<String>) -> Self {
        Self(vec![Reason { field: None, words: words.into(), is_shown: AtomicBool::new(false) }])
    }

    /// What is wrong with a field, to be shown beside it.
    pub(crate) fn of_field(&self, name: &str) -> Option<&str> {
        let reason = self.0.iter().find(|reason| reason.field.as_deref() == Some(name))?;
        reason.is_shown.store(true, Ordering::Relaxed);
        Some(&reason.words)
    }

    /// What no field has shown yet.
    pub(crate) fn rest(&self) -> Vec<&str> {
        let rest = self.0.iter().filter(|reason| !reason.is_shown.load(Ordering::Relaxed));
        rest.map(|reason| reason.words.as_str()).collect()
    }

    pub(crate) fn status(&self) -> StatusCode {
        if self.0.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
    }
}

impl Reason {
    fn of(error: &ApiError) -> Self {
        let known = if error.code == ErrorCode::USER_LOCKED {
            let seconds = error.meta.as_ref().and_then(|meta| meta.get("lockout_expires_in_seconds")?.as_u64());
            Some(match seconds {
                Some(seconds) => {
                    format!("This account is locked for {} minutes: too many tries.", seconds.div_ceil(60))
                }
                None => "This account is locked: too many tries. Please ask us to unlock it.".to_owned(),
            })
        } else if error.code == ErrorCode::FORM_IDENTIFIER_NOT_FOUND {
            Some("Nobody goes by that here. Is it spelled right? You can also sign up.".to_owned())
        } else {
            None
        };
        let said =
            || error.long_message.clone().filter(|words| !words.is_empty()).unwrap_or_else(|| error.message.clone());
        Self {
            field: error.param().map(str::to_owned),
            words: known.unwrap_or_else(said),
            is_shown: AtomicBool::new(false),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Clerk(Box::new(error))
    }
}

impl<S> From<StepError<S>> for Refusal {
    fn from(error: StepError<S>) -> Self {
        Error::from(error).into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = match self {
            Self::Elsewhere(response) => return *response,
            Self::Clerk(error) => error,
        };
        if error.kind() == ErrorKind::Unauthorized {
            return see("/sign-in");
        }
        // No error shows a secret.
        eprintln!("{error}");
        if error.kind() == ErrorKind::NotFound {
            return message(StatusCode::NOT_FOUND, "Not found", "That is not here, or no longer.");
        }
        if error.is_retryable() {
            let words = "We cannot reach the service that looks after your account. Nothing is lost; please try again in \
                         a minute.";
            return message(StatusCode::SERVICE_UNAVAILABLE, "Not now", words);
        }
        message(StatusCode::INTERNAL_SERVER_ERROR, "That went wrong", "It is our fault. Please try again later.")
    }
}
