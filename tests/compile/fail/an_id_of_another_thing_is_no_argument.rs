use clerk_bapi::{Client, OrganizationId};

fn delete(client: &Client, organization_id: OrganizationId) {
    let _ = client.delete_user(organization_id);
}

fn main() {}
