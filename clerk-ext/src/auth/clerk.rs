use std::{fmt, sync::Arc, time::SystemTime};

use clerk_core::{Endpoint, Error, Transport};

use super::{
    Accepts, Claims, ClerkBuilder, KeySet, Reason, Session, TokenError,
    header::Category,
    jwt::Jwt,
    settings::Settings,
    verified_tokens::VerifiedTokens,
    verify::{Expected, verify},
};
use crate::{clock::Clock, config::Config};

/// Checks who sent a request to your server.
///
/// Cheap to clone: clones share keys and connections. `Debug` shows no key.
///
/// ```
/// use clerk_ext::{auth::Clerk, config::Config, http::Request};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// # let config = Config::builder().publishable_key(local.publishable_key()).secret_key(local.secret_key());
/// # let config = config.api_url(local.backend_url()).build()?;
/// // In production: `Clerk::from_env()`, which reads CLERK_PUBLISHABLE_KEY and CLERK_SECRET_KEY.
/// let clerk = Clerk::from_config(&config)?;
///
/// // The head of a request, as any server has it.
/// let request = Request::get("/me").header("authorization", format!("Bearer {}", token.expose()));
/// let state = clerk.authenticate(&request.body(())?.into_parts().0).await?;
/// assert_eq!(state.session().map(|session| session.user_id().as_str()), Some("user_ann"));
///
/// // The token alone, from wherever it came.
/// assert!(clerk.verify_token(token.expose()).await.is_ok());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Clerk(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) keys: Option<KeySet>,
    /// The Backend API with the secret key; paths carry their version.
    pub(crate) backend: Option<Endpoint>,
    /// The Backend API with the machine's own key.
    pub(crate) machine_backend: Option<Endpoint>,
    /// What carries requests that need no key; without any key there is none yet.
    pub(crate) network: Option<Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) verified: Arc<VerifiedTokens>,
}

impl Clerk {
    /// What the environment says.
    ///
    /// # Errors
    ///
    /// The publishable key is missing, or what tokens can be checked with, or something in the environment is not as it
    /// should be: see [`Config::from_env`].
    pub fn from_env() -> Result<Self, Error> {
        Self::from_config(&Config::from_env()?)
    }

    /// What a configuration says.
    ///
    /// # Errors
    ///
    /// The publishable key is missing, or what tokens can be checked with.
    pub fn from_config(config: &Config) -> Result<Self, Error> {
        config.require_publishable_key()?;
        Self::builder().config(config).build()
    }

    /// Starts from nothing.
    pub fn builder() -> ClerkBuilder {
        ClerkBuilder::default()
    }

    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// The same, for requests that may come with tokens of other kinds.
    #[must_use]
    pub fn accepting(&self, kinds: impl Into<Accepts>) -> Self {
        let mut settings = self.0.settings.clone();
        settings.accepts = kinds.into();
        Self::new(Inner {
            settings,
            keys: self.0.keys.clone(),
            backend: self.0.backend.clone(),
            machine_backend: self.0.machine_backend.clone(),
            network: self.0.network.clone(),
            clock: self.0.clock.clone(),
            verified: self.0.verified.clone(),
        })
    }

    /// Checks a session token, or one that a template made.
    ///
    /// This is about the token alone. A request is more: [`authenticate`](Self::authenticate) refuses tokens of templates,
    /// and looks at cookies.
    ///
    /// # Errors
    ///
    /// The token is not good, or the keys could not be had: the reason says which.
    pub async fn verify_token(&self, token: &str) -> Result<Session, TokenError> {
        let verified = match self.verified(token) {
            Some(known) => known,
            None => self.verify_unknown(token).await,
        };
        #[cfg(feature = "tracing")]
        if let Err(error) = &verified {
            tracing::debug!(target: "clerk_ext::auth", %error, "a token is refused");
        }
        verified
    }

    /// A token that was found good before, with its times checked again.
    pub(crate) fn verified(&self, token: &str) -> Option<Result<Session, TokenError>> {
        let edition = self.0.keys.as_ref()?.edition()?;
        let session = self.0.verified.get(token, edition)?;
        let checked = session.validity().check(self.now(), self.0.settings.checks.skew);
        Some(checked.map(|()| session))
    }

    async fn verify_unknown(&self, token: &str) -> Result<Session, TokenError> {
        self.verify_read(token, Jwt::read(token)?).await
    }

    /// Checks a token that was taken apart already.
    pub(crate) async fn verify_read(&self, token: &str, jwt: Jwt<'_>) -> Result<Session, TokenError> {
        if jwt.header.category == Category::M2m {
            return Err(TokenError::new(Reason::TOKEN_INVALID, "the token is of a machine, not of a session"));
        }
        let keys = self.keys()?;
        let (key, edition) = keys.key_of_edition(jwt.key_id()).await?;
        let validity = verify(&jwt, &key, Expected::Jwt, &self.0.settings.checks, self.now())?;
        let is_of_other_category = jwt.is_of_other_category();
        let session = Session::new(token, Claims::read(jwt.payload), validity);
        // Tokens of templates may be valid for years, and no request is signed in by one.
        if !is_of_other_category {
            self.0.verified.put(&session, edition);
        }
        Ok(session)
    }

    /// The keys that tokens are checked with.
    pub(crate) fn keys(&self) -> Result<&KeySet, TokenError> {
        self.0.keys.as_ref().ok_or_else(|| {
            let message = "there is no key to check the token with; set CLERK_SECRET_KEY or CLERK_JWT_KEY";
            TokenError::new(Reason::JWK_FAILED_TO_RESOLVE, message)
        })
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.0.clock.now()
    }
}

impl fmt::Debug for Clerk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clerk")
            .field("publishable_key", &self.0.settings.publishable_key)
            .field("keys", &self.0.keys)
            .field("accepts", &self.0.settings.accepts)
            .finish_non_exhaustive()
    }
}
