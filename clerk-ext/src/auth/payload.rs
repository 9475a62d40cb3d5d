use std::{fmt, sync::OnceLock};

use clerk_core::{Json, JsonMap};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};

use super::field::{Field, Skipped};

/// What a token says: at once what is needed to check it, the rest when somebody asks.
///
/// Nothing in it is trusted for being here.
#[derive(Clone)]
pub(crate) struct Payload {
    pub(crate) subject: Option<String>,
    pub(crate) session_id: Option<String>,
    pub(crate) authorized_party: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) is_pending: bool,
    pub(crate) expires_at: Time,
    pub(crate) not_before: Time,
    pub(crate) issued_at: Time,
    json: Box<[u8]>,
    all: OnceLock<JsonMap>,
}

/// A date of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    Absent,
    /// In whole seconds: fractions are cut off, and what is beyond the range of dates saturates.
    At(i64),
    NoNumber,
}

impl Payload {
    pub(crate) fn read(json: Vec<u8>) -> Option<Self> {
        let facts: Facts<'_> = serde_json::from_slice(&json).ok()?;
        let Facts { sub, sid, azp, iss, sts, exp, nbf, iat } = facts;
        let mut payload = Self {
            subject: sub.owned(),
            session_id: sid.owned(),
            authorized_party: azp.owned(),
            issuer: iss.owned(),
            is_pending: sts.text() == Some("pending"),
            expires_at: exp.into(),
            not_before: nbf.into(),
            issued_at: iat.into(),
            json: json.into_boxed_slice(),
            all: OnceLock::new(),
        };
        if [payload.expires_at, payload.not_before, payload.issued_at].contains(&Time::NoNumber) {
            // Where some crate of the program has serde_json keep all digits, numbers do not look like numbers.
            let time = |name: &str| payload.get(name).map_or(Time::Absent, Time::of);
            let times = [time("exp"), time("nbf"), time("iat")];
            [payload.expires_at, payload.not_before, payload.issued_at] = times;
        }
        Some(payload)
    }

    /// All of it.
    pub(crate) fn all(&self) -> &JsonMap {
        // It was read before, just as strictly.
        self.all.get_or_init(|| serde_json::from_slice(&self.json).unwrap_or_default())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.all().get(name)
    }

    pub(crate) fn into_map(self) -> JsonMap {
        self.all();
        self.all.into_inner().unwrap_or_default()
    }
}

/// Claims may be personal: none is shown.
impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload").finish_non_exhaustive()
    }
}

impl Time {
    fn of(value: &Json) -> Self {
        let whole = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds.trunc() as i64));
        whole.map_or(Self::NoNumber, Self::At)
    }
}

impl From<Field<'_>> for Time {
    fn from(field: Field<'_>) -> Self {
        match field {
            Field::Absent => Self::Absent,
            Field::Whole(seconds) => Self::At(seconds),
            Field::Fraction(seconds) => Self::At(seconds.trunc() as i64),
            Field::Text(_) | Field::Other => Self::NoNumber,
        }
    }
}

/// The claims that are looked at for every token. Of one that comes twice the last counts, as with all of JSON here.
#[derive(Default)]
struct Facts<'j> {
    sub: Field<'j>,
    sid: Field<'j>,
    azp: Field<'j>,
    iss: Field<'j>,
    sts: Field<'j>,
    exp: Field<'j>,
    nbf: Field<'j>,
    iat: Field<'j>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Claim {
    Sub,
    Sid,
    Azp,
    Iss,
    Sts,
    Exp,
    Nbf,
    Iat,
    #[serde(other)]
    Other,
}

impl<'de: 'j, 'j> Deserialize<'de> for Facts<'j> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadFacts)
    }
}

struct ReadFacts;

impl<'j> Visitor<'j> for ReadFacts {
    type Value = Facts<'j>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the claims of a token")
    }

    fn visit_map<A: MapAccess<'j>>(self, mut claims: A) -> Result<Facts<'j>, A::Error> {
        let mut facts = Facts::default();
        while let Some(claim) = claims.next_key()? {
            let field = match claim {
                Claim::Sub => &mut facts.sub,
                Claim::Sid => &mut facts.sid,
                Claim::Azp => &mut facts.azp,
                Claim::Iss => &mut facts.iss,
                Claim::Sts => &mut facts.sts,
                Claim::Exp => &mut facts.exp,
                Claim::Nbf => &mut facts.nbf,
                Claim::Iat => &mut facts.iat,
                Claim::Other => {
                    claims.next_value::<Skipped>()?;
                    continue;
                }
            };
            *field = claims.next_value()?;
        }
        Ok(facts)
    }
}
