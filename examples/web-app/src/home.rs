//! The first page.

use axum::{Router, response::Response, routing::get};
use clerk_ext::frontend::Session;
use maud::html;

use crate::{problem::Problem, view::View, visit::Visit};

pub(crate) fn routes() -> Router {
    Router::new().route("/", get(show))
}

async fn show(visit: Visit) -> Response {
    let session = visit.session();
    let body = html! {
        @match session.as_ref().and_then(Session::user) {
            Some(user) => {
                p { "Good to see you, " b { (user.first_name.as_deref().unwrap_or("friend")) } "." }
                p { "You are " @match session.as_ref().and_then(Session::organization) {
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
