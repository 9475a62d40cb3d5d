//! The end of an account.

use axum::{Form, Router, routing::get};
use maud::html;
use serde::Deserialize;

use crate::{
    problem::Problem,
    profile::with_tabs,
    view::{Input, View, form},
    visit::{Answer, Member},
};

const PAGE: &str = "/profile/deletion";
/// What has to be typed, so that nobody deletes their account by a slip.
const WORDS: &str = "delete my account";

pub(crate) fn routes() -> Router {
    Router::new().route(PAGE, get(show).post(delete))
}

async fn show(member: Member) -> Answer {
    page(&member, "", &Problem::NONE)
}

#[derive(Deserialize)]
struct Confirmation {
    words: String,
}

async fn delete(member: Member, Form(typed): Form<Confirmation>) -> Answer {
    if typed.words.trim() != WORDS {
        return page(&member, &typed.words, &Problem::saying(format!("Please type “{WORDS}”, and nothing else.")));
    }
    match member.clerk().me().delete().await {
        Ok(_) => {
            member.visit.visitor.notify("Your account is deleted.");
            member.visit.renewed("/")
        }
        Err(error) => page(&member, &typed.words, &Problem::of(error, PAGE)?),
    }
}

fn page(member: &Member, typed: &str, problem: &Problem) -> Answer {
    let body = html! {
        @if member.user()?.delete_self_enabled {
            p { "Your account and all that is in it is deleted, for good." }
            (form(&member.visit, PAGE, html! {
                (Input::new("words", "Type “delete my account”").value(typed).show(problem))
                button.danger { "Delete my account" }
            }))
        } @else {
            p { "Please write to us, and we delete your account." }
        }
    };
    Ok(View::new("Delete your account", with_tabs(body)).show(&member.visit, problem))
}
