//! The password: changed, or set for the first time.

use axum::{Form, Router, routing::get};
use clerk_ext::Secret;
use maud::html;
use serde::Deserialize;

use crate::{
    problem::Problem,
    profile::with_tabs,
    view::{Input, View, form},
    visit::{Answer, Member},
};

const PAGE: &str = "/profile/password";

pub(crate) fn routes() -> Router {
    Router::new().route(PAGE, get(show).post(change))
}

async fn show(member: Member) -> Answer {
    page(&member, &Problem::NONE)
}

#[derive(Deserialize)]
struct Passwords {
    /// Nothing where there was none yet.
    current_password: Option<Secret>,
    new_password: Secret,
}

async fn change(member: Member, Form(passwords): Form<Passwords>) -> Answer {
    let change = member.clerk().me().change_password(passwords.new_password).sign_out_of_other_sessions(true);
    let change = match passwords.current_password {
        Some(current) => change.current_password(current),
        None => change,
    };
    match change.await {
        Ok(_) => member.done("Your password is changed. You are signed out everywhere else.", PAGE),
        Err(error) => page(&member, &Problem::of(error, PAGE)?),
    }
}

fn page(member: &Member, problem: &Problem) -> Answer {
    let has_one = member.user()?.password_enabled;
    let body = form(
        &member.visit,
        PAGE,
        html! {
            @if has_one { (Input::password("current_password", "Your password now", false).show(problem)) }
            (Input::password("new_password", "Your new password", true).show(problem))
            button { "Change it" }
        },
    );
    Ok(View::new("Password", with_tabs(body)).show(&member.visit, problem))
}
