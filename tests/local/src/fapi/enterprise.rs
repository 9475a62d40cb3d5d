//! The enterprise connections that a signed-in user can come in by.

use super::{Call, Handlers};
use crate::{answer::Outcome, model::enterprise::EnterpriseConnection, views::fapi::enterprise as views};

pub(crate) const HANDLERS: Handlers = &[("getMeEnterpriseConnections", mine)];

/// Those of the domains of their addresses, and those that they have an account with.
fn mine(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_owned());
    let domains: Vec<String> = user.email_addresses.iter().filter_map(|email| domain(&email.email_address)).collect();
    let serves = |connection: &&EnterpriseConnection| {
        connection.active
            && (connection.domains.iter().any(|known| domains.contains(known))
                || user.enterprise_accounts.iter().any(|it| it.enterprise_connection_id == connection.id))
    };
    let found = call.state.tables.enterprise_connections.iter().filter(serves);
    let shown: Vec<_> = found.map(|connection| views::connection(call.state, connection)).collect();
    call.reply(&shown)
}
