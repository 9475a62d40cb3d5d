//! What Clerk tells.

use std::sync::Arc;

use clerk_ext::webhooks::{Event, Handled, Payload, Verified};
use poem::{handler, web::Data};

use crate::invoices::{Invoices, NewInvoice};

/// Requests that are not signed by Clerk do not get here: they were answered with 400.
///
/// Clerk waits 15 seconds for the answer, so that nothing is waited for in here. A program with a database writes the
/// change together with the id of the message; work that takes long it writes down, and does later.
#[handler]
pub(crate) async fn receive(message: Verified, invoices: Data<&Arc<Invoices>>) -> Handled {
    let handled = message
        .once(async |message| {
            let event: Event = message.event()?;
            match event.payload {
                // Whoever is new finds something to look at. A second one would be found too: hence `once`.
                Payload::OrganizationCreated(organization) => {
                    let sample = NewInvoice { customer: "A first customer".to_owned(), cents: 4900 };
                    invoices.add(&organization.id, sample, None);
                }
                Payload::OrganizationDeleted(organization) => {
                    if let Some(id) = organization.id {
                        invoices.close(&id.into());
                    }
                }
                // Others, and those of later versions: done, by leaving them alone.
                _ => {}
            }
            Ok(())
        })
        .await;
    if let Handled::Failed(error) = &handled {
        eprintln!("a webhook was not handled: {error}");
    }
    handled
}
