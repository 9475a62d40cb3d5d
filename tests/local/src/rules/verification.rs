//! Codes and links: sent, tried, taken.

use clerk_core::Timestamp;

use crate::{
    clock::Later,
    crypto::ids,
    failure::Failure,
    fapi::Call,
    inbox::{self, Outgoing},
    model::verification::{Status, Verification},
    rules::external::redirects,
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
    may_send(previous, identification_id, lifetimes.resend, now)?;
    let test = state.settings().instance.test_mode && is_test_identifier(to);
    let code = if test { TEST_CODE.to_owned() } else { ids::numeric_code(6) };
    inbox::send(state, Outgoing { to, slug: strategy, code: Some(&code), link: None, user_id }, now);
    Ok(Verification {
        status: Status::Unverified,
        strategy: strategy.to_owned(),
        attempts: Some(0),
        expire_at: Some(now.after(lifetimes.verification)),
        code: Some(code),
        identification_id: Some(identification_id.to_owned()),
        channel: strategy.ends_with("phone_code").then(|| "sms".to_owned()),
        sent_at: Some(now),
        ..Verification::default()
    })
}

/// Refuses to send to an address or number that something was sent to a moment ago.
fn may_send(
    previous: Option<&Verification>,
    identification_id: &str,
    pause: std::time::Duration,
    now: Timestamp,
) -> Result<(), Failure> {
    let sent = previous.filter(|previous| previous.identification_id.as_deref() == Some(identification_id));
    let end = sent.and_then(|previous| previous.sent_at).map(|sent_at| sent_at.after(pause));
    let Some(end) = end.filter(|end| *end > now) else { return Ok(()) };
    let wait = end.as_millis().saturating_sub(now.as_millis()).saturating_add(999).div_euclid(1000);
    let mut failure = Failure::new(429, "verification_code_too_many_requests", "too many requests")
        .explained(format!("another one can be sent in {wait} s"));
    failure.headers.push(("retry-after", wait.to_string()));
    Err(failure)
}

/// Tries a code, and counts the try.
///
/// # Errors
///
/// It was not sent, is not this one, is no longer taken, or was tried too often.
pub(crate) fn attempt_code(verification: &mut Verification, code: &str, now: Timestamp) -> Result<(), Failure> {
    match verification.status_at(now) {
        Status::Verified => {
            return Err(already_verified());
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

pub(crate) fn already_verified() -> Failure {
    Failure::new(400, "verification_already_verified", "already verified")
        .explained("this has already been verified, there is nothing left to prove")
}

pub(crate) fn incorrect_code() -> Failure {
    Failure::new(422, "form_code_incorrect", "is incorrect").explained("the code is not the right one").param("code")
}

fn too_many() -> Failure {
    Failure::new(400, "verification_failed", "too many failed attempts")
        .explained("too many wrong codes were tried; a new code has to be sent")
}

/// Where an email link leads once it was opened.
#[derive(Clone, Debug)]
pub(crate) enum LinkTarget {
    /// The page that is told how it went.
    Page(String),
    /// An application that trades in what it is handed, with the verifier of this challenge.
    Native { redirect_uri: String, code_challenge: String },
}

impl LinkTarget {
    /// The target that a request names: a page by `redirect_url`, an application by `redirect_uri` and a challenge.
    ///
    /// # Errors
    ///
    /// Neither is there, or it is none that a browser may be sent to.
    pub(crate) fn of(call: &Call<'_>) -> Result<Self, Failure> {
        let input = call.input;
        if input.text("redirect_uri").is_none_or(str::is_empty) {
            let url = input.required_text("redirect_url")?;
            redirects::check(call.state, false, url, "redirect_url")?;
            return Ok(Self::Page(url.to_owned()));
        }
        let redirect_uri = input.required_text("redirect_uri")?;
        redirects::check(call.state, call.caller.native, redirect_uri, "redirect_uri")?;
        let code_challenge = input.required_text("code_challenge")?;
        check_challenge(code_challenge)?;
        if input.required_text("code_challenge_method")? != "S256" {
            return Err(Failure::value("code_challenge_method"));
        }
        Ok(Self::Native { redirect_uri: redirect_uri.to_owned(), code_challenge: code_challenge.to_owned() })
    }
}

/// Checks the form of a challenge of S256: a SHA-256 in base64url.
///
/// # Errors
///
/// It is none.
pub(crate) fn check_challenge(challenge: &str) -> Result<(), Failure> {
    let hash = crate::crypto::encoding::from_base64url(challenge);
    if hash.is_some_and(|hash| hash.len() == 32) { Ok(()) } else { Err(Failure::format("code_challenge")) }
}

/// Whose link it is, and where it goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinkFor<'a> {
    /// The id of the sign-in, the sign-up or the email address that keeps the proof.
    pub(crate) owner: &'a str,
    pub(crate) identification_id: &'a str,
    pub(crate) to: &'a str,
    pub(crate) user_id: Option<&'a str>,
}

/// Makes an email link and sends it; the page that it opens is [`fapi::sign_ins::links`](crate::fapi::sign_ins).
///
/// # Errors
///
/// The last one was sent a moment ago.
pub(crate) fn send_link(
    state: &mut State,
    link: LinkFor<'_>,
    target: LinkTarget,
    previous: Option<&Verification>,
    now: Timestamp,
) -> Result<Verification, Failure> {
    let lifetimes = state.settings().lifetimes.clone();
    may_send(previous, link.identification_id, lifetimes.resend, now)?;
    // The owner is in the token, so that the page finds the proof again.
    let token = format!("{}.{}", link.owner, ids::random_text(24));
    let url = format!("{}/v1/verify?token={token}", state.addresses.frontend);
    let outgoing = Outgoing { to: link.to, slug: "email_link", code: None, link: Some(&url), user_id: link.user_id };
    inbox::send(state, outgoing, now);
    let (redirect_url, code_challenge) = match target {
        LinkTarget::Page(url) => (url, None),
        LinkTarget::Native { redirect_uri, code_challenge } => (redirect_uri, Some(code_challenge)),
    };
    Ok(Verification {
        status: Status::Unverified,
        strategy: "email_link".to_owned(),
        expire_at: Some(now.after(lifetimes.verification)),
        token: Some(token),
        identification_id: Some(link.identification_id.to_owned()),
        redirect_url: Some(redirect_url),
        code_challenge,
        sent_at: Some(now),
        ..Verification::default()
    })
}
