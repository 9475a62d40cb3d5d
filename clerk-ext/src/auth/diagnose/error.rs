use clerk_core::Error;

use crate::auth::{Clerk, Reason, TokenError};
use crate::finding::{Finding, Severity};

/// What can be explained: a refused token, or a failed call to Clerk.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Failure<'e> {
    /// A token that was not accepted.
    Token(&'e TokenError),
    /// A call that failed, or a configuration that is no good.
    Call(&'e Error),
}

impl<'e> From<&'e TokenError> for Failure<'e> {
    fn from(error: &'e TokenError) -> Self {
        Self::Token(error)
    }
}

impl<'e> From<&'e Error> for Failure<'e> {
    fn from(error: &'e Error) -> Self {
        Self::Call(error)
    }
}

impl Clerk {
    /// What an error says, and what to do about it with this configuration.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
    /// # let clerk = clerk.api_url(local.backend_url()).build()?;
    /// let error = clerk.verify_token("no token at all").await.expect_err("it is not a JWT");
    /// let finding = clerk.explain_error(&error);
    /// assert_eq!(finding.code, "token-invalid");
    /// println!("{finding}"); // with what to do about it
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn explain_error<'e>(&self, error: impl Into<Failure<'e>>) -> Finding {
        match error.into() {
            Failure::Token(error) => {
                let mut what = error.message().to_owned();
                if let Some(cause) = error.cause().filter(|cause| !cause.to_string().ends_with(&what)) {
                    what = format!("{what}: {cause}");
                }
                self.about(error.reason(), what)
            }
            Failure::Call(error) => {
                let code = error.code().map_or("unexpected-error", clerk_core::ErrorCode::as_str).to_owned();
                let what_to_do = match error.hint() {
                    Some(hint) => hint,
                    None if error.is_retryable() => "try again later, and see that this machine reaches Clerk",
                    None => "look at what the text says",
                };
                Finding::new(Severity::Error, code, error.to_string(), what_to_do)
            }
        }
    }

    /// A reason, with what the configuration has to do with it.
    pub(super) fn about(&self, reason: &Reason, what: impl Into<String>) -> Finding {
        let settings = &self.inner().settings;
        let mut what_to_do = reason.hint().unwrap_or("look at what the text says").to_owned();
        let configured = |names: &[String]| format!("; configured are {}", names.join(", "));
        if *reason == Reason::TOKEN_INVALID_AUTHORIZED_PARTIES {
            what_to_do.push_str(&configured(&settings.checks.authorized_parties));
        } else if *reason == Reason::TOKEN_INVALID_ISSUER {
            what_to_do.push_str(&configured(&settings.checks.issuers));
        } else if (*reason == Reason::JWK_KID_MISMATCH || *reason == Reason::TOKEN_INVALID_SIGNATURE)
            && let Some(key) = &settings.publishable_key
        {
            what_to_do.push_str(&format!("; the instance of this server is {}", key.frontend_host()));
        }
        Finding::new(Severity::Error, reason.as_str().to_owned(), what, what_to_do)
    }
}
