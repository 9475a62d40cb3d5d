use std::fmt;

use clerk_core::{Error, Json, JsonMap, M2mTokenId, MachineId, Secret, Timestamp};

use super::answer::{Answer, Unit, texts};
use crate::auth::verify::Validity;

/// A token of a machine that calls another, checked or just made.
///
/// `Debug` shows neither the token nor its claims.
#[derive(Clone)]
#[non_exhaustive]
pub struct M2mToken {
    /// The id of the token, by which it is revoked; JWTs may lack it, and cannot be.
    pub id: Option<M2mTokenId>,
    /// The machine that calls.
    pub machine_id: MachineId,
    /// What the token is for: the ids of the machines that may be called with it.
    pub scopes: Vec<String>,
    /// What its maker gave it to say; of a JWT, the claims `aud` and `scopes` are among it.
    pub claims: Option<Json>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used; nobody keeps that of a JWT.
    pub last_used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// The token itself.
    pub token: Secret,
}

/// The claims of a JWT that are not its maker's.
const OWN_CLAIMS: [&str; 6] = ["iss", "sub", "exp", "nbf", "iat", "jti"];

impl M2mToken {
    pub(super) fn read(answer: &Answer, token: &str) -> Result<Self, Error> {
        let time = |name| answer.time(name, Unit::Millis);
        Ok(Self {
            id: Some(answer.required("id")?.into()),
            machine_id: answer.required("subject")?.into(),
            scopes: answer.texts("scopes"),
            claims: answer.json("claims").cloned(),
            expires_at: answer.expiration(Unit::Millis)?,
            last_used_at: time("last_used_at"),
            created_at: time("created_at"),
            updated_at: time("updated_at"),
            token: token.into(),
        })
    }

    /// What a JWT says whose signature and times are good.
    pub(super) fn of_claims(mut payload: JsonMap, validity: Validity, token: &str) -> Self {
        let text = |name: &str| payload.get(name).and_then(Json::as_str);
        let scopes = match text("scopes") {
            Some(scopes) => scopes.split_whitespace().map(str::to_owned).collect(),
            None => texts(payload.get("aud")),
        };
        let id = text("jti").filter(|id| !id.is_empty()).map(Into::into);
        let machine_id = text("sub").unwrap_or_default().into();
        let issued_at = validity.issued_at.map(of_seconds);
        payload.retain(|name, _| !OWN_CLAIMS.contains(&name.as_str()));
        Self {
            id,
            machine_id,
            scopes,
            claims: (!payload.is_empty()).then_some(Json::Object(payload)),
            expires_at: Some(of_seconds(validity.expires_at)),
            last_used_at: None,
            created_at: issued_at,
            updated_at: issued_at,
            token: token.into(),
        }
    }
}

/// A date of a JWT.
pub(super) fn of_seconds(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1000))
}

impl fmt::Debug for M2mToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("M2mToken")
            .field("id", &self.id)
            .field("machine_id", &self.machine_id)
            .field("scopes", &self.scopes)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
