//! Who may do what in an organization.

use clerk_ext::{OrganizationId, auth::Session, policy};

use crate::problem::Problem;

policy! {
    /// Works in the organization that the path names, now.
    pub(crate) struct WorksHere: organization_in_path("organization");

    /// May write invoices there. Which roles may is decided in the dashboard.
    pub(crate) struct ManagesInvoices: all([
        organization_in_path("organization"),
        permission("org:invoices:manage"),
    ]);

    /// Runs the organization.
    pub(crate) struct Admin: all([organization_in_path("organization"), role("org:admin")]);
}

/// The id of the organization that somebody works in.
///
/// What belongs to an organization is kept under this and never under what the path says: there it may be the slug, which
/// changes hands.
pub(crate) fn organization(session: &Session) -> Result<OrganizationId, Problem> {
    let active = session.claims().organization().ok_or_else(Problem::not_allowed)?;
    Ok(active.id().clone())
}
