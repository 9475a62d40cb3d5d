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
    BASE64.decode(key.body()).ok().and_then(|der| PublicKey::of_der(&der)).ok_or_else(|| {
        Error::config(
            "the JWT key is no RSA public key of at least 2048 bits; copy it whole from the dashboard, under API keys",
        )
    })
}
