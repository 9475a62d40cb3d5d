use std::fmt;

use clerk_core::{Json, JsonMap, OrganizationId, SessionId, Timestamp, UserId};

/// What a token says, read and not verified.
///
/// Both layouts of session tokens read alike. What the application's own claims are called is up to it: they are in
/// [`rest`](Self::rest), with everything that has no place of its own here.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct TokenClaims {
    /// `sid`: the session that it is of; tokens of templates may not say.
    pub session: Option<SessionId>,
    /// `sub`: whose it is.
    pub user: Option<UserId>,
    /// `iss`: who made it, the URL of the Frontend API.
    pub issuer: Option<String>,
    /// `exp`.
    pub expires_at: Option<Timestamp>,
    /// `nbf`: when it begins to be valid.
    pub not_before: Option<Timestamp>,
    /// `iat`.
    pub issued_at: Option<Timestamp>,
    /// `azp`: the origin of the page that asked for it; programs have none.
    pub authorized_party: Option<String>,
    /// `v`: the layout; 1 where it does not say.
    pub version: i64,
    /// The organization that it is for; nothing in the personal account.
    pub organization: Option<TokenOrganization>,
    /// `act`: who acts for the user, where somebody does.
    pub actor: Option<Json>,
    /// Every other claim.
    pub rest: JsonMap,
}

/// The organization that a token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenOrganization {
    /// Which.
    pub id: OrganizationId,
    /// Its slug, where it has one.
    pub slug: Option<String>,
    /// What the user is in it, such as `org:admin`.
    pub role: Option<String>,
}

impl TokenClaims {
    pub(super) fn read(mut claims: JsonMap) -> Self {
        let mut take = |name: &str| claims.remove(name).filter(|value| !value.is_null());
        let moment = |value: Option<Json>| {
            let seconds = value.as_ref().and_then(seconds)?;
            Some(Timestamp::from_millis(seconds.saturating_mul(1000)))
        };
        Self {
            session: take("sid").and_then(text).map(Into::into),
            user: take("sub").and_then(text).map(Into::into),
            issuer: take("iss").and_then(text),
            expires_at: moment(take("exp")),
            not_before: moment(take("nbf")),
            issued_at: moment(take("iat")),
            authorized_party: take("azp").and_then(text),
            version: take("v").as_ref().and_then(seconds).unwrap_or(1),
            organization: match take("o") {
                Some(Json::Object(o)) => second_layout(o),
                _ => first_layout(&mut take),
            },
            actor: take("act"),
            rest: claims,
        }
    }
}

fn first_layout(take: &mut impl FnMut(&str) -> Option<Json>) -> Option<TokenOrganization> {
    let (id, slug, role) = (take("org_id"), take("org_slug"), take("org_role"));
    let id = id.and_then(text).filter(|id| !id.is_empty())?;
    Some(TokenOrganization { id: id.into(), slug: slug.and_then(text), role: role.and_then(text) })
}

fn second_layout(mut o: JsonMap) -> Option<TokenOrganization> {
    let mut take = |name: &str| o.remove(name).and_then(text);
    let id = take("id").filter(|id| !id.is_empty())?;
    // This layout leaves out the prefix that the role has everywhere else.
    let role = take("rol").map(|role| if role.starts_with("org:") { role } else { format!("org:{role}") });
    Some(TokenOrganization { id: id.into(), slug: take("slg"), role })
}

fn text(value: Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text),
        _ => None,
    }
}

/// A number of seconds, whole or not.
pub(super) fn seconds(value: &Json) -> Option<i64> {
    #[allow(clippy::cast_possible_truncation, reason = "what lies outside the range stops at its ends")]
    let whole = |number: f64| number as i64;
    value.as_i64().or_else(|| value.as_f64().map(whole))
}

impl fmt::Debug for TokenClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenClaims")
            .field("session", &self.session)
            .field("user", &self.user)
            .field("organization", &self.organization.as_ref().map(|organization| &organization.id))
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
