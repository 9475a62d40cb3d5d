//! The profile: what somebody is called, and the way to the other pages about them.

use axum::{Form, Router, routing::get};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    problem::Problem,
    view::{Input, View, form},
    visit::{Answer, Member},
};

pub(crate) fn routes() -> Router {
    Router::new().route("/profile", get(show).post(change))
}

#[derive(Deserialize)]
struct Names {
    first_name: String,
    last_name: String,
}

async fn show(member: Member) -> Answer {
    let user = member.user()?;
    let names =
        Names { first_name: user.first_name.unwrap_or_default(), last_name: user.last_name.unwrap_or_default() };
    page(&member, &names, &Problem::NONE)
}

async fn change(member: Member, Form(names): Form<Names>) -> Answer {
    let update = member.clerk().me().update();
    match update.first_name(names.first_name.trim()).last_name(names.last_name.trim()).await {
        Ok(_) => member.done("Your name is changed.", "/profile"),
        Err(error) => page(&member, &names, &Problem::of(error, "/profile")?),
    }
}

fn page(member: &Member, names: &Names, problem: &Problem) -> Answer {
    let body = html! {
        (form(&member.visit, "/profile", html! {
            (Input { autocomplete: "given-name", ..Input::new("first_name", "First name") }
                .value(&names.first_name).optional().show(problem))
            (Input { autocomplete: "family-name", ..Input::new("last_name", "Last name") }
                .value(&names.last_name).optional().show(problem))
            button { "Save" }
        }))
    };
    Ok(View::new("Your profile", with_tabs(body)).show(&member.visit, problem))
}

/// What all pages of the profile have beside them.
pub(crate) fn with_tabs(body: Markup) -> Markup {
    html! {
        nav.tabs aria-label="Profile" {
            a href="/profile" { "Name" }
            a href="/profile/addresses" { "Email addresses" }
            a href="/profile/password" { "Password" }
            a href="/profile/second-factor" { "Second factor" }
            a href="/profile/accounts" { "Connected accounts" }
            a href="/profile/devices" { "Devices" }
            a href="/profile/deletion" { "Delete account" }
        }
        (body)
    }
}
