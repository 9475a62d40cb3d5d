//! The invoices of organizations, in memory; in a program that is to last they are in a database.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
};

use clerk_ext::{OrganizationId, UserId};
use serde::{Deserialize, Serialize};

/// What is sent to make an invoice.
#[derive(Deserialize)]
pub(crate) struct NewInvoice {
    pub(crate) customer: String,
    pub(crate) cents: u64,
}

#[derive(Clone, Serialize)]
pub(crate) struct Invoice {
    number: u64,
    customer: String,
    cents: u64,
    /// Nobody, where this program made it by itself.
    author: Option<UserId>,
}

/// Kept by the ids of organizations: a slug may change, and be somebody else's then.
#[derive(Default)]
pub(crate) struct Invoices(Mutex<HashMap<OrganizationId, Book>>);

#[derive(Default)]
struct Book {
    invoices: BTreeMap<u64, Invoice>,
    last_number: u64,
    /// Stays when the organization is gone: events come in any order, and a token outlives it by a minute.
    is_closed: bool,
}

impl Invoices {
    pub(crate) fn of(&self, organization: &OrganizationId) -> Vec<Invoice> {
        self.with(organization, |book| book.invoices.values().cloned().collect())
    }

    /// `None` where the organization is gone.
    pub(crate) fn add(
        &self,
        organization: &OrganizationId,
        new: NewInvoice,
        author: Option<&UserId>,
    ) -> Option<Invoice> {
        self.with(organization, |book| {
            if book.is_closed {
                return None;
            }
            book.last_number += 1;
            let NewInvoice { customer, cents } = new;
            let invoice = Invoice { number: book.last_number, customer, cents, author: author.cloned() };
            book.invoices.insert(invoice.number, invoice.clone());
            Some(invoice)
        })
    }

    /// Whether there was one of that number.
    pub(crate) fn remove(&self, organization: &OrganizationId, number: u64) -> bool {
        self.with(organization, |book| book.invoices.remove(&number).is_some())
    }

    /// Forgets what an organization had, for good.
    pub(crate) fn close(&self, organization: &OrganizationId) {
        self.with(organization, |book| *book = Book { is_closed: true, ..Book::default() });
    }

    fn with<T>(&self, organization: &OrganizationId, work: impl FnOnce(&mut Book) -> T) -> T {
        let mut books = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work(books.entry(organization.clone()).or_default())
    }
}
