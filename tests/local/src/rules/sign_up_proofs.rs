//! The proofs of a sign-up, as both APIs show them: how far they have got, and what comes next.

use clerk_core::Timestamp;

use crate::{
    model::{
        sign_up::SignUp,
        verification::{Status, Verification},
    },
    settings::{Attribute, Settings},
};

/// The proof of an address or a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proof {
    /// The `object` that tells the kinds apart.
    pub(crate) object: &'static str,
    pub(crate) status: Status,
    pub(crate) strategy: String,
    pub(crate) attempts: Option<i64>,
    pub(crate) expire_at: Timestamp,
    pub(crate) verified_at_client: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) next_action: &'static str,
    pub(crate) supported_strategies: Vec<String>,
}

/// The proof of the address, where one was given.
pub(crate) fn email(settings: &Settings, sign_up: &SignUp, now: Timestamp) -> Option<Proof> {
    sign_up.email_address.as_ref()?;
    let attribute = &settings.attributes.email_address;
    Some(proof(attribute, "email_code", sign_up.email_verification.as_deref(), sign_up, now))
}

/// The proof of the number, where one was given.
pub(crate) fn phone(settings: &Settings, sign_up: &SignUp, now: Timestamp) -> Option<Proof> {
    sign_up.phone_number.as_ref()?;
    let attribute = &settings.attributes.phone_number;
    Some(proof(attribute, "phone_code", sign_up.phone_verification.as_deref(), sign_up, now))
}

fn proof(
    attribute: &Attribute,
    usual: &str,
    verification: Option<&Verification>,
    sign_up: &SignUp,
    now: Timestamp,
) -> Proof {
    let mut supported = attribute.verifications.clone();
    if supported.is_empty() {
        supported.push(usual.to_owned());
    }
    let status = verification.map_or(Status::Unverified, |it| it.status_at(now));
    let strategy = verification.map(|it| it.strategy.clone()).or_else(|| supported.first().cloned());
    let strategy = strategy.unwrap_or_default();
    let next_action = match (verification, status) {
        (_, Status::Verified) => "",
        (Some(_), Status::Unverified) => "needs_attempt",
        _ => "needs_prepare",
    };
    Proof {
        object: object(&strategy),
        status,
        attempts: verification.and_then(|it| it.attempts).map(i64::from),
        // What was not asked for yet can be proven for as long as the sign-up is open.
        expire_at: verification.and_then(|it| it.expire_at).unwrap_or(sign_up.abandon_at),
        verified_at_client: verification.and_then(|it| it.verified_at_client.clone()),
        channel: verification.and_then(|it| it.channel.clone()),
        next_action,
        supported_strategies: supported,
        strategy,
    }
}

fn object(strategy: &str) -> &'static str {
    match strategy {
        "email_link" => "verification_email_link",
        "ticket" => "verification_ticket",
        "saml" => "verification_saml",
        from if from.starts_with("from_oauth_") => "verification_from_oauth",
        _ => "verification_otp",
    }
}
