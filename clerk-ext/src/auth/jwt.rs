use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::{
    Reason, TokenError,
    header::{Category, Header, Typ},
    payload::Payload,
};

/// Padding is accepted, because the reference accepts it; bits that are left over are not.
pub(crate) const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Longer tokens are refused unread: Clerk's own are about a kilobyte, and custom claims have to fit a cookie.
const LONGEST: usize = 64 * 1024;

/// A token that was taken apart; nothing in it was checked.
#[derive(Debug)]
pub(crate) struct Jwt<'t> {
    pub(crate) header: Header,
    pub(crate) payload: Payload,
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
        let payload =
            Payload::read(bytes(payload)?).ok_or_else(|| invalid("the payload of the token is no JSON object"))?;
        let header =
            Header::read(&bytes(header)?).ok_or_else(|| invalid("the header of the token is no JSON object"))?;
        Ok(Self { header, payload, signed, signature: bytes(signature)? })
    }

    pub(crate) fn key_id(&self) -> Option<&str> {
        self.header.key_id.as_deref()
    }

    /// Whether the header says that this is neither a session token nor one of an instance that does not tell.
    ///
    /// A mark that says nothing is one all the same: Clerk writes none of that kind.
    pub(crate) fn is_of_other_category(&self) -> bool {
        !matches!(self.header.category, Category::Absent | Category::Session | Category::Ignore)
    }

    pub(crate) fn is_oauth(&self) -> bool {
        self.header.typ == Typ::OAuth
    }

    pub(crate) fn is_m2m(&self) -> bool {
        self.payload.subject.as_deref().is_some_and(|sub| sub.starts_with("mch_"))
    }
}
