//! Signing in. There is one page; what is on it follows from how far the sign-in has got.

mod page;

use axum::{
    Form, Router,
    extract::Query,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use clerk_ext::{
    Error, ErrorKind, Secret,
    frontend::{BrowserOutcome, SecondFactor, SignIn, SignUp, StepError, Strategy},
};
use serde::Deserialize;

use self::page::page;
use crate::{
    problem::Problem,
    provider, sign_up,
    view::message,
    visit::{Answer, Visit, see},
    visitor::Flow,
};

/// Where links in mails lead.
const OPENED: &str = "/sign-in/opened";

pub(crate) fn routes() -> Router {
    Router::new().route("/sign-in", get(show).post(begin)).route("/sign-in/step", post(act)).route(OPENED, get(opened))
}

#[derive(Deserialize)]
struct Wanted {
    next: Option<String>,
}

async fn show(visit: Visit, Query(wanted): Query<Wanted>) -> Answer {
    if let Some(next) = wanted.next {
        visit.visitor.set_next(&next);
    }
    let _turn = visit.visitor.turn.lock().await;
    let state = current(&visit).await?;
    // Perhaps since a moment ago: a link was opened.
    if let Some(session) = visit.clerk().session() {
        return visit.entered(&session);
    }
    match state {
        Some(state @ SignIn::Transfer(_)) => go_on(&visit, BrowserOutcome::SignIn(state)).await,
        state => page(&visit, state, "", &Problem::NONE).await,
    }
}

/// The sign-in that this visitor is in the middle of, as Clerk has it now.
async fn current(visit: &Visit) -> Result<Option<SignIn>, Error> {
    let Some(Flow::SignIn { saved, is_sent }) = visit.visitor.flow() else { return Ok(None) };
    let over = |why: &str| {
        visit.visitor.set_flow(None);
        if visit.clerk().session().is_none() {
            visit.visitor.notify(why);
        }
    };
    match visit.clerk().sign_in().resume_from(saved).await {
        Ok(SignIn::Abandoned(_)) => {
            over("That took too long. Please begin again.");
            Ok(None)
        }
        Ok(state) => {
            // With the first factor proven it would be at the second one.
            if is_sent && matches!(state, SignIn::NeedsFirstFactor(_)) {
                visit.visitor.notify("What we have sent you is no longer good. Please choose again.");
                keep(visit, &state);
            }
            Ok(Some(state))
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unauthorized) => {
            over("Please begin again.");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn keep(visit: &Visit, state: &SignIn) {
    let is_sent = matches!(state, SignIn::NeedsCode(_) | SignIn::NeedsLink(_));
    visit.visitor.set_flow(state.save().map(|saved| Flow::SignIn { saved, is_sent }));
}

/// Keeps how far somebody has got, and leads to the page for that.
pub(crate) async fn go_on(visit: &Visit, mut state: BrowserOutcome) -> Answer {
    loop {
        let next = match state {
            BrowserOutcome::SignIn(SignIn::Complete(session)) | BrowserOutcome::SignUp(SignUp::Complete(session)) => {
                return visit.entered(&session);
            }
            // Who came with an account elsewhere that nobody has here gets one, and the other way round.
            BrowserOutcome::SignIn(SignIn::Transfer(step)) => {
                step.sign_up().await.map(BrowserOutcome::SignUp).map_err(Error::from)
            }
            BrowserOutcome::SignUp(SignUp::Transfer(step)) => {
                step.sign_in().await.map(BrowserOutcome::SignIn).map_err(Error::from)
            }
            BrowserOutcome::SignIn(state) => {
                keep(visit, &state);
                return Ok(see("/sign-in"));
            }
            BrowserOutcome::SignUp(state) => return sign_up::keep(visit, state).await,
            other => return Err(Error::new(ErrorKind::Unexpected, format!("not here: {other:?}")).into()),
        };
        state = match next {
            Ok(state) => state,
            Err(error) => {
                visit.visitor.set_flow(None);
                visit.visitor.notify(Problem::of(error, "/sign-in")?.rest().join(" "));
                return Ok(see("/sign-in"));
            }
        };
    }
}

#[derive(Deserialize)]
struct Identifier {
    identifier: String,
}

async fn begin(visit: Visit, Form(typed): Form<Identifier>) -> Answer {
    match visit.clerk().sign_in().identifier(typed.identifier.trim()).await {
        Ok(state) => go_on(&visit, BrowserOutcome::SignIn(state)).await,
        Err(error) => page(&visit, None, &typed.identifier, &Problem::of(error, "/sign-in")?).await,
    }
}

/// What a visitor can do on the page of a sign-in that is under way.
#[derive(Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
enum Act {
    /// Gives the password.
    Password { password: Secret },
    /// Has a code or a link sent, or goes to a provider.
    Send { strategy: Strategy },
    /// Gives the code that was sent.
    Code { code: Secret },
    /// Has another code or link sent.
    Resend,
    /// Gives a code that was not sent: of an app, or one on paper.
    Second { strategy: Strategy, code: Secret },
    /// Chooses another password.
    NewPassword { password: Secret },
    /// Proves it otherwise.
    AnotherWay,
    /// Begins anew, perhaps as somebody else.
    Restart,
}

async fn act(visit: Visit, Form(act): Form<Act>) -> Answer {
    if let Act::Restart = act {
        visit.visitor.set_flow(None);
        return Ok(see("/sign-in"));
    }
    let Some(state) = current(&visit).await? else { return Ok(see("/sign-in")) };
    if let Act::Send { strategy } = &act
        && let Some(provider) = strategy.provider().filter(|_| strategy.is_oauth())
    {
        return provider::begin(&visit, provider).await;
    }
    match take(state, act, visit.url(OPENED)).await {
        Ok(state) => go_on(&visit, BrowserOutcome::SignIn(state)).await,
        Err(failed) => page(&visit, Some(failed.state), "", &Problem::of(failed.error, "/sign-in")?).await,
    }
}

/// A step that failed: the state as it was before, and why.
struct Failed {
    state: SignIn,
    error: Error,
}

/// Takes a step. What fails gives the state back as it was; so does a step that does not exist in the state, because
/// another tab has gone on meanwhile.
async fn take(state: SignIn, act: Act, link: String) -> Result<SignIn, Box<Failed>> {
    use SignIn::{NeedsClientTrust, NeedsCode, NeedsFirstFactor, NeedsLink, NeedsNewPassword, NeedsSecondFactor};
    match (state, act) {
        (NeedsFirstFactor(step), Act::Password { password }) => step.password(password).await.or_back(NeedsFirstFactor),
        (NeedsFirstFactor(step), Act::Send { strategy }) => match strategy.as_str() {
            "email_code" => step.email_code().await.map(NeedsCode).or_back(NeedsFirstFactor),
            "phone_code" => step.phone_code().await.map(NeedsCode).or_back(NeedsFirstFactor),
            "email_link" => step.email_link_polling(link).await.map(NeedsLink).or_back(NeedsFirstFactor),
            "reset_password_email_code" => {
                step.reset_password_by_email().await.map(NeedsCode).or_back(NeedsFirstFactor)
            }
            "reset_password_phone_code" => {
                step.reset_password_by_phone().await.map(NeedsCode).or_back(NeedsFirstFactor)
            }
            _ => Ok(NeedsFirstFactor(step)),
        },
        (NeedsCode(step), Act::Code { code }) => step.attempt(code).await.or_back(NeedsCode),
        (NeedsCode(step), Act::Resend) => step.resend().await.map(NeedsCode).or_back(NeedsCode),
        (NeedsCode(step), Act::AnotherWay) => Ok(step.back()),
        (NeedsLink(step), Act::Resend) => step.resend().await.map(NeedsLink).or_back(NeedsLink),
        (NeedsLink(step), Act::AnotherWay) => Ok(step.back()),
        (NeedsSecondFactor(step), act) => take_second(step, act, link, NeedsSecondFactor).await,
        (NeedsClientTrust(step), act) => take_second(step, act, link, NeedsClientTrust).await,
        (NeedsNewPassword(step), Act::NewPassword { password }) => {
            step.sign_out_of_other_sessions(true).reset(password).await.or_back(NeedsNewPassword)
        }
        (state, _) => Ok(state),
    }
}

/// A second factor, and what tells that a device is the user's, are proven by the same steps.
async fn take_second(
    step: SecondFactor,
    act: Act,
    link: String,
    state: fn(SecondFactor) -> SignIn,
) -> Result<SignIn, Box<Failed>> {
    match act {
        Act::Second { strategy, code } if strategy == Strategy::TOTP => step.totp(code).await.or_back(state),
        Act::Second { strategy, code } if strategy == Strategy::BACKUP_CODE => {
            step.backup_code(code).await.or_back(state)
        }
        Act::Send { strategy } => match strategy.as_str() {
            "phone_code" => step.phone_code().await.map(SignIn::NeedsCode).or_back(state),
            "email_code" => step.email_code().await.map(SignIn::NeedsCode).or_back(state),
            "email_link" => step.email_link_polling(link).await.map(SignIn::NeedsLink).or_back(state),
            _ => Ok(state(step)),
        },
        _ => Ok(state(step)),
    }
}

/// Gives the step of a failure back as the state that it is of.
trait OrBack<S> {
    fn or_back(self, state: fn(S) -> SignIn) -> Result<SignIn, Box<Failed>>;
}

impl<S> OrBack<S> for Result<SignIn, StepError<S>> {
    fn or_back(self, state: fn(S) -> SignIn) -> Result<SignIn, Box<Failed>> {
        self.map_err(|failed| {
            let (step, error) = failed.into_parts();
            Box::new(Failed { state: state(step), error })
        })
    }
}

#[derive(Deserialize)]
struct Opened {
    #[serde(rename = "__clerk_status")]
    status: Option<String>,
}

/// Where the link of a mail leads: in this browser on to the sign-in, in another one back to this.
///
/// What the address says is only shown. Whether the link was good, Clerk is asked by the browser that asked for it.
async fn opened(visit: Visit, Query(opened): Query<Opened>) -> Response {
    if let Some(Flow::SignIn { .. }) = visit.visitor.flow() {
        return see("/sign-in");
    }
    if opened.status.as_deref() == Some("verified") {
        return message(StatusCode::OK, "That worked", "Go back to where you signed in: it goes on there by itself.");
    }
    message(StatusCode::OK, "That link is no longer good", "Ask for another one where you signed in.")
}
