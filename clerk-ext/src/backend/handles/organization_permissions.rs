use clerk_bapi::{
    organization_permissions::{
        CreateOrganizationPermission, DeleteOrganizationPermission, GetOrganizationPermission,
        ListOrganizationPermissions, UpdateOrganizationPermission,
    },
    types::Permission,
};
use clerk_core::PermissionId;

use crate::backend::{List, handle::handle};

handle! {
    /// What roles can allow: the permissions of the system and your own.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let permissions = clerk.organization_permissions();
    /// let read = permissions.create("Read invoices", "org:invoices:read").description("Also old ones").await?;
    /// assert_eq!(permissions.get(&read.id).await?.key, "org:invoices:read");
    /// # Ok(()) }
    /// ```
    OrganizationPermissions = organization_permissions
}

impl OrganizationPermissions {
    /// All permissions, those of the system included.
    pub fn list(&self) -> List<ListOrganizationPermissions, Permission> {
        List::new(self.client.list_organization_permissions())
    }

    /// Creates a permission; `key` is what code asks for, such as `org:invoices:read`. No role has it yet.
    pub fn create(&self, name: impl Into<String>, key: impl Into<String>) -> CreateOrganizationPermission {
        self.client.create_organization_permission(name, key)
    }

    /// Reads one permission.
    pub fn get(&self, permission: impl Into<PermissionId>) -> GetOrganizationPermission {
        self.client.get_organization_permission(permission)
    }

    /// Changes a permission of your own; those of the system stay as they are.
    pub fn update(&self, permission: impl Into<PermissionId>) -> UpdateOrganizationPermission {
        self.client.update_organization_permission(permission)
    }

    /// Deletes a permission of your own, from all roles that have it too.
    pub fn delete(&self, permission: impl Into<PermissionId>) -> DeleteOrganizationPermission {
        self.client.delete_organization_permission(permission)
    }
}
