//! Organizations: founded, worked in, joined and left; who belongs to one, and who is invited.

use axum::{
    Form, Router,
    extract::Path,
    routing::{get, post},
};
use clerk_ext::{Error, OrganizationId, OrganizationInvitationId, clerk_fapi::types::OrganizationMembership};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    problem::{Problem, Refusal},
    view::{Input, View, button, form},
    visit::{Answer, Member, see},
};

const PAGE: &str = "/organizations";
/// What it takes to invite people; Clerk goes by it too, so this only decides what is shown.
const MANAGE: &str = "org:sys_memberships:manage";

pub(crate) fn routes() -> Router {
    Router::new()
        .route(PAGE, get(show).post(create))
        .route("/organizations/work-in", post(work_in))
        .route("/organizations/accept", post(accept))
        .route("/organizations/{id}", get(one).post(invite))
        .route("/organizations/{id}/revoke", post(revoke))
        .route("/organizations/{id}/leave", post(leave))
}

async fn show(member: Member) -> Answer {
    page(&member, "", &Problem::NONE).await
}

#[derive(Deserialize)]
struct New {
    name: String,
}

async fn create(member: Member, Form(new): Form<New>) -> Answer {
    let created = match member.clerk().organizations().create(new.name.trim()).await {
        Ok(created) => created,
        Err(error) => return page(&member, &new.name, &Problem::of(error, PAGE)?).await,
    };
    member.session.set_organization(&created.id).await?;
    member.done("It is founded, and you work in it.", &format!("{PAGE}/{}", created.id))
}

#[derive(Deserialize)]
struct Choice {
    /// Empty for nobody but oneself.
    organization: String,
}

async fn work_in(member: Member, Form(choice): Form<Choice>) -> Answer {
    let session = &member.session;
    let done = match choice.organization.as_str() {
        "" => session.set_personal_account().await,
        organization => session.set_organization(organization).await,
    };
    match done {
        Ok(()) => Ok(see(PAGE)),
        Err(error) => page(&member, "", &Problem::of(error, PAGE)?).await,
    }
}

#[derive(Deserialize)]
struct Invitation {
    invitation: OrganizationInvitationId,
}

async fn accept(member: Member, Form(it): Form<Invitation>) -> Answer {
    match member.clerk().organizations().accept_invitation(it.invitation).await {
        Ok(_) => member.done("You belong to it now.", PAGE),
        Err(error) => page(&member, "", &Problem::of(error, PAGE)?).await,
    }
}

async fn page(member: &Member, typed: &str, problem: &Problem) -> Answer {
    let organizations = member.clerk().organizations();
    let (memberships, invitations) = tokio::try_join!(
        organizations.memberships().page(),
        organizations.received_invitations().status(["pending"]).page()
    )?;
    let current = member.session.organization_id();
    let work_in = |id: &str, words: &str| button(&member.visit, "/organizations/work-in", ("organization", id), words);
    let body = html! {
        ul.things {
            li {
                span.what { "Yourself" }
                @if current.is_none() { em { "where you work" } } @else { (work_in("", "Work here")) }
            }
            @for organization in memberships.data.iter().filter_map(|membership| membership.organization.as_ref()) {
                li {
                    span.what { a href={ (PAGE) "/" (organization.id) } { (organization.name) } }
                    @if current.as_ref() == Some(&organization.id) {
                        em { "where you work" }
                    } @else {
                        (work_in(organization.id.as_str(), "Work here"))
                    }
                }
            }
            @for invitation in &invitations {
                li {
                    span.what {
                        "You are invited to "
                        b { (invitation.public_organization_data.as_ref().map_or("an organization", |it| it.name.as_str())) }
                    }
                    (button(&member.visit, "/organizations/accept", ("invitation", invitation.id.as_str()), "Accept"))
                }
            }
        }
        (form(&member.visit, PAGE, html! {
            (Input::new("name", "A new organization, called").value(typed).show(problem))
            button { "Create it" }
        }))
    };
    Ok(View::new("Organizations", body).show(&member.visit, problem))
}

async fn one(member: Member, Path(id): Path<OrganizationId>) -> Answer {
    page_of(&member, &id, "", &Problem::NONE).await
}

#[derive(Deserialize)]
struct Guest {
    email_address: String,
    role: String,
}

async fn invite(member: Member, Path(id): Path<OrganizationId>, Form(guest): Form<Guest>) -> Answer {
    let invitations = member.clerk().organizations().invitations(&id);
    match invitations.create(guest.email_address.trim(), guest.role).await {
        Ok(_) => member.done("The invitation is sent.", &format!("{PAGE}/{id}")),
        Err(error) => {
            let problem = Problem::of(error, &format!("{PAGE}/{id}"))?;
            page_of(&member, &id, &guest.email_address, &problem).await
        }
    }
}

async fn revoke(member: Member, Path(id): Path<OrganizationId>, Form(it): Form<Invitation>) -> Answer {
    match member.clerk().organizations().invitations(&id).revoke(it.invitation).await {
        Ok(_) => member.done("The invitation is taken back.", &format!("{PAGE}/{id}")),
        Err(error) => page_of(&member, &id, "", &Problem::of(error, &format!("{PAGE}/{id}"))?).await,
    }
}

async fn leave(member: Member, Path(id): Path<OrganizationId>) -> Answer {
    match member.clerk().organizations().leave(&id).await {
        Ok(_) => member.done("You have left it.", PAGE),
        Err(error) => page_of(&member, &id, "", &Problem::of(error, &format!("{PAGE}/{id}"))?).await,
    }
}

/// The membership of whoever asks: without one there is nothing to see.
fn membership(member: &Member, id: &OrganizationId) -> Result<OrganizationMembership, Refusal> {
    let is_it =
        |it: &OrganizationMembership| it.organization.as_ref().is_some_and(|organization| organization.id == *id);
    let found = member.user()?.organization_memberships.into_iter().find(is_it);
    found.ok_or_else(|| Refusal::Elsewhere(see(PAGE).into()))
}

async fn page_of(member: &Member, id: &OrganizationId, typed: &str, problem: &Problem) -> Answer {
    let membership = membership(member, id)?;
    let organizations = member.clerk().organizations();
    let members = organizations.members(id).list().page().await?;
    let manage = match membership.permissions.iter().any(|permission| permission == MANAGE) {
        true => invitations(member, id, typed, problem).await?,
        false => html! {},
    };
    let body = html! {
        h2 { (membership.organization.as_ref().map_or("", |organization| organization.name.as_str())) }
        ul.things {
            @for data in members.data.iter().filter_map(|it| it.public_user_data.as_ref().map(|data| (data, it))) {
                li {
                    span.what {
                        (data.0.first_name.as_deref().unwrap_or("")) " " (data.0.identifier.as_deref().unwrap_or(""))
                    }
                    em { (data.1.role_name.as_deref().unwrap_or(&data.1.role)) }
                }
            }
        }
        (manage)
        hr;
        (form(&member.visit, &format!("{PAGE}/{id}/leave"), html! { button.plain { "Leave it" } }))
    };
    Ok(View::new("Organization", body).show(&member.visit, problem))
}

/// Who is invited, and a form to invite others.
async fn invitations(member: &Member, id: &OrganizationId, typed: &str, problem: &Problem) -> Result<Markup, Error> {
    let organizations = member.clerk().organizations();
    let invitations = organizations.invitations(id);
    let (roles, pending) =
        tokio::try_join!(organizations.roles(id).page(), invitations.list().status(["pending"]).page())?;
    Ok(html! {
        @if !pending.data.is_empty() {
            ul.things { @for one in &pending { li {
                span.what { (one.email_address) " is invited" }
                (button(&member.visit, &format!("{PAGE}/{id}/revoke"), ("invitation", one.id.as_str()), "Take back"))
            } } }
        }
        (form(&member.visit, &format!("{PAGE}/{id}"), html! {
            (Input { autocomplete: "off", ..Input::email("email_address", "Invite somebody") }.value(typed).show(problem))
            label for="role" { "As" }
            select id="role" name="role" {
                @for role in &roles {
                    option value=(role.key) selected[role.key == "org:member"] { (role.name.as_deref().unwrap_or(&role.key)) }
                }
            }
            button { "Invite" }
        }))
    })
}
