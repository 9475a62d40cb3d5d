//! Signing up: what is asked for is what the instance asks for, which is set in the Dashboard.

use std::collections::HashMap;

use axum::{
    Form, Router,
    routing::{get, post},
};
use clerk_ext::{
    Error, ErrorKind, Secret,
    frontend::{BrowserOutcome, FieldName, NextStep, Proof, Requirements, SignUp, SignUpForm},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    problem::Problem,
    provider::providers,
    sign_in::go_on,
    view::{Input, View, button, form},
    visit::{Answer, Visit, see},
    visitor::Flow,
};

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/sign-up", get(show).post(give))
        .route("/sign-up/code", post(code))
        .route("/sign-up/restart", post(restart))
}

/// What was typed, by the name of the field.
type Typed = HashMap<String, Secret>;

async fn show(visit: Visit) -> Answer {
    let _turn = visit.visitor.turn.lock().await;
    let state = current(&visit).await?;
    // Perhaps since a moment ago: the back end has done a step of its own.
    if let Some(session) = visit.clerk().session() {
        return visit.entered(&session);
    }
    page(&visit, state, &Typed::default(), &Problem::NONE).await
}

/// The sign-up that this visitor is in the middle of, as Clerk has it now.
async fn current(visit: &Visit) -> Result<Option<SignUp>, Error> {
    let Some(Flow::SignUp(saved)) = visit.visitor.flow() else { return Ok(None) };
    let over = || {
        visit.visitor.set_flow(None);
        if visit.clerk().session().is_none() {
            visit.visitor.notify("Please begin again. If that was the last step, your account is there: sign in.");
        }
        Ok(None)
    };
    match visit.clerk().sign_up().resume_from(saved).await {
        Ok(SignUp::Abandoned(_)) => over(),
        Ok(state) => Ok(Some(state)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unauthorized) => over(),
        Err(error) => Err(error),
    }
}

/// Keeps how far somebody has got, and leads to the page for that.
pub(crate) async fn keep(visit: &Visit, state: SignUp) -> Answer {
    visit.visitor.set_flow(state.save().map(Flow::SignUp));
    let SignUp::MissingRequirements(step) = state else { return Ok(see("/sign-up")) };
    // All is given: what proves the address or number is sent with the same press of the button.
    let sent = match step.next_step() {
        NextStep::Prepare(proof) if proof.field == FieldName::EmailAddress => step.verify_email_by_code().await,
        NextStep::Prepare(proof) if proof.field == FieldName::PhoneNumber => step.verify_phone_by_code(None).await,
        _ => return Ok(see("/sign-up")),
    };
    match sent {
        Ok(sent) => {
            visit.visitor.set_flow(Some(Flow::SignUp(sent.save())));
            Ok(see("/sign-up"))
        }
        Err(failed) => refused(visit, failed.into_parts()).await,
    }
}

/// Begins a sign-up, or adds to the one that is under way.
async fn give(visit: Visit, Form(typed): Form<Typed>) -> Answer {
    let given = match current(&visit).await? {
        Some(SignUp::MissingRequirements(step)) => {
            let form = filled(step.update(), &typed);
            form.await.map_err(|failed| {
                let (step, error) = failed.into_parts();
                (Some(SignUp::MissingRequirements(step)), error)
            })
        }
        // It has gone on in another tab.
        Some(state) => Ok(state),
        None => filled(visit.clerk().sign_up().create(), &typed).await.map_err(|error| (None, error)),
    };
    match given {
        Ok(state) => go_on(&visit, BrowserOutcome::SignUp(state)).await,
        Err((state, error)) => page(&visit, state, &typed, &Problem::of(error, "/sign-up")?).await,
    }
}

fn filled<S>(form: SignUpForm<S>, typed: &Typed) -> SignUpForm<S> {
    let given = typed.iter().filter(|(name, typed)| *name != "csrf" && !typed.expose().is_empty());
    given.fold(form, |form, (name, typed)| form.field(name.as_str(), typed))
}

#[derive(Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
enum Act {
    Code { code: Secret },
    Resend,
}

async fn code(visit: Visit, Form(act): Form<Act>) -> Answer {
    let Some(SignUp::MissingRequirements(step)) = current(&visit).await? else { return Ok(see("/sign-up")) };
    let to_phone = match step.next_step() {
        NextStep::Attempt(proof) => proof.field == FieldName::PhoneNumber,
        NextStep::Prepare(_) => {
            if let Act::Code { .. } = act {
                visit.visitor.notify("That code is no longer good. Please type the one that we send you now.");
            }
            return keep(&visit, SignUp::MissingRequirements(step)).await;
        }
        _ => return Ok(see("/sign-up")),
    };
    // Neither sends another code, as there is one that can be given.
    let sent = if to_phone { step.verify_phone_by_code(None).await } else { step.verify_email_by_code().await };
    let sent = match sent {
        Ok(sent) => sent,
        Err(failed) => return refused(&visit, failed.into_parts()).await,
    };
    let tried = match act {
        Act::Code { code } => sent.attempt(code).await,
        Act::Resend => sent.resend().await.map(|sent| SignUp::MissingRequirements(sent.back())),
    };
    match tried {
        Ok(state) => go_on(&visit, BrowserOutcome::SignUp(state)).await,
        Err(failed) => {
            let (sent, error) = failed.into_parts();
            refused(&visit, (sent.back(), error)).await
        }
    }
}

async fn refused(visit: &Visit, (step, error): (Requirements, Error)) -> Answer {
    let problem = Problem::of(error, "/sign-up")?;
    page(visit, Some(SignUp::MissingRequirements(step)), &Typed::default(), &problem).await
}

async fn restart(visit: Visit) -> Answer {
    visit.visitor.set_flow(None);
    Ok(see("/sign-up"))
}

async fn page(visit: &Visit, state: Option<SignUp>, typed: &Typed, problem: &Problem) -> Answer {
    let body = match &state {
        None => {
            let environment = visit.app.environment().await?;
            let rules = environment.sign_up();
            let asked = rules.asked().map(|it| (it.field.clone(), it.is_required()));
            html! {
                (fields(visit, asked, typed, problem))
                (providers(visit, &environment))
                p.hint { "You have an account? " a href="/sign-in" { "Sign in" } }
            }
        }
        Some(SignUp::MissingRequirements(step)) => html! {
            (missing(visit, step, typed, problem))
            hr;
            (form(visit, "/sign-up/restart", html! { button.plain { "Begin anew" } }))
        },
        Some(_) => html! {
            p { "This application asks for something that this page cannot do." }
            (form(visit, "/sign-up/restart", html! { button.plain { "Begin anew" } }))
        },
    };
    Ok(View::new("Sign up", body).show(visit, problem))
}

fn missing(visit: &Visit, step: &Requirements, typed: &Typed, problem: &Problem) -> Markup {
    match step.next_step() {
        NextStep::Collect(asked) => fields(visit, asked.into_iter().map(|it| (it.name, it.required)), typed, problem),
        NextStep::Prepare(proof) => html! {
            p { "We send a code to " b { (target(step, &proof)) } "." }
            (button(visit, "/sign-up/code", ("step", "resend"), "Send it"))
        },
        NextStep::Attempt(proof) => {
            html! {
                p { "We have sent a code to " b { (target(step, &proof)) } "." }
                (form(visit, "/sign-up/code", html! {
                    input type="hidden" name="step" value="code";
                    (Input::code("The code").show(problem))
                    button { "Continue" }
                }))
                (button(visit, "/sign-up/code", ("step", "resend"), "Send another one"))
            }
        }
        NextStep::WaitForBackEnd => {
            html! { p { "Your account is still being set up. Please load this page again in a moment." } }
        }
        _ => html! { p { "This application asks for something that this page cannot do." } },
    }
}

/// Where a code goes.
fn target<'a>(step: &'a Requirements, proof: &Proof) -> &'a str {
    let raw = step.raw();
    let to = if proof.field == FieldName::PhoneNumber { &raw.phone_number } else { &raw.email_address };
    to.as_deref().unwrap_or("you")
}

fn fields(visit: &Visit, asked: impl Iterator<Item = (FieldName, bool)>, typed: &Typed, problem: &Problem) -> Markup {
    form(
        visit,
        "/sign-up",
        html! {
            @for (name, required) in asked { (field(&name, required, typed, problem)) }
            button { "Sign up" }
        },
    )
}

fn field(name: &FieldName, required: bool, typed: &Typed, problem: &Problem) -> Markup {
    let input = match name {
        FieldName::EmailAddress => Input::email("email_address", "Email address"),
        FieldName::PhoneNumber => {
            Input { kind: "tel", autocomplete: "tel", ..Input::new("phone_number", "Phone number") }
        }
        FieldName::Username => Input { autocomplete: "username", ..Input::new("username", "User name") },
        FieldName::Password => Input::password("password", "Password", true),
        FieldName::FirstName => Input { autocomplete: "given-name", ..Input::new("first_name", "First name") },
        FieldName::LastName => Input { autocomplete: "family-name", ..Input::new("last_name", "Last name") },
        FieldName::LegalAccepted => {
            return html! {
                label.check { input type="checkbox" name="legal_accepted" value="true" required[required]; "I accept the terms" }
            };
        }
        // What is left is not typed: an account elsewhere, a passkey, a step of our own back end.
        _ => return html! {},
    };
    let shown = typed.get(input.name).filter(|_| input.kind != "password").map_or("", |typed| typed.expose());
    Input { required, ..input }.value(shown).show(problem)
}
