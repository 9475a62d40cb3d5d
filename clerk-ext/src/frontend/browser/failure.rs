use std::{error::Error as StdError, fmt};

use clerk_core::{ApiError, Error, ErrorKind};
use clerk_fapi::types;

/// What is said where the browser came back and nothing in the URL says why.
const CANCELLED: &str = "authentication_cancelled";

/// What went wrong between this program and the browser.
///
/// [`of`](Self::of) finds it in an error, also where Clerk or a provider said it by a code. What is none of these is an
/// error like any other.
///
/// ```
/// use clerk_ext::frontend::{BrowserFailure, Provider};
/// # use clerk_local::ProviderAccount;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # local.provider().add(&ProviderAccount::new("google", "ann@example.com"));
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// let pending = clerk.sign_in().oauth(Provider::GOOGLE, "com.example.app://callback").start().await?;
/// // Some other program's URL: the flow goes on.
/// let failed = pending.finish("com.example.other://callback").await.expect_err("it is not ours");
/// assert_eq!(BrowserFailure::of(failed.error()), Some(BrowserFailure::Foreign));
///
/// let pending = failed.into_step();
/// # let came_back = local.provider().deny(pending.url()).await?;
/// let failed = pending.finish(&came_back).await.expect_err("she said no");
/// assert_eq!(BrowserFailure::of(failed.error()), Some(BrowserFailure::Denied));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BrowserFailure {
    /// Whoever was in the browser left without an answer.
    Cancelled,
    /// Whoever was in the browser refused.
    Denied,
    /// The URL is not one that this flow can have come back to; the flow goes on.
    Foreign,
    /// What the URL holds was redeemed already, or is not known to Clerk.
    Replayed,
    /// The browser came back too late.
    Late,
    /// Another flow of this device is in the browser; its name is given.
    Busy(String),
    /// The browser did not come back while somebody waited.
    TimedOut,
}

impl BrowserFailure {
    /// What an error says of it.
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        let mut source = error.source();
        while let Some(one) = source {
            if let Some(failure) = one.downcast_ref::<Self>() {
                return Some(failure.clone());
            }
            source = one.source();
        }
        error.errors().iter().find_map(|error| match error.code.as_str() {
            CANCELLED | "user_cancelled_authorize" | "user_cancelled_login" => Some(Self::Cancelled),
            "oauth_access_denied" | "access_denied" => Some(Self::Denied),
            "approval_token_consumed" => Some(Self::Replayed),
            "approval_token_expired" | "verification_expired" => Some(Self::Late),
            "approval_token_invalid" | "pkce_verification_failed" => Some(Self::Foreign),
            "form_param_value_invalid" if error.param() == Some("flow_id") => Some(Self::Foreign),
            _ => None,
        })
    }

    /// Whether the flow can still end well, with another callback than this.
    #[cfg(feature = "loopback")]
    pub(super) fn is_of_the_callback_alone(&self) -> bool {
        matches!(self, Self::Foreign | Self::Replayed)
    }
}

impl From<BrowserFailure> for Error {
    fn from(failure: BrowserFailure) -> Self {
        let kind = match failure {
            BrowserFailure::Busy(_) => ErrorKind::Conflict,
            BrowserFailure::TimedOut => ErrorKind::Timeout,
            BrowserFailure::Cancelled => ErrorKind::Cancelled,
            BrowserFailure::Denied => ErrorKind::Forbidden,
            BrowserFailure::Foreign | BrowserFailure::Replayed | BrowserFailure::Late => ErrorKind::InvalidRequest,
        };
        Self::new(kind, failure.to_string()).with_source(failure)
    }
}

impl fmt::Display for BrowserFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cancelled => "the browser came back without an answer; begin again when somebody wants to",
            Self::Denied => "access was refused in the browser; begin again when somebody wants to",
            Self::Foreign => "the callback does not belong to this flow, which goes on; wait for the right one",
            Self::Replayed => "the callback was redeemed already, or Clerk does not know it; begin again",
            Self::Late => "the browser came back too late; begin again",
            Self::Busy(flow) => {
                return write!(
                    f,
                    "{flow} is in the browser already; finish or cancel it, or say that this one replaces it"
                );
            }
            Self::TimedOut => "the browser did not come back in time; begin again",
        })
    }
}

impl StdError for BrowserFailure {}

/// What a callback says went wrong.
pub(super) fn told(code: Option<&str>, error: Option<&str>, description: Option<&str>) -> Error {
    let code = code.or(error).unwrap_or(CANCELLED);
    let message = description.or(error).unwrap_or(code);
    refusal(ApiError::new(code.to_owned(), message))
}

/// What a proof in an answer says went wrong.
pub(super) fn refused(error: &types::ClerkError) -> Error {
    let mut said = ApiError::new(error.code.clone(), error.message.clone().unwrap_or_default());
    said.long_message.clone_from(&error.long_message);
    said.meta = (!error.meta.is_empty()).then(|| error.meta.clone().into());
    refusal(said)
}

fn refusal(said: ApiError) -> Error {
    let kind = match said.code.as_str() {
        CANCELLED => ErrorKind::Cancelled,
        "external_account_not_found" | "external_account_exists" => ErrorKind::Conflict,
        _ => ErrorKind::Forbidden,
    };
    Error::new(kind, format!("the browser came back without success: {said}")).with_errors([said])
}
