//! The second factor: an authenticator app, and codes on paper for when it is lost.

use axum::{
    Form, Router,
    response::Response,
    routing::{get, post},
};
use clerk_ext::{
    Error, Secret,
    frontend::{AuthenticatorApp, TotpEnrolment},
};
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;

use crate::{
    problem::Problem,
    profile::with_tabs,
    view::{Input, View, form},
    visit::{Answer, Member, Visit},
};

const PAGE: &str = "/profile/second-factor";

pub(crate) fn routes() -> Router {
    Router::new()
        .route(PAGE, get(show))
        .route("/profile/second-factor/enroll", post(enroll))
        .route("/profile/second-factor/verify", post(verify))
        .route("/profile/second-factor/disable", post(disable))
        .route("/profile/second-factor/backup-codes", post(backup_codes))
}

fn app(member: &Member) -> AuthenticatorApp {
    member.clerk().me().authenticator_app()
}

async fn show(member: Member) -> Answer {
    page(&member, &Problem::NONE)
}

/// Shows what the app has to be told. Clerk shows it once, and so do we: it is kept nowhere.
async fn enroll(member: Member) -> Answer {
    match app(&member).enroll().await {
        Ok(enrolment) => {
            let body = html! {
                (picture(&enrolment)?)
                (code_form(&member.visit, "/profile/second-factor/verify", &Problem::NONE))
            };
            Ok(View::new("Your authenticator app", with_tabs(body)).show(&member.visit, &Problem::NONE))
        }
        Err(error) => page(&member, &Problem::of(error, PAGE)?),
    }
}

#[derive(Deserialize)]
pub(crate) struct Code {
    pub(crate) code: Secret,
}

async fn verify(member: Member, Form(typed): Form<Code>) -> Answer {
    match app(&member).resume().verify(typed.code).await {
        Ok(codes) => Ok(on_paper(&member.visit, &codes, PAGE)),
        Err(failed) => {
            let problem = Problem::of(failed.into(), PAGE)?;
            let body = html! {
                p { "The app has what it needs: type the code that it shows now." }
                (code_form(&member.visit, "/profile/second-factor/verify", &problem))
            };
            Ok(View::new("Your authenticator app", with_tabs(body)).show(&member.visit, &problem))
        }
    }
}

async fn disable(member: Member) -> Answer {
    match app(&member).disable().await {
        Ok(_) => member.done("The app is no longer asked for.", PAGE),
        Err(error) => page(&member, &Problem::of(error, PAGE)?),
    }
}

async fn backup_codes(member: Member) -> Answer {
    match member.clerk().me().backup_codes().regenerate().await {
        Ok(made) => Ok(on_paper(&member.visit, &made.codes, PAGE)),
        Err(error) => page(&member, &Problem::of(error, PAGE)?),
    }
}

fn page(member: &Member, problem: &Problem) -> Answer {
    let (user, visit) = (member.user()?, &member.visit);
    let body = html! {
        @if user.totp_enabled {
            p { "Whoever signs in as you has to show a code of your authenticator app." }
            (form(visit, "/profile/second-factor/backup-codes", html! { button.plain { "Make new backup codes" } }))
            (form(visit, "/profile/second-factor/disable", html! { button.plain { "Remove the app" } }))
        } @else {
            p { "With a second factor, somebody who knows your password is not yet you." }
            (form(visit, "/profile/second-factor/enroll", html! { button { "Set up an authenticator app" } }))
        }
    };
    Ok(View::new("Second factor", with_tabs(body)).show(visit, problem))
}

/// What the app is told: as a picture, and to be typed.
pub(crate) fn picture(enrolment: &TotpEnrolment) -> Result<Markup, Error> {
    let svg = enrolment.qr()?.svg();
    Ok(html! {
        p { "Have your app read this picture, or type the words below it into the app." }
        div.qr role="img" aria-label="QR code for the authenticator app" { (PreEscaped(svg.expose())) }
        @if let Some(secret) = enrolment.secret() { p { code { (secret.expose()) } } }
    })
}

pub(crate) fn code_form(visit: &Visit, action: &str, problem: &Problem) -> Markup {
    form(
        visit,
        action,
        html! {
            (Input::code("The code that the app shows").show(problem))
            button { "Continue" }
        },
    )
}

/// Shows backup codes, for the only time.
pub(crate) fn on_paper(visit: &Visit, codes: &[Secret], next: &str) -> Response {
    let body = html! {
        @if !codes.is_empty() {
            p { "Write these down, and keep them where you find them without your phone. Each is good once. They are not \
                 shown again." }
            ul.codes { @for code in codes { li { code { (code.expose()) } } } }
        }
        p { a.button href=(next) { "Done" } }
    };
    View::new("Your second factor is set up", body).show(visit, &Problem::NONE)
}
