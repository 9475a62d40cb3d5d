fn add(client: &clerk_bapi::Client) {
    let _ = client.create_organization_membership("org_1", "user_1");
}

fn main() {}
