//! Proving an address or a number: the two differ in what is sent, not in how it is tried.

use clerk_core::UserId;

use super::{attempt_view, check_named};
use crate::{
    answer::{Answer, Outcome},
    bapi::Call,
    failure::Failure,
    model::verification::Verification,
    rules,
    state::State,
};

/// An address or number, and how far its proof is.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) user_id: UserId,
    pub(super) id: String,
    /// The address or the number itself.
    pub(super) identifier: String,
    pub(super) strategy: &'static str,
    pub(super) proof: Option<Box<Verification>>,
}

impl Subject {
    fn check_unverified(&self) -> Result<(), Failure> {
        if self.proof.as_ref().is_some_and(|proof| proof.is_verified()) {
            Err(rules::verification::already_verified())
        } else {
            Ok(())
        }
    }
}

pub(super) fn prepare(call: &mut Call<'_>, subject: &Subject) -> Outcome {
    subject.check_unverified()?;
    let (user_id, previous) = (Some(subject.user_id.as_str()), subject.proof.as_deref());
    let (strategy, to) = (subject.strategy, &subject.identifier);
    let proof = rules::verification::send_code(call.state, strategy, &subject.id, to, user_id, previous, call.now)?;
    let view = attempt_view(&subject.id, &proof, call.now);
    if let Some(mut user) = call.state.tables.users.edit(&subject.user_id)
        && let Some(kept) = user.proof_mut(&subject.id)
    {
        *kept = Some(Box::new(proof));
    }
    Ok(Answer::json(&view))
}

/// Tries a code; `taken` says whether somebody else has proven the identifier in the meantime.
pub(super) fn attempt(
    call: &mut Call<'_>,
    subject: &Subject,
    taken: fn(&State, &str, Option<&UserId>) -> bool,
) -> Outcome {
    let named = call.input.required_text("verification_id")?;
    let code = call.input.required_text("code")?;
    subject.check_unverified()?;
    check_named(&subject.id, subject.proof.as_deref(), named)?;
    if taken(call.state, &subject.identifier, Some(&subject.user_id)) {
        return Err(rules::identifications::claimed());
    }
    let (outcome, view) = {
        let mut user = call.state.tables.users.edit(&subject.user_id);
        let kept = user.as_mut().and_then(|user| user.proof_mut(&subject.id));
        let proof = kept.and_then(Option::as_deref_mut).ok_or_else(|| Failure::not_found("verification", named))?;
        let outcome = rules::verification::attempt_code(proof, code, call.now);
        (outcome, attempt_view(&subject.id, proof, call.now))
    };
    outcome?;
    rules::organizations::enroll(call.state, &subject.user_id, call.now);
    rules::users::updated(call.state, &subject.user_id, call.now);
    Ok(Answer::json(&view))
}
