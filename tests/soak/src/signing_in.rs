//! Signing in and up, as a person does it at a device.

use std::future::Future;

use clerk_ext::{
    Error, ErrorKind,
    frontend::{Frontend, Session, SignIn, SignUp, StepError},
};

use crate::{
    authenticator::Authenticator,
    dice::Dice,
    history::{Fact, Thing, Told, Work},
    place::Place,
    scene::Scene,
};

pub(crate) const PASSWORD: &str = "test-hunter2-and-more";

/// What is true of a step whose last attempt got no answer: it may be done, and with it the device's token another one.
/// The person signs in again.
const PASSED: &[ErrorKind] = &[
    ErrorKind::BadRequest,
    ErrorKind::Unauthorized,
    ErrorKind::Forbidden,
    ErrorKind::NotFound,
    ErrorKind::Conflict,
    ErrorKind::Validation,
];

/// Somebody with a device.
pub(crate) struct Person {
    pub(crate) address: String,
    pub(crate) app: Option<Authenticator>,
    /// Codes on paper, for when the app has none that is new.
    pub(crate) paper: Vec<String>,
}

/// Signs somebody in, by password or by a code, and by a second factor where there is one.
///
/// Another program may use the device as well.
pub(crate) async fn sign_in(
    scene: &Scene,
    device: &Frontend,
    person: &mut Person,
    place: &Place,
    dice: &mut Dice,
) -> Option<Session> {
    const WORK: Work = Work::SignIn;
    scene.history.begins(WORK);
    let begun = if dice.one_in(3) {
        let asked = scene.watched(WORK, device.sign_in().email_code(&person.address)).await;
        asked_for_code(scene, WORK, &person.address, &asked);
        asked
    } else {
        scene.watched(WORK, device.sign_in().password(&person.address, PASSWORD)).await
    };
    let failed = |error: &Error| scene.history.failed(WORK, error, true_of(false, place));
    let mut state = begun.inspect_err(failed).ok()?;
    loop {
        let jumps = scene.strikes.counts().get("clock jump").copied();
        let next = match state {
            SignIn::Complete(session) => return Some(session),
            SignIn::NeedsCode(step) => {
                let Some(code) = scene.local.inbox().latest_code(&person.address) else {
                    astray(scene, WORK, &"a code was sent, and none is in the inbox");
                    return None;
                };
                attempted(scene, WORK, step, |step| step.attempt(code.clone())).await
            }
            SignIn::NeedsSecondFactor(step) => match person.app.as_mut().and_then(|app| app.code(scene.time.at())) {
                Some(code) => attempted(scene, WORK, step, |step| step.totp(code.clone())).await,
                None => {
                    let code = person.paper.pop()?;
                    attempted(scene, WORK, step, |step| step.backup_code(code.clone())).await
                }
            },
            other => {
                astray(scene, WORK, &other);
                return None;
            }
        };
        match next {
            Ok(next) => state = next,
            Err((error, passed)) => {
                // A code of an app is too old once the clock has jumped.
                let is_late = jumps != scene.strikes.counts().get("clock jump").copied();
                scene.history.failed(WORK, &error, true_of(passed || is_late, place));
                return None;
            }
        }
    }
}

/// What came of a sign-up.
pub(crate) enum SignedUp {
    Done(Session),
    /// There is no such account, or nobody knows.
    Not,
}

/// Signs somebody up whom nobody knows yet.
pub(crate) async fn sign_up(scene: &Scene, device: &Frontend, address: &str, place: &Place) -> SignedUp {
    const WORK: Work = Work::SignUp;
    let made = |told| {
        scene.history.fact(Fact::Made { work: WORK, thing: Thing::User, name: address.to_owned(), told });
    };
    scene.history.begins(WORK);
    let failed = |error: &Error, passed: bool| {
        scene.history.failed(WORK, error, true_of(passed, place));
        SignedUp::Not
    };
    let form = device.sign_up().email_address(address).password(PASSWORD);
    let step = match scene.watched(WORK, async { form.await }).await {
        Ok(SignUp::MissingRequirements(step)) => step,
        Ok(other) => return lost(scene, &other),
        Err(error) => return failed(&error, false),
    };
    let mailed = scene.watched(WORK, step.verify_email_by_code()).await;
    asked_for_code(scene, WORK, address, &mailed);
    let mailed = match mailed {
        Ok(mailed) => mailed,
        Err(error) => return failed(&error, false),
    };
    let Some(code) = scene.local.inbox().latest_code(address) else {
        astray(scene, WORK, &"a code was sent, and none is in the inbox");
        return SignedUp::Not;
    };
    match attempted(scene, WORK, mailed, |step| step.attempt(code.clone())).await {
        Ok(SignUp::Complete(session)) => {
            made(Told::Done);
            SignedUp::Done(session)
        }
        Ok(other) => lost(scene, &other),
        Err((error, passed)) => {
            made(if error.is_unsent() && !passed { Told::Unsent } else { Told::Unknown });
            failed(&error, passed)
        }
    }
}

/// What can be true of an error without any fault: the step is done already, or the other program on the device has put an
/// end to what was begun, since a device is at one sign-in and one sign-up at a time. The person is told, and does it again.
fn true_of(passed: bool, place: &Place) -> &'static [ErrorKind] {
    if passed || place.is_shared() { PASSED } else { &[] }
}

fn lost(scene: &Scene, state: &SignUp) -> SignedUp {
    astray(scene, Work::SignUp, state);
    SignedUp::Not
}

fn astray(scene: &Scene, work: Work, state: &dyn std::fmt::Debug) {
    scene.history.fact(Fact::Astray { work, what: format!("an unexpected state: {state:?}") });
}

fn asked_for_code<T>(scene: &Scene, work: Work, address: &str, asked: &Result<T, Error>) {
    scene.history.fact(Fact::AskedForCode { work, address: address.to_owned(), told: Told::of(asked) });
}

/// Attempts a step as a person does, three times at most; with an error comes whether an attempt before it got no answer.
async fn attempted<S, T, F>(scene: &Scene, work: Work, mut step: S, act: impl Fn(S) -> F) -> Result<T, (Error, bool)>
where
    F: Future<Output = Result<T, StepError<S>>>,
{
    let (mut attempts, mut passed) = (1, false);
    loop {
        let outcome = scene.watched(work, async { Ok::<_, Error>(act(step).await) }).await;
        let (again, error) = match outcome {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(failed)) => failed.into_parts(),
            Err(hung) => return Err((hung, true)),
        };
        if attempts == 3 || !error.is_retryable() {
            return Err((error, passed));
        }
        passed |= !error.is_unsent();
        attempts += 1;
        step = again;
    }
}
