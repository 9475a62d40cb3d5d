use clerk_bapi::{
    m2m_tokens::{CreateM2mToken, GetM2mTokens, RevokeM2mToken, VerifyM2mToken},
    types::M2mToken,
};
use clerk_core::{M2mTokenId, MachineId, Secret};

use crate::backend::{List, handle::handle};

handle! {
    /// Tokens with which one of your machines proves itself to another.
    ///
    /// A machine makes them with its own secret: [`Backend::as_machine`](crate::backend::Backend::as_machine) gives a backend
    /// that speaks for it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let billing = clerk.machines().create("Billing").await?;
    /// let shop = clerk.machines().create("Shop").scoped_machines([&billing.id]).await?;
    ///
    /// // In the shop, which knows its own secret only:
    /// let token = clerk.as_machine(&shop.secret_key)?.m2m_tokens().create().await?.token;
    /// // In billing, which was sent the token:
    /// let caller = clerk.as_machine(&billing.secret_key)?.m2m_tokens().verify(token).await?;
    /// assert!(caller.subject == shop.id.as_str() && !caller.revoked && !caller.expired);
    /// # Ok(()) }
    /// ```
    M2mTokens = m2m_tokens
}

impl M2mTokens {
    /// The tokens that a machine has made and that can be used, without their secrets.
    ///
    /// With `revoked` and `expired` those are listed too.
    pub fn list(&self, machine: impl Into<MachineId>) -> List<GetM2mTokens, M2mToken> {
        List::new(self.client.get_m2m_tokens(machine.into()))
    }

    /// Makes a token of the machine whose secret this backend has, good for all machines that it may call.
    ///
    /// The instance's secret key is refused. A token in the format `jwt` can be checked without asking Clerk, but not
    /// be revoked; the default, `opaque`, is the other way round. Without `seconds_until_expiration` it lasts as long as
    /// the machine says.
    pub fn create(&self) -> CreateM2mToken {
        self.client.create_m2m_token()
    }

    /// The token that another machine presented.
    ///
    /// Revoked and expired tokens are answered too, so look at `revoked` and `expired`. A token that nobody made is an
    /// error of the kind [`NotFound`](clerk_core::ErrorKind::NotFound); so is one that is not meant for the machine
    /// whose secret this backend has.
    pub fn verify(&self, token: impl Into<Secret>) -> VerifyM2mToken {
        self.client.verify_m2m_token(token)
    }

    /// Ends a token for good and keeps it on record, with a reason if you give one.
    pub fn revoke(&self, token: impl Into<M2mTokenId>) -> RevokeM2mToken {
        self.client.revoke_m2m_token(token)
    }
}
