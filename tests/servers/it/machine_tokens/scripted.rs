//! An instance that knows a token of each kind, and tokens that are JWTs.

use clerk_ext::{Json, Timestamp};
use serde_json::json;

use crate::world::{NOW, Token, World};

pub const API_KEYS: &str = "/api_keys/verify";
pub const M2M_TOKENS: &str = "/m2m_tokens/verify";
pub const OAUTH_TOKENS: &str = "/oauth_applications/access_tokens/verify";

/// A token of each kind, where it is asked about, and what the question calls it.
pub const KINDS: [(&str, &str, &str); 3] = [
    ("ak_test_1", API_KEYS, "secret"),
    ("mt_test_1", M2M_TOKENS, "token"),
    ("oat_test_1", OAUTH_TOKENS, "access_token"),
];

pub fn api_key() -> Json {
    json!({
        "object": "api_key", "id": "ak_id", "type": "api_key", "subject": "user_1", "name": "ci", "description": null,
        "claims": {"tier": "gold-test"}, "scopes": ["read", "write"], "revoked": false, "revocation_reason": null,
        "expired": false, "expiration": null, "created_by": "user_2", "last_used_at": null,
        "created_at": (NOW - 100) * 1000, "updated_at": (NOW - 50) * 1000,
    })
}

pub fn m2m_token() -> Json {
    json!({
        "object": "machine_to_machine_token", "id": "mt_id", "subject": "mch_1", "claims": {"job": "test"},
        "scopes": ["mch_2"], "revoked": false, "revocation_reason": null, "expired": false,
        "expiration": (NOW + 60) * 1000, "created_at": NOW * 1000, "updated_at": NOW * 1000,
    })
}

pub fn oauth_token() -> Json {
    json!({
        "object": "clerk_idp_oauth_access_token", "id": "oat_id", "client_id": "client_1", "subject": "user_1",
        "scopes": ["email"], "revoked": false, "revocation_reason": null, "expired": false,
        "expiration": NOW + 60, "created_at": NOW, "updated_at": NOW,
    })
}

/// An instance that knows a token of each kind.
pub fn world() -> World {
    let world = World::development();
    for (path, body) in [(API_KEYS, api_key()), (M2M_TOKENS, m2m_token()), (OAUTH_TOKENS, oauth_token())] {
        world.api.answer("POST", path, 200, body);
    }
    world
}

pub fn m2m_jwt() -> Token {
    Token::of(json!({
        "iss": "https://clerk.example.com", "sub": "mch_1", "aud": ["mch_2"], "scopes": "mch_2 mch_3", "jti": "mt_id",
        "iat": NOW, "nbf": NOW - 10, "exp": NOW + 60, "job": "test",
    }))
    .category("cl_B7d4PD333AAA")
}

pub fn oauth_jwt() -> Token {
    Token::of(json!({
        "iss": "https://clerk.example.com", "sub": "user_1", "client_id": "client_1", "scope": "email profile",
        "jti": "oat_id", "iat": NOW, "nbf": NOW, "exp": NOW + 60,
    }))
    .header("typ", "at+jwt")
}

pub fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp::from_millis(seconds * 1000))
}
