//! Beginning to sign in, as far as one request can carry it.

use clerk_core::{SignInId, UserId};

use super::{
    super::Call, advance, attempt, first_factors, passkey, prepare, reply, set_first, strategy_invalid, text, ticket,
    trusted_device,
};
use crate::{
    answer::Outcome,
    clock::Later,
    failure::Failure,
    model::{
        session,
        sign_in::SignIn,
        sign_up::SignUp,
        verification::{Status, Verification},
    },
    rules::{external, factors, lockout, restrictions, sessions, sign_ins, users},
    settings::{DeviceAttestation, SignUpMode},
    state::State,
};

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    if call.caller.native && call.state.settings().device_attestation == DeviceAttestation::Enforced {
        return Err(Failure::new(401, "requires_device_attestation", "device attestation required")
            .explained("this instance takes sign-ins of native applications only from devices that are attested"));
    }
    one_session(call)?;
    if call.input.flag("transfer") == Some(true) {
        return transfer(call);
    }
    let strategy = text(call, "strategy");
    let identifier = text(call, "identifier");
    match strategy.as_deref() {
        Some("ticket") => ticket::sign_in(call),
        None if text(call, "ticket").is_some() => ticket::sign_in(call),
        Some("passkey") if identifier.is_none() => {
            let id = begin(call, None, None);
            let options = passkey::options(call, &id)?;
            set_first(call, &id, options);
            reply(call, &id)
        }
        Some("trusted_device") if identifier.is_none() => {
            let options = trusted_device::challenge(call, None)?;
            let id = begin(call, None, None);
            set_first(call, &id, options);
            reply(call, &id)
        }
        Some(name) if name.starts_with("oauth_token_") || name == "google_one_tap" => Err(strategy_invalid(name)),
        Some(name) if is_external(name) => external(call, name, identifier.as_deref()),
        _ => match identifier {
            Some(identifier) => with_identifier(call, &identifier, strategy.as_deref()),
            None if strategy.is_some() || text(call, "password").is_some() => Err(Failure::missing("identifier")),
            None => {
                let id = begin(call, None, None);
                reply(call, &id)
            }
        },
    }
}

/// Whether a strategy leads away to a provider.
pub(super) fn is_external(strategy: &str) -> bool {
    strategy.starts_with("oauth_") || matches!(strategy, "enterprise_sso" | "saml")
}

/// Where a client holds one session, whoever is signed in has to sign out first.
fn one_session(call: &Call<'_>) -> Result<(), Failure> {
    if !call.state.settings().single_session {
        return Ok(());
    }
    let Some(client) = call.client() else { return Ok(()) };
    let open = client.session_ids.iter().filter_map(|id| call.state.tables.sessions.get(id));
    let mut open = open.filter(|session| sessions::status(session, call.now) == session::Status::Active);
    open.next().map_or(Ok(()), |session| {
        Err(Failure::new(400, "session_exists", "already signed in")
            .explained("somebody is signed in on this client already, and it holds one session only")
            .with("session_id", session.id.as_str()))
    })
}

/// Puts a new attempt in the place of the one that the client has.
pub(super) fn begin(call: &mut Call<'_>, identifier: Option<String>, user_id: Option<UserId>) -> SignInId {
    let client_id = call.client_or_new();
    let id = SignInId::from(State::id("sia", call.now));
    let abandon_at = call.now.after(call.state.settings().lifetimes.attempt);
    let mut sign_in = SignIn::new(id.clone(), client_id.clone(), call.now, abandon_at);
    sign_in.identifier = identifier;
    sign_in.user_id = user_id;
    sign_in.locale = text(call, "locale");
    call.state.tables.sign_ins.insert(sign_in);
    let now = call.now;
    let replaced = call.state.tables.clients.edit(&client_id).and_then(|mut client| {
        client.updated_at = now;
        client.sign_in_id.replace(id.clone())
    });
    if let Some(replaced) = replaced {
        call.state.tables.sign_ins.remove(&replaced);
    }
    id
}

fn external(call: &mut Call<'_>, strategy: &str, identifier: Option<&str>) -> Outcome {
    let sso = !strategy.starts_with("oauth_");
    let kept = identifier.filter(|_| sso).map(str::to_owned);
    if sso && kept.is_none() && text(call, "enterprise_connection_id").is_none() {
        return Err(Failure::missing("identifier"));
    }
    let id = begin(call, kept, None);
    let verification = leave_for(call, strategy, &id)?;
    set_first(call, &id, verification);
    reply(call, &id)
}

/// Sets out for a provider on behalf of an attempt.
pub(super) fn leave_for(call: &mut Call<'_>, strategy: &str, id: &SignInId) -> Result<Verification, Failure> {
    let redirect_url = text(call, "redirect_url");
    let complete_url = text(call, "action_complete_redirect_url");
    let purpose = external::Purpose::SignIn(id.clone());
    external::begin(call, strategy, purpose, redirect_url.as_deref(), complete_url.as_deref())
}

fn with_identifier(call: &mut Call<'_>, identifier: &str, strategy: Option<&str>) -> Outcome {
    let password = text(call, "password");
    let identifier = identifier.trim();
    restrictions::check_sign_in(call.state, identifier)?;
    let user = known(call, identifier);
    let Some(user_id) = user else { return unknown(call, identifier, strategy) };
    if let Some(user) = call.state.tables.users.get(&user_id) {
        lockout::check(call.state, user, call.now)?;
    }
    if let Some(session) =
        call.client_id().and_then(|client| sign_ins::session_of(call.state, client, &user_id, call.now))
    {
        return Err(sign_ins::already_signed_in(&session));
    }
    let id = begin(call, Some(identifier.to_owned()), Some(user_id));
    match strategy {
        Some("password") if password.is_none() => Err(Failure::missing("password")),
        None | Some("password") => match password {
            Some(password) => {
                attempt::password(call, &id, &password)?;
                advance(call, &id)
            }
            None => reply(call, &id),
        },
        Some("email_link") if text(call, "redirect_url").is_none() && text(call, "redirect_uri").is_none() => {
            // Whose link it is to be is said here, where it leads to when it is prepared.
            let Some(sign_in) = call.state.tables.sign_ins.get(&id) else { return reply(call, &id) };
            first_factors(call, sign_in, "email_link")?;
            reply(call, &id)
        }
        Some(strategy) => {
            prepare::prepare(call, &id, strategy)?;
            reply(call, &id)
        }
    }
}

/// Who signs in with an identifier, of a kind that this instance has.
fn known(call: &Call<'_>, identifier: &str) -> Option<UserId> {
    let attributes = &call.state.settings().attributes;
    let user = users::by_identifier(call.state, identifier)?;
    let by_name = user.username.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(identifier));
    let enabled = if identifier.contains('@') {
        attributes.email_address.enabled
    } else if by_name {
        attributes.username.enabled
    } else {
        attributes.phone_number.enabled
    };
    enabled.then(|| user.id.clone())
}

/// An identifier that nobody has: it may lead to an enterprise connection, or to an account that is yet to be made.
fn unknown(call: &mut Call<'_>, identifier: &str, strategy: Option<&str>) -> Outcome {
    if strategy.is_none() && factors::connection(call.state, identifier).is_some() {
        let id = begin(call, Some(identifier.to_owned()), None);
        return reply(call, &id);
    }
    if call.input.flag("sign_up_if_missing") != Some(true) {
        return Err(Failure::new(422, "form_identifier_not_found", "is not known")
            .explained("no account with this identifier was found")
            .param("identifier"));
    }
    if call.state.settings().sign_up.mode != SignUpMode::Public {
        return Err(Failure::new(422, "sign_up_if_missing_not_allowed", "no account is made on the way")
            .explained("this instance does not let everyone sign up, so a missing account cannot be made")
            .param("sign_up_if_missing"));
    }
    let attributes = &call.state.settings().attributes;
    // The account that may come of it goes by the form that addresses and numbers are kept in.
    let (identifier, attribute, code) = if identifier.contains('@') {
        (users::email(identifier, "identifier")?, &attributes.email_address, "email_code")
    } else {
        (users::phone(identifier, "identifier")?, &attributes.phone_number, "phone_code")
    };
    let possible = attribute.enabled && attribute.first_factors.iter().any(|known| known == code);
    if !possible || strategy.is_some_and(|strategy| strategy != code) || text(call, "password").is_some() {
        return Err(Failure::new(422, "sign_up_if_missing_strategy_not_supported", "not with this strategy")
            .explained("an account can be made on the way only for who proves the identifier by a code")
            .param("strategy"));
    }
    let id = begin(call, Some(identifier), None);
    if let Some(mut sign_in) = call.state.tables.sign_ins.edit(&id) {
        sign_in.sign_up_if_missing = true;
    }
    if strategy.is_some() {
        prepare::prepare(call, &id, code)?;
    }
    reply(call, &id)
}

/// Goes on from a sign-up whose external account turned out to belong to somebody.
fn transfer(call: &mut Call<'_>) -> Outcome {
    let invalid = || {
        Failure::new(400, "account_transfer_invalid", "nothing to transfer")
            .explained("there is no sign-up on this client whose external account belongs to a user")
    };
    let sign_up = call.client().and_then(|client| client.sign_up_id.clone());
    let sign_up = sign_up.and_then(|id| call.state.tables.sign_ups.get(id)).ok_or_else(invalid)?;
    let (strategy, user_id) = transferable(call.state, sign_up).ok_or_else(invalid)?;
    let external = sign_up.external.clone();
    let identifier = external.as_ref().map(|account| account.email_address.clone()).filter(|text| !text.is_empty());
    let sign_up_id = sign_up.id.clone();
    if let Some(user) = call.state.tables.users.get(&user_id) {
        lockout::check(call.state, user, call.now)?;
    }
    if let Some(session) =
        call.client_id().and_then(|client| sign_ins::session_of(call.state, client, &user_id, call.now))
    {
        return Err(sign_ins::already_signed_in(&session));
    }
    let id = begin(call, identifier, Some(user_id.clone()));
    let mut verification = Verification::verified(&strategy, call.now);
    verification.expire_at = Some(call.now.after(call.state.settings().lifetimes.verification));
    set_first(call, &id, verification);
    if let Some(external) = external {
        external::link(call.state, &user_id, *external, call.now);
        users::updated(call.state, &user_id, call.now);
    }
    call.state.tables.sign_ups.remove(&sign_up_id);
    if let Some(mut client) = call.client_id().cloned().and_then(|id| call.state.tables.clients.edit(id)) {
        client.sign_up_id = None;
    }
    advance(call, &id)
}

/// Whom a sign-up's external account belongs to, and how it was proven.
fn transferable(state: &State, sign_up: &SignUp) -> Option<(String, UserId)> {
    let verification = sign_up.external_verification.as_ref()?;
    let account = sign_up.external.as_ref()?;
    if verification.status != Status::Transferable {
        return None;
    }
    let owner = external::owner(state, account).and_then(|id| state.tables.users.get(&id));
    let owner = owner.or_else(|| {
        let vouched = account.email_verified && account.email_address.contains('@');
        users::by_identifier(state, &account.email_address).filter(|_| vouched)
    });
    owner.map(|user| (verification.strategy.clone(), user.id.clone()))
}
