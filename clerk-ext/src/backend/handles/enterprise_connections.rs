use clerk_bapi::{
    enterprise_connections::{
        CreateEnterpriseConnection, CreateEnterpriseConnectionTestRun, DeleteEnterpriseConnection,
        GetEnterpriseConnection, ListEnterpriseConnectionTestRuns, ListEnterpriseConnections,
        UpdateEnterpriseConnection,
    },
    types::{EnterpriseConnection, EnterpriseConnectionProvider, EnterpriseConnectionTestRun},
};
use clerk_core::EnterpriseConnectionId;

use crate::backend::{List, handle::handle};

handle! {
    /// Single sign-on: people of a customer's email domains sign in at the customer's own identity provider.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let connections = clerk.enterprise_connections();
    /// let acme = connections.create("Acme", "oidc_custom", ["acme.example.com"]).await?;
    /// let acme = connections.update(&acme.id).active(true).await?;
    /// assert!(acme.active);
    /// # Ok(()) }
    /// ```
    EnterpriseConnections = enterprise_connections
}

impl EnterpriseConnections {
    /// All connections, with filters.
    pub fn list(&self) -> List<ListEnterpriseConnections, EnterpriseConnection> {
        List::new(self.client.list_enterprise_connections())
    }

    /// Reads one connection, with what the identity provider has to be told.
    pub fn get(&self, connection: impl Into<EnterpriseConnectionId>) -> GetEnterpriseConnection {
        self.client.get_enterprise_connection(connection)
    }

    /// Creates a connection for these email domains; `provider` is such as `saml_okta` or `oidc_custom`.
    ///
    /// Nobody signs in through it before it is active, and it is that only once it is described: by `saml` or by
    /// `oidc`, as the provider has it.
    pub fn create(
        &self,
        name: impl Into<String>,
        provider: impl Into<EnterpriseConnectionProvider>,
        domains: impl IntoIterator<Item = impl Into<String>>,
    ) -> CreateEnterpriseConnection {
        self.client.create_enterprise_connection(name, provider, domains)
    }

    /// Changes a connection, or switches it on or off; its provider stays.
    pub fn update(&self, connection: impl Into<EnterpriseConnectionId>) -> UpdateEnterpriseConnection {
        self.client.update_enterprise_connection(connection)
    }

    /// Deletes a connection: nobody signs in through it any more.
    pub fn delete(&self, connection: impl Into<EnterpriseConnectionId>) -> DeleteEnterpriseConnection {
        self.client.delete_enterprise_connection(connection)
    }

    /// The attempts to sign in that were made to try the connection out, with what came of each.
    pub fn test_runs(
        &self,
        connection: impl Into<EnterpriseConnectionId>,
    ) -> List<ListEnterpriseConnectionTestRuns, EnterpriseConnectionTestRun> {
        List::new(self.client.list_enterprise_connection_test_runs(connection))
    }

    /// Begins an attempt to try the connection out; the answer has the address for somebody to open.
    pub fn create_test_run(&self, connection: impl Into<EnterpriseConnectionId>) -> CreateEnterpriseConnectionTestRun {
        self.client.create_enterprise_connection_test_run(connection)
    }
}
