//! Who gets what.

use std::sync::Arc;

use clerk_ext::{
    OrganizationId, policy,
    web::{Guard, Require, SignedIn},
};
use poem::{
    Endpoint, EndpointExt as _, IntoResponse as _, Response, Result, Route, delete, get, handler,
    http::StatusCode,
    middleware::SizeLimit,
    web::{Data, Json, Path},
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
#[handler]
pub(crate) fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

#[handler]
pub(crate) fn me(person: SignedIn) -> Json<Value> {
    let organization = person.claims().organization();
    let organization = organization.map(|it| json!({ "id": it.id(), "slug": it.slug(), "role": it.role() }));
    Json(json!({ "user": person.user_id(), "organization": organization }))
}

/// Everything below `/api`. What is added to it is closed, whether or not it asks who is there.
pub(crate) fn routes() -> impl Endpoint {
    // Nests of poem have no parameters: the guard that asks for one stands at each endpoint.
    let members = Guard::policy(Member);
    // Poem reads JSON of any length otherwise.
    let add_limited = add.with(SizeLimit::new(16 * 1024));
    Route::new()
        .at("/currencies", get(currencies))
        .at("/organizations/:organization/invoices", get(list).post(add_limited).with(members.clone()))
        .at("/organizations/:organization/invoices/:number", delete(remove).with(members))
        .with(Guard::signed_in())
}

#[handler]
fn currencies() -> Json<[&'static str; 2]> {
    Json(["EUR", "USD"])
}

#[handler]
fn list(person: SignedIn, invoices: Data<&Arc<Invoices>>) -> Result<Json<Vec<Invoice>>> {
    Ok(Json(invoices.of(organization(&person)?)))
}

#[handler]
fn add(
    _bookkeeper: Require<Bookkeeper>,
    person: SignedIn,
    Json(new): Json<NewInvoice>,
    invoices: Data<&Arc<Invoices>>,
) -> Result<Response> {
    let invoice = invoices.add(organization(&person)?, new, Some(person.user_id()));
    Ok(Json(invoice.ok_or(Failure::NotFound)?).with_status(StatusCode::CREATED).into_response())
}

#[handler]
fn remove(
    _admin: Require<Admin>,
    person: SignedIn,
    Path((_, number)): Path<(String, u64)>,
    invoices: Data<&Arc<Invoices>>,
) -> Result<StatusCode> {
    if invoices.remove(organization(&person)?, number) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Failure::NotFound.into())
    }
}

/// The organization that the person works in: the policies have found it to be that of the path.
fn organization(person: &SignedIn) -> Result<&OrganizationId, Failure> {
    person.claims().organization().map(|active| active.id()).ok_or(Failure::NotFound)
}
