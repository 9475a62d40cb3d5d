//! Proving once more who you are within a session, before something delicate.
//!
//! Clerk or your own service refuses until the user has recently proven a factor. [`required_by`] says whether that is why
//! an error came, [`Session::reverify`] begins the proof, and [`Session::with_reverification`] does all of it: it calls, lets
//! the user prove who they are, and calls again.

mod challenge;
mod first;
mod second;

use std::{fmt, future::Future};

use clerk_core::{Error, ErrorKind};
use clerk_fapi::types;

pub use self::{
    challenge::{Challenge, required_by},
    first::{FirstCode, FirstFactor, Passkey, Redirect},
    second::{SecondCode, SecondFactor},
};
use super::session::Session;

/// Which factors are to be proven.
///
/// A user without a second factor proves the first one, whichever is asked for.
pub type Level = types::ReverificationLevel;

/// How far a reverification has got.
///
/// ```
/// use clerk_ext::{Error, frontend::{Session, reverification::{Level, Reverification}}};
///
/// /// Asks for whatever is left to prove, one after the other.
/// async fn prove(session: &Session, password: &str, backup_code: &str) -> Result<Session, Error> {
///     let mut state = session.reverify(Level::MultiFactor).await?;
///     loop {
///         state = match state {
///             Reverification::FirstFactor(step) => step.password(password).await?,
///             Reverification::SecondFactor(step) => step.backup_code(backup_code).await?,
///             other => return other.session(),
///         };
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # ann.backup_codes = vec!["test-backup-1".to_owned(), "test-backup-2".to_owned()];
/// # ann.totp_secret = Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let clerk_ext::frontend::SignIn::NeedsSecondFactor(step) = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await? else { return Err("no second factor".into()) };
/// # let session = step.backup_code("test-backup-1").await?.session()?;
/// # local.clock().advance(std::time::Duration::from_secs(3600));
/// let session = prove(&session, "test-hunter2-and-more", "test-backup-2").await?;
/// assert!(session.factor_age().second.is_some());
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Reverification {
    /// A first factor is to be proven.
    FirstFactor(FirstFactor),
    /// A second factor is to be proven.
    SecondFactor(SecondFactor),
    /// It is done: the session's next token says so.
    Complete(Session),
    /// It stands in a way that this crate does not know.
    Unknown(Unknown),
}

/// A reverification that stands in a way that this crate does not know.
///
/// [`Reverification`] has an example, in which it is left to the last arm.
#[derive(Debug)]
pub struct Unknown(Step);

/// What all steps hold.
#[derive(Clone)]
pub(super) struct Step {
    session: Session,
    raw: Box<types::SessionReverification>,
}

impl Session {
    /// Begins to prove who its user is, once more.
    ///
    /// Nothing of it is kept between runs of a program: it lasts for minutes, and is begun anew.
    ///
    /// ```
    /// use clerk_ext::frontend::reverification::{Level, Reverification};
    /// # use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
    /// # local.clock().advance(Duration::from_secs(3600));
    /// // She signed in an hour ago.
    /// let Reverification::FirstFactor(step) = session.reverify(Level::FirstFactor).await? else {
    ///     return Err("there is nothing to prove".into());
    /// };
    /// let session = step.password("test-hunter2-and-more").await?.session()?;
    /// assert!(session.factor_age().first.is_some_and(|age| age < Duration::from_secs(60)));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The session is over, or Clerk cannot be reached.
    pub async fn reverify(&self, level: impl Into<Level>) -> Result<Reverification, Error> {
        let call = self.device.raw().start_session_reverification(self.id(), level);
        Ok(Reverification::of(self, call.send().await?.response))
    }

    /// Calls, and if that is refused because the user has to prove who they are, has `prove` let them, and calls again.
    ///
    /// `prove` is given the first step and is to go on until [`Reverification::Complete`]. `call` is called twice at
    /// most, and should ask for its token each time. For a program's own service it turns the refusal into an error with
    /// [`Challenge::from_json`].
    ///
    /// ```
    /// use clerk_ext::frontend::reverification::Reverification;
    /// # use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
    /// # local.clock().advance(Duration::from_secs(3600));
    /// let delete = || async { clerk.me().delete().await };
    /// let deleted = session
    ///     .with_reverification(delete, |step| async {
    ///         match step {
    ///             // Where the program asks for the password.
    ///             Reverification::FirstFactor(step) => Ok(step.password("test-hunter2-and-more").await?),
    ///             other => Ok(other),
    ///         }
    ///     })
    ///     .await?;
    /// assert!(deleted.deleted);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// That of the call, or of `prove`. Where `prove` did not come to the end, the refusal itself.
    pub async fn with_reverification<T, C, P>(
        &self,
        mut call: impl FnMut() -> C + Send,
        prove: impl FnOnce(Reverification) -> P + Send,
    ) -> Result<T, Error>
    where
        C: Future<Output = Result<T, Error>> + Send,
        P: Future<Output = Result<Reverification, Error>> + Send,
        T: Send,
    {
        let refused = match call().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let Some(challenge) = required_by(&refused) else { return Err(refused) };
        let first = self.reverify(challenge.level).await?;
        match prove(first).await? {
            Reverification::Complete(_) => call().await,
            _ => Err(refused),
        }
    }
}

impl Reverification {
    /// What an answer says.
    fn of(session: &Session, raw: types::SessionReverification) -> Self {
        let step = Step { session: session.clone(), raw: Box::new(raw) };
        match step.raw.status {
            types::SessionReverificationStatus::NeedsFirstFactor => Self::FirstFactor(FirstFactor(step)),
            types::SessionReverificationStatus::NeedsSecondFactor => Self::SecondFactor(SecondFactor(step)),
            types::SessionReverificationStatus::Complete => Self::complete(session),
            _ => Self::Unknown(Unknown(step)),
        }
    }

    fn complete(session: &Session) -> Self {
        // Those at hand say that nothing was proven.
        session.outdate_tokens();
        Self::Complete(session.clone())
    }

    /// The session, if it is done.
    ///
    /// # Errors
    ///
    /// There is another factor to be proven.
    pub fn session(self) -> Result<Session, Error> {
        match self {
            Self::Complete(session) => Ok(session),
            Self::FirstFactor(_) => Err(unfinished("a first factor is to be proven")),
            Self::SecondFactor(_) => Err(unfinished("a second factor is to be proven")),
            Self::Unknown(step) => Err(unfinished(&format!("it is at `{}`", step.status()))),
        }
    }
}

fn unfinished(why: &str) -> Error {
    Error::new(ErrorKind::Unexpected, format!("the reverification is not complete: {why}"))
}

impl Unknown {
    /// How it stands, by the name that Clerk has for it.
    #[must_use]
    pub fn status(&self) -> &str {
        self.0.raw.status.as_str()
    }

    /// What Clerk said.
    #[must_use]
    pub fn raw(&self) -> &types::SessionReverification {
        &self.0.raw
    }
}

impl Step {
    /// The same after an answer.
    fn with(self, raw: types::SessionReverification) -> Self {
        Self { session: self.session, raw: Box::new(raw) }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step")
            .field("session", self.session.id())
            .field("status", &self.raw.status)
            .finish_non_exhaustive()
    }
}

/// The factor of a strategy that is to be used unless another is chosen.
fn usual<'a>(
    factors: &'a [types::SignInFactor],
    strategy: &types::SignInFactorStrategy,
) -> Option<&'a types::SignInFactor> {
    let of = || factors.iter().filter(|factor| factor.strategy.as_ref() == Some(strategy));
    of().find(|factor| factor.default || factor.primary).or_else(|| of().next())
}
