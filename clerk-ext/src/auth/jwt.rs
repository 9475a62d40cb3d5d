use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use clerk_core::{Json, JsonMap};

use super::{Reason, TokenError};

/// Padding is accepted, because the reference accepts it; bits that are left over are not.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Longer tokens are refused unread: Clerk's own are about a kilobyte, and custom claims have to fit a cookie.
const LONGEST: usize = 64 * 1024;

/// What Clerk writes into the header of a token about its kind.
pub(crate) mod category {
    pub(crate) const SESSION: &str = "cl_B7d4PD111AAA";
    pub(crate) const TEMPLATE: &str = "cl_B7d4PD222AAA";
    pub(crate) const M2M: &str = "cl_B7d4PD333AAA";
    /// An instance that opted out of telling kinds apart.
    pub(crate) const IGNORE: &str = "cl_I7d4PD111III";
}

/// The `typ` of OAuth access tokens.
pub(crate) const OAUTH_TYPES: [&str; 2] = ["at+jwt", "application/at+jwt"];

/// A token that was taken apart; nothing in it was checked.
#[derive(Debug)]
pub(crate) struct Jwt<'t> {
    pub(crate) header: JsonMap,
    pub(crate) payload: JsonMap,
    /// What the signature is over.
    pub(crate) signed: &'t str,
    pub(crate) signature: Vec<u8>,
}

impl<'t> Jwt<'t> {
    pub(crate) fn read(token: &'t str) -> Result<Self, TokenError> {
        let invalid = |message: &'static str| TokenError::new(Reason::TOKEN_INVALID, message);
        if token.len() > LONGEST {
            return Err(invalid("the token is longer than any token of Clerk"));
        }
        let shape = || invalid("the token does not have three parts separated by dots");
        let (signed, signature) = token.rsplit_once('.').ok_or_else(shape)?;
        let (header, payload) =
            signed.split_once('.').filter(|(_, payload)| !payload.contains('.')).ok_or_else(shape)?;
        let bytes = |part: &str| BASE64URL.decode(part).map_err(|_| invalid("a part of the token is not base64url"));
        let object = |part: &str| -> Result<JsonMap, TokenError> {
            serde_json::from_slice(&bytes(part)?).map_err(|_| invalid("a part of the token is no JSON object"))
        };
        Ok(Self { header: object(header)?, payload: object(payload)?, signed, signature: bytes(signature)? })
    }

    pub(crate) fn key_id(&self) -> Option<&str> {
        self.header.get("kid").and_then(Json::as_str)
    }

    /// The kind as Clerk marks it; tokens from before the mark have none.
    pub(crate) fn category(&self) -> Option<&str> {
        self.header.get("cat").and_then(Json::as_str)
    }

    /// Whether the header says that this is neither a session token nor one of an instance that does not tell.
    pub(crate) fn is_of_other_category(&self) -> bool {
        match self.header.get("cat") {
            None => false,
            Some(Json::String(category)) => category != category::SESSION && category != category::IGNORE,
            // The reference looks at whether the value is truthy.
            Some(Json::Null | Json::Bool(false)) => false,
            Some(other) => other.as_f64() != Some(0.0),
        }
    }

    pub(crate) fn is_oauth(&self) -> bool {
        self.header.get("typ").and_then(Json::as_str).is_some_and(|typ| OAUTH_TYPES.contains(&typ))
    }

    pub(crate) fn is_m2m(&self) -> bool {
        self.payload.get("sub").and_then(Json::as_str).is_some_and(|sub| sub.starts_with("mch_"))
    }
}
