use std::fmt;

use clerk_core::{Error, ErrorCode, Secret, SessionId, SignInId};
use clerk_fapi::{sign_ins::CreateSignIn, types};

use super::{
    FirstFactor, SavedSignIn, SignIn, SignInProtectCheck, SignInProtection, SignIns, TransferToSignUp,
    attempt::{Asked, Attempt, already_signed_in},
};
use crate::frontend::{step::StepError, strategy::Strategy};

/// A token in which another service says who somebody is, as its SDK gives it.
///
/// ```
/// use clerk_ext::frontend::IdToken;
///
/// let token = IdToken::apple("test-token").code("test-code");
/// assert!(!format!("{token:?}").contains("test-"), "it is not shown");
/// ```
#[derive(Clone)]
pub struct IdToken {
    strategy: Strategy,
    token: Secret,
    code: Option<Secret>,
}

impl IdToken {
    /// One of Sign in with Apple.
    #[must_use]
    pub fn apple(token: impl Into<Secret>) -> Self {
        Self::new(Strategy::OAUTH_TOKEN_APPLE, token)
    }

    /// One of Google, of One Tap or another of its SDKs.
    #[must_use]
    pub fn google(token: impl Into<Secret>) -> Self {
        Self::new(Strategy::GOOGLE_ONE_TAP, token)
    }

    /// One for a strategy that has no function here.
    #[must_use]
    pub fn new(strategy: impl Into<Strategy>, token: impl Into<Secret>) -> Self {
        Self { strategy: strategy.into(), token: token.into(), code: None }
    }

    /// The authorization code that came with it.
    #[must_use]
    pub fn code(mut self, code: impl Into<Secret>) -> Self {
        self.code = Some(code.into());
        self
    }

    pub(in crate::frontend) fn strategy(&self) -> &Strategy {
        &self.strategy
    }

    pub(in crate::frontend) fn token(&self) -> &Secret {
        &self.token
    }

    pub(in crate::frontend) fn secret_code(&self) -> Option<&Secret> {
        self.code.as_ref()
    }
}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IdToken").field(&self.strategy).finish()
    }
}

/// Whether a refusal is about the password, so that the sign-in it was for was begun.
fn is_about_password(error: &Error) -> bool {
    error
        .errors()
        .iter()
        .any(|one| one.code.as_str().starts_with("form_password_") || one.code == ErrorCode::PASSWORD_RESET_REQUIRED)
}

impl SignIns {
    /// Makes up for accounts that are missing: whoever proves an address or number that nobody has can make an account
    /// of it.
    ///
    /// It holds for [`identifier`](Self::identifier), [`email_code`](Self::email_code) and
    /// [`phone_code`](Self::phone_code), which lead to [`SignIn::Transfer`] then.
    #[must_use]
    pub fn sign_up_if_missing(mut self) -> Self {
        self.sign_up_if_missing = true;
        self
    }

    /// Says who wants to sign in (an address, a number, a name), and finds out how they can prove it.
    ///
    /// Whoever is signed in here already is not asked to do it again: their session comes into the foreground.
    ///
    /// # Errors
    ///
    /// Nobody goes by that (`form_identifier_not_found`), the account is locked or banned, or Clerk cannot be asked.
    pub async fn identifier(&self, identifier: impl Into<String>) -> Result<SignIn, Error> {
        let identifier = identifier.into();
        let call = self.missing(self.call().identifier(&identifier));
        self.begin(call, None, Some(&identifier)).await
    }

    /// Signs in with a password, in one request where that is enough.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
    /// println!("signed in: {}", session.id());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`identifier`](Self::identifier) and for [`FirstFactor::password`]. Where it is the password that is refused,
    /// the step is there to try again or in another way.
    pub async fn password(
        &self,
        identifier: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Result<SignIn, StepError<Option<FirstFactor>>> {
        let identifier = identifier.into();
        let call = self.call().identifier(&identifier).password(password);
        let before = self.device.snapshot().sign_in().map(|sign_in| sign_in.id.clone());
        match self.begin(call, None, Some(&identifier)).await {
            Ok(state) => Ok(state),
            Err(error) if is_about_password(&error) => {
                Err(StepError::new(self.begun(&identifier, before.as_ref()).await, error))
            }
            Err(error) => Err(StepError::new(None, error)),
        }
    }

    /// The first factor of the sign-in that a refused request has begun all the same, in place of the one before.
    async fn begun(&self, identifier: &str, before: Option<&SignInId>) -> Option<FirstFactor> {
        let known = || {
            let snapshot = self.device.snapshot();
            let raw = snapshot.sign_in().filter(|raw| {
                Some(&raw.id) != before
                    && raw.identifier.as_deref() == Some(identifier)
                    && raw.status == types::SignInStatus::NeedsFirstFactor
            });
            raw.cloned()
        };
        let raw = match known() {
            Some(raw) => raw,
            None => {
                self.device.raw().get_client().send().await.ok()?;
                known()?
            }
        };
        Some(FirstFactor::new(Attempt::new(&self.device, raw)))
    }

    /// Sends a code to an email address, in one request: it leads to [`SignIn::NeedsCode`].
    ///
    /// # Errors
    ///
    /// As for [`identifier`](Self::identifier), or the instance does not sign in by such codes.
    pub async fn email_code(&self, address: impl Into<String>) -> Result<SignIn, Error> {
        self.code(Strategy::EMAIL_CODE, address.into()).await
    }

    /// Sends a code to a phone number, in one request: it leads to [`SignIn::NeedsCode`].
    ///
    /// For another channel than text messages begin with [`identifier`](Self::identifier) and go on with
    /// [`FirstFactor::phone_code_by`].
    ///
    /// # Errors
    ///
    /// As for [`identifier`](Self::identifier), or the instance does not sign in by such codes.
    pub async fn phone_code(&self, number: impl Into<String>) -> Result<SignIn, Error> {
        self.code(Strategy::PHONE_CODE, number.into()).await
    }

    /// Sends a code by email that lets its owner set another password: see [`NewPassword`](super::NewPassword).
    ///
    /// # Errors
    ///
    /// As for [`identifier`](Self::identifier), or passwords cannot be reset in this way here.
    pub async fn reset_password_by_email(&self, identifier: impl Into<String>) -> Result<SignIn, Error> {
        self.code(Strategy::RESET_PASSWORD_EMAIL_CODE, identifier.into()).await
    }

    /// Sends a code to a phone that lets its owner set another password: see [`NewPassword`](super::NewPassword).
    ///
    /// # Errors
    ///
    /// As for [`identifier`](Self::identifier), or passwords cannot be reset in this way here.
    pub async fn reset_password_by_phone(&self, identifier: impl Into<String>) -> Result<SignIn, Error> {
        self.code(Strategy::RESET_PASSWORD_PHONE_CODE, identifier.into()).await
    }

    async fn code(&self, strategy: Strategy, identifier: String) -> Result<SignIn, Error> {
        let call = self.call().identifier(&identifier).strategy(strategy.as_str());
        let call = if strategy.as_str().starts_with("reset_") { call } else { self.missing(call) };
        let asked = Asked::new(strategy, self.device.core().now());
        self.begin(call, Some(asked), Some(&identifier)).await
    }

    /// Signs in with a ticket: one that a back end made, or that was in the link of an invitation.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// # let backend = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// # let token = backend.raw().create_sign_in_token("user_ann").send().await?.token.unwrap();
    /// let session = clerk.sign_in().ticket(token).await?.session()?;
    /// # _ = session;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// It was used, has expired or was revoked.
    pub async fn ticket(&self, ticket: impl Into<Secret>) -> Result<SignIn, Error> {
        self.begin(self.call().strategy("ticket").ticket(ticket), None, None).await
    }

    /// Signs in with a token in which another service says who somebody is.
    ///
    /// Where nobody has an account with that service, it leads to [`SignIn::Transfer`].
    ///
    /// ```
    /// use clerk_ext::{Error, frontend::{Frontend, IdToken, Session, SignIn}};
    ///
    /// /// With what the SDK of Google gave on this device.
    /// async fn with_google(clerk: &Frontend, token: &str) -> Result<Session, Error> {
    ///     match clerk.sign_in().id_token(IdToken::google(token)).await? {
    ///         SignIn::Transfer(nobody_yet) => nobody_yet.sign_up().await?.session(),
    ///         state => state.session(),
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// let refused = with_google(&clerk, "test-not-of-google").await.expect_err("Google has not signed it");
    /// assert!(refused.status().is_some(), "{refused}");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The token is not taken, or the instance does not have the service.
    pub async fn id_token(&self, token: IdToken) -> Result<SignIn, Error> {
        let mut call = self.call().strategy(token.strategy().as_str()).token(token.token());
        if let Some(code) = token.secret_code() {
            call = call.code(code);
        }
        match self.begin(call, None, None).await {
            Err(error) if error.has_code(ErrorCode::EXTERNAL_ACCOUNT_NOT_FOUND) => {
                Ok(SignIn::Transfer(TransferToSignUp::of_token(&self.device, token)))
            }
            other => other,
        }
    }

    /// Asks for what a passkey has to sign, of whoever has one on this machine: it leads to [`SignIn::NeedsPasskey`].
    ///
    /// ```
    /// use clerk_ext::frontend::SignIn;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// let SignIn::NeedsPasskey(step) = clerk.sign_in().passkey().await? else { return Err("there are none".into()) };
    /// assert!(step.options()["challenge"].is_string()); // for the system, or a crate for WebAuthn
    /// // Nobody has one here: another way.
    /// let SignIn::NeedsIdentifier(step) = step.back() else { return Err("there is no way back".into()) };
    /// # _ = step.identifier("ann@example.com").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The instance has no passkeys, or Clerk cannot be asked.
    pub async fn passkey(&self) -> Result<SignIn, Error> {
        self.begin(self.call().strategy("passkey"), None, None).await
    }

    /// Asks for what a wallet has to sign, by its kind (such as [`Strategy::WEB3_METAMASK`]) and its address.
    ///
    /// It leads to [`SignIn::NeedsSignature`], in two requests.
    ///
    /// ```
    /// use clerk_ext::{Error, frontend::{Frontend, Session, SignIn, Strategy}};
    ///
    /// /// With a wallet, which is handed a text and gives its signature.
    /// async fn with_wallet(clerk: &Frontend, address: &str, sign: impl Fn(&str) -> String) -> Result<Session, Error> {
    ///     match clerk.sign_in().web3(Strategy::WEB3_METAMASK, address).await? {
    ///         SignIn::NeedsSignature(step) => {
    ///             let signature = sign(step.message());
    ///             step.attempt(signature).await?.session()
    ///         }
    ///         state => state.session(),
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// let stranger = "0x52908400098527886e0f7030069857d2e4169ee7";
    /// let refused = with_wallet(&clerk, stranger, |_| "test-signature".to_owned()).await.expect_err("it is nobody's");
    /// assert!(refused.status().is_some(), "{refused}");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Nobody has this wallet (`form_identifier_not_found`), or the instance takes none of its kind.
    pub async fn web3(&self, strategy: impl Into<Strategy>, address: impl Into<String>) -> Result<SignIn, Error> {
        let address = address.into();
        match self.begin(self.call().identifier(&address), None, Some(&address)).await? {
            SignIn::NeedsFirstFactor(step) => Ok(SignIn::NeedsSignature(step.web3(strategy).await?)),
            other => Ok(other),
        }
    }

    /// Begins a sign-in with parameters of one's own, for what has no function here.
    ///
    /// # Errors
    ///
    /// Clerk refuses, or cannot be asked.
    pub async fn create(&self, with: impl FnOnce(CreateSignIn) -> CreateSignIn + Send) -> Result<SignIn, Error> {
        self.begin(with(self.call()), None, None).await
    }

    /// Forgets what was begun, and begins anew with nothing.
    ///
    /// # Errors
    ///
    /// Clerk refuses, or cannot be asked.
    pub async fn reset(&self) -> Result<SignIn, Error> {
        self.begin(self.device.raw().create_sign_in(), None, None).await
    }

    /// Goes on with the sign-in that is under way on this device; nothing if there is none.
    ///
    /// A code that was sent can be tried as before.
    ///
    /// # Errors
    ///
    /// Clerk cannot be asked.
    pub async fn resume(&self) -> Result<Option<SignIn>, Error> {
        let client = self.device.raw().get_client().send().await?.response;
        match client.and_then(|client| client.sign_in) {
            Some(raw) => Ok(Some(SignIn::of(&self.device, raw).await?)),
            None => Ok(None),
        }
    }

    /// Goes on with a sign-in that an earlier run of the program saved.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let store = clerk_ext::frontend::MemoryStore::default();
    /// # let clerk = clerk_ext::frontend::Frontend::builder(&local.publishable_key()).store(store).build()?;
    /// # let ask_for = |_: &str| local.inbox().latest_code("ann@example.com").unwrap();
    /// use clerk_ext::frontend::SignIn;
    ///
    /// let state = clerk.sign_in().email_code("ann@example.com").await?;
    /// let file = serde_json::to_string(&state.save())?;
    /// drop(state); // the program ends, and another run of it goes on
    ///
    /// if let Some(saved) = serde_json::from_str(&file)?
    ///     && let SignIn::NeedsCode(sent) = clerk.sign_in().resume_from(saved).await?
    /// {
    ///     let session = sent.attempt(ask_for("the code in the mail")).await?.session()?;
    ///     # _ = session;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Another sign-in took its place or the device is another one (`resource_not_found`), or Clerk cannot be asked.
    pub async fn resume_from(&self, saved: SavedSignIn) -> Result<SignIn, Error> {
        let raw = self.device.raw().get_sign_in(saved.id()).send().await?.response;
        let asked = saved.asked_at(&raw.status);
        SignIn::after(Attempt::new(&self.device, raw), asked).await
    }

    /// The request that begins a sign-in, with what all of them say.
    pub(in crate::frontend) fn call(&self) -> CreateSignIn {
        let call = self.device.raw().create_sign_in();
        match &self.device.core().locale {
            Some(locale) => call.locale(locale),
            None => call,
        }
    }

    fn missing(&self, call: CreateSignIn) -> CreateSignIn {
        if self.sign_up_if_missing { call.sign_up_if_missing(true) } else { call }
    }

    async fn begin(&self, call: CreateSignIn, asked: Option<Asked>, identifier: Option<&str>) -> Result<SignIn, Error> {
        match self.send(call, identifier).await? {
            Ok(attempt) => {
                let asked = asked.map(|asked| {
                    let factor = attempt.choose(super::Stage::First, &asked.strategy).ok().flatten().cloned();
                    Asked { factor, ..asked }
                });
                SignIn::after(attempt, asked).await
            }
            Err(state) => Ok(state),
        }
    }

    /// Begins a sign-in: it is begun, or this is a state of its own that leads on otherwise.
    pub(in crate::frontend) async fn send(
        &self,
        call: CreateSignIn,
        identifier: Option<&str>,
    ) -> Result<Result<Attempt, SignIn>, Error> {
        let error = match call.send().await {
            Ok(answer) => return Ok(Ok(Attempt::new(&self.device, answer.response))),
            Err(error) => error,
        };
        if let Some(session) = already_signed_in(&error, &ErrorCode::IDENTIFIER_ALREADY_SIGNED_IN) {
            return Ok(Err(SignIn::Complete(self.device.entered(session).await?)));
        }
        if let Some(session) = already_signed_in(&error, &ErrorCode::SESSION_EXISTS)
            && let Some(identifier) = identifier
            && self.is_session_of(&session, identifier).await?
        {
            return Ok(Err(SignIn::Complete(self.device.entered(session).await?)));
        }
        if let Some(protection) = SignInProtection::of(&error) {
            return Ok(Err(SignIn::NeedsProtectCheck(SignInProtectCheck::before(&self.device, protection))));
        }
        if error.has_code(ErrorCode::SIGN_IN_MUST_USE_ENTERPRISE_CONNECTION_IDENTIFIER)
            && let Some(identifier) = identifier
        {
            // Whose address belongs to a connection is asked how they come in, and that is the only answer.
            let answer = self.call().identifier(identifier).send().await?;
            return Ok(Ok(Attempt::new(&self.device, answer.response)));
        }
        Err(error)
    }

    /// Whether a session is of whoever goes by this: a device that holds one session must not hand out somebody else's.
    async fn is_session_of(&self, session: &SessionId, identifier: &str) -> Result<bool, Error> {
        if self.device.snapshot().session_by_id(session).is_none() {
            self.device.raw().get_client().send().await?;
        }
        let snapshot = self.device.snapshot();
        let Some(user) = snapshot.session_by_id(session).and_then(|session| session.user.as_ref()) else {
            return Ok(false);
        };
        let emails = user.email_addresses.iter().map(|email| email.email_address.as_str());
        let phones = user.phone_numbers.iter().map(|phone| phone.phone_number.as_str());
        let mut names = emails.chain(phones).chain(user.username.as_deref());
        Ok(names.any(|name| name.eq_ignore_ascii_case(identifier.trim())))
    }
}
