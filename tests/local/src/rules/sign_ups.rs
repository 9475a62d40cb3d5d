//! Sign-ups: what is still missing, and the user that comes of one that has everything.

use clerk_core::{OrganizationId, SessionId, SignUpId, Timestamp, UserId};

use super::{external, organizations, sessions, users};
use crate::{
    failure::Failure,
    inbound::Inbound,
    model::{
        sign_up::SignUp,
        user::{Password, User},
        verification::Verification,
    },
    settings::{Attribute, Settings},
    state::State,
};

/// What a sign-up takes, and what of it is not there yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Requirements {
    pub(crate) required: Vec<String>,
    pub(crate) optional: Vec<String>,
    pub(crate) missing: Vec<String>,
    pub(crate) unverified: Vec<String>,
}

/// Where a sign-up stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    MissingRequirements,
    Complete,
    Abandoned,
}

pub(crate) fn status(sign_up: &SignUp, now: Timestamp) -> Status {
    if sign_up.created_user_id.is_some() {
        Status::Complete
    } else if sign_up.abandon_at <= now {
        Status::Abandoned
    } else {
        Status::MissingRequirements
    }
}

/// What the settings ask for, held against what a sign-up has.
pub(crate) fn requirements(settings: &Settings, sign_up: &SignUp) -> Requirements {
    let attributes = &settings.attributes;
    let mut found = Requirements::default();
    // Who comes with an account elsewhere needs no password here.
    let external = sign_up.external.is_some() && is_verified(sign_up.external_verification.as_deref());
    let fields: [(&str, &Attribute, bool); 6] = [
        ("email_address", &attributes.email_address, sign_up.email_address.is_some()),
        ("phone_number", &attributes.phone_number, sign_up.phone_number.is_some()),
        ("username", &attributes.username, sign_up.username.is_some()),
        ("password", &attributes.password, sign_up.password.is_some() || external),
        ("first_name", &attributes.first_name, sign_up.first_name.is_some()),
        ("last_name", &attributes.last_name, sign_up.last_name.is_some()),
    ];
    for (name, attribute, given) in fields {
        match (attribute.enabled, attribute.required) {
            (false, _) => {}
            (true, true) => {
                found.required.push(name.to_owned());
                if !given {
                    found.missing.push(name.to_owned());
                }
            }
            (true, false) => found.optional.push(name.to_owned()),
        }
    }
    let social = settings.social.iter().filter(|(_, provider)| provider.enabled && provider.authenticatable);
    found.optional.extend(social.map(|(name, _)| format!("oauth_{name}")));
    let identified =
        sign_up.email_address.is_some() || sign_up.phone_number.is_some() || sign_up.username.is_some() || external;
    let identifiers = ["email_address", "phone_number", "username"];
    if !identified && !found.missing.iter().any(|name| identifiers.contains(&name.as_str())) {
        let name = match (attributes.email_address.enabled, attributes.phone_number.enabled) {
            (true, true) => "email_address_or_phone_number",
            (true, false) => "email_address",
            (false, true) => "phone_number",
            (false, false) => "username",
        };
        found.missing.push(name.to_owned());
    }
    if settings.sign_up.legal_consent_required {
        found.required.push("legal_accepted".to_owned());
        if sign_up.legal_accepted_at.is_none() {
            found.missing.push("legal_accepted".to_owned());
        }
    }
    if settings.sign_up.custom_action_required && !sign_up.custom_action {
        found.missing.push("custom_action".to_owned());
    }
    let proofs: [(&str, &Attribute, bool, Option<&Verification>); 2] = [
        (
            "email_address",
            &attributes.email_address,
            sign_up.email_address.is_some(),
            sign_up.email_verification.as_deref(),
        ),
        (
            "phone_number",
            &attributes.phone_number,
            sign_up.phone_number.is_some(),
            sign_up.phone_verification.as_deref(),
        ),
    ];
    for (name, attribute, given, proof) in proofs {
        if given && attribute.verify_at_sign_up && !is_verified(proof) {
            found.unverified.push(name.to_owned());
        }
    }
    found
}

fn is_verified(verification: Option<&Verification>) -> bool {
    verification.is_some_and(Verification::is_verified)
}

/// Makes the user and the session of a sign-up that has everything; one that has not stays as it is.
///
/// The client's token is for the caller to rotate.
///
/// # Errors
///
/// What it was to be called by belongs to somebody else by now.
pub(crate) fn settle(
    state: &mut State,
    id: &SignUpId,
    inbound: Option<&Inbound>,
    now: Timestamp,
) -> Result<Option<SessionId>, Failure> {
    let Some(sign_up) = state.tables.sign_ups.get(id).cloned() else { return Ok(None) };
    let found = requirements(state.settings(), &sign_up);
    let open = status(&sign_up, now) == Status::MissingRequirements;
    if !open || !found.missing.is_empty() || !found.unverified.is_empty() {
        return Ok(None);
    }
    still_free(state, &sign_up)?;
    let user_id = insert(state, &sign_up, now);
    if let Some(account) = &sign_up.external {
        external::link(state, &user_id, (**account).clone(), now);
        users::updated(state, &user_id, now);
    }
    super::invitations::accept(state, &sign_up, now);
    let organization_id = join(state, &sign_up, &user_id, now);
    let opening = sessions::Opening { strategy: strategy(&sign_up), organization_id, ..sessions::Opening::default() };
    let session = sessions::create(state, &sign_up.client_id, &user_id, opening, inbound, now);
    if let Some(mut sign_up) = state.tables.sign_ups.edit(id) {
        sign_up.created_user_id = Some(user_id);
        sign_up.created_session_id = Some(session.clone());
    }
    if let Some(mut client) = state.tables.clients.edit(&sign_up.client_id) {
        client.sign_up_id = None;
        client.sign_in_id = None;
    }
    Ok(Some(session))
}

/// Makes the user a member of the organization that the ticket was for, which is then the one in the foreground.
fn join(state: &mut State, sign_up: &SignUp, user: &UserId, now: Timestamp) -> Option<OrganizationId> {
    let id = sign_up.organization_invitation_id.as_deref()?;
    let organization = state.tables.organization_invitations.get(id)?.organization_id.clone();
    // An organization that has filled up meanwhile does not take the account away again.
    organizations::invitations::accept(state, id, user, now).ok()?;
    Some(organization)
}

/// Between asking for a code and giving it, somebody else may have taken the name.
fn still_free(state: &State, sign_up: &SignUp) -> Result<(), Failure> {
    let mut taken = Vec::new();
    if sign_up.email_address.as_deref().is_some_and(|address| users::email_taken(state, address, None)) {
        taken.push(users::exists("email_address"));
    }
    if sign_up.phone_number.as_deref().is_some_and(|number| users::phone_taken(state, number, None)) {
        taken.push(users::exists("phone_number"));
    }
    if sign_up.username.as_deref().is_some_and(|name| users::username_taken(state, name, None)) {
        taken.push(users::exists("username"));
    }
    taken.into_iter().reduce(Failure::and).map_or(Ok(()), Err)
}

fn insert(state: &mut State, sign_up: &SignUp, now: Timestamp) -> UserId {
    let mut user = User::new(UserId::from(State::id("user", now)), now);
    user.external_id.clone_from(&sign_up.external_id);
    user.username.clone_from(&sign_up.username);
    user.first_name.clone_from(&sign_up.first_name);
    user.last_name.clone_from(&sign_up.last_name);
    user.locale.clone_from(&sign_up.locale);
    user.unsafe_metadata = sign_up.unsafe_metadata.clone();
    user.public_metadata = sign_up.public_metadata.clone();
    user.legal_accepted_at = sign_up.legal_accepted_at;
    user.delete_self_enabled = state.settings().delete_self;
    user.password =
        sign_up.password.clone().map(|digest| Box::new(Password { digest, updated_at: now, compromised: false }));
    if let Some(address) = &sign_up.email_address {
        user.email_addresses.push(users::new_email(address, proof(sign_up.email_verification.as_deref()), now));
    }
    if let Some(number) = &sign_up.phone_number {
        user.phone_numbers.push(users::new_phone(number, proof(sign_up.phone_verification.as_deref()), now));
    }
    users::insert(state, user, now)
}

/// The proof without what was needed for it.
fn proof(verification: Option<&Verification>) -> Option<Verification> {
    let verification = verification?;
    Some(Verification { code: None, token: None, identification_id: None, ..verification.clone() })
}

/// How the person came in, as the client remembers it.
fn strategy(sign_up: &SignUp) -> Option<String> {
    let proofs = [&sign_up.external_verification, &sign_up.email_verification, &sign_up.phone_verification];
    let verified = proofs.into_iter().flatten().find(|proof| proof.is_verified());
    let password = || sign_up.password.is_some().then(|| "password".to_owned());
    verified.map(|proof| proof.strategy.clone()).or_else(password)
}
