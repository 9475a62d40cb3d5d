//! The RSA key that signs the tokens of an instance.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    encoding::AsDer as _,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey},
};
use serde_json::{Map, Value, json};

use super::{encoding, ids, key_cache};

/// A key cannot be made or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SigningError {
    Generation,
    NotARsaKey,
}

impl fmt::Display for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Generation => "an RSA key of 2048 bits could not be generated",
            Self::NotARsaKey => "the signing key is no RSA key of 2048 bits in PKCS#8: generate another one",
        })
    }
}

impl std::error::Error for SigningError {}

/// An RSA key of 2048 bits, and the name under which tokens refer to it.
#[derive(Clone)]
pub(crate) struct SigningKey {
    key: Arc<KeyPair>,
    kid: Arc<str>,
    modulus: Arc<[u8]>,
    exponent: Arc<[u8]>,
    spki: Arc<[u8]>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// The key of a slot, which is made once per machine and kept in the temporary folder.
    ///
    /// Where that folder cannot be trusted or written, the key is a fresh one that nobody else will see.
    pub(crate) fn cached(slot: &str) -> Result<Self, SigningError> {
        key_cache::load_or_make(&std::env::temp_dir(), slot)
    }

    /// A fresh key, kept nowhere.
    pub(crate) fn generate() -> Result<Self, SigningError> {
        Self::of(KeyPair::generate(KeySize::Rsa2048).map_err(|_| SigningError::Generation)?)
    }

    /// The key of a PKCS#8 document.
    pub(crate) fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, SigningError> {
        Self::of(KeyPair::from_pkcs8(pkcs8).map_err(|_| SigningError::NotARsaKey)?)
    }

    fn of(key: KeyPair) -> Result<Self, SigningError> {
        if key.public_modulus_len() != 256 {
            return Err(SigningError::NotARsaKey);
        }
        let public = key.public_key();
        let (modulus, exponent) = components(public.as_ref()).ok_or(SigningError::NotARsaKey)?;
        let (modulus, exponent) = (modulus.into(), exponent.into());
        let spki = public.as_der().map_err(|_| SigningError::NotARsaKey)?.as_ref().into();
        let mut name = [0; 20];
        for (to, from) in name.iter_mut().zip(encoding::sha256(&[public.as_ref()])) {
            *to = from;
        }
        let kid = format!("ins_{}", ids::base62(&name)).into();
        Ok(Self { key: Arc::new(key), kid, modulus, exponent, spki })
    }

    /// The secret key as PKCS#8.
    pub(crate) fn pkcs8(&self) -> Result<Vec<u8>, SigningError> {
        self.key.as_der().map(|der| der.as_ref().to_vec()).map_err(|_| SigningError::NotARsaKey)
    }

    /// The name of the key: the same for the same key, whoever loads it.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as an entry of a JSON web key set.
    pub(crate) fn public_jwk(&self) -> Value {
        json!({
            "use": "sig",
            "kty": "RSA",
            "kid": &*self.kid,
            "alg": "RS256",
            "n": encoding::base64url(&self.modulus),
            "e": encoding::base64url(&self.exponent),
        })
    }

    /// The public key as PEM.
    pub(crate) fn public_pem(&self) -> String {
        let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
        for (position, character) in encoding::base64(&self.spki).chars().enumerate() {
            if position > 0 && position % 64 == 0 {
                pem.push('\n');
            }
            pem.push(character);
        }
        pem.push_str("\n-----END PUBLIC KEY-----\n");
        pem
    }

    /// A signed token: RS256, with the name of the key, and `JWT` as the type unless the header has another.
    ///
    /// Should the library refuse to sign, the token comes without a signature, and nobody accepts it.
    pub(crate) fn sign(&self, header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
        let mut header = header.clone();
        header.insert("alg".to_owned(), "RS256".into());
        header.insert("kid".to_owned(), (*self.kid).into());
        header.entry("typ").or_insert_with(|| "JWT".into());
        let part = |map: &Map<String, Value>| {
            let mut text = Vec::with_capacity(512);
            // Text keys and JSON values: there is nothing in a map that could fail to be written.
            let _ = serde_json::to_writer(&mut text, map);
            encoding::base64url(&text)
        };
        let mut token = format!("{}.{}", part(&header), part(claims));
        let mut signature = [0; 256];
        let signed = self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature);
        token.push('.');
        if signed.is_ok() {
            token.push_str(&encoding::base64url(&signature));
        }
        token
    }

    /// Header and claims of a token that this key has signed.
    ///
    /// Nothing but the signature is checked: no time, no issuer, no type.
    pub(crate) fn verify(&self, token: &str) -> Option<(Map<String, Value>, Map<String, Value>)> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let signature = encoding::from_base64url(signature)?;
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.key.public_key().as_ref());
        public.verify(message.as_bytes(), &signature).ok()?;
        let part = |text: &str| serde_json::from_slice::<Map<String, Value>>(&encoding::from_base64url(text)?).ok();
        let header = part(header)?;
        (header.get("alg").and_then(Value::as_str) == Some("RS256")).then_some((header, part(claims)?))
    }
}

/// Modulus and exponent of a DER `RSAPublicKey`, without the zeros in front.
fn components(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (sequence, _) = element(der, 0x30)?;
    let (modulus, rest) = element(sequence, 0x02)?;
    let (exponent, _) = element(rest, 0x02)?;
    let trimmed = |bytes: &[u8]| bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
    Some((trimmed(modulus), trimmed(exponent)))
}

/// The content of the DER element at the front, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f).min(3))?;
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    if found == tag { rest.split_at_checked(length) } else { None }
}

#[cfg(test)]
mod tests {

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_signed_token_verifies_and_names_the_key() {
        let key = SigningKey::generate().unwrap();
        let token = key.sign(&map(json!({"cat": "x", "alg": "none"})), &map(json!({"sub": "user_1"})));
        let (header, claims) = key.verify(&token).unwrap();
        assert_eq!(Value::Object(header), json!({"alg": "RS256", "cat": "x", "kid": key.kid(), "typ": "JWT"}));
        assert_eq!(Value::Object(claims), json!({"sub": "user_1"}));
        let token = key.sign(&map(json!({"typ": "at+jwt"})), &Map::new());
        assert_eq!(key.verify(&token).unwrap().0["typ"], "at+jwt");
    }

    #[test]
    fn a_token_with_any_character_changed_is_refused() {
        let key = SigningKey::generate().unwrap();
        let token = key.sign(&Map::new(), &map(json!({"sub": "user_1"})));
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert!(key.verify(std::str::from_utf8(&bytes).unwrap()).is_none(), "{at}");
            assert!(key.verify(&token[..at]).is_none(), "{at}");
        }
        for odd in [format!("{token}="), format!("{token}."), format!(".{token}"), format!("{token} "), "..".into()] {
            assert!(key.verify(&odd).is_none());
        }
        assert!(SigningKey::generate().unwrap().verify(&token).is_none());
    }

    #[test]
    fn a_key_survives_pkcs8_with_its_name() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_pkcs8(&key.pkcs8().unwrap()).unwrap();
        assert_eq!((again.kid(), again.public_jwk()), (key.kid(), key.public_jwk()));
        assert_eq!(key.kid().len(), 31);
        assert_ne!(key.kid(), SigningKey::generate().unwrap().kid());
        assert!(SigningKey::from_pkcs8(b"").is_err());
    }

    #[test]
    fn a_key_of_another_size_is_refused() {
        let der: Vec<u8> = KeyPair::generate(KeySize::Rsa3072).unwrap().as_der().unwrap().as_ref().to_vec();
        assert_eq!(SigningKey::from_pkcs8(&der).unwrap_err(), SigningError::NotARsaKey);
    }

    #[test]
    fn the_public_key_set_entry_has_what_a_verifier_needs() {
        let key = SigningKey::generate().unwrap();
        let jwk = key.public_jwk();
        let n = encoding::from_base64url(jwk["n"].as_str().unwrap()).unwrap();
        let e = encoding::from_base64url(jwk["e"].as_str().unwrap()).unwrap();
        assert_eq!((n.len(), e.as_slice(), n[0] >= 0x80), (256, &[1, 0, 1][..], true));
        let token = key.sign(&Map::new(), &Map::new());
        let (message, signature) = token.rsplit_once('.').unwrap();
        let public = aws_lc_rs::signature::RsaPublicKeyComponents { n, e };
        let signature = encoding::from_base64url(signature).unwrap();
        public.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature).unwrap();
    }

    #[test]
    fn the_pem_holds_the_public_key_only() {
        let key = SigningKey::generate().unwrap();
        let pem = key.public_pem();
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        assert_eq!(encoding::from_base64(&body).unwrap(), &*key.spki);
        assert!(pem.lines().all(|line| line.len() <= 64));
        let n = encoding::from_base64url(key.public_jwk()["n"].as_str().unwrap()).unwrap();
        assert!(key.spki.windows(n.len()).any(|window| window == n));
        assert!(!format!("{key:?}").contains("BEGIN"));
    }
}
