//! The tokens that a program's own requests carry.

pub(super) mod cache;
mod claims;
pub(super) mod fetch;
mod freshness;
mod layer;
mod request;

use std::{fmt, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_core::{Error, ErrorKind, JsonMap, Secret, Timestamp};

pub use self::{
    claims::{TokenClaims, TokenOrganization},
    layer::{TokenLayer, TokenService},
    request::TokenRequest,
};

/// How long a token must have left to be handed out from the cache, unless told otherwise.
const LEEWAY: Duration = Duration::from_secs(10);

/// By how much the clocks may differ before this machine's is taken for wrong: answers take time, and tokens count whole
/// seconds.
const MOST_DIFFERENCE: Duration = Duration::from_secs(2);

/// A token of a session, for the `Authorization` of requests to a program's own services.
///
/// Cheap to clone. What it says was read and not verified: whoever receives it has to, and this device has it from
/// Clerk.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let token = session.token().await?;
/// assert_eq!(token.claims().user.as_ref().map(|id| id.as_str()), Some("user_ann"));
///
/// // For a request to a server of one's own, which verifies it.
/// let header = format!("Bearer {}", token.expose());
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// let request = clerk_ext::http::Request::get("/me").header("authorization", header).body(())?;
/// assert!(clerk.authenticate(&request.into_parts().0).await?.session().is_some());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SessionToken(Arc<Inner>);

pub(super) struct Inner {
    jwt: Secret,
    claims: TokenClaims,
    expires_at: Timestamp,
    /// When the origin made it, in seconds: a cache at the edge may give an older one again.
    made_at: Option<i64>,
    /// When it expires by the clock of this machine.
    ends_at: Timestamp,
    /// Until when it is handed out to whoever asks for nothing in particular.
    good_until: Timestamp,
}

/// Where a token comes from, which says what its times tell of this machine's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Clerk made it a moment ago.
    Minted,
    /// It came along with a state, whenever that was.
    Kept,
}

impl SessionToken {
    /// Reads a token that came just now.
    pub(super) fn read(jwt: &Secret, origin: Origin, now: Timestamp) -> Result<Self, Error> {
        let unreadable = || Error::new(ErrorKind::Decode, "the session token that came is not a JWT");
        let mut parts = jwt.expose().split('.');
        let (Some(header), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(unreadable());
        };
        let header = object(header).ok_or_else(unreadable)?;
        let claims = TokenClaims::read(object(payload).ok_or_else(unreadable)?);
        let Some(expires_at) = claims.expires_at else {
            return Err(Error::new(ErrorKind::Decode, "the session token that came does not say when it expires"));
        };
        let made_at = header.get("oiat").and_then(claims::seconds);
        let ends_at = local(expires_at, claims.issued_at, origin, now);
        let good_until = ends_at - LEEWAY;
        Ok(Self(Arc::new(Inner { jwt: jwt.clone(), claims, expires_at, made_at, ends_at, good_until })))
    }

    /// The token itself, to be put behind `Bearer `.
    #[must_use]
    pub fn jwt(&self) -> &Secret {
        &self.0.jwt
    }

    /// The token as text: [`jwt`](Self::jwt) in the open.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.jwt.expose()
    }

    /// What it says; not verified.
    #[must_use]
    pub fn claims(&self) -> &TokenClaims {
        &self.0.claims
    }

    /// When it expires, by Clerk's clock.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.0.expires_at
    }

    /// Whether it has more than this left.
    pub(super) fn outlasts(&self, now: Timestamp, leeway: Duration) -> bool {
        self.0.ends_at > now + leeway
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.jwt == other.0.jwt
    }

    pub(super) fn inner(&self) -> &Arc<Inner> {
        &self.0
    }

    /// How long it still has by the clock of this machine; nothing when it is over.
    pub(super) fn remaining(&self, now: Timestamp) -> Option<Duration> {
        let millis = self.0.ends_at.as_millis().saturating_sub(now.as_millis());
        u64::try_from(millis).ok().filter(|millis| *millis > 0).map(Duration::from_millis)
    }

    /// Whether it was made for less than this.
    pub(super) fn is_short(&self, duration: Duration) -> bool {
        let issued_at = self.0.claims.issued_at;
        issued_at.is_some_and(|issued_at| issued_at + duration >= self.0.expires_at)
    }

    pub(super) fn ends_at(&self) -> Timestamp {
        self.0.ends_at
    }
}

impl Inner {
    #[inline]
    pub(super) fn is_good(&self, now: Timestamp) -> bool {
        self.good_until > now
    }
}

/// When a token expires by the clock of this machine, which may be wrong.
fn local(expires_at: Timestamp, issued_at: Option<Timestamp>, origin: Origin, now: Timestamp) -> Timestamp {
    let Some(issued_at) = issued_at else { return expires_at };
    // Nothing comes from the future, and nothing that was made just now has expired.
    let is_behind = issued_at > now + MOST_DIFFERENCE;
    let is_ahead = origin == Origin::Minted && expires_at <= now;
    if is_behind || is_ahead {
        let lifetime = expires_at.as_millis().saturating_sub(issued_at.as_millis());
        return Timestamp::from_millis(now.as_millis().saturating_add(lifetime));
    }
    expires_at
}

fn object(part: &str) -> Option<JsonMap> {
    let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionToken")
            .field("session", &self.0.claims.session)
            .field("expires_at", &self.0.expires_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "token/tests.rs"]
mod tests;
