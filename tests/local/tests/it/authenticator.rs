//! An authenticator made of software: it answers the options of a passkey ceremony the way a browser would.

#![allow(dead_code, reason = "each test that includes this file uses a part of it")]

use aws_lc_rs::{
    digest, rand,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The algorithm of a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Es256,
    EdDsa,
    Rs256,
}

impl Algorithm {
    fn number(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Rs256 => -257,
        }
    }
}

enum Key {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(RsaKeyPair),
}

struct Passkey {
    rp_id: String,
    id: Vec<u8>,
    user_handle: String,
    key: Key,
    count: u32,
}

/// An authenticator; the fields are what it reports of itself, and a test may make it misreport.
pub(crate) struct Authenticator {
    pub(crate) algorithm: Algorithm,
    pub(crate) user_present: bool,
    pub(crate) user_verified: bool,
    /// How far the counter moves with each signature; with zero, it does not count.
    pub(crate) count_by: u32,
    passkeys: Vec<Passkey>,
}

impl Default for Authenticator {
    fn default() -> Self {
        Self::new(Algorithm::Es256)
    }
}

impl Authenticator {
    /// An authenticator whose passkeys are of the algorithm.
    #[must_use]
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        Self { algorithm, user_present: true, user_verified: true, count_by: 1, passkeys: Vec::new() }
    }

    /// Answers creation options with a credential, on a page of the origin.
    pub(crate) fn create(&mut self, options: &Value, origin: &str) -> Value {
        let offered = options["pubKeyCredParams"].as_array().unwrap();
        assert!(offered.iter().any(|offer| offer["alg"] == self.algorithm.number()), "the algorithm is not offered");
        let rp_id = options["rp"]["id"].as_str().unwrap().to_owned();
        let excluded = ids(&options["excludeCredentials"]);
        assert!(!self.passkeys.iter().any(|passkey| excluded.contains(&passkey.id)), "a passkey exists already");

        let key = Key::generate(self.algorithm);
        let mut id = vec![0; 32];
        rand::fill(&mut id).unwrap();
        let mut data = self.data(&rp_id, 0x40, self.count_by);
        data.extend([0; 16]);
        data.extend(u16::try_from(id.len()).unwrap().to_be_bytes());
        data.extend(&id);
        data.extend(key.cose());
        let mut object = vec![0xa3];
        object
            .extend([text("fmt"), text("none"), text("attStmt"), vec![0xa0], text("authData"), bytes(&data)].concat());

        let user_handle = options["user"]["id"].as_str().unwrap().to_owned();
        let name = encode(&id);
        self.passkeys.push(Passkey { rp_id, id, user_handle, key, count: self.count_by });
        json!({
            "id": name,
            "rawId": name,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encode(&client_data("webauthn.create", options, origin)),
                "attestationObject": encode(&object),
                "transports": ["internal"],
            },
        })
    }

    /// Answers request options with an assertion, on a page of the origin.
    pub(crate) fn get(&mut self, options: &Value, origin: &str) -> Value {
        let allowed = ids(&options["allowCredentials"]);
        let rp_id = options["rpId"].as_str().unwrap();
        let usable =
            |passkey: &Passkey| passkey.rp_id == rp_id && (allowed.is_empty() || allowed.contains(&passkey.id));
        let position = self.passkeys.iter().position(usable).expect("no passkey for these options");
        let count = self.passkeys[position].count + self.count_by;
        self.passkeys[position].count = count;

        let data = self.data(rp_id, 0, count);
        let client_data = client_data("webauthn.get", options, origin);
        let passkey = &self.passkeys[position];
        let signature = passkey.key.sign(&[&data[..], &sha256(&client_data)].concat());
        let name = encode(&passkey.id);
        json!({
            "id": name,
            "rawId": name,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encode(&client_data),
                "authenticatorData": encode(&data),
                "signature": encode(&signature),
                "userHandle": passkey.user_handle,
            },
        })
    }

    fn data(&self, rp_id: &str, more_flags: u8, count: u32) -> Vec<u8> {
        let flags = u8::from(self.user_present) | u8::from(self.user_verified) << 2 | more_flags;
        let mut data = sha256(rp_id.as_bytes());
        data.push(flags);
        data.extend(count.to_be_bytes());
        data
    }
}

impl Key {
    fn generate(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Es256 => Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()),
            Algorithm::EdDsa => Self::EdDsa(Ed25519KeyPair::generate().unwrap()),
            Algorithm::Rs256 => Self::Rs256(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = rand::SystemRandom::new();
        match self {
            Self::Es256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::EdDsa(key) => key.sign(message).as_ref().to_vec(),
            Self::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// The public key as COSE: a map of the type, the algorithm, and what the type needs.
    fn cose(&self) -> Vec<u8> {
        match self {
            Self::Es256(key) => {
                let point = key.public_key().as_ref();
                [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21][..], &bytes(&point[1..33]), &[0x22], &bytes(&point[33..])]
                    .concat()
            }
            Self::EdDsa(key) => [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21][..], &bytes(key.public_key().as_ref())].concat(),
            Self::Rs256(key) => {
                // SEQUENCE (4 bytes), INTEGER (4 bytes and a zero), modulus of 2048 bits, INTEGER 65537.
                let der = key.public_key().as_ref();
                assert_eq!((der.len(), &der[265..]), (270, &[2, 3, 1, 0, 1][..]));
                [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20][..], &bytes(&der[9..265]), &[0x21], &bytes(&[1, 0, 1])].concat()
            }
        }
    }
}

fn client_data(kind: &str, options: &Value, origin: &str) -> Vec<u8> {
    let data = json!({ "type": kind, "challenge": options["challenge"], "origin": origin, "crossOrigin": false });
    data.to_string().into_bytes()
}

fn ids(descriptors: &Value) -> Vec<Vec<u8>> {
    let descriptors = descriptors.as_array().into_iter().flatten();
    descriptors.map(|descriptor| URL_SAFE_NO_PAD.decode(descriptor["id"].as_str().unwrap()).unwrap()).collect()
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

/// A CBOR text of less than 24 bytes.
fn text(text: &str) -> Vec<u8> {
    let mut item = vec![0x60 + u8::try_from(text.len()).unwrap()];
    item.extend(text.as_bytes());
    item
}

/// A CBOR byte string, its length always in two bytes: an authenticator may write it so, and a reader must take it.
fn bytes(content: &[u8]) -> Vec<u8> {
    let mut item = vec![0x59];
    item.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
    item.extend(content);
    item
}
