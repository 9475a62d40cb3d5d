use clerk_bapi::{
    organization_roles::{
        AssignPermissionToOrganizationRole, CreateOrganizationRole, DeleteOrganizationRole, GetOrganizationRole,
        ListOrganizationRoles, RemovePermissionFromOrganizationRole, UpdateOrganizationRole,
    },
    types::Role,
};
use clerk_core::{PermissionId, RoleId};

use crate::backend::{List, handle::handle};

handle! {
    /// The roles that members of organizations can have, the same for all organizations, each with its permissions.
    ///
    /// Which of them an organization offers is up to its role set: see `role_sets`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let permission = clerk.organization_permissions().create("Read invoices", "org:invoices:read").await?;
    /// let role = clerk.organization_roles().create("Billing", "org:billing").await?;
    /// let role = clerk.organization_roles().add_permission(&role.id, &permission.id).await?;
    /// assert!(role.permissions.iter().any(|granted| granted.key == permission.key));
    /// # Ok(()) }
    /// ```
    OrganizationRoles = organization_roles
}

impl OrganizationRoles {
    /// All roles with their permissions.
    pub fn list(&self) -> List<ListOrganizationRoles, Role> {
        List::new(self.client.list_organization_roles())
    }

    /// Creates a role; `key` is what code asks for, such as `org:billing`.
    pub fn create(&self, name: impl Into<String>, key: impl Into<String>) -> CreateOrganizationRole {
        self.client.create_organization_role(name, key)
    }

    /// Reads one role with its permissions.
    pub fn get(&self, role: impl Into<RoleId>) -> GetOrganizationRole {
        self.client.get_organization_role(role)
    }

    /// Changes a role for all who have it; permissions that are set take the place of those that were there.
    ///
    /// Session tokens tell the old permissions until they expire.
    pub fn update(&self, role: impl Into<RoleId>) -> UpdateOrganizationRole {
        self.client.update_organization_role(role)
    }

    /// Deletes a role.
    ///
    /// The API refuses it while members have the role, invitations name it, or it is the one that creators or people of
    /// a verified domain get.
    pub fn delete(&self, role: impl Into<RoleId>) -> DeleteOrganizationRole {
        self.client.delete_organization_role(role)
    }

    /// Gives a role one more permission; one that it has already is an error.
    pub fn add_permission(
        &self,
        role: impl Into<RoleId>,
        permission: impl Into<PermissionId>,
    ) -> AssignPermissionToOrganizationRole {
        self.client.assign_permission_to_organization_role(role, permission)
    }

    /// Takes a permission away from a role; one that it does not have is an error.
    pub fn remove_permission(
        &self,
        role: impl Into<RoleId>,
        permission: impl Into<PermissionId>,
    ) -> RemovePermissionFromOrganizationRole {
        self.client.remove_permission_from_organization_role(role, permission)
    }
}
