//! Tokens, signed by keys that live as long as the run.

use std::collections::HashMap;

use aws_lc_rs::{
    encoding::AsDer as _,
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{self, KeyPair as _, RsaEncoding},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

/// Whose key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Signer {
    /// The instance, by the key that its key set names.
    Instance,
    /// The instance, by its second key.
    Second,
    /// Another tenant.
    Stranger,
}

impl Signer {
    pub(super) fn key_id(self) -> &'static str {
        match self {
            Self::Instance => "ins_1",
            Self::Second => "ins_2",
            Self::Stranger => "ins_other",
        }
    }
}

/// How the signature is made, whatever the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Seal {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    /// HMAC with the public key as the secret.
    Hs256,
    Nothing,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) header: Value,
    pub(super) payload: Value,
    pub(super) signer: Signer,
    pub(super) seal: Seal,
}

/// Signing takes longer than anything else here, so the same token is signed once.
pub(super) struct Mint {
    keys: [KeyPair; 3],
    signed: HashMap<(Signer, Seal, String), String>,
}

impl Mint {
    pub(super) fn new() -> Self {
        Self { keys: std::array::from_fn(|_| KeyPair::generate(KeySize::Rsa2048).unwrap()), signed: HashMap::new() }
    }

    fn key(&self, signer: Signer) -> &KeyPair {
        let [instance, second, stranger] = &self.keys;
        match signer {
            Signer::Instance => instance,
            Signer::Second => second,
            Signer::Stranger => stranger,
        }
    }

    pub(super) fn write(&mut self, token: &Token) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(&token.header), part(&token.payload));
        let known = (token.signer, token.seal, input);
        if let Some(written) = self.signed.get(&known) {
            return written.clone();
        }
        let (signer, seal, input) = &known;
        let written = format!("{input}.{}", URL_SAFE_NO_PAD.encode(self.seal(*signer, *seal, input.as_bytes())));
        self.signed.insert(known, written.clone());
        written
    }

    fn seal(&self, signer: Signer, seal: Seal, input: &[u8]) -> Vec<u8> {
        let key = self.key(signer);
        let by = |encoding: &'static dyn RsaEncoding| {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(encoding, &SystemRandom::new(), input, &mut signature).unwrap();
            signature
        };
        match seal {
            Seal::Rs256 => by(&signature::RSA_PKCS1_SHA256),
            Seal::Rs384 => by(&signature::RSA_PKCS1_SHA384),
            Seal::Rs512 => by(&signature::RSA_PKCS1_SHA512),
            Seal::Ps256 => by(&signature::RSA_PSS_SHA256),
            Seal::Hs256 => {
                let secret = hmac::Key::new(hmac::HMAC_SHA256, self.pem(signer).as_bytes());
                hmac::sign(&secret, input).as_ref().to_vec()
            }
            Seal::Nothing => Vec::new(),
        }
    }

    /// As Clerk's dashboard shows it.
    pub(super) fn pem(&self, signer: Signer) -> String {
        let der = self.key(signer).public_key().as_der().unwrap();
        let text = STANDARD.encode(der.as_ref());
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", lines.join("\n"))
    }

    pub(super) fn jwk(&self, signer: Signer, key_id: &str) -> Value {
        // For keys of this size the number always stands at the same place: PKCS #1 wraps it the same way.
        let number = URL_SAFE_NO_PAD.encode(&self.key(signer).public_key().as_ref()[9..265]);
        json!({
            "use": "sig", "kty": "RSA", "alg": "RS256", "kid": key_id,
            "n": number, "e": "AQAB",
        })
    }
}
