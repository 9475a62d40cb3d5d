//! Proofs.

use clerk_core::{JsonMap, Timestamp};
use clerk_fapi::types;

use crate::model::verification::{Status, TrustedDeviceChallenge, Verification};

/// A proof as of now.
pub(crate) fn verification(verification: &Verification, now: Timestamp) -> types::Verification {
    let strategy = verification.strategy.as_str();
    let object = object(strategy);
    let status = verification.status_at(now);
    let mut view = types::Verification::new();
    view.object = Some(object.into());
    view.status = Some(self::status(status).into());
    view.strategy = Some(strategy.into());
    view.attempts = verification.attempts.map(i64::from);
    view.expire_at = verification.expire_at;
    match object {
        "verification_oauth" | "verification_saml" => {
            view.external_verification_redirect_url = verification.external_redirect_url.clone();
            view.error = verification.error.as_ref().map(|(code, message)| error(code, message));
            // The document has no such thing as an external proof without an end.
            view.expire_at = Some(verification.expire_at.or(verification.verified_at).unwrap_or(now));
            // The document always has the number of tries here, and nobody counts any.
            view.attempts = view.attempts.or(Some(0));
        }
        "verification_otp" => view.channel.clone_from(&verification.channel),
        "verification_email_link" => view.verified_at_client = verification.verified_at_client.clone(),
        "verification_passkey" => view.nonce = verification.nonce.as_deref().map(Into::into),
        "verification_web3" => {
            view.nonce = verification.nonce.as_deref().map(Into::into);
            view.message = verification.message.clone();
        }
        "verification_trusted_device" => {
            view.trusted_device_challenge = verification.challenge.as_deref().map(challenge);
        }
        _ => {}
    }
    if has_an_end(object) {
        view.expire_at = Some(verification.expire_at.or(verification.verified_at).unwrap_or(now));
    }
    view
}

/// Kinds that the document always gives a time of expiry, be it that of the proof itself.
fn has_an_end(object: &str) -> bool {
    matches!(
        object,
        "verification_otp" | "verification_email_link" | "verification_passkey" | "verification_trusted_device"
    )
}

/// The name that a proof by a strategy goes by.
pub(crate) fn object(strategy: &str) -> &'static str {
    match strategy {
        "password" => "verification_password",
        "email_code" | "phone_code" | "reset_password_email_code" | "reset_password_phone_code" => "verification_otp",
        "email_link" => "verification_email_link",
        "passkey" => "verification_passkey",
        "trusted_device" => "verification_trusted_device",
        "totp" => "verification_totp",
        "backup_code" => "verification_backup_code",
        "ticket" => "verification_ticket",
        "admin" => "verification_admin",
        "invitation" => "verification_invitation",
        "scim" => "verification_scim",
        "saml" | "enterprise_sso" => "verification_saml",
        "google_one_tap" => "verification_google_one_tap",
        web3 if web3.starts_with("web3_") => "verification_web3",
        from if from.starts_with("from_oauth_") => "verification_from_oauth",
        _ => "verification_oauth",
    }
}

pub(crate) fn status(status: Status) -> &'static str {
    match status {
        Status::Unverified => "unverified",
        Status::Verified => "verified",
        Status::Transferable => "transferable",
        Status::Failed => "failed",
        Status::Expired => "expired",
    }
}

/// Why a proof failed or has to be transferred.
fn error(code: &str, message: &str) -> types::ClerkError {
    let mut view = types::ClerkError::new(code);
    view.message = Some(message.to_owned());
    view.long_message = Some(message.to_owned());
    view.meta = JsonMap::new();
    view
}

fn challenge(challenge: &TrustedDeviceChallenge) -> types::TrustedDeviceVerificationChallenge {
    let mut view = types::TrustedDeviceVerificationChallenge::new(&challenge.challenge, &challenge.id);
    view.object = Some("trusted_device_challenge".to_owned());
    view.trusted_device_id = Some(challenge.trusted_device_id.as_str().into());
    view.client_data = Some(challenge.client_data.clone());
    view.expires_at = Some(challenge.expires_at.as_millis());
    view.algorithm = Some("ES256".to_owned());
    view
}
