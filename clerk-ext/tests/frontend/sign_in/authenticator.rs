// A key that signs: as a passkey answers a page, and as a phone that is trusted.
// Documentation tests include it too, where a comment of a module could not stand.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_core::Json;
use minicbor::Encoder;
use serde_json::json;

const ORIGIN: &str = "http://localhost";
const CREDENTIAL: &[u8] = b"the passkey of a test";

pub(crate) fn new_key(algorithm: &'static EcdsaSigningAlgorithm) -> EcdsaKeyPair {
    EcdsaKeyPair::generate(algorithm).expect("a key")
}

pub(crate) fn sign(key: &EcdsaKeyPair, message: &[u8]) -> Vec<u8> {
    key.sign(&SystemRandom::new(), message).expect("a signature").as_ref().to_vec()
}

/// The two coordinates of the public key.
fn point(key: &EcdsaKeyPair) -> (&[u8], &[u8]) {
    key.public_key().as_ref()[1..].split_at(32)
}

/// The public key as a phone enrols it.
pub(crate) fn jwk(key: &EcdsaKeyPair) -> String {
    let (x, y) = point(key);
    json!({ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y), "alg": "ES256" }).to_string()
}

/// A key for signatures in the form that the API takes.
pub(crate) fn fixed_key() -> EcdsaKeyPair {
    new_key(&ECDSA_P256_SHA256_FIXED_SIGNING)
}

pub(crate) fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A passkey in software; it has one credential and counts its signatures.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    user: String,
    count: u32,
}

impl Authenticator {
    pub(crate) fn new() -> Self {
        Self { key: new_key(&ECDSA_P256_SHA256_ASN1_SIGNING), user: String::new(), count: 0 }
    }

    /// Answers options for a new passkey.
    pub(crate) fn register(&mut self, options: &Json) -> Json {
        self.user = options["user"]["id"].as_str().expect("a user").to_owned();
        let mut data = self.data(options["rp"]["id"].as_str().expect("a relying party"), 0x40);
        data.extend([0; 16]);
        data.extend(u16::try_from(CREDENTIAL.len()).expect("a length").to_be_bytes());
        data.extend(CREDENTIAL);
        data.extend(self.cose());
        let mut object = Encoder::new(Vec::new());
        let written = object
            .map(3)
            .and_then(|map| map.str("fmt")?.str("none")?.str("attStmt")?.map(0)?.str("authData")?.bytes(&data));
        written.expect("an attestation");
        let response = json!({
            "clientDataJSON": text(&page("webauthn.create", options)),
            "attestationObject": text(object.writer()),
        });
        credential(&response)
    }

    /// Answers options for a passkey that is there.
    pub(crate) fn answer(&mut self, options: &Json) -> Json {
        let data = self.data(options["rpId"].as_str().expect("a relying party"), 0);
        let page = page("webauthn.get", options);
        let signature = sign(&self.key, &[&data[..], digest(&SHA256, &page).as_ref()].concat());
        let response = json!({
            "clientDataJSON": text(&page),
            "authenticatorData": text(&data),
            "signature": text(&signature),
            "userHandle": self.user,
        });
        credential(&response)
    }

    fn data(&mut self, relying_party: &str, flags: u8) -> Vec<u8> {
        self.count += 1;
        let mut data = digest(&SHA256, relying_party.as_bytes()).as_ref().to_vec();
        data.push(0x05 | flags);
        data.extend(self.count.to_be_bytes());
        data
    }

    fn cose(&self) -> Vec<u8> {
        let (x, y) = point(&self.key);
        let mut key = Encoder::new(Vec::new());
        let written = key
            .map(5)
            .and_then(|map| map.i8(1)?.i8(2)?.i8(3)?.i8(-7)?.i8(-1)?.i8(1)?.i8(-2)?.bytes(x)?.i8(-3)?.bytes(y));
        written.expect("a key");
        key.into_writer()
    }
}

fn page(kind: &str, options: &Json) -> Vec<u8> {
    json!({ "type": kind, "challenge": options["challenge"], "origin": ORIGIN }).to_string().into_bytes()
}

fn credential(response: &Json) -> Json {
    let id = text(CREDENTIAL);
    json!({ "id": id, "rawId": id, "type": "public-key", "response": response })
}
