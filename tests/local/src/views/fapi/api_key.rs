//! API keys.

use clerk_core::Timestamp;
use clerk_fapi::types;

use crate::model::machine::ApiKey;

pub(crate) fn api_key(key: &ApiKey, now: Timestamp) -> types::ApiKey {
    let mut view = types::ApiKey::new(&key.id, &key.subject);
    view.object = Some("api_key".to_owned());
    view.type_ = Some(key.kind.clone());
    view.name = Some(key.name.clone());
    view.description.clone_from(&key.description);
    view.claims.clone_from(&key.claims);
    view.scopes.clone_from(&key.scopes);
    view.revoked = key.revoked;
    view.revocation_reason.clone_from(&key.revocation_reason);
    view.expired = key.is_expired(now);
    view.expiration = key.expiration;
    view.created_by = key.created_by.as_deref().map(Into::into);
    view.last_used_at = key.last_used_at;
    view.created_at = Some(key.created_at);
    view.updated_at = Some(key.updated_at);
    view
}

/// A key just made.
pub(crate) fn api_key_with_secret(key: &ApiKey, now: Timestamp) -> types::ApiKeyWithSecret {
    let mut view = types::ApiKeyWithSecret::new(&key.id, &key.subject, key.secret.as_str());
    view.object = Some("api_key".to_owned());
    view.type_ = Some(key.kind.clone());
    view.name = Some(key.name.clone());
    view.description.clone_from(&key.description);
    view.claims.clone_from(&key.claims);
    view.scopes.clone_from(&key.scopes);
    view.revoked = key.revoked;
    view.revocation_reason.clone_from(&key.revocation_reason);
    view.expired = key.is_expired(now);
    view.expiration = key.expiration;
    view.created_by = key.created_by.as_deref().map(Into::into);
    view.last_used_at = key.last_used_at;
    view.created_at = Some(key.created_at);
    view.updated_at = Some(key.updated_at);
    view
}
