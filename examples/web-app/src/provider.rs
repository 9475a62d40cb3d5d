//! Accounts elsewhere, such as at Google: signing in or up with one, and connecting one to the account here.
//!
//! The way is the same: the visitor leaves with a URL that the crate makes, and comes back to [`BACK`]. What came back is
//! checked by the crate: that it belongs to what this visitor began, that it is used once, and that it is not too late.

use axum::{
    Form, Router,
    http::Uri,
    response::Response,
    routing::{get, post},
};
use clerk_ext::{
    Error,
    frontend::{BrowserFailure, Environment, Provider, Strategy},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    problem::Problem,
    sign_in::go_on,
    view::{button, leave},
    visit::{Answer, Member, Visit, see},
    visitor::Flow,
};

/// Where providers send people back to.
const BACK: &str = "/provider/back";

pub(crate) fn routes() -> Router {
    Router::new().route("/provider", post(begin_anew)).route(BACK, get(back))
}

#[derive(Deserialize)]
struct Choice {
    strategy: Strategy,
}

async fn begin_anew(visit: Visit, Form(choice): Form<Choice>) -> Answer {
    match choice.strategy.provider().filter(|_| choice.strategy.is_oauth()) {
        Some(provider) => begin(&visit, provider).await,
        None => Ok(see("/sign-in")),
    }
}

/// Signs in or up at a provider.
pub(crate) async fn begin(visit: &Visit, provider: Provider) -> Answer {
    let name = provider.to_string();
    match visit.clerk().sign_in().oauth(provider, visit.url(BACK)).replace().start().await {
        Ok(pending) => {
            visit.visitor.set_flow(Some(Flow::Provider(pending.save())));
            Ok(leave(pending.url(), &name))
        }
        Err(error) => failed_at(visit, error, "/sign-in"),
    }
}

/// Connects an account of a provider to the account of somebody who is signed in.
pub(crate) async fn connect(member: &Member, provider: Provider) -> Result<Response, Error> {
    let (visit, name) = (&member.visit, provider.to_string());
    let pending = member.session.connect_account(provider, visit.url(BACK)).replace().start().await?;
    visit.visitor.set_flow(Some(Flow::Connection(pending.save())));
    Ok(leave(pending.url(), &name))
}

/// A button for each provider that the instance signs people in with.
pub(crate) fn providers(visit: &Visit, environment: &Environment) -> Markup {
    let all = environment.providers();
    let all: Vec<_> = all.iter().filter(|it| it.can_sign_in()).collect();
    html! {
        @if !all.is_empty() { hr; }
        @for it in all {
            (button(visit, "/provider", ("strategy", it.strategy.as_str()), &format!("Continue with {}", it.name)))
        }
    }
}

async fn back(visit: Visit, uri: Uri) -> Answer {
    let _turn = visit.visitor.turn.lock().await;
    let came_back = visit.url(uri.path_and_query().map_or(BACK, |path| path.as_str()));
    match visit.visitor.flow() {
        Some(Flow::Provider(saved)) => match saved.resume(visit.clerk()).finish(&came_back).await {
            Ok(outcome) => go_on(&visit, outcome).await,
            Err(failed) => failed_at(&visit, failed.into(), "/sign-in"),
        },
        Some(Flow::Connection(saved)) => match saved.resume(visit.clerk()).finish(&came_back).await {
            Ok(_) => {
                visit.visitor.set_flow(None);
                visit.visitor.notify("The account is connected.");
                Ok(see("/profile/accounts"))
            }
            Err(failed) => failed_at(&visit, failed.into(), "/profile/accounts"),
        },
        // They were here already: this is the page being loaded again.
        _ => Ok(see("/")),
    }
}

fn failed_at(visit: &Visit, error: Error, path: &str) -> Answer {
    let words = match BrowserFailure::of(&error) {
        // Somebody made this URL up: whatever this visitor has begun goes on.
        Some(BrowserFailure::Foreign) => {
            visit.visitor.notify("That was not the answer to what you began here.");
            return Ok(see(path));
        }
        Some(BrowserFailure::Cancelled | BrowserFailure::Denied) => {
            "You did not agree there, so nothing has changed.".to_owned()
        }
        Some(_) => "That took too long, or was done already. Please begin again.".to_owned(),
        None => Problem::of(error, path)?.rest().join(" "),
    };
    visit.visitor.set_flow(None);
    visit.visitor.notify(words);
    Ok(see(path))
}
