use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use clerk_core::Error;

use super::public_key::PublicKey;
use crate::config::JwtKey;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reads a key as the dashboard shows it: PEM, or its base64 lines alone, with line ends of any kind.
pub(crate) fn read(key: &JwtKey) -> Result<PublicKey, Error> {
    let text = key.as_str().trim();
    let body = text.strip_prefix("-----BEGIN PUBLIC KEY-----").unwrap_or(text);
    let body = body.strip_suffix("-----END PUBLIC KEY-----").unwrap_or(body).replace("\\r", "").replace("\\n", "");
    let body: String = body.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    BASE64.decode(body).ok().and_then(|der| PublicKey::of_der(&der)).ok_or_else(|| {
        Error::config(
            "the JWT key is no RSA public key of at least 2048 bits; copy it whole from the dashboard, under API keys",
        )
    })
}
