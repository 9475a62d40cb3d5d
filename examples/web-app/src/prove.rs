//! Proving who one is once more, before something delicate. Clerk says when: see `Problem::of`, which leads here.

use axum::{Form, Router, extract::Query, routing::get};
use clerk_ext::{
    Error, Secret,
    clerk_fapi::types::{SignInFactor, SignInFactorStrategy},
    frontend::{
        StepError,
        reverification::{FirstCode, FirstFactor, Level, Reverification, SecondCode, SecondFactor},
    },
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    problem::Problem,
    view::{Input, View, button, form},
    visit::{Answer, Member, Visit, see},
};

/// How far a visitor has got.
///
/// There is nothing of it that could be saved; with visitors in a database these stay in memory, and whoever comes to
/// another server meanwhile begins anew.
#[derive(Debug)]
pub(crate) enum Proof {
    First(FirstFactor),
    FirstCode(FirstCode),
    Second(SecondFactor),
    SecondCode(SecondCode),
}

pub(crate) fn routes() -> Router {
    Router::new().route("/prove", get(show).post(act))
}

#[derive(Deserialize)]
struct Wanted {
    back: Option<String>,
    level: Option<String>,
}

async fn show(member: Member, Query(wanted): Query<Wanted>) -> Answer {
    let _turn = member.visit.visitor.turn.lock().await;
    if let Some(back) = wanted.back {
        member.visit.visitor.set_next(&back);
        member.visit.visitor.set_proof(None);
    }
    // Whoever asks for less than was wanted comes back here.
    let level = wanted.level.map_or(Level::MultiFactor, |level| Level::from(level.as_str()));
    // Where a code was sent, it is asked for; otherwise it begins.
    let proof = match member.visit.visitor.take_proof() {
        Some(proof) => Some(proof),
        None => match go_on(member.session.reverify(level).await?) {
            Step::Proof(proof) => Some(proof),
            Step::Done => return done(&member),
            Step::Unknown => None,
        },
    };
    let page = page(&member, proof.as_ref(), &Problem::NONE);
    member.visit.visitor.set_proof(proof);
    page
}

enum Step {
    Proof(Proof),
    Done,
    Unknown,
}

fn go_on(state: Reverification) -> Step {
    match state {
        Reverification::FirstFactor(step) => Step::Proof(Proof::First(step)),
        Reverification::SecondFactor(step) => Step::Proof(Proof::Second(step)),
        Reverification::Complete(_) => Step::Done,
        _ => Step::Unknown,
    }
}

fn done(member: &Member) -> Answer {
    let back = member.visit.visitor.take_next();
    member.done("Thank you. Now go on with what you were about to do.", back.as_deref().unwrap_or("/profile"))
}

#[derive(Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
enum Act {
    Password { password: Secret },
    Totp { code: Secret },
    BackupCode { code: Secret },
    SendEmail,
    SendPhone,
    Code { code: Secret },
    Restart,
}

async fn act(member: Member, Form(act): Form<Act>) -> Answer {
    let visitor = &member.visit.visitor;
    let Some(proof) = visitor.take_proof().filter(|_| !matches!(act, Act::Restart)) else { return Ok(see("/prove")) };
    match take(proof, act).await {
        Ok(Step::Proof(proof)) => {
            visitor.set_proof(Some(proof));
            Ok(see("/prove"))
        }
        Ok(Step::Done) => done(&member),
        Ok(Step::Unknown) => page(&member, None, &Problem::NONE),
        Err((proof, error)) => {
            let problem = Problem::of(error, "/prove");
            let page = problem.and_then(|problem| page(&member, Some(&proof), &problem));
            // It goes on from here, also after an outage.
            visitor.set_proof(Some(proof));
            page
        }
    }
}

async fn take(proof: Proof, act: Act) -> Result<Step, (Proof, Error)> {
    match (proof, act) {
        (Proof::First(step), Act::Password { password }) => {
            step.password(password).await.map(go_on).or_back(Proof::First)
        }
        (Proof::First(step), Act::SendEmail) => step.email_code().await.map(first_code).or_back(Proof::First),
        (Proof::First(step), Act::SendPhone) => step.phone_code().await.map(first_code).or_back(Proof::First),
        (Proof::FirstCode(step), Act::Code { code }) => step.attempt(code).await.map(go_on).or_back(Proof::FirstCode),
        (Proof::Second(step), Act::Totp { code }) => step.totp(code).await.map(go_on).or_back(Proof::Second),
        (Proof::Second(step), Act::BackupCode { code }) => {
            step.backup_code(code).await.map(go_on).or_back(Proof::Second)
        }
        (Proof::Second(step), Act::SendPhone) => {
            step.phone_code().await.map(|sent| Step::Proof(Proof::SecondCode(sent))).or_back(Proof::Second)
        }
        (Proof::SecondCode(step), Act::Code { code }) => step.attempt(code).await.map(go_on).or_back(Proof::SecondCode),
        (proof, _) => Ok(Step::Proof(proof)),
    }
}

fn first_code(sent: FirstCode) -> Step {
    Step::Proof(Proof::FirstCode(sent))
}

trait OrBack<S> {
    fn or_back(self, proof: fn(S) -> Proof) -> Result<Step, (Proof, Error)>;
}

impl<S> OrBack<S> for Result<Step, StepError<S>> {
    fn or_back(self, proof: fn(S) -> Proof) -> Result<Step, (Proof, Error)> {
        self.map_err(|failed| {
            let (step, error) = failed.into_parts();
            (proof(step), error)
        })
    }
}

fn page(member: &Member, proof: Option<&Proof>, problem: &Problem) -> Answer {
    let visit = &member.visit;
    let body = match proof {
        Some(Proof::First(step)) => html! { @for way in strategies(step.factors()) { (first(visit, way, problem)) } },
        Some(Proof::Second(step)) => html! { @for way in strategies(step.factors()) { (second(visit, way, problem)) } },
        Some(Proof::FirstCode(_) | Proof::SecondCode(_)) => {
            typed(visit, "code", "The code that we have sent to you", problem)
        }
        None => {
            html! { p { "Your account asks for something that this page cannot do. Sign out and in again instead." } }
        }
    };
    let body = html! {
        p { "It has been a while since you signed in, and this is important." }
        (body)
        hr;
        (button(visit, "/prove", ("step", "restart"), "Another way"))
    };
    Ok(View::new("Is it still you?", body).show(visit, problem))
}

/// Each way once.
fn strategies(factors: &[SignInFactor]) -> Vec<&str> {
    let mut ways: Vec<&str> = Vec::new();
    for way in factors.iter().filter_map(|factor| factor.strategy.as_ref()).map(SignInFactorStrategy::as_str) {
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

fn first(visit: &Visit, way: &str, problem: &Problem) -> Markup {
    match way {
        "password" => form(
            visit,
            "/prove",
            html! {
                input type="hidden" name="step" value="password";
                (Input::password("password", "Your password", false).show(problem))
                button { "Continue" }
            },
        ),
        "email_code" => button(visit, "/prove", ("step", "send-email"), "Send a code by email"),
        "phone_code" => button(visit, "/prove", ("step", "send-phone"), "Send a code to your phone"),
        _ => html! {},
    }
}

fn second(visit: &Visit, way: &str, problem: &Problem) -> Markup {
    match way {
        "totp" => typed(visit, "totp", "The code that your authenticator app shows", problem),
        "backup_code" => html! { details { summary { "Use a backup code" }
        (typed(visit, "backup-code", "One of your backup codes", problem)) } },
        "phone_code" => button(visit, "/prove", ("step", "send-phone"), "Send a code to your phone"),
        _ => html! {},
    }
}

fn typed(visit: &Visit, step: &str, label: &str, problem: &Problem) -> Markup {
    form(
        visit,
        "/prove",
        html! {
            input type="hidden" name="step" value=(step);
            (Input { id: step, ..Input::code(label) }.show(problem))
            button { "Continue" }
        },
    )
}
