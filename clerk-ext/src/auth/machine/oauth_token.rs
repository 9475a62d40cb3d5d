use std::fmt;

use clerk_core::{Error, Json, JsonMap, OAuthClientId, OAuthTokenId, Secret, Timestamp, UserId};

use super::{
    answer::{Answer, Unit, texts},
    m2m_token::of_seconds,
};
use crate::auth::verify::Validity;

/// An OAuth access token that was checked: an application acts for a user.
///
/// `Debug` does not show the token.
#[derive(Clone)]
#[non_exhaustive]
pub struct OAuthToken {
    /// The id of the token, which JWTs may lack.
    pub id: Option<OAuthTokenId>,
    /// The application.
    pub client_id: Option<OAuthClientId>,
    /// The user who consented.
    pub user_id: UserId,
    /// What the user consented to.
    pub scopes: Vec<String>,
    /// Whom the token is for.
    ///
    /// It is checked where an [audience](crate::auth::ClerkBuilder::audience) is configured; then a token that names none
    /// is refused.
    pub audience: Vec<String>,
    /// Who acts in the place of the user, where the token was exchanged for another one.
    pub actor: Option<OAuthActor>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was issued.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// The token as it was presented.
    pub token: Secret,
}

/// Who acts in the place of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OAuthActor {
    /// Who it is.
    pub subject: String,
    /// Who says so.
    pub issuer: Option<String>,
    /// Who acted before, where that is known; further back is not looked.
    pub actor: Option<Box<OAuthActor>>,
}

/// How many actors are read, each acting for the next.
const ACTORS: u8 = 2;

impl OAuthToken {
    pub(super) fn read(answer: &Answer, token: &str) -> Result<Self, Error> {
        let time = |name| answer.time(name, Unit::Seconds);
        Ok(Self {
            id: Some(answer.required("id")?.into()),
            client_id: answer.text("client_id").map(Into::into),
            user_id: answer.required("subject")?.into(),
            scopes: answer.texts("scopes"),
            audience: answer.texts("aud"),
            actor: actor(answer.json("act"), ACTORS),
            expires_at: answer.expiration(Unit::Seconds)?,
            created_at: time("created_at"),
            updated_at: time("updated_at"),
            token: token.into(),
        })
    }

    /// What a JWT says whose signature and times are good.
    pub(super) fn of_claims(payload: &JsonMap, validity: Validity, token: &str) -> Self {
        let text = |name: &str| payload.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let scopes = match (payload.get("scp"), text("scope")) {
            (Some(Json::String(scopes)), _) => words(scopes),
            (Some(list @ Json::Array(_)), _) => texts(Some(list)),
            (_, Some(scopes)) => words(scopes),
            _ => Vec::new(),
        };
        let issued_at = validity.issued_at.map(of_seconds);
        Self {
            id: text("jti").map(Into::into),
            client_id: text("client_id").map(Into::into),
            user_id: text("sub").unwrap_or_default().into(),
            scopes,
            audience: texts(payload.get("aud")),
            actor: actor(payload.get("act"), ACTORS),
            expires_at: Some(of_seconds(validity.expires_at)),
            created_at: issued_at,
            updated_at: issued_at,
            token: token.into(),
        }
    }
}

fn actor(value: Option<&Json>, levels: u8) -> Option<OAuthActor> {
    let fields = value?.as_object().filter(|_| levels > 0)?;
    let text = |name: &str| fields.get(name).and_then(Json::as_str).map(str::to_owned);
    let before = actor(fields.get("act"), levels.saturating_sub(1));
    Some(OAuthActor { subject: text("sub")?, issuer: text("iss"), actor: before.map(Box::new) })
}

impl fmt::Debug for OAuthToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthToken")
            .field("id", &self.id)
            .field("client_id", &self.client_id)
            .field("user_id", &self.user_id)
            .field("scopes", &self.scopes)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
