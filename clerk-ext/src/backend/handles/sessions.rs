use clerk_bapi::{
    sessions::{
        CreateSession, CreateSessionToken, CreateSessionTokenFromTemplate, GetSession, GetSessionList, RefreshSession,
        RefreshSessionBody, RevokeSession, VerifySession,
    },
    types::Session,
};
use clerk_core::{Secret, SessionId, UserId};

use crate::backend::{List, handle::handle};

handle! {
    /// Who is signed in where: look up sessions, end them, make tokens for them.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let ann = clerk.users().create().email_address(["ann@example.com"]).skip_password_requirement(true).await?;
    /// let session = clerk.sessions().create(&ann.id).await?;
    /// assert_eq!(clerk.sessions().list().user_id(&ann.id).page().await?.data.len(), 1);
    /// let ended = clerk.sessions().revoke(&session.id).await?;
    /// assert_eq!(ended.status.as_str(), "revoked");
    /// # Ok(()) }
    /// ```
    Sessions = sessions
}

impl Sessions {
    /// The sessions of a user or of a client: set `user_id` or `client_id`, the API asks for one of them.
    ///
    /// Those that are over are among them; `status` leaves only those of one kind.
    pub fn list(&self) -> List<GetSessionList, Session> {
        List::new(self.client.get_session_list())
    }

    /// Signs a user in without asking them anything, for tests.
    ///
    /// Instances in production refuse it; `sign_in_tokens` (feature `sign_in`) are there for that.
    pub fn create(&self, user: impl Into<UserId>) -> CreateSession {
        self.client.create_session(user)
    }

    /// Reads one session.
    pub fn get(&self, session: impl Into<SessionId>) -> GetSession {
        self.client.get_session(session)
    }

    /// Ends a session.
    ///
    /// Tokens that it has got are good until they expire, which takes about a minute.
    pub fn revoke(&self, session: impl Into<SessionId>) -> RevokeSession {
        self.client.revoke_session(session)
    }

    /// Makes a session token, as the user's browser has it.
    pub fn token(&self, session: impl Into<SessionId>) -> CreateSessionToken {
        self.client.create_session_token(session)
    }

    /// Makes a token after the JWT template of this name (not its id), for other services.
    ///
    /// It is none that a back end takes as a session token.
    pub fn token_from(
        &self,
        session: impl Into<SessionId>,
        template: impl Into<String>,
    ) -> CreateSessionTokenFromTemplate {
        self.client.create_session_token_from_template(session, template)
    }

    /// Trades an expired session token and the refresh token beside it in for new ones, each pair once.
    ///
    /// `refresh_token` is what the browser's `__refresh_…` cookie holds, `request_origin` the scheme and host of the page
    /// that was asked for.
    pub fn refresh(
        &self,
        session: impl Into<SessionId>,
        expired_token: impl Into<Secret>,
        refresh_token: impl Into<Secret>,
        request_origin: impl Into<String>,
    ) -> RefreshSession {
        let body = RefreshSessionBody::new(expired_token, refresh_token, request_origin);
        self.client.refresh_session(session, body)
    }

    /// Asks the API whether a session token is good.
    #[deprecated = "the API keeps it for older callers: check the signature of the token with the instance's public key"]
    pub fn verify(&self, session: impl Into<SessionId>, token: impl Into<Secret>) -> VerifySession {
        #[allow(deprecated, reason = "it is deprecated here too")]
        self.client.verify_session(session, token)
    }
}
