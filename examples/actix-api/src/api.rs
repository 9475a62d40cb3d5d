//! Who gets what.

use actix_web::{
    HttpResponse, delete,
    dev::HttpServiceFactory,
    get, post,
    web::{Data, Json, Path, scope},
};
use clerk_ext::{
    OrganizationId, policy,
    web::{Guard, Require, SignedIn},
};
use serde_json::{Value, json};

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
pub(crate) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

#[get("/me")]
pub(crate) async fn me(person: SignedIn) -> Json<Value> {
    let organization = person.claims().organization();
    let organization = organization.map(|it| json!({ "id": it.id(), "slug": it.slug(), "role": it.role() }));
    Json(json!({ "user": person.user_id(), "organization": organization }))
}

/// Everything below `/api`. What is added to it is closed, whether or not it asks who is there.
pub(crate) fn routes() -> impl HttpServiceFactory {
    let invoices =
        scope("/organizations/{organization}/invoices").service((list, add, remove)).wrap(Guard::policy(Member));
    scope("/api").service(currencies).service(invoices).wrap(Guard::signed_in())
}

#[get("/currencies")]
async fn currencies() -> Json<[&'static str; 2]> {
    Json(["EUR", "USD"])
}

#[get("")]
async fn list(person: SignedIn, invoices: Data<Invoices>) -> Result<Json<Vec<Invoice>>, Failure> {
    Ok(Json(invoices.of(organization(&person)?)))
}

#[post("")]
async fn add(
    _: Require<Bookkeeper>,
    person: SignedIn,
    new: Json<NewInvoice>,
    invoices: Data<Invoices>,
) -> Result<HttpResponse, Failure> {
    let invoice = invoices.add(organization(&person)?, new.into_inner(), Some(person.user_id()));
    Ok(HttpResponse::Created().json(invoice.ok_or(Failure::NotFound)?))
}

#[delete("/{number}")]
async fn remove(
    _: Require<Admin>,
    person: SignedIn,
    path: Path<(String, u64)>,
    invoices: Data<Invoices>,
) -> Result<HttpResponse, Failure> {
    let (_, number) = path.into_inner();
    if invoices.remove(organization(&person)?, number) {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Failure::NotFound)
    }
}

pub(crate) async fn nothing() -> Result<HttpResponse, Failure> {
    Err(Failure::NotFound)
}

/// The organization that the person works in: the policies have found it to be that of the path.
fn organization(person: &SignedIn) -> Result<&OrganizationId, Failure> {
    person.claims().organization().map(|active| active.id()).ok_or(Failure::NotFound)
}
