use clerk_bapi::{
    scim_directories::{
        CreateScimDirectory, CreateScimGroupRoleMapping, DeleteScimDirectory, DeleteScimGroupRoleMapping,
        GetScimDirectory, ListScimDirectories, ListScimGroupRoleMappings, ReplaceScimGroupRoleMappings,
        RotateScimDirectoryApiKey, UpdateScimDirectory,
    },
    types::{NewScimGroupRoleMapping, ScimDirectory, ScimGroupRoleMapping},
};
use clerk_core::{EnterpriseConnectionId, RoleId, ScimDirectoryId, ScimGroupRoleMappingId};

use crate::backend::{List, handle::handle};

handle! {
    /// Directories under the older name of the API; [`Directories`](crate::backend::Directories) does the same.
    ///
    /// ```
    /// # async fn example(clerk: &clerk_ext::backend::Backend) -> Result<(), clerk_ext::Error> {
    /// let directory = clerk.scim_directories().create("entconn_1", "okta").name("Acme").await?;
    /// clerk.scim_directories().create_role_mapping(&directory.id, "engineers", "role_1").await?;
    /// # Ok(()) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// # // A local Clerk has nothing of it, and says so.
    /// # let refused = example(&clerk).await.err().and_then(|error| error.status());
    /// # assert_eq!(refused.map(|status| status.as_u16()), Some(501));
    /// # Ok(()) }
    /// ```
    ScimDirectories = scim_directories
}

impl ScimDirectories {
    /// All directories.
    pub fn list(&self) -> List<ListScimDirectories, ScimDirectory> {
        List::new(self.client.list_scim_directories())
    }

    /// Reads one directory, with the address that the identity provider sends to.
    pub fn get(&self, directory: impl Into<ScimDirectoryId>) -> GetScimDirectory {
        self.client.get_scim_directory(directory)
    }

    /// Adds a directory to a connection that has none; the answer has the address and the key for the identity provider.
    pub fn create(
        &self,
        connection: impl Into<EnterpriseConnectionId>,
        provider: impl Into<String>,
    ) -> CreateScimDirectory {
        self.client.create_scim_directory(connection, provider)
    }

    /// Changes a directory, or switches it on or off.
    pub fn update(&self, directory: impl Into<ScimDirectoryId>) -> UpdateScimDirectory {
        self.client.update_scim_directory(directory)
    }

    /// Deletes a directory: the identity provider reaches nobody through it any more.
    pub fn delete(&self, directory: impl Into<ScimDirectoryId>) -> DeleteScimDirectory {
        self.client.delete_scim_directory(directory)
    }

    /// Gives a directory a new key, which the identity provider has to be told before it can go on.
    pub fn rotate_api_key(&self, directory: impl Into<ScimDirectoryId>) -> RotateScimDirectoryApiKey {
        self.client.rotate_scim_directory_api_key(directory)
    }

    /// Which group leads to which role; the API gives it whole, as one page.
    pub fn role_mappings(
        &self,
        directory: impl Into<ScimDirectoryId>,
    ) -> List<ListScimGroupRoleMappings, ScimGroupRoleMapping> {
        List::new(self.client.list_scim_group_role_mappings(directory))
    }

    /// Gives the people of a group a role; `group` is its id at the identity provider.
    ///
    /// Of somebody in several groups, `precedence` decides.
    pub fn create_role_mapping(
        &self,
        directory: impl Into<ScimDirectoryId>,
        group: impl Into<String>,
        role: impl Into<RoleId>,
    ) -> CreateScimGroupRoleMapping {
        self.client.create_scim_group_role_mapping(directory, group, role)
    }

    /// Puts these pairs of a group and a role in place of all mappings that are there.
    pub fn replace_role_mappings(
        &self,
        directory: impl Into<ScimDirectoryId>,
        mappings: impl IntoIterator<Item = (impl Into<String>, impl Into<RoleId>)>,
    ) -> ReplaceScimGroupRoleMappings {
        let mappings = mappings.into_iter().map(|(group, role)| NewScimGroupRoleMapping::new(group, role));
        self.client.replace_scim_group_role_mappings(directory, mappings)
    }

    /// Deletes a mapping: its group no longer leads to a role.
    pub fn delete_role_mapping(
        &self,
        directory: impl Into<ScimDirectoryId>,
        mapping: impl Into<ScimGroupRoleMappingId>,
    ) -> DeleteScimGroupRoleMapping {
        self.client.delete_scim_group_role_mapping(directory, mapping)
    }
}
