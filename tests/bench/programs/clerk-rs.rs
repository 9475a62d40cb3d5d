//! Ten operations that a server commonly calls, through clerk-rs.

use std::{error::Error, future::Future, pin::Pin};

use clerk_rs::{
    ClerkConfiguration,
    apis::{invitations_api, organizations_api, sessions_api, users_api},
    models::{CreateInvitationRequest, CreateUserRequest, UpdateUserRequest},
};

/// Boxed: the machine code of a future is made where something can run it.
pub fn program(
    clerk: &ClerkConfiguration,
) -> Pin<Box<dyn Future<Output = Result<(), Box<dyn Error>>> + Send + '_>> {
    Box::pin(async move {
        let mut wanted = CreateUserRequest::new();
        wanted.first_name = Some(Some("Ann".to_owned()));
        wanted.password = Some(Some("a long password".to_owned()));
        let created = users_api::create_user(clerk, wanted).await?;
        let user = users_api::get_user(clerk, &created.id).await?;
        let users = users_api::get_user_list(
            clerk, None, None, None, None, None, None, None, None, None, None, None, None, None,
            None, None, None, None, None, None, None, None, None, None, None, None, None,
        )
        .await?;
        let mut change = UpdateUserRequest::new();
        change.last_name = Some(Some("Other".to_owned()));
        users_api::update_user(clerk, &user.id, change).await?;
        users_api::delete_user(clerk, &user.id).await?;
        let organizations = organizations_api::list_organizations(
            clerk,
            None,
            None,
            None,
            None,
            None,
            None,
            Some(10),
            None,
        )
        .await?;
        let organization = organizations_api::get_organization(clerk, "org_1", None, None).await?;
        let session = sessions_api::get_session(clerk, "sess_1").await?;
        sessions_api::revoke_session(clerk, "sess_1").await?;
        let invitation = CreateInvitationRequest::new("ann@example.com".to_owned());
        let invitation = invitations_api::create_invitation(clerk, Some(invitation)).await?;
        drop((users, organizations, organization, session, invitation));
        Ok(())
    })
}
