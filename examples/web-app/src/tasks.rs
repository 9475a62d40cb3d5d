//! What somebody still has to do after they signed in, before that counts.

use axum::{
    Form, Router,
    response::Response,
    routing::{get, post},
};
use clerk_ext::{
    Error, OrganizationId, Secret,
    frontend::{ChooseOrganization, SessionTask},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    problem::{Problem, Refusal},
    second_factor::{Code, code_form, on_paper, picture},
    view::{Input, View, form},
    visit::{Answer, Visit, see},
};

const PAGE: &str = "/tasks";

pub(crate) fn routes() -> Router {
    Router::new()
        .route(PAGE, get(show).post(act))
        .route("/tasks/authenticator", post(enroll))
        .route("/tasks/authenticator/verify", post(verify))
}

/// Who is signed in and has something left to do.
fn pending(visit: &Visit) -> Result<SessionTask, Refusal> {
    let session = visit.session().ok_or_else(|| Refusal::Elsewhere(see("/sign-in").into()))?;
    match session.current_task() {
        Some(task) => Ok(task),
        None => Err(Refusal::Elsewhere(visit.entered(&session)?.into())),
    }
}

async fn show(visit: Visit) -> Answer {
    let task = pending(&visit)?;
    Ok(page(&visit, &task, &Problem::NONE))
}

#[derive(Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
enum Act {
    Choose { organization: OrganizationId },
    Create { name: String },
    NewPassword { new_password: Secret },
}

async fn act(visit: Visit, Form(act): Form<Act>) -> Answer {
    let task = pending(&visit)?;
    let (task, error) = match (task, act) {
        (SessionTask::ChooseOrganization(step), Act::Choose { organization }) => {
            match step.choose(organization).await {
                Ok(_) => return Ok(see(PAGE)),
                Err(failed) => failed_as(failed.into_parts(), SessionTask::ChooseOrganization),
            }
        }
        (SessionTask::ChooseOrganization(step), Act::Create { name }) => match step.create(name.trim()).await {
            Ok(_) => return Ok(see(PAGE)),
            Err(failed) => failed_as(failed.into_parts(), SessionTask::ChooseOrganization),
        },
        (SessionTask::ResetPassword(step), Act::NewPassword { new_password }) => {
            match step.reset(new_password, true).await {
                Ok(_) => return Ok(see(PAGE)),
                Err(failed) => failed_as(failed.into_parts(), SessionTask::ResetPassword),
            }
        }
        // Another tab has gone on.
        _ => return Ok(see(PAGE)),
    };
    Ok(page(&visit, &task, &Problem::of(error, PAGE)?))
}

fn failed_as<S>((step, error): (S, Error), task: fn(S) -> SessionTask) -> (SessionTask, Error) {
    (task(step), error)
}

async fn enroll(visit: Visit) -> Answer {
    let SessionTask::SetupMfa(step) = pending(&visit)? else { return Ok(see(PAGE)) };
    match step.authenticator_app().enroll().await {
        Ok(enrolment) => {
            let body = html! {
                (picture(&enrolment)?)
                (code_form(&visit, "/tasks/authenticator/verify", &Problem::NONE))
            };
            Ok(View::new("Your authenticator app", body).show(&visit, &Problem::NONE))
        }
        Err(error) => Ok(page(&visit, &SessionTask::SetupMfa(step), &Problem::of(error, PAGE)?)),
    }
}

async fn verify(visit: Visit, Form(typed): Form<Code>) -> Answer {
    let SessionTask::SetupMfa(step) = pending(&visit)? else { return Ok(see(PAGE)) };
    match step.authenticator_app().resume().verify(typed.code).await {
        Ok(codes) => Ok(on_paper(&visit, &codes, PAGE)),
        Err(failed) => {
            let problem = Problem::of(failed.into(), PAGE)?;
            let body = code_form(&visit, "/tasks/authenticator/verify", &problem);
            Ok(View::new("Your authenticator app", body).show(&visit, &problem))
        }
    }
}

fn page(visit: &Visit, task: &SessionTask, problem: &Problem) -> Response {
    let (title, body) = match task {
        SessionTask::ChooseOrganization(step) => ("Where do you work?", choose(visit, step, problem)),
        SessionTask::ResetPassword(_) => (
            "Choose another password",
            html! {
                p { "The one you have may be known to others." }
                (form(visit, PAGE, html! {
                    input type="hidden" name="step" value="new-password";
                    (Input::password("new_password", "Your new password", true).show(problem))
                    button { "Set it" }
                }))
            },
        ),
        SessionTask::SetupMfa(_) => (
            "Set up a second factor",
            html! {
                p { "Everybody here has one: with it, somebody who knows your password is not yet you." }
                (form(visit, "/tasks/authenticator", html! { button { "Set up an authenticator app" } }))
            },
        ),
        _ => ("One thing more", html! { p { "Your account asks for something that this page cannot do." } }),
    };
    View::new(title, body).show(visit, problem)
}

fn choose(visit: &Visit, step: &ChooseOrganization, problem: &Problem) -> Markup {
    html! {
        @for organization in step.memberships().iter().filter_map(|membership| membership.organization.as_ref()) {
            (form(visit, PAGE, html! {
                input type="hidden" name="step" value="choose";
                button.plain name="organization" value=(organization.id) { (organization.name) }
            }))
        }
        (form(visit, PAGE, html! {
            input type="hidden" name="step" value="create";
            (Input::new("name", "A new organization, called").show(problem))
            button { "Create it" }
        }))
    }
}
