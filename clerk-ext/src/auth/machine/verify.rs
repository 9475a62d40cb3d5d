//! Tokens of machines: JWTs by their signature, all others by asking Clerk.

use clerk_core::http::Method;
use clerk_core::{Encoding, Endpoint, Error, JsonMap, Operation};

use super::{ApiKey, M2mToken, Machine, OAuthToken, answer::Answer, jwt::check_oauth_audience, presented::Presented};
use crate::auth::{Clerk, Reason, TokenError, TokenType};

// Asking twice does no more than asking once. The paths have no version, other than all else of the API.
static VERIFY_API_KEY: Operation =
    Operation::new(Method::POST, "verifyApiKey", "/api_keys/verify", Encoding::Json).idempotent();
static VERIFY_M2M_TOKEN: Operation =
    Operation::new(Method::POST, "verifyM2MToken", "/m2m_tokens/verify", Encoding::Json).idempotent();
static VERIFY_OAUTH_TOKEN: Operation =
    Operation::new(Method::POST, "verifyOAuthAccessToken", "/oauth_applications/access_tokens/verify", Encoding::Json)
        .idempotent();

impl Clerk {
    /// Checks the token of a program, of whatever kind it is.
    ///
    /// Tokens that are not JWTs are checked by a request to Clerk each time, so that one that was revoked is refused at
    /// once; a JWT is good until it ends. A token that is revoked is refused as `token-invalid`, one that is over as
    /// `token-verification-failed`, also where Clerk's own answer is a 200.
    ///
    /// ```
    /// use clerk_ext::auth::{Reason, TokenType};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
    /// # let clerk = clerk.api_url(local.backend_url()).build()?;
    /// # let backend = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let key = backend.api_keys().create("Deploy", "user_ann").await?;
    /// let machine = clerk.verify_machine_token(key.secret.expose()).await?;
    /// assert_eq!((machine.token_type(), machine.subject()), (TokenType::ApiKey, "user_ann"));
    ///
    /// backend.api_keys().revoke(&key.id).await?;
    /// let refused = clerk.verify_machine_token(key.secret.expose()).await.expect_err("it was revoked");
    /// assert_eq!(*refused.reason(), Reason::TOKEN_INVALID);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The token is not good, or nobody could say: see [`TokenError::is_outage`].
    pub async fn verify_machine_token(&self, token: &str) -> Result<Machine, TokenError> {
        match Presented::read(token)? {
            Presented::M2mJwt(jwt) => self.verify_m2m_jwt(jwt, token).await.map(Machine::M2m),
            Presented::OAuthJwt(jwt) => self.verify_oauth_jwt(&jwt, token).await.map(Machine::OAuth),
            Presented::Opaque(TokenType::M2m) => self.ask_about_m2m_token(token).await.map(Machine::M2m),
            Presented::Opaque(TokenType::OAuth) => self.ask_about_oauth_token(token).await.map(Machine::OAuth),
            Presented::Opaque(_) => self.ask_about_api_key(token).await.map(Machine::ApiKey),
        }
    }

    /// Checks an API key, and refuses every other kind of token.
    ///
    /// # Errors
    ///
    /// As for [`verify_machine_token`](Self::verify_machine_token); of another kind is `token-type-mismatch`.
    pub async fn verify_api_key(&self, key: &str) -> Result<ApiKey, TokenError> {
        match Presented::read(key)? {
            Presented::Opaque(TokenType::ApiKey) => self.ask_about_api_key(key).await,
            other => Err(mismatch(other.kind(), TokenType::ApiKey)),
        }
    }

    /// Checks a token between machines, and refuses every other kind.
    ///
    /// The request is signed with the [machine secret key](crate::auth::ClerkBuilder::machine_secret_key) where there is
    /// one: then only tokens count that are for this machine. JWTs are checked with the keys of the instance, and their
    /// [scopes](M2mToken::scopes) say which machines they are for: look at them.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let backend = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let billing = backend.machines().create("Billing").await?;
    /// let shop = backend.machines().create("Shop").scoped_machines([&billing.id]).await?;
    /// # let token = backend.as_machine(&shop.secret_key)?.m2m_tokens().create().await?.token;
    ///
    /// // In billing, with its own key: only tokens count that are for it.
    /// let clerk = clerk_ext::auth::Clerk::builder().machine_secret_key(billing.secret_key).api_url(local.backend_url());
    /// let caller = clerk.build()?.verify_m2m_token(token.expose()).await?;
    /// assert_eq!(caller.machine_id, shop.id);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`verify_machine_token`](Self::verify_machine_token); of another kind is `token-type-mismatch`.
    pub async fn verify_m2m_token(&self, token: &str) -> Result<M2mToken, TokenError> {
        match Presented::read(token)? {
            Presented::M2mJwt(jwt) => self.verify_m2m_jwt(jwt, token).await,
            Presented::Opaque(TokenType::M2m) => self.ask_about_m2m_token(token).await,
            other => Err(mismatch(other.kind(), TokenType::M2m)),
        }
    }

    /// Checks an OAuth access token, and refuses every other kind.
    ///
    /// Where an [audience](crate::auth::ClerkBuilder::audience) is configured, the token has to name it.
    ///
    /// # Errors
    ///
    /// As for [`verify_machine_token`](Self::verify_machine_token); of another kind is `token-type-mismatch`.
    pub async fn verify_oauth_token(&self, token: &str) -> Result<OAuthToken, TokenError> {
        match Presented::read(token)? {
            Presented::OAuthJwt(jwt) => self.verify_oauth_jwt(&jwt, token).await,
            Presented::Opaque(TokenType::OAuth) => self.ask_about_oauth_token(token).await,
            other => Err(mismatch(other.kind(), TokenType::OAuth)),
        }
    }

    async fn ask_about_api_key(&self, key: &str) -> Result<ApiKey, TokenError> {
        let answer = ask(self.backend()?, &VERIFY_API_KEY, "secret", key, "CLERK_SECRET_KEY").await?;
        self.accept(&answer, ApiKey::read(&answer, key), |key| key.expires_at)
    }

    async fn ask_about_m2m_token(&self, token: &str) -> Result<M2mToken, TokenError> {
        let (endpoint, variable) = match &self.inner().machine_backend {
            Some(machine) => (machine, "CLERK_MACHINE_SECRET_KEY"),
            None => (self.backend()?, "CLERK_SECRET_KEY"),
        };
        let answer = ask(endpoint, &VERIFY_M2M_TOKEN, "token", token, variable).await?;
        self.accept(&answer, M2mToken::read(&answer, token), |token| token.expires_at)
    }

    async fn ask_about_oauth_token(&self, token: &str) -> Result<OAuthToken, TokenError> {
        let answer = ask(self.backend()?, &VERIFY_OAUTH_TOKEN, "access_token", token, "CLERK_SECRET_KEY").await?;
        let token = self.accept(&answer, OAuthToken::read(&answer, token), |token| token.expires_at)?;
        check_oauth_audience(answer.json("aud"), &self.inner().settings.checks.audience)?;
        Ok(token)
    }

    /// The Backend API with the secret key.
    fn backend(&self) -> Result<&Endpoint, TokenError> {
        self.inner().backend.as_ref().ok_or_else(|| {
            let message =
                "such a token is checked by a request to Clerk, and there is no key for it; set CLERK_SECRET_KEY";
            TokenError::new(Reason::UNEXPECTED_ERROR, message).with_cause(Error::config(message))
        })
    }

    /// An answer counts when it says that the token is in force, and makes sense.
    fn accept<T>(
        &self,
        answer: &Answer,
        read: Result<T, Error>,
        expires_at: fn(&T) -> Option<clerk_core::Timestamp>,
    ) -> Result<T, TokenError> {
        let end = read.as_ref().ok().and_then(expires_at);
        answer.check(end, self.now(), self.inner().settings.checks.skew)?;
        read.map_err(|error| {
            TokenError::new(Reason::UNEXPECTED_ERROR, "what Clerk says of the token makes no sense").with_cause(error)
        })
    }
}

async fn ask(
    endpoint: &Endpoint,
    operation: &'static Operation,
    field: &'static str,
    token: &str,
    key_variable: &'static str,
) -> Result<Answer, TokenError> {
    let mut call = endpoint.call(operation);
    call.field(field, token);
    match call.send_json::<JsonMap>().await {
        Ok(answer) => Ok(Answer::new(answer.into_value())),
        Err(error) => Err(refused(error, key_variable)),
    }
}

fn refused(error: Error, key_variable: &'static str) -> TokenError {
    match error.status().map(|status| status.as_u16()) {
        Some(401) => {
            let message = format!(
                "the Backend API does not take the key that the token was to be checked with; see that {key_variable} is the one of this instance"
            );
            TokenError::new(Reason::SECRET_KEY_INVALID, message).with_cause(error)
        }
        // It is an answer, and no outage.
        Some(404) => TokenError::new(Reason::TOKEN_INVALID, "Clerk knows no such token"),
        _ => TokenError::new(Reason::UNEXPECTED_ERROR, "Clerk could not be asked about the token").with_cause(error),
    }
}

fn mismatch(is: TokenType, wanted: TokenType) -> TokenError {
    TokenError::new(Reason::TOKEN_TYPE_MISMATCH, format!("the token is of the kind {is}, and {wanted} is wanted"))
}
