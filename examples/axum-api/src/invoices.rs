//! Invoices: those of an organization are seen by who works there, and by nobody else.
//!
//! They are kept in memory, in the place of a database.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json,
    extract::{
        Path, State,
        rejection::{JsonRejection, PathRejection},
    },
};
use clerk_ext::{
    OrganizationId, UserId,
    http::StatusCode,
    web::{Require, SignedIn},
};
use serde::{Deserialize, Serialize};

use crate::{
    organizations::{Admin, ManagesInvoices, organization},
    problem::Problem,
    router::App,
};

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Invoice {
    id: u64,
    customer: String,
    cents: u64,
    added_by: UserId,
}

/// What is sent to have one added.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewInvoice {
    customer: String,
    cents: u64,
}

/// `GET …/invoices`
pub(crate) async fn list(State(app): State<App>, person: SignedIn) -> Result<Json<Vec<Invoice>>, Problem> {
    Ok(Json(app.invoices.of(&organization(&person)?)))
}

/// `POST …/invoices`
pub(crate) async fn add(
    _: Require<ManagesInvoices>,
    State(app): State<App>,
    person: SignedIn,
    // Only JSON is taken: a form of another site, which a browser would send with the person's cookies, is not.
    invoice: Result<Json<NewInvoice>, JsonRejection>,
) -> Result<(StatusCode, Json<Invoice>), Problem> {
    let organization = organization(&person)?;
    let Json(invoice) = invoice?;
    if invoice.customer.trim().is_empty() || invoice.cents == 0 {
        let message = "an invoice needs a customer and an amount";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "incomplete", message));
    }
    let added = app.invoices.add(organization, invoice, person.user_id().clone());
    Ok((StatusCode::CREATED, Json(added)))
}

/// `DELETE …/invoices/{invoice}`
pub(crate) async fn remove(
    _: Require<Admin>,
    State(app): State<App>,
    person: SignedIn,
    path: Result<Path<(String, u64)>, PathRejection>,
) -> Result<StatusCode, Problem> {
    // What is no number is no invoice either.
    let Path((_, id)) = path.map_err(|_| Problem::not_found())?;
    if app.invoices.remove(&organization(&person)?, id) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}

/// All invoices of all organizations.
#[derive(Clone, Default)]
pub(crate) struct Invoices(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    last_id: u64,
    by_organization: HashMap<OrganizationId, BTreeMap<u64, Invoice>>,
}

impl Invoices {
    fn of(&self, organization: &OrganizationId) -> Vec<Invoice> {
        self.kept()
            .by_organization
            .get(organization)
            .map(|invoices| invoices.values().cloned().collect())
            .unwrap_or_default()
    }

    fn add(&self, organization: OrganizationId, new: NewInvoice, added_by: UserId) -> Invoice {
        let mut kept = self.kept();
        kept.last_id += 1;
        let invoice = Invoice { id: kept.last_id, customer: new.customer, cents: new.cents, added_by };
        kept.by_organization.entry(organization).or_default().insert(invoice.id, invoice.clone());
        invoice
    }

    fn remove(&self, organization: &OrganizationId, id: u64) -> bool {
        self.kept().by_organization.get_mut(organization).is_some_and(|invoices| invoices.remove(&id).is_some())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
