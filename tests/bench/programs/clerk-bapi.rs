//! Ten operations that a server commonly calls, through clerk-bapi.

use std::{future::Future, pin::Pin};

use clerk_bapi::{Client, Error};

/// Boxed: the machine code of a future is made where something can run it.
pub fn program(client: &Client) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + '_>> {
    Box::pin(async move {
        let created = client
            .create_user()
            .first_name("Ann")
            .password("a long password")
            .send()
            .await?;
        let user = client.get_user(&created.id).send().await?;
        let users = client.get_user_list().limit(10).send().await?;
        client
            .update_user(&user.id)
            .last_name("Other")
            .send()
            .await?;
        client.delete_user(&user.id).send().await?;
        let organizations = client.list_organizations().limit(10).send().await?;
        let organization = client.get_organization("org_1").send().await?;
        let session = client.get_session("sess_1").send().await?;
        client.revoke_session("sess_1").send().await?;
        let invitation = client.create_invitation("ann@example.com").send().await?;
        drop((users, organizations, organization, session, invitation));
        Ok(())
    })
}
