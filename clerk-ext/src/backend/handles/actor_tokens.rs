use clerk_bapi::actor_tokens::{CreateActorToken, RevokeActorToken};
use clerk_core::{ActorTokenId, Json, UserId};

use crate::backend::handle::handle;

handle! {
    /// Impersonation: tickets with which one person signs in as another, for support.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let ann = clerk.users().create().email_address(["ann@example.com"]).skip_password_requirement(true).await?;
    /// let support = clerk.users().create().email_address(["support@example.com"]).skip_password_requirement(true).await?;
    /// let ticket = clerk.actor_tokens().create(&ann.id, &support.id).expires_in_seconds(600).await?;
    /// // Opening it signs the supporter in as Ann.
    /// assert!(ticket.url.is_some());
    /// # Ok(()) }
    /// ```
    ActorTokens = actor_tokens
}

impl ActorTokens {
    /// Makes a ticket with which `actor` signs in as `user`, once.
    ///
    /// The claim `act` of the session's tokens names the actor. The ticket is good for an hour and the session for half
    /// of one unless told otherwise.
    pub fn create(&self, user: impl Into<UserId>, actor: impl Into<UserId>) -> CreateActorToken {
        self.create_with(user, serde_json::json!({ "sub": actor.into() }))
    }

    /// The same with more to say of who acts: `actor` is the whole claim `act`, an object with at least a `sub`.
    pub fn create_with(&self, user: impl Into<UserId>, actor: impl Into<Json>) -> CreateActorToken {
        self.client.create_actor_token(user, actor)
    }

    /// Makes a ticket void that nobody has used; a session that was opened with it goes on.
    pub fn revoke(&self, token: impl Into<ActorTokenId>) -> RevokeActorToken {
        self.client.revoke_actor_token(token)
    }
}
