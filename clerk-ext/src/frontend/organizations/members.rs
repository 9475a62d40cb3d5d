use std::marker::PhantomData;

use clerk_core::{Json, OrganizationId, UserId};
use clerk_fapi::members::{
    CreateOrganizationMembership, ListOrganizationMemberships, RemoveOrganizationMember, UpdateOrganizationMembership,
};

use crate::{
    frontend::{device::Device, types::OrganizationMembership},
    list::List,
    metadata::Metadata,
    request::Request,
};

/// Who belongs to an organization, and as what.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let mut acme = clerk_local::SeedOrganization::new("Acme").member("ann@example.com", "org:admin");
/// # acme.id = Some("org_acme".to_owned());
/// # let seed = clerk_local::Seed::default().user(ann).organization(acme);
/// # let local = clerk_local::LocalClerk::builder().seed(seed).start().await?;
/// # local.seed(&clerk_local::Seed::default().user(clerk_local::SeedUser::new("bob@example.com").id("user_bob")))?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let members = clerk.organizations().members("org_acme");
/// members.add("user_bob", "org:member").await?;
/// let admins = members.list().role(["org:admin"]).page().await?;
/// assert_eq!(admins.total_count, Some(1));
/// members.remove("user_bob").await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct OrganizationMembers<M: Metadata = Json> {
    device: Device,
    organization: OrganizationId,
    metadata: PhantomData<fn() -> M>,
}

impl<M: Metadata> OrganizationMembers<M> {
    pub(super) fn new(device: &Device, organization: OrganizationId) -> Self {
        Self { device: device.clone(), organization, metadata: PhantomData }
    }

    /// The members, by role or by words in names and addresses if asked.
    pub fn list(&self) -> List<ListOrganizationMemberships, OrganizationMembership<M>> {
        List::new(self.device.raw().list_organization_memberships(&self.organization))
    }

    /// Makes a user a member at once, without an invitation; the role is a key such as `org:member`.
    pub fn add(
        &self,
        user: impl Into<UserId>,
        role: impl Into<String>,
    ) -> Request<CreateOrganizationMembership, OrganizationMembership<M>> {
        Request::new(self.device.raw().create_organization_membership(&self.organization, user, role))
    }

    /// Gives a member another role, by its key.
    pub fn set_role(
        &self,
        user: impl Into<UserId>,
        role: impl Into<String>,
    ) -> Request<UpdateOrganizationMembership, OrganizationMembership<M>> {
        Request::new(self.device.raw().update_organization_membership(&self.organization, user, role))
    }

    /// Ends a membership; the user stays.
    pub fn remove(&self, user: impl Into<UserId>) -> Request<RemoveOrganizationMember, OrganizationMembership<M>> {
        Request::new(self.device.raw().remove_organization_member(&self.organization, user))
    }
}
