use aws_lc_rs::{constant_time, hmac};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use clerk_core::{Error, Secret};

/// The dashboard shows secrets padded, and copies lose the padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How long a signature is as base64.
const WRITTEN: usize = 44;

/// One secret, ready to sign with.
#[derive(Clone)]
pub(super) struct SigningKey(hmac::Key);

impl SigningKey {
    pub(super) fn new(secret: &Secret) -> Result<Self, Error> {
        let refused = |problem: &str| {
            Error::config(format!("the webhook signing secret {problem}; copy it whole from the endpoint's page"))
        };
        let encoded = secret.expose();
        let encoded = encoded.strip_prefix("whsec_").unwrap_or(encoded);
        match LENIENT.decode(encoded) {
            Ok(key) if key.is_empty() => Err(refused("is empty")),
            Ok(key) => Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &key))),
            Err(_) => Err(refused("is not whsec_ and base64")),
        }
    }

    /// The signature over a message, as base64.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> [u8; WRITTEN] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(id.as_bytes());
        context.update(format!(".{timestamp}.").as_bytes());
        context.update(body);
        let mut written = [0; WRITTEN];
        // 32 bytes are 44 characters; were it otherwise, zeros match no signature.
        if STANDARD.encode_slice(context.sign(), &mut written).is_err() {
            written = [0; WRITTEN];
        }
        written
    }

    /// Whether one of the signatures in a header is this one.
    pub(super) fn is_among(written: &[u8; WRITTEN], signatures: &str) -> bool {
        signatures.split(' ').any(|signature| {
            let mut parts = signature.split(',');
            // Compared as text: there is one way only to write a signature.
            parts.next() == Some("v1")
                && parts
                    .next()
                    .is_some_and(|given| constant_time::verify_slices_are_equal(given.as_bytes(), written).is_ok())
        })
    }
}
