//! Connected accounts: at Google, GitHub and so on.

use axum::{
    Form, Router,
    routing::{get, post},
};
use clerk_ext::{
    ExternalAccountId,
    frontend::{Provider, Strategy},
};
use maud::html;
use serde::Deserialize;

use crate::{
    problem::Problem,
    profile::with_tabs,
    provider::connect,
    view::{View, button},
    visit::{Answer, Member, see},
};

const PAGE: &str = "/profile/accounts";

pub(crate) fn routes() -> Router {
    Router::new().route(PAGE, get(show).post(add)).route("/profile/accounts/remove", post(remove))
}

async fn show(member: Member) -> Answer {
    page(&member, &Problem::NONE).await
}

#[derive(Deserialize)]
struct Choice {
    strategy: Strategy,
}

async fn add(member: Member, Form(choice): Form<Choice>) -> Answer {
    let Some(provider) = choice.strategy.provider() else { return Ok(see(PAGE)) };
    match connect(&member, provider).await {
        Ok(response) => Ok(response),
        Err(error) => page(&member, &Problem::of(error, PAGE)?).await,
    }
}

#[derive(Deserialize)]
struct Account {
    id: ExternalAccountId,
}

async fn remove(member: Member, Form(account): Form<Account>) -> Answer {
    match member.clerk().me().external_accounts().delete(account.id).await {
        Ok(_) => member.done("The account is no longer connected.", PAGE),
        Err(error) => page(&member, &Problem::of(error, PAGE)?).await,
    }
}

async fn page(member: &Member, problem: &Problem) -> Answer {
    let accounts = member.user()?.external_accounts;
    let providers = member.visit.app.environment().await?.providers();
    let is_connected = |provider: &Provider| accounts.iter().any(|it| Provider::from(&it.provider) == *provider);
    let body = html! {
        ul.things { @for account in &accounts {
            li {
                span.what { b { (Provider::from(&account.provider)) } " " (account.email_address.as_deref().unwrap_or("")) }
                (button(&member.visit, "/profile/accounts/remove", ("id", account.id.as_str()), "Remove"))
            }
        } }
        @for other in providers.iter().filter(|it| it.enabled && !is_connected(&it.provider)) {
            (button(&member.visit, PAGE, ("strategy", other.strategy.as_str()), &format!("Connect {}", other.name)))
        }
    };
    Ok(View::new("Connected accounts", with_tabs(body)).show(&member.visit, problem))
}
