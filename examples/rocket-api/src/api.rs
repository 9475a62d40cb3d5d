//! Who gets what.
#![expect(
    unused_variables,
    reason = "Rocket hands the organization of the path to handlers, and policies alone look at it"
)]

use clerk_ext::{
    OrganizationId, policy,
    web::{Guard, Require, SignedIn},
};
use rocket::{
    Route, State, delete, get,
    http::Status,
    post,
    response::status::NoContent,
    routes,
    serde::json::{self, Json, Value, json},
};

use crate::{
    answers::Failure,
    invoices::{Invoice, Invoices, NewInvoice},
};

policy! {
    /// Works in the organization that the path names, by its id or slug.
    struct Member: organization_in_path("organization");

    /// May write its invoices.
    struct Bookkeeper: all([organization_in_path("organization"), permission("org:invoices:manage")]);

    /// Runs it.
    struct Admin: all([organization_in_path("organization"), role("org:admin")]);
}

/// Whether this process lives; not whether Clerk does, since a restart would not help with that.
#[get("/health")]
pub(crate) fn health() -> Value {
    json!({ "status": "ok" })
}

#[get("/me")]
pub(crate) fn me(person: SignedIn) -> Value {
    let organization = person.claims().organization();
    let organization = organization.map(|it| json!({ "id": it.id(), "slug": it.slug(), "role": it.role() }));
    json!({ "user": person.user_id(), "organization": organization })
}

/// Everything below `/api`. What is added to it is closed, whether or not it asks who is there.
pub(crate) fn routes() -> Vec<Route> {
    let invoices = Guard::policy(Member).routes(routes![list, add, remove]);
    Guard::signed_in().routes([routes![currencies], invoices].concat())
}

#[get("/currencies")]
fn currencies() -> Json<[&'static str; 2]> {
    Json(["EUR", "USD"])
}

#[get("/organizations/<organization>/invoices")]
fn list(organization: &str, person: SignedIn, invoices: &State<Invoices>) -> Result<Json<Vec<Invoice>>, Failure> {
    Ok(Json(invoices.of(organization_of(&person)?)))
}

// Pages of others can have a browser send texts and forms with its cookies, and JSON they cannot.
#[post("/organizations/<organization>/invoices", format = "json", data = "<new>")]
fn add(
    organization: &str,
    _bookkeeper: Require<Bookkeeper>,
    person: SignedIn,
    new: Result<Json<NewInvoice>, json::Error<'_>>,
    invoices: &State<Invoices>,
) -> Result<(Status, Json<Invoice>), Failure> {
    let new = new.map_err(|_| Failure::NotAnInvoice)?.into_inner();
    let invoice = invoices.add(organization_of(&person)?, new, Some(person.user_id()));
    Ok((Status::Created, Json(invoice.ok_or(Failure::NotFound)?)))
}

#[delete("/organizations/<organization>/invoices/<number>")]
fn remove(
    organization: &str,
    number: u64,
    _admin: Require<Admin>,
    person: SignedIn,
    invoices: &State<Invoices>,
) -> Result<NoContent, Failure> {
    if invoices.remove(organization_of(&person)?, number) { Ok(NoContent) } else { Err(Failure::NotFound) }
}

/// The organization that the person works in: the policies have found it to be that of the path.
fn organization_of(person: &SignedIn) -> Result<&OrganizationId, Failure> {
    person.claims().organization().map(|active| active.id()).ok_or(Failure::NotFound)
}
