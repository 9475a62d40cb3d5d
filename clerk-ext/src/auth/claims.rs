mod actor;
pub(super) mod entitlement;
mod factor_ages;
mod organization;
mod permissions;
mod status;

use std::{fmt, sync::OnceLock};

use clerk_core::{Error, ErrorKind, Json, JsonMap, OrganizationId, SessionId, Timestamp, UserId};
use serde::de::DeserializeOwned;

use self::permissions::Permissions;
pub use self::{
    actor::Actor, entitlement::Entitlement, factor_ages::FactorAges, organization::ActiveOrganization,
    status::SessionStatus,
};
use super::{has::Authorization, payload::Payload};
use crate::metadata;

/// What a session token says: whose session it is, in which organization, since when, and what comes with it.
///
/// Both versions of Clerk's session tokens read the same. What a token says in a shape that it should not have counts as
/// not said: a role that is a number is no role. Only [`raw`](Self::raw) has it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// let session = clerk.verify_token(token.expose()).await?;
/// let claims = session.claims();
/// assert_eq!((claims.user_id().as_str(), claims.session_id()), ("user_ann", session.id()));
/// assert!(claims.issued_at() < Some(claims.expires_at()));
/// assert!(claims.actor().is_none(), "nobody impersonates her");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Claims {
    user: UserId,
    session: Option<SessionId>,
    payload: Payload,
    // Worked out when somebody asks: most requests do not.
    organization: OnceLock<Option<Organization>>,
    permissions: OnceLock<Permissions>,
}

#[derive(Clone)]
struct Organization {
    id: OrganizationId,
    role: Option<String>,
}

impl Claims {
    pub(crate) fn read(mut payload: Payload) -> Self {
        Self {
            user: payload.subject.take().unwrap_or_default().into(),
            session: payload.session_id.take().map(Into::into),
            payload,
            organization: OnceLock::new(),
            permissions: OnceLock::new(),
        }
    }

    /// Whether these are claims of the second version, in which the organization is one short object.
    fn is_compact(&self) -> bool {
        self.raw().get("v").and_then(Json::as_f64) == Some(2.0)
    }

    fn active(&self) -> Option<&Organization> {
        let read = || {
            if self.is_compact() {
                let said = self.raw().get("o").and_then(Json::as_object)?;
                let role = text(said, "rol").map(|role| format!("org:{role}"));
                return Some(Organization { id: text(said, "id")?.into(), role });
            }
            let role = text(self.raw(), "org_role").map(Into::into);
            Some(Organization { id: text(self.raw(), "org_id")?.into(), role })
        };
        self.organization.get_or_init(read).as_ref()
    }

    /// Who is signed in: the claim `sub`.
    #[must_use]
    pub fn user_id(&self) -> &UserId {
        &self.user
    }

    /// The session: the claim `sid`. Tokens of JWT templates may lack it.
    #[must_use]
    pub fn session_id(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }

    /// The address of the Frontend API that issued the token: the claim `iss`.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        text(self.raw(), "iss")
    }

    /// The origin of the page that the token was issued for: the claim `azp`.
    #[must_use]
    pub fn authorized_party(&self) -> Option<&str> {
        text(self.raw(), "azp")
    }

    /// The id of this one token: the claim `jti`.
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        text(self.raw(), "jti")
    }

    /// When the token was issued: the claim `iat`.
    #[must_use]
    pub fn issued_at(&self) -> Option<Timestamp> {
        self.time("iat")
    }

    /// Since when the token counts: the claim `nbf`, some seconds before it was issued.
    #[must_use]
    pub fn not_before(&self) -> Option<Timestamp> {
        self.time("nbf")
    }

    /// Until when the token counts: the claim `exp`, about a minute after it was issued.
    ///
    /// No token that was verified lacks it; the beginning of 1970 stands for it otherwise.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.time("exp").unwrap_or_default()
    }

    /// The form that the claims were read as: 2 where the claim `v` says so, else 1.
    #[must_use]
    pub fn version(&self) -> u8 {
        if self.is_compact() { 2 } else { 1 }
    }

    /// Whether the session is active: the claim `sts`, where the instance writes it.
    #[must_use]
    pub fn status(&self) -> Option<SessionStatus> {
        SessionStatus::read(self.raw().get("sts"))
    }

    /// Whether the user has something to finish before they count as signed in, such as choosing an organization.
    ///
    /// A pending session has no rights: [`has`](Self::has) answers `false`, and every policy refuses.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.payload.is_pending
    }

    /// How long ago the user proved who they are: the claim `fva`. There is none where it is missing or malformed.
    #[must_use]
    pub fn factor_ages(&self) -> Option<FactorAges> {
        FactorAges::read(self.raw().get("fva")?)
    }

    /// Who acts in the user's name: the claim `act`, which a session has that is an impersonation.
    #[must_use]
    pub fn actor(&self) -> Option<Actor<'_>> {
        self.raw().get("act").filter(|said| !said.is_null()).map(Actor::new)
    }

    /// The organization that is active in the session.
    #[must_use]
    pub fn organization(&self) -> Option<ActiveOrganization<'_>> {
        ActiveOrganization::of(self)
    }

    /// The features that the user or the active organization has: the claim `fea`.
    ///
    /// A claim that is malformed anywhere lists nothing.
    #[must_use]
    pub fn features(&self) -> Vec<Entitlement<'_>> {
        entitlement::read(self.raw().get("fea")).map(Iterator::collect).unwrap_or_default()
    }

    /// The plans that the user or the active organization has: the claim `pla`.
    ///
    /// A claim that is malformed anywhere lists nothing.
    #[must_use]
    pub fn plans(&self) -> Vec<Entitlement<'_>> {
        entitlement::read(self.raw().get("pla")).map(Iterator::collect).unwrap_or_default()
    }

    /// Whether the session has all that is asked for.
    ///
    /// ```
    /// use clerk_ext::auth::Authorization;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
    /// # ann.plan = Some("pro".to_owned());
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
    /// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
    /// # let clerk = clerk.api_url(local.backend_url()).build()?;
    /// # let session = clerk.verify_token(token.expose()).await?;
    /// # let claims = session.claims();
    /// assert!(claims.has(&Authorization::new().plan("pro")));
    /// assert!(!claims.has(&Authorization::new().plan("pro").permission("org:posts:publish")), "not all of it");
    /// # Ok(()) }
    /// ```
    ///
    /// Asking for nothing gets `false`, and so does every question about a pending session.
    #[must_use]
    pub fn has(&self, asked: &Authorization) -> bool {
        asked.is_held_by(self)
    }

    /// The claims as a type of your own, for those that the instance adds to its session tokens.
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct Ours {
    ///     tenant: String,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # local.update_settings(|settings| drop(settings.session_claims.insert("tenant".to_owned(), "acme".into())));
    /// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
    /// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
    /// # let clerk = clerk.api_url(local.backend_url()).build()?;
    /// # let session = clerk.verify_token(token.expose()).await?;
    /// # let claims = session.claims();
    /// let ours: Ours = claims.custom()?;
    /// assert_eq!(ours.tenant, "acme");
    /// # Ok(()) }
    /// ```
    ///
    /// The type is read from all claims, those of Clerk too.
    ///
    /// # Errors
    ///
    /// The claims do not fit the type. The error names the place and quotes nothing.
    pub fn custom<C: DeserializeOwned>(&self) -> Result<C, Error> {
        metadata::read(self.raw()).map_err(|misfit| {
            let place = if misfit.path().is_empty() { "their root" } else { misfit.path() };
            let message = format!("the claims of the session do not fit the type at {place}: {}", misfit.message());
            Error::new(ErrorKind::Decode, message).with_path(misfit.path())
        })
    }

    /// All claims as they came.
    #[must_use]
    pub fn raw(&self) -> &JsonMap {
        self.payload.all()
    }

    /// Whether the token says that no organization is active, rather than naming one that cannot be read.
    pub(crate) fn tells_no_organization(&self) -> bool {
        let said = self.raw().get(if self.is_compact() { "o" } else { "org_id" });
        self.active().is_none() && said.is_none_or(|said| said.is_null() || said == "")
    }

    fn permissions(&self) -> &Permissions {
        self.permissions.get_or_init(|| Permissions::read(self.raw(), self.is_compact()))
    }

    fn time(&self, claim: &str) -> Option<Timestamp> {
        let said = self.raw().get(claim)?;
        // Seconds, whole ones, whatever else is written.
        let seconds = said.as_i64().or_else(|| said.as_f64().map(|seconds| seconds as i64))?;
        Some(Timestamp::from_millis(seconds.saturating_mul(1000)))
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("user_id", &self.user)
            .field("session_id", &self.session)
            .field("organization", &self.organization())
            .field("actor", &self.actor())
            .field("status", &self.status())
            .field("version", &self.version())
            .field("issued_at", &self.issued_at())
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

/// A claim that says something, as text.
fn text<'c>(claims: &'c JsonMap, claim: &str) -> Option<&'c str> {
    claims.get(claim)?.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
#[path = "claims/claims_tests.rs"]
mod tests;
