use clerk_core::{EnterpriseConnectionId, OrganizationId};
use clerk_fapi::{
    enterprise_connections::{
        CreateOrganizationEnterpriseConnection, CreateOrganizationEnterpriseConnectionTestRun,
        DeleteOrganizationEnterpriseConnection, ListOrganizationEnterpriseConnectionTestRuns,
        ListOrganizationEnterpriseConnections, UpdateOrganizationEnterpriseConnection,
    },
    types::{
        DeletedObject, EnterpriseConnection, EnterpriseConnectionProvider, EnterpriseConnectionTestRun,
        EnterpriseConnectionTestRunStart,
    },
};

use crate::{frontend::device::Device, list::List, request::Request};

/// The single sign-on that an organization sets up for itself, where the instance lets it.
///
/// ```
/// # async fn example(clerk: &clerk_ext::frontend::Frontend) -> Result<(), clerk_ext::Error> {
/// let connections = clerk.organizations().enterprise_connections("org_1");
/// let okta = connections.create("saml_okta", ["example.com"]).name("Okta").await?;
/// let trial = connections.create_test_run(&okta.id).await?;
/// println!("try it at {:?}", trial.url);
/// connections.update(&okta.id).active(true).await?;
/// # Ok(()) }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # // A local Clerk has nothing of it, and says so.
/// # let refused = example(&clerk).await.err().and_then(|error| error.status());
/// # assert_eq!(refused.map(|status| status.as_u16()), Some(501));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct OrganizationEnterpriseConnections {
    device: Device,
    organization: OrganizationId,
}

impl OrganizationEnterpriseConnections {
    pub(super) fn new(device: &Device, organization: OrganizationId) -> Self {
        Self { device: device.clone(), organization }
    }

    /// All connections of the organization.
    pub fn list(&self) -> List<ListOrganizationEnterpriseConnections, EnterpriseConnection> {
        List::new(self.device.raw().list_organization_enterprise_connections(&self.organization))
    }

    /// Sets up a connection to an identity provider, for addresses at these domains; it is not active yet.
    pub fn create(
        &self,
        provider: impl Into<EnterpriseConnectionProvider>,
        domains: impl IntoIterator<Item = impl Into<String>>,
    ) -> Request<CreateOrganizationEnterpriseConnection, EnterpriseConnection> {
        Request::new(self.device.raw().create_organization_enterprise_connection(&self.organization, provider, domains))
    }

    /// Changes a connection, or turns it on or off.
    pub fn update(
        &self,
        connection: impl Into<EnterpriseConnectionId>,
    ) -> Request<UpdateOrganizationEnterpriseConnection, EnterpriseConnection> {
        Request::new(self.device.raw().update_organization_enterprise_connection(&self.organization, connection))
    }

    /// Removes a connection: nobody signs in through it any more.
    pub fn delete(
        &self,
        connection: impl Into<EnterpriseConnectionId>,
    ) -> Request<DeleteOrganizationEnterpriseConnection, DeletedObject> {
        Request::new(self.device.raw().delete_organization_enterprise_connection(&self.organization, connection))
    }

    /// The trials of a connection, with what the identity provider sent.
    pub fn test_runs(
        &self,
        connection: impl Into<EnterpriseConnectionId>,
    ) -> List<ListOrganizationEnterpriseConnectionTestRuns, EnterpriseConnectionTestRun> {
        let raw = self.device.raw();
        List::new(raw.list_organization_enterprise_connection_test_runs(&self.organization, connection))
    }

    /// Prepares a trial: the answer has the address to open in a browser.
    pub fn create_test_run(
        &self,
        connection: impl Into<EnterpriseConnectionId>,
    ) -> Request<CreateOrganizationEnterpriseConnectionTestRun, EnterpriseConnectionTestRunStart> {
        Request::new(
            self.device.raw().create_organization_enterprise_connection_test_run(&self.organization, connection),
        )
    }
}
