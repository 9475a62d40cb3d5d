use std::{fmt, sync::Arc};

use clerk_core::{Error, Json};

use super::{
    document::{Found, KeysById},
    pem,
    public_key::PublicKey,
    remote::Remote,
};
use crate::{
    auth::{Reason, TokenError},
    config::JwtKey,
};

/// Where the keys come from that tokens are checked with.
///
/// [`Clerk`](super::super::Clerk) makes one of what it is told. Cheap to clone: clones share what was fetched.
///
/// ```
/// use clerk_ext::auth::{Clerk, KeySet, Reason};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// # let backend = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
/// // The key set as it was kept somewhere, for a server that never calls Clerk.
/// let document = serde_json::to_value(backend.jwks().get().await?)?;
/// let clerk = Clerk::builder().keys(KeySet::fixed(&document)?).build()?;
/// assert!(clerk.verify_token(token.expose()).await.is_ok());
///
/// // It does not learn of new keys.
/// local.rotate_signing_key()?;
/// let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// let refused = clerk.verify_token(token.expose()).await.expect_err("the key is a new one");
/// assert_eq!(*refused.reason(), Reason::JWK_KID_MISMATCH);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct KeySet(Arc<Source>);

enum Source {
    /// One key for all tokens, whatever key they name.
    One(Arc<PublicKey>),
    Fixed(KeysById),
    Remote(Box<Remote>),
}

impl KeySet {
    /// One key in PEM, as the dashboard shows it: nothing is fetched.
    ///
    /// Which key a token names does not matter. A key that the instance changes has to be changed here too.
    ///
    /// # Errors
    ///
    /// The text is no RSA public key of at least 2048 bits.
    pub fn pem(key: &JwtKey) -> Result<Self, Error> {
        Ok(Self(Arc::new(Source::One(Arc::new(pem::read(key)?)))))
    }

    /// The keys of a key set document (JWKS) that is at hand: nothing is fetched.
    ///
    /// # Errors
    ///
    /// The document has no keys.
    pub fn fixed(document: &Json) -> Result<Self, Error> {
        let keys = KeysById::read(document).ok_or_else(|| {
            Error::config("the key set has no keys: it needs a list `keys` of keys with a `kid` each")
        })?;
        Ok(Self(Arc::new(Source::Fixed(keys))))
    }

    pub(crate) fn remote(remote: Remote) -> Self {
        Self(Arc::new(Source::Remote(Box::new(remote))))
    }

    /// Whether the keys come from the Backend API.
    pub(crate) fn is_remote(&self) -> bool {
        matches!(&*self.0, Source::Remote(_))
    }

    /// The key that a token names, fetched where that is needed.
    pub(crate) async fn key(&self, id: Option<&str>) -> Result<Arc<PublicKey>, TokenError> {
        self.key_of_edition(id).await.map(|(key, _)| key)
    }

    /// The key that a token names, with the edition of the keys that it is one of.
    pub(crate) async fn key_of_edition(&self, id: Option<&str>) -> Result<(Arc<PublicKey>, u64), TokenError> {
        match &*self.0 {
            Source::One(key) => Ok((key.clone(), 0)),
            Source::Fixed(keys) => Ok((pick(keys, id).unwrap_or_else(|| Err(unknown()))?, 0)),
            Source::Remote(remote) => remote.key(id).await,
        }
    }

    /// Which keys these are, as a number that changes when they do; `None` when they have to be fetched anew first.
    pub(crate) fn edition(&self) -> Option<u64> {
        match &*self.0 {
            Source::One(_) | Source::Fixed(_) => Some(0),
            Source::Remote(remote) => remote.edition(),
        }
    }
}

/// What a set says of a token's key; `None` when it has none of that id.
pub(super) fn pick(keys: &KeysById, id: Option<&str>) -> Option<Result<Arc<PublicKey>, TokenError>> {
    match keys.find(id.unwrap_or_default()) {
        Found::Key(key) => Some(Ok(key)),
        Found::Unusable => Some(Err(TokenError::new(
            Reason::TOKEN_VERIFICATION_FAILED,
            "the token names a key that is no RSA key for signatures",
        ))),
        Found::Nothing => None,
    }
}

/// The token names a key that the set does not have; it does not say which ones there are.
pub(super) fn unknown() -> TokenError {
    TokenError::new(
        Reason::JWK_KID_MISMATCH,
        "the token names a key that this instance does not have; see that the token and the secret key belong to one instance",
    )
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &*self.0 {
            Source::One(_) => "KeySet(one key)",
            Source::Fixed(_) => "KeySet(fixed)",
            Source::Remote(_) => "KeySet(remote)",
        })
    }
}
