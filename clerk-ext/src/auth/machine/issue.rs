//! Tokens with which this machine calls others.

use std::{fmt, future::IntoFuture};

use clerk_core::http::Method;
use clerk_core::{BoxFuture, Call, Encoding, Error, JsonMap, M2mTokenId, Operation};
use serde::Serialize;

use super::{M2mToken, answer::Answer};
use crate::auth::Clerk;

static CREATE: Operation =
    Operation::new(Method::POST, "createM2MToken", "/m2m_tokens", Encoding::Json).requires_body();
static REVOKE: Operation =
    Operation::new(Method::POST, "revokeM2MToken", "/m2m_tokens/{m2m_token_id}/revoke", Encoding::Json)
        .idempotent()
        .requires_body();

/// The tokens of this machine, from [`Clerk::m2m`].
#[derive(Clone, Debug)]
pub struct M2mTokens {
    clerk: Clerk,
}

impl Clerk {
    /// The tokens with which this machine calls others: to be made and revoked.
    ///
    /// Making them takes the secret key of the machine, `CLERK_MACHINE_SECRET_KEY`, not that of the instance.
    ///
    /// ```
    /// use clerk_ext::auth::{Clerk, TokenType};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let backend = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// # let billing = backend.machines().create("Billing").await?;
    /// # let shop = backend.machines().create("Shop").scoped_machines([&billing.id]).await?;
    /// // In the shop, which has the key of its own machine:
    /// let clerk = Clerk::builder().machine_secret_key(shop.secret_key).api_url(local.backend_url()).build()?;
    /// let token = clerk.m2m().create().seconds_until_expiration(60).await?;
    /// let header = format!("Bearer {}", token.token.expose());
    ///
    /// // In billing, which was sent the header:
    /// let billing = Clerk::builder().machine_secret_key(billing.secret_key).api_url(local.backend_url());
    /// let billing = billing.accepts(TokenType::M2m).build()?;
    /// let request = clerk_ext::http::Request::get("/invoices").header("authorization", header).body(())?;
    /// let state = billing.authenticate(&request.into_parts().0).await?;
    /// assert_eq!(state.machine().map(|machine| machine.subject()), Some(shop.id.as_str()));
    ///
    /// // When the work is done.
    /// clerk.m2m().revoke(token.id.ok_or("the token has no id")?).revocation_reason("the work is done").await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn m2m(&self) -> M2mTokens {
        M2mTokens { clerk: self.clone() }
    }
}

impl M2mTokens {
    /// Makes a token. It is sent when awaited.
    pub fn create(&self) -> CreateM2mToken {
        let machine = self.clerk.inner().machine_backend.as_ref();
        CreateM2mToken(machine.map(|endpoint| endpoint.call(&CREATE)).ok_or_else(|| no_key(&CREATE)))
    }

    /// Takes a token back. It is sent when awaited.
    ///
    /// A JWT cannot be taken back: it is good until it ends. Without the key of a machine that of the instance is used.
    pub fn revoke(&self, id: impl Into<M2mTokenId>) -> RevokeM2mToken {
        let inner = self.clerk.inner();
        let endpoint = inner.machine_backend.as_ref().or(inner.backend.as_ref());
        RevokeM2mToken(endpoint.ok_or_else(|| no_key(&REVOKE)).map(|endpoint| {
            let mut call = endpoint.call(&REVOKE);
            call.path("m2m_token_id", id.into().as_str());
            call
        }))
    }
}

fn no_key(operation: &Operation) -> Error {
    Error::config("tokens of machines are made with the key of a machine; set CLERK_MACHINE_SECRET_KEY")
        .with_operation(operation.id())
}

/// A token between machines that is to be made, from [`M2mTokens::create`].
#[derive(Clone)]
#[must_use = "nothing is sent before it is awaited"]
pub struct CreateM2mToken(Result<Call, Error>);

impl CreateM2mToken {
    /// What the token says: an object, whose claims the machine that is called reads.
    pub fn claims<C: Serialize + ?Sized>(mut self, claims: &C) -> Self {
        self.field("claims", claims);
        self
    }

    /// How long it is good; otherwise as long as the machine's tokens usually are.
    pub fn seconds_until_expiration(mut self, seconds: u64) -> Self {
        self.field("seconds_until_expiration", &seconds);
        self
    }

    /// A token made before will do that is good for so long still.
    pub fn min_remaining_ttl_seconds(mut self, seconds: u64) -> Self {
        self.field("min_remaining_ttl_seconds", &seconds);
        self
    }

    /// Makes it a JWT: whoever is called checks it without a request, and it cannot be taken back.
    pub fn jwt(mut self) -> Self {
        self.field("token_format", "jwt");
        self
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        if let Ok(call) = &mut self.0 {
            call.field(name, value);
        }
    }

    async fn send(self) -> Result<M2mToken, Error> {
        let answer = Answer::new(self.0?.send_json::<JsonMap>().await?.into_value());
        M2mToken::read(&answer, answer.required("token")?).map_err(|error| error.with_operation(CREATE.id()))
    }
}

impl IntoFuture for CreateM2mToken {
    type Output = Result<M2mToken, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for CreateM2mToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CreateM2mToken")
    }
}

/// A token between machines that is to be taken back, from [`M2mTokens::revoke`].
#[derive(Clone)]
#[must_use = "nothing is sent before it is awaited"]
pub struct RevokeM2mToken(Result<Call, Error>);

impl RevokeM2mToken {
    /// Why, for those who look at the token later.
    pub fn revocation_reason(mut self, reason: &str) -> Self {
        if let Ok(call) = &mut self.0 {
            call.field("revocation_reason", reason);
        }
        self
    }

    async fn send(self) -> Result<(), Error> {
        self.0?.send_empty().await.map(drop)
    }
}

impl IntoFuture for RevokeM2mToken {
    type Output = Result<(), Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for RevokeM2mToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RevokeM2mToken")
    }
}
