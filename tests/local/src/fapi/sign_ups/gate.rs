//! Who may begin a sign-up at all.

use crate::{
    failure::Failure,
    fapi::Call,
    model::session::Status,
    rules::sessions,
    settings::{DeviceAttestation, SignUpMode},
};

/// What the test site keys of the captcha's provider give to every browser.
const CAPTCHA_TOKEN: &str = "XXXX.DUMMY.TOKEN.XXXX";

/// Refuses whoever is signed in where a client holds one session.
pub(super) fn check_session(call: &Call<'_>) -> Result<(), Failure> {
    if !call.state.settings().single_session {
        return Ok(());
    }
    let Some(client) = call.client() else { return Ok(()) };
    let sessions = client.session_ids.iter().filter_map(|id| call.state.tables.sessions.get(id));
    let open = sessions.into_iter().find(|session| sessions::status(session, call.now) == Status::Active);
    open.map_or(Ok(()), |session| {
        Err(Failure::new(400, "session_exists", "session already exists")
            .explained("somebody is signed in on this client; sign out first")
            .with("session_id", session.id.as_str()))
    })
}

/// Refuses whoever was not invited, unless everyone may sign up.
pub(super) fn check_mode(call: &Call<'_>, invited: bool) -> Result<(), Failure> {
    match call.state.settings().sign_up.mode {
        _ if invited => Ok(()),
        SignUpMode::Public => Ok(()),
        SignUpMode::Restricted => Err(Failure::new(403, "sign_up_mode_restricted", "signing up is restricted")
            .explained("signing up takes an invitation here")),
        SignUpMode::Waitlist => Err(Failure::new(403, "sign_up_restricted_waitlist", "signing up is restricted")
            .explained("signing up is not open yet; join the waitlist")),
    }
}

/// Asks browsers for a captcha, and native applications for an attested device.
pub(super) fn check_bot(call: &Call<'_>) -> Result<(), Failure> {
    let settings = call.state.settings();
    if call.caller.native {
        return match settings.device_attestation {
            DeviceAttestation::Enforced => {
                Err(Failure::new(401, "requires_device_attestation", "the device has to be attested")
                    .explained("this instance takes sign-ups from attested devices only"))
            }
            DeviceAttestation::Disabled | DeviceAttestation::Onboarding => Ok(()),
        };
    }
    let solved = call.client().is_some_and(|client| client.captcha_bypass);
    if !settings.sign_up.captcha || solved || has_testing_token(call) {
        return Ok(());
    }
    match call.input.text("captcha_token").filter(|token| !token.is_empty()) {
        Some(CAPTCHA_TOKEN) => Ok(()),
        Some(_) => Err(Failure::new(400, "captcha_invalid", "the captcha was not solved")
            .explained("the captcha token is not one of the test site keys; load the page again")
            .param("captcha_token")),
        None => Err(Failure::new(400, "captcha_missing_token", "the captcha is missing")
            .explained("signing up takes a solved captcha; send its captcha_token")
            .param("captcha_token")),
    }
}

fn has_testing_token(call: &Call<'_>) -> bool {
    let Some(token) = call.inbound.query("__clerk_testing_token") else { return false };
    let known = call.state.tables.testing_tokens.find_one(&format!("token:{token}"));
    known.is_some_and(|known| known.expires_at > call.now)
}

/// Refuses whoever says that the terms were not accepted where they have to be.
pub(super) fn check_legal(call: &Call<'_>) -> Result<(), Failure> {
    if call.state.settings().sign_up.legal_consent_required && call.input.flag("legal_accepted") == Some(false) {
        return Err(Failure::new(422, "legal_not_accepted", "the terms were not accepted")
            .explained("signing up takes accepting the terms")
            .param("legal_accepted"));
    }
    Ok(())
}
