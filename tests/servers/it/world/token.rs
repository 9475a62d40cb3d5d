use clerk_ext::Json;
use serde_json::json;

use super::{NOW, Signer};

/// What Clerk writes into the header of a token about its kind.
pub const SESSION_CATEGORY: &str = "cl_B7d4PD111AAA";
pub const TEMPLATE_CATEGORY: &str = "cl_B7d4PD222AAA";
pub const M2M_CATEGORY: &str = "cl_B7d4PD333AAA";
pub const IGNORED_CATEGORY: &str = "cl_I7d4PD111III";

/// A token to be signed.
#[derive(Clone)]
pub struct Token {
    header: Json,
    payload: Json,
}

impl Token {
    /// A good session token of an instance, issued just now and valid for a minute.
    pub fn session(host: &str) -> Self {
        Self::of(json!({
            "iss": format!("https://{host}"), "sub": "user_1", "sid": "sess_1", "azp": "https://app.example.com",
            "iat": NOW, "nbf": NOW - 10, "exp": NOW + 60, "v": 2, "fva": [0, -1],
        }))
    }

    /// What a handshake comes back with.
    pub fn handshake(directives: &[&str]) -> Self {
        Self::of(json!({ "handshake": directives })).category(SESSION_CATEGORY)
    }

    /// A token that says only this.
    pub fn of(payload: Json) -> Self {
        Self { header: json!({ "alg": "RS256", "typ": "JWT" }), payload }
    }

    pub fn claim(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.payload[name] = value.into();
        self
    }

    pub fn without(mut self, claim: &str) -> Self {
        self.payload.as_object_mut().unwrap().remove(claim);
        self
    }

    pub fn header(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.header[name] = value.into();
        self
    }

    pub fn without_header(mut self, name: &str) -> Self {
        self.header.as_object_mut().unwrap().remove(name);
        self
    }

    pub fn category(self, category: &str) -> Self {
        self.header("cat", category)
    }

    /// Issued at this time, from seconds before or after the start of the world, and valid for a minute.
    pub fn issued(self, offset: i64) -> Self {
        let at = NOW + offset;
        self.claim("iat", at).claim("nbf", at - 10).claim("exp", at + 60)
    }

    /// As it goes out, signed by the key of the instance.
    pub fn signed(&self) -> String {
        self.signed_by(Signer::one())
    }

    pub fn signed_by(&self, signer: &Signer) -> String {
        let mut header = self.header.clone();
        if header.get("kid").is_none() {
            header["kid"] = signer.id().into();
        }
        signer.sign(&header, &self.payload)
    }
}
