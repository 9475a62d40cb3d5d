use std::sync::OnceLock;

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaKeyPair},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use clerk_ext::{Json, config::JwtKey};
use serde_json::json;

/// A key of an instance. Keys are made when the tests run, and each only once.
pub struct Signer {
    id: &'static str,
    pair: RsaKeyPair,
}

impl Signer {
    /// The key of the instance.
    pub fn one() -> &'static Self {
        static KEY: OnceLock<Signer> = OnceLock::new();
        KEY.get_or_init(|| Self::new("ins_one"))
    }

    /// A key that the instance does not have, unless a test says so.
    pub fn another() -> &'static Self {
        static KEY: OnceLock<Signer> = OnceLock::new();
        KEY.get_or_init(|| Self::new("ins_another"))
    }

    fn new(id: &'static str) -> Self {
        Self { id, pair: RsaKeyPair::generate(KeySize::Rsa2048).unwrap() }
    }

    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The public key as a key set has it.
    pub fn jwk(&self) -> Json {
        // RSAPublicKey of RFC 8017: a sequence of two integers, each with a tag, two bytes of length after 0x82, a zero.
        let der = self.pair.public_key().as_ref();
        let modulus = &der[9..9 + 256];
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id,
            "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode([1, 0, 1]),
        })
    }

    /// The public key as the dashboard shows it.
    pub fn pem(&self) -> JwtKey {
        let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der().unwrap();
        let text = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", STANDARD.encode(der.as_ref()));
        text.parse().unwrap()
    }

    /// A token of this header and this payload; what is signed follows from `alg`, and without a known one it is SHA-256.
    pub fn sign(&self, header: &Json, payload: &Json) -> String {
        let part = |part: &Json| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", part(header), part(payload));
        let padding = match header["alg"].as_str() {
            Some("RS384") => &RSA_PKCS1_SHA384,
            Some("RS512") => &RSA_PKCS1_SHA512,
            _ => &RSA_PKCS1_SHA256,
        };
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
