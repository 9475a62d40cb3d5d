use std::fmt;

use aws_lc_rs::{
    rsa::PublicEncryptingKey,
    signature::{
        ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
        RsaParameters, RsaPublicKeyComponents,
    },
};

/// The algorithms that Clerk signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
}

impl Algorithm {
    const ALL: [Self; 3] = [Self::Rs256, Self::Rs384, Self::Rs512];

    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "RS384" => Some(Self::Rs384),
            "RS512" => Some(Self::Rs512),
            _ => None,
        }
    }

    fn parameters(self) -> &'static RsaParameters {
        match self {
            Self::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
            Self::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
            Self::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
        }
    }
}

/// What a key says of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureCheck {
    Good,
    Bad,
    /// The key is for another algorithm.
    OtherAlgorithm,
}

/// A public key, parsed.
pub(crate) struct PublicKey {
    /// What makes two keys the same key.
    identity: Vec<u8>,
    by_algorithm: Vec<(Algorithm, ParsedPublicKey)>,
}

/// The smallest and the largest modulus, in bytes.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;

impl PublicKey {
    /// A key of its numbers, for one algorithm or for all.
    pub(crate) fn of_numbers(modulus: &[u8], exponent: &[u8], only: Option<Algorithm>) -> Option<Self> {
        let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
        if !MODULUS.contains(&modulus.len()) {
            return None;
        }
        let numbers = RsaPublicKeyComponents { n: modulus, e: exponent };
        let by_algorithm = Algorithm::ALL
            .into_iter()
            .filter(|algorithm| only.is_none_or(|only| only == *algorithm))
            .map(|algorithm| Some((algorithm, numbers.to_parsed_public_key(algorithm.parameters()).ok()?)))
            .collect::<Option<Vec<_>>>()?;
        let algorithms: Vec<u8> = by_algorithm.iter().map(|(algorithm, _)| *algorithm as u8).collect();
        let identity = [modulus, exponent, &algorithms].concat();
        Some(Self { identity, by_algorithm })
    }

    /// A key as PEM files hold it, for the algorithm that Clerk signs with unless told otherwise.
    pub(crate) fn of_der(der: &[u8]) -> Option<Self> {
        let size = PublicEncryptingKey::from_der(der).ok()?.key_size_bytes();
        if !MODULUS.contains(&size) {
            return None;
        }
        let algorithm = Algorithm::Rs256;
        let key = ParsedPublicKey::new(algorithm.parameters(), der).ok()?;
        Some(Self { identity: der.to_vec(), by_algorithm: vec![(algorithm, key)] })
    }

    /// Whether this is the key of a modulus, which no two keys share.
    pub(crate) fn has_modulus(&self, modulus: &[u8]) -> bool {
        MODULUS.contains(&modulus.len()) && self.identity.windows(modulus.len()).any(|bytes| bytes == modulus)
    }

    pub(crate) fn check(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> SignatureCheck {
        match self.by_algorithm.iter().find(|(of, _)| *of == algorithm) {
            None => SignatureCheck::OtherAlgorithm,
            Some((_, key)) if key.verify_sig(signed, signature).is_ok() => SignatureCheck::Good,
            Some(_) => SignatureCheck::Bad,
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.identity == other.identity
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").finish_non_exhaustive()
    }
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let first = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    number.get(first..).unwrap_or_default()
}
