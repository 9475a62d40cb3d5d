//! Codes and links: sent, tried, taken.

use clerk_core::Timestamp;

use crate::{
    clock::Later,
    crypto::ids,
    failure::Failure,
    inbox::{self, Outgoing},
    model::verification::{Status, Verification},
    settings::Settings,
    state::State,
};

/// The code that test identifiers take.
pub(crate) const TEST_CODE: &str = "424242";

/// How often a code may be tried.
const MAX_ATTEMPTS: u32 = 5;

/// Whether an address or number is one for tests: `…+clerk_test@…`, or `+1XXX55501XX`.
pub(crate) fn is_test_identifier(identifier: &str) -> bool {
    if let Some((local, _)) = identifier.split_once('@') {
        return local.to_ascii_lowercase().contains("+clerk_test");
    }
    let digits =
        identifier.strip_prefix("+1").filter(|rest| rest.len() == 10 && rest.bytes().all(|b| b.is_ascii_digit()));
    digits.and_then(|digits| digits.get(3..8)).is_some_and(|middle| middle == "55501")
}

/// Makes a code for an address (`email_code`, `reset_password_email_code`) or a number (`phone_code`, …) and sends it.
///
/// `previous` is the proof that it takes the place of: a code cannot be sent again at once.
///
/// # Errors
///
/// The last code was sent a moment ago.
pub(crate) fn send_code(
    state: &mut State,
    strategy: &str,
    identification_id: &str,
    to: &str,
    user_id: Option<&str>,
    previous: Option<&Verification>,
    now: Timestamp,
) -> Result<Verification, Failure> {
    let lifetimes = state.settings().lifetimes.clone();
    let sent = previous.filter(|previous| previous.identification_id.as_deref() == Some(identification_id));
    if let Some(sent_at) = sent.and_then(|previous| previous.sent_at)
        && sent_at.after(lifetimes.resend) > now
    {
        let wait = (sent_at.after(lifetimes.resend).as_millis() - now.as_millis() + 999) / 1000;
        let mut failure = Failure::new(429, "verification_code_too_many_requests", "too many requests")
            .explained(format!("another code can be sent in {wait} s"));
        failure.headers.push(("retry-after", wait.to_string()));
        return Err(failure);
    }
    let code = if is_test_identifier(to) { TEST_CODE.to_owned() } else { ids::numeric_code(6) };
    inbox::send(state, Outgoing { to, slug: strategy, code: Some(&code), link: None, user_id }, now);
    Ok(Verification {
        status: Status::Unverified,
        strategy: strategy.to_owned(),
        attempts: Some(0),
        expire_at: Some(now.after(lifetimes.verification)),
        code: Some(code),
        identification_id: Some(identification_id.to_owned()),
        sent_at: Some(now),
        ..Verification::default()
    })
}

/// Tries a code, and counts the try.
///
/// # Errors
///
/// It was not sent, is not this one, is no longer taken, or was tried too often.
pub(crate) fn attempt_code(verification: &mut Verification, code: &str, now: Timestamp) -> Result<(), Failure> {
    match verification.status_at(now) {
        Status::Verified => {
            return Err(Failure::new(400, "verification_already_verified", "already verified")
                .explained("this verification has already been completed"));
        }
        Status::Expired => {
            verification.status = Status::Expired;
            return Err(Failure::new(400, "verification_expired", "expired")
                .explained("this verification has expired; a new code has to be sent"));
        }
        Status::Failed => return Err(too_many()),
        Status::Unverified | Status::Transferable => {}
    }
    let Some(expected) = verification.code.as_deref() else {
        return Err(Failure::new(400, "verification_not_sent", "nothing was sent")
            .explained("a code has to be sent before one can be tried"));
    };
    let attempts = verification.attempts.unwrap_or(0).saturating_add(1);
    let correct = crate::crypto::encoding::same(expected.as_bytes(), code.as_bytes());
    verification.attempts = Some(attempts);
    if correct {
        verification.status = Status::Verified;
        verification.verified_at = Some(now);
        return Ok(());
    }
    if attempts >= MAX_ATTEMPTS {
        verification.status = Status::Failed;
        return Err(too_many());
    }
    Err(incorrect_code())
}

pub(crate) fn incorrect_code() -> Failure {
    Failure::new(422, "form_code_incorrect", "is incorrect").explained("the code is not the right one").param("code")
}

fn too_many() -> Failure {
    Failure::new(400, "verification_failed", "too many failed attempts")
        .explained("too many wrong codes were tried; a new code has to be sent")
}

/// Whether a strategy verifies email addresses or signs in by one.
pub(crate) fn email_link_lifetime(settings: &Settings) -> std::time::Duration {
    settings.lifetimes.verification
}
