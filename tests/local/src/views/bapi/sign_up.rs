//! Attempts to sign up, as back ends see them.

use clerk_bapi::types;
use clerk_core::{SignUpId, Timestamp};

use super::verification;
use crate::{
    model::sign_up::SignUp,
    rules::{
        sign_up_proofs::{self, Proof},
        sign_ups,
    },
    state::State,
    views::fapi,
};

pub(crate) fn sign_up(state: &State, id: &SignUpId, now: Timestamp) -> Option<types::SignUp> {
    let sign_up = state.tables.sign_ups.get(id)?;
    let requirements = sign_ups::requirements(state.settings(), sign_up);
    let mut view = types::SignUp::new(&sign_up.id, fapi::sign_up::status(sign_up, now));
    view.object = Some("sign_up_attempt".to_owned());
    view.required_fields = requirements.required;
    view.optional_fields = requirements.optional;
    view.missing_fields = requirements.missing;
    view.unverified_fields = requirements.unverified;
    view.verifications = Some(verifications(state, sign_up, now));
    view.username.clone_from(&sign_up.username);
    view.email_address.clone_from(&sign_up.email_address);
    view.phone_number.clone_from(&sign_up.phone_number);
    view.password_enabled = sign_up.password.is_some();
    view.first_name.clone_from(&sign_up.first_name);
    view.last_name.clone_from(&sign_up.last_name);
    view.unsafe_metadata = sign_up.unsafe_metadata.clone();
    view.public_metadata = sign_up.public_metadata.clone();
    view.custom_action = sign_up.custom_action;
    view.external_id.clone_from(&sign_up.external_id);
    view.created_session_id.clone_from(&sign_up.created_session_id);
    view.created_user_id.clone_from(&sign_up.created_user_id);
    view.abandon_at = Some(sign_up.abandon_at);
    view.legal_accepted_at = sign_up.legal_accepted_at;
    view.locale.clone_from(&sign_up.locale);
    Some(view)
}

fn verifications(state: &State, sign_up: &SignUp, now: Timestamp) -> types::SignUpVerifications {
    let settings = state.settings();
    let external = sign_up.external_verification.as_deref();
    let mut view = types::SignUpVerifications::new();
    view.email_address = sign_up_proofs::email(settings, sign_up, now).map(proof);
    view.phone_number = sign_up_proofs::phone(settings, sign_up, now).map(proof);
    view.external_account = external.and_then(|external| verification::verification(external, now));
    view
}

fn proof(proof: Proof) -> types::Verification {
    let mut view = types::Verification::new();
    view.object = Some(proof.object.into());
    view.status = Some(fapi::verification::status(proof.status).into());
    view.strategy = Some(proof.strategy.as_str().into());
    view.attempts = proof.attempts;
    view.expire_at = Some(proof.expire_at);
    view.verified_at_client = proof.verified_at_client;
    view.channel = proof.channel;
    view.next_action = Some(proof.next_action.into());
    view.supported_strategies = proof.supported_strategies;
    view
}
