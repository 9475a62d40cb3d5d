//! Email addresses: added, proven, put first, removed.

use axum::{
    Form, Router,
    extract::Path,
    routing::{get, post},
};
use clerk_ext::{
    EmailAddressId, Error, Secret,
    clerk_fapi::types::{EmailAddress, VerificationStatus},
    frontend::ContactState,
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    problem::Problem,
    profile::with_tabs,
    view::{Input, View, button, form},
    visit::{Answer, Member, see},
};

const PAGE: &str = "/profile/addresses";

pub(crate) fn routes() -> Router {
    Router::new()
        .route(PAGE, get(show).post(add))
        .route("/profile/addresses/{id}", get(proof).post(prove))
        .route("/profile/addresses/{id}/first", post(put_first))
        .route("/profile/addresses/{id}/remove", post(remove))
}

async fn show(member: Member) -> Answer {
    page(&member, "", &Problem::NONE)
}

#[derive(Deserialize)]
struct New {
    email_address: String,
}

async fn add(member: Member, Form(new): Form<New>) -> Answer {
    match send(&member, new.email_address.trim()).await {
        Ok(id) => Ok(see(&format!("{PAGE}/{id}"))),
        Err(error) => page(&member, &new.email_address, &Problem::of(error, PAGE)?),
    }
}

/// Adds an address, and sends a code to it.
async fn send(member: &Member, address: &str) -> Result<EmailAddressId, Error> {
    let added = member.clerk().me().email_addresses().add(address).await?;
    let id = added.contact().id.clone();
    added.verify_by_code().await?;
    Ok(id)
}

async fn put_first(member: Member, Path(id): Path<String>) -> Answer {
    match member.clerk().me().email_addresses().make_primary(id).await {
        Ok(_) => member.done("This address comes first now.", PAGE),
        Err(error) => page(&member, "", &Problem::of(error, PAGE)?),
    }
}

async fn remove(member: Member, Path(id): Path<String>) -> Answer {
    match member.clerk().me().email_addresses().delete(id).await {
        Ok(_) => member.done("The address is removed.", PAGE),
        Err(error) => page(&member, "", &Problem::of(error, PAGE)?),
    }
}

async fn proof(member: Member, Path(id): Path<String>) -> Answer {
    match member.clerk().me().email_addresses().resume(id).await? {
        ContactState::CodeSent(sent) => prove_page(&member, sent.contact(), &Problem::NONE),
        ContactState::Unverified(it) => prove_page(&member, it.contact(), &Problem::NONE),
        _ => Ok(see(PAGE)),
    }
}

#[derive(Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
enum Act {
    Code { code: Secret },
    Send,
}

async fn prove(member: Member, Path(id): Path<String>, Form(act): Form<Act>) -> Answer {
    let path = format!("{PAGE}/{id}");
    let (address, error) = match (member.clerk().me().email_addresses().resume(id).await?, act) {
        (ContactState::CodeSent(sent), Act::Code { code }) => match sent.attempt(code).await {
            Ok(_) => return member.done("The address is yours.", PAGE),
            Err(failed) => {
                let (sent, error) = failed.into_parts();
                (sent.contact().clone(), error)
            }
        },
        (ContactState::CodeSent(sent), Act::Send) => match sent.resend().await {
            Ok(_) => return Ok(see(&path)),
            Err(failed) => {
                let (sent, error) = failed.into_parts();
                (sent.contact().clone(), error)
            }
        },
        (ContactState::Unverified(address), Act::Send) => match address.verify_by_code().await {
            Ok(_) => return Ok(see(&path)),
            Err(failed) => {
                let (address, error) = failed.into_parts();
                (address.contact().clone(), error)
            }
        },
        _ => return Ok(see(&path)),
    };
    prove_page(&member, &address, &Problem::of(error, &path)?)
}

fn prove_page(member: &Member, address: &EmailAddress, problem: &Problem) -> Answer {
    let path = format!("{PAGE}/{}", address.id);
    let body = html! {
        p { "Type the code that we have sent to " b { (address.email_address) } "." }
        (form(&member.visit, &path, html! {
            input type="hidden" name="step" value="code";
            (Input::code("The code").show(problem))
            button { "Continue" }
        }))
        (button(&member.visit, &path, ("step", "send"), "Send another one"))
    };
    Ok(View::new("Is this address yours?", with_tabs(body)).show(&member.visit, problem))
}

fn page(member: &Member, typed: &str, problem: &Problem) -> Answer {
    let user = member.user()?;
    let body = html! {
        ul.things { @for address in &user.email_addresses {
            li { (line(member, address, user.primary_email_address_id.as_ref() == Some(&address.id))) }
        } }
        (form(&member.visit, PAGE, html! {
            (Input::email("email_address", "Another address").value(typed).show(problem))
            button { "Add" }
        }))
    };
    Ok(View::new("Email addresses", with_tabs(body)).show(&member.visit, problem))
}

fn line(member: &Member, address: &EmailAddress, is_primary: bool) -> Markup {
    let status = address.verification.as_ref().and_then(|proof| proof.status.as_ref());
    let act = |step: &str, words: &str| {
        form(&member.visit, &format!("{PAGE}/{}/{step}", address.id), html! { button.plain { (words) } })
    };
    html! {
        span.what { (address.email_address) @if is_primary { " " em { "comes first" } } }
        @if status != Some(&VerificationStatus::Verified) {
            a href={ (PAGE) "/" (address.id) } { "Prove it" }
        } @else if !is_primary {
            (act("first", "Put first"))
        }
        (act("remove", "Remove"))
    }
}
