//! Proving one's factors again within a session.

use clerk_core::SessionId;
use clerk_fapi::types;

use crate::{
    answer::Outcome,
    crypto::{encoding, ids, passkey, totp},
    failure::Failure,
    fapi::Call,
    model::{
        session::{Reverification, Session},
        user::User,
        verification::{Status, Verification},
    },
    rules::{passkeys, reverification::Level, users, verification as codes},
    views::{self, fapi::session as session_views},
};

/// Where a reverification stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    First,
    Second,
    Complete,
}

fn stage(reverification: &Reverification) -> Stage {
    let proven = |verification: &Option<Verification>| verification.as_ref().is_some_and(Verification::is_verified);
    let needs = |level: Level| Level::parse(&reverification.level) == Some(level);
    if !needs(Level::SecondFactor) && !proven(&reverification.first) {
        Stage::First
    } else if !needs(Level::FirstFactor) && !proven(&reverification.second) {
        Stage::Second
    } else {
        Stage::Complete
    }
}

/// Starts over with a level; whoever has no second factor proves the first.
pub(super) fn start(call: &mut Call<'_>) -> Outcome {
    let session = super::live(call)?;
    let (id, user) = (session.id.clone(), owner(call, session)?);
    let level = Level::parse(call.input.required_text("level")?).ok_or_else(|| Failure::value("level"))?;
    let level = if user.two_factor_enabled() { level } else { Level::FirstFactor };
    let now = call.now;
    if let Some(mut session) = call.state.tables.sessions.edit(&id) {
        session.reverification = Some(Box::new(Reverification {
            level: level.as_str().to_owned(),
            first: None,
            second: None,
            started_at: now,
        }));
    }
    reply(call, &id)
}

pub(super) fn prepare_first(call: &mut Call<'_>) -> Outcome {
    let (id, user, reverification) = begun(call, Stage::First)?;
    let strategy = call.input.required_text("strategy")?.to_owned();
    let previous = reverification.first.as_ref();
    let verification = match strategy.as_str() {
        "email_code" => {
            let wanted = call.input.text("email_address_id").filter(|id| !id.is_empty());
            let email = match wanted {
                Some(id) => user.email(id).filter(|email| email.is_verified()),
                None => user.primary_email().filter(|email| email.is_verified()),
            };
            let email = email.ok_or_else(|| Failure::value("email_address_id"))?;
            let (of, to) = (email.id.as_str(), email.email_address.as_str());
            codes::send_code(call.state, &strategy, of, to, Some(user.id.as_str()), previous, call.now)?
        }
        "phone_code" => send_phone_code(call, &user, previous, false)?,
        "passkey" => passkey_options(call, &user)?,
        _ => return Err(unavailable()),
    };
    keep(call, &id, |reverification| reverification.first = Some(verification));
    reply(call, &id)
}

pub(super) fn attempt_first(call: &mut Call<'_>) -> Outcome {
    let (id, user, mut reverification) = begun(call, Stage::First)?;
    let strategy = call.input.required_text("strategy")?;
    let outcome = match strategy {
        "password" => {
            let given = call.input.required_text("password")?;
            let password = user.password.as_ref().ok_or_else(unavailable)?;
            if password.digest.verify(given) == Some(true) {
                reverification.first = Some(Verification::verified(strategy, call.now));
                Ok(())
            } else {
                Err(Failure::new(422, "form_password_incorrect", "is incorrect")
                    .explained("the password is not the right one")
                    .param("password"))
            }
        }
        "email_code" | "phone_code" => {
            let code = call.input.required_text("code")?;
            attempt_code(reverification.first.as_mut(), strategy, code, call)
        }
        "passkey" => attempt_passkey(call, &user, reverification.first.as_mut()),
        _ => return Err(unavailable()),
    };
    finish(call, &id, reverification, outcome)
}

pub(super) fn prepare_second(call: &mut Call<'_>) -> Outcome {
    let (id, user, reverification) = begun(call, Stage::Second)?;
    if call.input.text("strategy").is_some_and(|strategy| strategy != "phone_code") {
        return Err(unavailable());
    }
    let verification = send_phone_code(call, &user, reverification.second.as_ref(), true)?;
    keep(call, &id, |reverification| reverification.second = Some(verification));
    reply(call, &id)
}

pub(super) fn attempt_second(call: &mut Call<'_>) -> Outcome {
    let (id, user, mut reverification) = begun(call, Stage::Second)?;
    let strategy = call.input.required_text("strategy")?;
    let code = call.input.required_text("code")?;
    let outcome = match strategy {
        "phone_code" => attempt_code(reverification.second.as_mut(), strategy, code, call),
        "totp" | "backup_code" => {
            let right =
                if strategy == "totp" { take_totp(call, &user, code)? } else { take_backup(call, &user, code)? };
            if right {
                reverification.second = Some(Verification::verified(strategy, call.now));
                Ok(())
            } else {
                Err(codes::incorrect_code())
            }
        }
        _ => return Err(unavailable()),
    };
    finish(call, &id, reverification, outcome)
}

fn owner(call: &Call<'_>, session: &Session) -> Result<User, Failure> {
    call.state.tables.users.get(&session.user_id).cloned().ok_or_else(Failure::authentication_invalid)
}

/// The reverification in progress, at the stage that the request is for.
fn begun(call: &Call<'_>, wanted: Stage) -> Result<(SessionId, User, Reverification), Failure> {
    let session = super::live(call)?;
    let missing = || {
        Failure::new(400, "session_reverification_missing", "no reverification was started")
            .explained("start the verification of the session first")
    };
    let reverification = session.reverification.as_deref().ok_or_else(missing)?.clone();
    if stage(&reverification) != wanted {
        return Err(Failure::new(400, "invalid_action_for_session_reverification", "not what comes next")
            .explained("the verification of this session is at another factor, or complete"));
    }
    Ok((session.id.clone(), owner(call, session)?, reverification))
}

fn keep(call: &mut Call<'_>, id: &SessionId, change: impl FnOnce(&mut Reverification)) {
    if let Some(mut session) = call.state.tables.sessions.edit(id)
        && let Some(reverification) = session.reverification.as_mut()
    {
        change(reverification);
    }
}

/// Keeps what an attempt changed, also where it failed; a factor that was proven is fresh from now on.
fn finish(
    call: &mut Call<'_>,
    id: &SessionId,
    reverification: Reverification,
    outcome: Result<(), Failure>,
) -> Outcome {
    let now = call.now;
    if let Some(mut session) = call.state.tables.sessions.edit(id) {
        // A factor counts from when it was proven, not from when the other one follows.
        let proven = |verification: &Option<Verification>| verification.as_ref().and_then(|it| it.verified_at);
        if let Some(at) = proven(&reverification.first) {
            session.first_factor_at = Some(at);
        }
        if let Some(at) = proven(&reverification.second) {
            session.second_factor_at = Some(at);
        }
        session.updated_at = now;
        session.reverification = Some(Box::new(reverification));
    }
    outcome?;
    reply(call, id)
}

fn reply(call: &mut Call<'_>, id: &SessionId) -> Outcome {
    let missing = || Failure::not_found("session", id.as_str());
    let session = call.state.tables.sessions.get(id).ok_or_else(missing)?;
    let reverification = session.reverification.as_deref().ok_or_else(missing)?;
    let user = call.state.tables.users.get(&session.user_id).ok_or_else(missing)?;
    let status = match stage(reverification) {
        Stage::First => "needs_first_factor",
        Stage::Second => "needs_second_factor",
        Stage::Complete => "complete",
    };
    let verification = |proof: &Option<Verification>| {
        proof.as_ref().map(|proof| views::fapi::verification::verification(proof, call.now))
    };
    let mut view = types::SessionReverification::new(status);
    view.object = Some("session_reverification".to_owned());
    view.level = Some(reverification.level.clone());
    view.supported_first_factors = first_factors(user);
    view.supported_second_factors = second_factors(user);
    view.first_factor_verification = verification(&reverification.first);
    view.second_factor_verification = verification(&reverification.second);
    view.session = Some(session_views::base(call.state, session, call.now));
    call.reply(&view)
}

fn factor(strategy: &str) -> types::SignInFactor {
    let mut factor = types::SignInFactor::new();
    factor.strategy = Some(strategy.into());
    factor
}

fn first_factors(user: &User) -> Vec<types::SignInFactor> {
    let mut factors = Vec::new();
    if user.password.is_some() {
        factors.push(factor("password"));
    }
    for email in user.email_addresses.iter().filter(|email| email.is_verified()) {
        let mut one = factor("email_code");
        one.email_address_id = Some(email.id.clone());
        one.safe_identifier = Some(email.email_address.clone());
        one.primary = user.primary_email_address_id.as_ref() == Some(&email.id);
        factors.push(one);
    }
    for phone in user.phone_numbers.iter().filter(|phone| phone.is_verified() && !phone.reserved_for_second_factor) {
        let mut one = factor("phone_code");
        one.phone_number_id = Some(phone.id.clone());
        one.safe_identifier = Some(phone.phone_number.clone());
        one.primary = user.primary_phone_number_id.as_ref() == Some(&phone.id);
        factors.push(one);
    }
    if user.passkeys.iter().any(|passkey| !passkey.credential_id.is_empty()) {
        factors.push(factor("passkey"));
    }
    factors
}

fn second_factors(user: &User) -> Vec<types::SignInFactor> {
    let mut factors = Vec::new();
    if user.totp_enabled() {
        factors.push(factor("totp"));
    }
    for phone in user.phone_numbers.iter().filter(|phone| phone.reserved_for_second_factor) {
        let mut one = factor("phone_code");
        one.phone_number_id = Some(phone.id.clone());
        one.safe_identifier = Some(phone.phone_number.clone());
        one.default = phone.default_second_factor;
        factors.push(one);
    }
    if user.backup_codes_enabled() {
        factors.push(factor("backup_code"));
    }
    factors
}

fn unavailable() -> Failure {
    Failure::new(400, "strategy_for_user_invalid", "not a strategy of this user")
        .explained("this user cannot prove a factor that way")
        .param("strategy")
}

fn send_phone_code(
    call: &mut Call<'_>,
    user: &User,
    previous: Option<&Verification>,
    second: bool,
) -> Result<Verification, Failure> {
    let wanted = call.input.text("phone_number_id").filter(|id| !id.is_empty());
    let phones = user.phone_numbers.iter();
    let mut phones = phones.filter(|phone| phone.is_verified() && phone.reserved_for_second_factor == second);
    let phone = match wanted {
        Some(id) => phones.find(|phone| phone.id.as_str() == id).ok_or_else(|| Failure::value("phone_number_id"))?,
        None => {
            let primary = user.primary_phone_number_id.as_ref();
            let first = phones.clone().find(|phone| phone.default_second_factor || Some(&phone.id) == primary);
            first.or_else(|| phones.next()).ok_or_else(unavailable)?
        }
    };
    let (of, to) = (phone.id.as_str(), phone.phone_number.as_str());
    codes::send_code(call.state, "phone_code", of, to, Some(user.id.as_str()), previous, call.now)
}

fn attempt_code(
    verification: Option<&mut Verification>,
    strategy: &str,
    code: &str,
    call: &Call<'_>,
) -> Result<(), Failure> {
    let sent = verification.filter(|verification| verification.strategy == strategy).ok_or_else(|| {
        Failure::new(400, "verification_missing", "nothing was prepared")
            .explained("prepare this factor before trying a code")
    })?;
    codes::attempt_code(sent, code, call.now)
}

fn passkey_options(call: &Call<'_>, user: &User) -> Result<Verification, Failure> {
    let known: Vec<String> = user
        .passkeys
        .iter()
        .map(|passkey| passkey.credential_id.clone())
        .filter(|credential| !credential.is_empty())
        .collect();
    if known.is_empty() {
        return Err(
            Failure::new(400, "no_passkeys_found_for_user", "no passkeys").explained("this user has no passkey")
        );
    }
    let challenge = encoding::base64url(&ids::random_bytes::<32>());
    Ok(Verification {
        status: Status::Unverified,
        strategy: "passkey".to_owned(),
        expire_at: Some(crate::clock::Later::after(call.now, call.state.settings().lifetimes.verification)),
        nonce: Some(passkey::request_options(&passkeys::rp_id(call.state), &known, &challenge).to_string()),
        token: Some(challenge),
        ..Verification::default()
    })
}

fn attempt_passkey(call: &mut Call<'_>, user: &User, verification: Option<&mut Verification>) -> Result<(), Failure> {
    let invalid = || {
        Failure::new(400, "passkey_invalid_verification", "the passkey was not prepared")
            .explained("prepare this factor before answering it with a passkey")
    };
    let prepared = verification.filter(|it| it.strategy == "passkey").ok_or_else(invalid)?;
    if prepared.status_at(call.now) != Status::Unverified {
        return Err(Failure::new(400, "verification_expired", "expired")
            .explained("this verification has expired; prepare it again"));
    }
    let credential = call.input.required_text("public_key_credential")?;
    let unusable = |param: &str| {
        Failure::new(422, "passkey_invalid_public_key_credential", "is not a credential")
            .explained("the credential does not have the form of the standard")
            .param(param)
    };
    let id = passkey::credential_id(credential).map_err(|_| unusable("public_key_credential"))?;
    let known = user.passkeys.iter().find(|passkey| passkey.credential_id == id).ok_or_else(|| {
        Failure::new(404, "passkey_not_registered", "unknown passkey")
            .explained("this passkey is not registered for this user")
    })?;
    let challenge = prepared.token.clone().ok_or_else(invalid)?;
    let rp_id = passkeys::rp_id(call.state);
    let allowed = |origin: &str| passkeys::allows_origin(&rp_id, origin);
    let count = passkey::assert(credential, &challenge, &rp_id, allowed, &known.public_key, known.sign_count).map_err(
        |_| {
            Failure::new(400, "passkey_authentication_failure", "the passkey was refused")
                .explained("the passkey did not answer this challenge")
        },
    )?;
    prepared.status = Status::Verified;
    prepared.verified_at = Some(call.now);
    if let Some(mut user) = call.state.tables.users.edit(&user.id)
        && let Some(passkey) = user.passkeys.iter_mut().find(|passkey| passkey.credential_id == id)
    {
        passkey.sign_count = count;
        passkey.last_used_at = Some(call.now);
    }
    Ok(())
}

/// Whether the code is the app's, and none that was used before.
fn take_totp(call: &mut Call<'_>, user: &User, code: &str) -> Result<bool, Failure> {
    let app = user.totp.as_ref().filter(|totp| totp.verified).ok_or_else(unavailable)?;
    let step = totp::verify(&app.secret, code, call.now).filter(|step| app.last_step.is_none_or(|last| *step > last));
    if let Some(step) = step
        && let Some(mut user) = call.state.tables.users.edit(&user.id)
        && let Some(app) = user.totp.as_mut()
    {
        app.last_step = Some(step);
    }
    Ok(step.is_some())
}

/// Whether the code is one on paper that was not used before; it is used from now on.
fn take_backup(call: &mut Call<'_>, user: &User, code: &str) -> Result<bool, Failure> {
    if user.backup_codes.is_empty() {
        return Err(Failure::new(400, "backup_codes_not_available", "no backup codes")
            .explained("this user has no backup codes"));
    }
    let Some(mut user) = call.state.tables.users.edit(&user.id) else { return Ok(false) };
    Ok(users::spend_backup_code(&mut user, code.trim()))
}
