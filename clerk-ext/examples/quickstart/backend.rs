//! A back end, with the types of the application.

use clerk_ext::{
    backend::{Backend, User},
    metadata::Patch,
};

use crate::{
    App, Plan, Result,
    narration::{chapter, expect, line},
    person::ANN,
};

/// Two more people come, Ann gets more seats, and everybody is listed.
pub(crate) async fn keeps_metadata(backend: &Backend<App>) -> Result {
    chapter("A back end keeps metadata");
    for address in ["ben@example.com", "cat@example.com"] {
        let made = makes_user(backend, address).await?;
        line(&format!("{address} is there"), plan(&made));
    }
    let ann = finds_ann(backend).await?;
    let five_seats = Patch::edit(&ann.public, |plan| {
        plan.name = Some("team".to_owned());
        plan.seats = 5;
    })?;
    let ann = backend.users().update(&ann.id).public(five_seats).await?;
    expect("Ann changes her plan", plan(&ann), "team, 5 seats")?;
    lists_everybody(backend).await
}

async fn makes_user(backend: &Backend<App>, address: &str) -> Result<User<App>> {
    let free = Plan { name: Some("free".to_owned()), seats: 2 };
    Ok(backend.users().create().email_address([address]).skip_password_requirement(true).public(&free).await?)
}

async fn finds_ann(backend: &Backend<App>) -> Result<User<App>> {
    let mut found = backend.users().list().email_address([ANN]).stream();
    Ok(found.try_next().await?.ok_or("nobody has Ann's address")?)
}

/// The stream asks for the next page by itself.
async fn lists_everybody(backend: &Backend<App>) -> Result {
    let mut users = backend.users().list().page_size(2).stream();
    let (mut people, mut seats) = (0, 0);
    while let Some(user) = users.try_next().await? {
        let address = user.primary_email().map_or("no address", |email| &email.email_address);
        line(&format!("in the list: {address}"), plan(&user));
        people += 1;
        seats += user.public.seats;
    }
    expect("all of them", format_args!("{people} people, {seats} seats"), "3 people, 9 seats")
}

fn plan(user: &User<App>) -> String {
    format!("{}, {} seats", user.public.name.as_deref().unwrap_or("no plan"), user.public.seats)
}
