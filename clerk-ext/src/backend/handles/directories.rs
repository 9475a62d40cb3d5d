use clerk_bapi::{
    directories::{
        CreateDirectory, CreateDirectoryGroupRoleMapping, DeleteDirectory, DeleteDirectoryGroupRoleMapping,
        GetDirectory, ListDirectories, ListDirectoryGroupRoleMappings, ReplaceDirectoryGroupRoleMappings,
        RotateDirectoryApiKey, UpdateDirectory,
    },
    types::{Directory, DirectoryGroupRoleMapping, NewDirectoryGroupRoleMapping},
};
use clerk_core::{DirectoryGroupRoleMappingId, DirectoryId, EnterpriseConnectionId, RoleId};

use crate::backend::{List, handle::handle};

handle! {
    /// Directories: a customer's identity provider creates, changes and deactivates its people here, over SCIM.
    ///
    /// Each belongs to an enterprise connection. Which group of the provider leads to which role in the organization
    /// is said by mappings.
    ///
    /// ```
    /// # async fn example(clerk: &clerk_ext::backend::Backend) -> Result<(), clerk_ext::Error> {
    /// let directory = clerk.directories().create("entconn_1", "okta").name("Acme").await?;
    /// clerk.directories().create_role_mapping(&directory.id, "engineers", "role_1").await?;
    /// # Ok(()) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// # // A local Clerk has nothing of it, and says so.
    /// # let refused = example(&clerk).await.err().and_then(|error| error.status());
    /// # assert_eq!(refused.map(|status| status.as_u16()), Some(501));
    /// # Ok(()) }
    /// ```
    Directories = directories
}

impl Directories {
    /// All directories.
    pub fn list(&self) -> List<ListDirectories, Directory> {
        List::new(self.client.list_directories())
    }

    /// Reads one directory, with the address that the identity provider sends to.
    pub fn get(&self, directory: impl Into<DirectoryId>) -> GetDirectory {
        self.client.get_directory(directory)
    }

    /// Adds a directory to a connection; the answer has the address and the key for the identity provider.
    pub fn create(
        &self,
        connection: impl Into<EnterpriseConnectionId>,
        provider: impl Into<String>,
    ) -> CreateDirectory {
        self.client.create_directory(connection, provider)
    }

    /// Changes a directory, or switches it on or off.
    pub fn update(&self, directory: impl Into<DirectoryId>) -> UpdateDirectory {
        self.client.update_directory(directory)
    }

    /// Deletes a directory: the identity provider reaches nobody through it any more.
    pub fn delete(&self, directory: impl Into<DirectoryId>) -> DeleteDirectory {
        self.client.delete_directory(directory)
    }

    /// Gives a directory a new key, which the identity provider has to be told before it can go on.
    pub fn rotate_api_key(&self, directory: impl Into<DirectoryId>) -> RotateDirectoryApiKey {
        self.client.rotate_directory_api_key(directory)
    }

    /// Which group leads to which role; the API gives it whole, as one page.
    pub fn role_mappings(
        &self,
        directory: impl Into<DirectoryId>,
    ) -> List<ListDirectoryGroupRoleMappings, DirectoryGroupRoleMapping> {
        List::new(self.client.list_directory_group_role_mappings(directory))
    }

    /// Gives the people of a group a role; `group` is its id at the identity provider.
    ///
    /// Of somebody in several groups, `precedence` decides, from 1 on.
    pub fn create_role_mapping(
        &self,
        directory: impl Into<DirectoryId>,
        group: impl Into<String>,
        role: impl Into<RoleId>,
    ) -> CreateDirectoryGroupRoleMapping {
        self.client.create_directory_group_role_mapping(directory, role).directory_group_id(group)
    }

    /// Puts these pairs of a group and a role in place of all mappings that are there.
    pub fn replace_role_mappings(
        &self,
        directory: impl Into<DirectoryId>,
        mappings: impl IntoIterator<Item = (impl Into<String>, impl Into<RoleId>)>,
    ) -> ReplaceDirectoryGroupRoleMappings {
        let mappings = mappings.into_iter().map(|(group, role)| {
            let mut mapping = NewDirectoryGroupRoleMapping::new(role);
            mapping.directory_group_id = Some(group.into());
            mapping
        });
        self.client.replace_directory_group_role_mappings(directory, mappings)
    }

    /// Deletes a mapping: its group no longer leads to a role.
    pub fn delete_role_mapping(
        &self,
        directory: impl Into<DirectoryId>,
        mapping: impl Into<DirectoryGroupRoleMappingId>,
    ) -> DeleteDirectoryGroupRoleMapping {
        self.client.delete_directory_group_role_mapping(directory, mapping)
    }
}
