//! Where somebody is signed in, and how that ends.

use axum::{
    Form, Router,
    routing::{get, post},
};
use clerk_ext::{Error, SessionId, clerk_fapi::types::ActiveSession};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    problem::Problem,
    profile::with_tabs,
    sign_out::leave,
    view::{View, button, form},
    visit::{Answer, Member},
};

const PAGE: &str = "/profile/devices";

pub(crate) fn routes() -> Router {
    Router::new().route(PAGE, get(show).post(revoke)).route("/profile/devices/everywhere", post(everywhere))
}

async fn show(member: Member) -> Answer {
    page(&member, &Problem::NONE).await
}

#[derive(Deserialize)]
struct Device {
    session: SessionId,
}

async fn revoke(member: Member, Form(device): Form<Device>) -> Answer {
    match member.clerk().devices().revoke(device.session).await {
        Ok(()) => member.done("You are signed out there.", PAGE),
        Err(error) => page(&member, &Problem::of(error, PAGE)?).await,
    }
}

async fn everywhere(member: Member) -> Answer {
    match revoke_others(&member).await {
        Ok(()) => leave(&member.visit, "You are signed out everywhere.").await,
        Err(error) => page(&member, &Problem::of(error, PAGE)?).await,
    }
}

async fn revoke_others(member: &Member) -> Result<(), Error> {
    let devices = member.clerk().devices();
    for one in devices.list().await?.into_iter().filter(|one| one.id != *member.session.id()) {
        devices.revoke(one.id).await?;
    }
    Ok(())
}

async fn page(member: &Member, problem: &Problem) -> Answer {
    let sessions = member.clerk().devices().list().await?;
    let body = html! {
        ul.things { @for session in &sessions { li {
            span.what { (device(session)) }
            @if session.id == *member.session.id() {
                em { "this one" }
            } @else {
                (button(&member.visit, PAGE, ("session", session.id.as_str()), "Sign out there"))
            }
        } } }
        (form(&member.visit, "/profile/devices/everywhere", html! { button.plain { "Sign out everywhere" } }))
    };
    Ok(View::new("Where you are signed in", with_tabs(body)).show(&member.visit, problem))
}

fn device(session: &ActiveSession) -> Markup {
    let Some(activity) = &session.latest_activity else { return html! { "A device" } };
    let known = [&activity.browser_name, &activity.device_type, &activity.city, &activity.country];
    let known: Vec<&str> = known.into_iter().flatten().map(String::as_str).collect();
    html! { @if known.is_empty() { "A device" } @else { (known.join(", ")) } }
}
