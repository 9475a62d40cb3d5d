//! Attempts to sign in.

use clerk_core::{SignInId, Timestamp};
use clerk_fapi::types;

use super::verification::verification;
use crate::{
    model::{sign_in::SignIn, user::User},
    rules::{
        factors::{self, Factor, Target},
        images,
        sign_ins::{self, Status},
    },
    settings::Settings,
    state::State,
};

/// An attempt as of now.
pub(crate) fn sign_in(state: &State, id: &SignInId, now: Timestamp) -> Option<types::SignIn> {
    let sign_in = state.tables.sign_ins.get(id)?;
    let status = sign_ins::status(state, sign_in, now);
    let user = sign_ins::user(state, sign_in);
    let mut view = types::SignIn::new(&sign_in.id, status.name());
    view.object = Some("sign_in_attempt".to_owned());
    view.supported_identifiers = supported_identifiers(state.settings()).map(Into::into).collect();
    view.supported_first_factors = first_factors(state, sign_in, user).iter().map(factor).collect();
    view.supported_second_factors = match (status, user) {
        (Status::NeedsSecondFactor, Some(user)) => factors::second(state, user).iter().map(factor).collect(),
        (Status::NeedsClientTrust, Some(user)) => factors::client_trust(state, user).iter().map(factor).collect(),
        _ => Vec::new(),
    };
    view.first_factor_verification = sign_in.first.as_deref().map(|first| verification(first, now));
    view.second_factor_verification = sign_in.second.as_deref().map(|second| verification(second, now));
    view.identifier = sign_in.identifier.clone();
    view.user_data = user.filter(|_| sign_in.identifier.is_some()).map(|user| user_data(state, user));
    view.created_session_id = sign_in.created_session_id.clone();
    view.abandon_at = Some(sign_in.abandon_at);
    view.client_trust_state = client_trust(state, sign_in, user).map(Into::into);
    view.locale = sign_in.locale.clone();
    Some(view)
}

/// What a person may start with.
fn supported_identifiers(settings: &Settings) -> impl Iterator<Item = &'static str> {
    let attributes = &settings.attributes;
    let password = attributes.password.enabled;
    let identifies =
        |attribute: &crate::settings::Attribute| attribute.enabled && (password || !attribute.first_factors.is_empty());
    let all = [
        (identifies(&attributes.email_address), "email_address"),
        (identifies(&attributes.phone_number), "phone_number"),
        (attributes.username.enabled, "username"),
        (attributes.web3_wallet.enabled, "web3_wallet"),
        (attributes.passkey.enabled, "passkey"),
        (password, "password"),
    ];
    all.into_iter().filter(|(enabled, _)| *enabled).map(|(_, name)| name)
}

fn first_factors(state: &State, sign_in: &SignIn, user: Option<&User>) -> Vec<Factor> {
    let identifier = sign_in.identifier.as_deref();
    match user {
        Some(user) => factors::first(state, user, identifier),
        None => identifier.and_then(|identifier| factors::connection(state, identifier)).into_iter().collect(),
    }
}

/// A way to prove who somebody is.
pub(crate) fn factor(factor: &Factor) -> types::SignInFactor {
    let mut view = types::SignInFactor::new();
    view.strategy = Some(factor.strategy.as_str().into());
    view.safe_identifier = factor.safe_identifier.clone();
    view.primary = factor.primary;
    view.default = factor.default;
    match &factor.target {
        Target::Nothing => {}
        Target::Email(id) => view.email_address_id = Some(id.into()),
        Target::Phone(id) => view.phone_number_id = Some(id.into()),
        Target::TrustedDevice(id) => view.trusted_device_id = Some(id.into()),
        Target::Connection { id, name } => {
            view.enterprise_connection_id = Some(id.into());
            view.enterprise_connection_name = Some(name.clone());
        }
    }
    view
}

fn user_data(state: &State, user: &User) -> types::SignInUserData {
    let mut view = types::SignInUserData::new();
    view.first_name = user.first_name.clone();
    view.last_name = user.last_name.clone();
    view.image_url = Some(images::url(state, user.image.as_deref()));
    view.has_image = user.image.is_some();
    view
}

/// Whether the user was seen on this client before, where that matters.
fn client_trust(state: &State, sign_in: &SignIn, user: Option<&User>) -> Option<&'static str> {
    if !state.settings().client_trust {
        return None;
    }
    let first = sign_in.first.as_ref().is_some_and(|first| first.is_verified());
    Some(match user.filter(|_| first) {
        None => "pending",
        Some(_) if sign_in.needs_client_trust => "new",
        Some(user) if sign_ins::knows_client(user, sign_in) => "known",
        Some(_) => "new",
    })
}
