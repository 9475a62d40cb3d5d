use clerk_bapi::{
    role_sets::{
        AddRolesToRoleSet, CreateRoleSet, CreateRoleSetBody, GetRoleSet, ListRoleSets, ReplaceRoleInRoleSet,
        ReplaceRoleSet, UpdateRoleSet,
    },
    types::RoleSet,
};
use clerk_core::RoleSetRef;

use crate::backend::{List, handle::handle};

handle! {
    /// Choices of roles: an organization offers the roles of its role set.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let small = clerk.role_sets().create("Small", "org:admin", "org:admin", ["org:admin"]).key("role_set:small").await?;
    /// let acme = clerk.organizations().create("Acme").role_set_key(&small.key).await?;
    /// assert_eq!(acme.role_set_key.as_deref(), Some("role_set:small"));
    /// # Ok(()) }
    /// ```
    RoleSets = role_sets
}

impl RoleSets {
    /// All role sets with their roles.
    pub fn list(&self) -> List<ListRoleSets, RoleSet> {
        List::new(self.client.list_role_sets())
    }

    /// Creates a role set of the roles with these keys.
    ///
    /// Members get `default_role` unless they are given another, whoever creates an organization gets `creator_role`;
    /// both have to be among the roles.
    pub fn create(
        &self,
        name: impl Into<String>,
        default_role: impl Into<String>,
        creator_role: impl Into<String>,
        roles: impl IntoIterator<Item = impl Into<String>>,
    ) -> CreateRoleSet {
        self.client.create_role_set(CreateRoleSetBody::new(name, default_role, creator_role, roles))
    }

    /// Reads one role set, by its id or its key.
    pub fn get(&self, role_set: impl Into<RoleSetRef>) -> GetRoleSet {
        self.client.get_role_set(role_set)
    }

    /// Changes all of a role set but its roles; with the type `initial` it becomes the one of new organizations.
    pub fn update(&self, role_set: impl Into<RoleSetRef>) -> UpdateRoleSet {
        self.client.update_role_set(role_set)
    }

    /// Deletes a role set and gives its organizations the one with the key `by`.
    ///
    /// Roles that are not in that one have to be mapped to some that are, with `reassignment_mappings`.
    pub fn replace(&self, role_set: impl Into<RoleSetRef>, by: impl Into<String>) -> ReplaceRoleSet {
        self.client.replace_role_set(role_set, by)
    }

    /// Adds the roles with these keys.
    pub fn add_roles(
        &self,
        role_set: impl Into<RoleSetRef>,
        roles: impl IntoIterator<Item = impl Into<String>>,
    ) -> AddRolesToRoleSet {
        self.client.add_roles_to_role_set(role_set, roles)
    }

    /// Takes a role out and gives the members who have it the one with the key `by`.
    pub fn replace_role(
        &self,
        role_set: impl Into<RoleSetRef>,
        role: impl Into<String>,
        by: impl Into<String>,
    ) -> ReplaceRoleInRoleSet {
        self.client.replace_role_in_role_set(role_set, role, by)
    }
}
