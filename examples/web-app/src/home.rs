//! The first page.

use axum::{Router, response::Response, routing::get};
use maud::html;

use crate::{problem::Problem, view::View, visit::Visit};

pub(crate) fn routes() -> Router {
    Router::new().route("/", get(show))
}

async fn show(visit: Visit) -> Response {
    let snapshot = visit.clerk().snapshot();
    let body = html! {
        @match snapshot.user().filter(|_| visit.session().is_some()) {
            Some(user) => {
                p { "Good to see you, " b { (user.first_name.as_deref().unwrap_or("friend")) } "." }
                p { "You are " @match snapshot.organization() {
                    Some(organization) => { "working in " b { (organization.name) } "." },
                    None => "working for yourself.",
                } }
            }
            None => {
                p { "A place for notes, to show how people get in: without a line of JavaScript." }
                p { a.button href="/sign-in" { "Sign in" } " " a href="/sign-up" { "or sign up" } }
            }
        }
    };
    View::new("Notebook", body).show(&visit, &Problem::NONE)
}
