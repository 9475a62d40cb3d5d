use clerk_bapi::{
    saml_connections::{
        CreateSamlConnection, DeleteSamlConnection, GetSamlConnection, ListSamlConnections, UpdateSamlConnection,
    },
    types::{SamlConnection, SamlProvider},
};
use clerk_core::SamlConnectionId;

use crate::backend::{List, handle::handle};

handle! {
    /// Single sign-on over SAML, by the older operations; [`EnterpriseConnections`](crate::backend::EnterpriseConnections) has
    /// the same connections and more.
    ///
    /// ```
    /// # #[allow(deprecated)]
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let acme = clerk.saml_connections().create("Acme", "saml_okta").domains(["acme.example.com"]).await?;
    /// assert!(!acme.active, "the provider has to be described first");
    /// # Ok(()) }
    /// ```
    SamlConnections = saml_connections
}

impl SamlConnections {
    /// All SAML connections, with filters.
    #[deprecated = "use `enterprise_connections().list()`"]
    pub fn list(&self) -> List<ListSamlConnections, SamlConnection> {
        #[allow(deprecated, reason = "it is deprecated here too")]
        List::new(self.client.list_saml_connections())
    }

    /// Reads one connection, with what the identity provider has to be told.
    #[deprecated = "use `enterprise_connections().get(..)`"]
    pub fn get(&self, connection: impl Into<SamlConnectionId>) -> GetSamlConnection {
        #[allow(deprecated, reason = "it is deprecated here too")]
        self.client.get_saml_connection(connection)
    }

    /// Creates a connection, which is switched off at first.
    ///
    /// The identity provider is described by its metadata, or by entity id, address and certificate.
    #[deprecated = "use `enterprise_connections().create(..)`"]
    pub fn create(&self, name: impl Into<String>, provider: impl Into<SamlProvider>) -> CreateSamlConnection {
        #[allow(deprecated, reason = "it is deprecated here too")]
        self.client.create_saml_connection(name, provider)
    }

    /// Changes a connection, or switches it on or off.
    #[deprecated = "use `enterprise_connections().update(..)`"]
    pub fn update(&self, connection: impl Into<SamlConnectionId>) -> UpdateSamlConnection {
        #[allow(deprecated, reason = "it is deprecated here too")]
        self.client.update_saml_connection(connection)
    }

    /// Deletes a connection: nobody signs in through it any more.
    #[deprecated = "use `enterprise_connections().delete(..)`"]
    pub fn delete(&self, connection: impl Into<SamlConnectionId>) -> DeleteSamlConnection {
        #[allow(deprecated, reason = "it is deprecated here too")]
        self.client.delete_saml_connection(connection)
    }
}
