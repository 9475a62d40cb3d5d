//! Email addresses and phone numbers of users.

mod emails;
mod phones;
mod proofs;

use clerk_bapi::types;
use clerk_core::{Timestamp, UserId};

use super::Handlers;
use crate::{
    crypto::encoding,
    failure::Failure,
    model::{
        user::User,
        verification::{Status, Verification},
    },
    rules,
    state::State,
    views,
};

pub(crate) const HANDLERS: Handlers = &[
    ("CreateEmailAddress", emails::create),
    ("GetEmailAddress", emails::get),
    ("UpdateEmailAddress", emails::update),
    ("DeleteEmailAddress", emails::delete),
    ("PrepareEmailAddressVerification", emails::prepare),
    ("AttemptEmailAddressVerification", emails::attempt),
    ("ReplaceUserEmailAddress", emails::replace),
    ("CreatePhoneNumber", phones::create),
    ("GetPhoneNumber", phones::get),
    ("UpdatePhoneNumber", phones::update),
    ("DeletePhoneNumber", phones::delete),
    ("PreparePhoneNumberVerification", phones::prepare),
    ("AttemptPhoneNumberVerification", phones::attempt),
    ("ReplaceUserPhoneNumber", phones::replace),
];

/// Keeps a changed user and tells of it.
fn keep(state: &mut State, user: User, now: Timestamp) -> UserId {
    let id = user.id.clone();
    state.tables.users.insert(user);
    rules::organizations::enroll(state, &id, now);
    rules::users::updated(state, &id, now);
    id
}

/// A proof under way, as it is named to whoever carries it on.
fn attempt_view(identification_id: &str, proof: &Verification, now: Timestamp) -> types::VerificationAttempt {
    let mut view = types::VerificationAttempt::new();
    view.object = Some("verification".to_owned());
    view.id = Some(proof_id(identification_id, proof).into());
    view.status = Some(views::fapi::verification::status(proof.status_at(now)).to_owned());
    view.strategy = Some(proof.strategy.clone());
    view.attempts = proof.attempts.map(i64::from);
    view.expire_at = proof.expire_at;
    view.channel.clone_from(&proof.channel);
    view
}

/// The id of a proof: made of what it is for and when it was begun, so that another code has another one.
fn proof_id(identification_id: &str, proof: &Verification) -> String {
    let begun = proof.sent_at.map_or(0, Timestamp::as_millis).to_be_bytes();
    let hash = encoding::hex(&encoding::sha256(&[identification_id.as_bytes(), &begun]));
    format!("ver_{}", hash.get(..27).unwrap_or_default())
}

/// Checks that a proof is the one that was named, and still to be done.
fn check_named(identification_id: &str, proof: Option<&Verification>, named: &str) -> Result<(), Failure> {
    match proof {
        Some(proof) if proof_id(identification_id, proof) == named => Ok(()),
        _ => Err(Failure::not_found("verification", named)),
    }
}

/// What an `identification_status` makes of an identifier: its proof, and whether it is reserved.
fn standing(status: Option<&str>, now: Timestamp) -> (Option<Verification>, bool) {
    match status {
        Some("reserved") => (None, true),
        Some("unverified") => (None, false),
        _ => (Some(Verification::verified("admin", now)), false),
    }
}

/// A proof set by hand: done, or not begun.
fn by_hand(proof: &mut Option<Box<Verification>>, verified: bool, now: Timestamp) {
    let is_verified = proof.as_ref().is_some_and(|proof| proof.status == Status::Verified);
    if verified && !is_verified {
        *proof = Some(Box::new(Verification::verified("admin", now)));
    } else if !verified {
        *proof = None;
    }
}
