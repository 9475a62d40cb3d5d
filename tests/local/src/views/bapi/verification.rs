//! Proofs, as back ends see them.

use clerk_bapi::types;
use clerk_core::{Json, JsonMap, Timestamp};

use crate::{model::verification::Verification, views::fapi::verification::status};

/// A proof as of now; nothing for one that has not begun.
pub(crate) fn verification(verification: &Verification, now: Timestamp) -> Option<types::Verification> {
    let strategy = verification.strategy.as_str();
    let object = object(strategy)?;
    let mut fields = JsonMap::new();
    let mut put = |key: &str, value: Json| {
        fields.insert(key.to_owned(), value);
    };
    put("object", object.into());
    put("status", status(verification.status_at(now)).into());
    put("strategy", strategy.into());
    // Also where there is none: the document wants both keys.
    put("attempts", verification.attempts.into());
    let expire_at = match (verification.expire_at, object) {
        // Of these the document has no proof without an end.
        (None, "verification_oauth") => verification.verified_at.or(Some(Timestamp::from_millis(0))),
        (expire_at, _) => expire_at,
    };
    put("expire_at", expire_at.map(Timestamp::as_millis).into());
    if object != "verification_scim" {
        put("verified_at_client", verification.verified_at_client.clone().into());
    }
    match object {
        "verification_oauth" | "verification_saml" => {
            if let Some(url) = &verification.external_redirect_url {
                put("external_verification_redirect_url", url.as_str().into());
            }
        }
        "verification_otp" => {
            if let Some(channel) = &verification.channel {
                put("channel", channel.as_str().into());
            }
        }
        "verification_passkey" | "verification_web3" => {
            put("nonce", verification.nonce.clone().into());
            put("message", verification.message.clone().into());
        }
        _ => {}
    }
    if let Some((code, message)) = &verification.error {
        put("error", serde_json::json!({"code": code, "message": message, "long_message": message}));
    }
    let mut view = types::Verification::new();
    // The whole object: the type leaves out a key without a value, be it required or not.
    view.raw = Some(Box::new(fields.into()));
    Some(view)
}

/// The kind of proof that a strategy makes.
fn object(strategy: &str) -> Option<&'static str> {
    Some(match strategy {
        "" => return None,
        "admin" => "verification_admin",
        "email_link" => "verification_email_link",
        "google_one_tap" => "verification_google_one_tap",
        "passkey" => "verification_passkey",
        "saml" | "enterprise_sso" => "verification_saml",
        "scim" => "verification_scim",
        "ticket" => "verification_ticket",
        _ if strategy.starts_with("from_oauth_") => "verification_from_oauth",
        _ if strategy.starts_with("oauth_") => "verification_oauth",
        _ if strategy.starts_with("web3_") => "verification_web3",
        _ => "verification_otp",
    })
}
