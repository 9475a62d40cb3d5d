//! The steps of a sign-in or sign-up that lead into a browser.

use clerk_core::{Error, ErrorKind};
use clerk_fapi::types;

use super::{
    deep_link::{PendingDeepLink, link_factor},
    oauth::PendingOauth,
};
use crate::frontend::{
    provider::Provider, sign_in::FirstFactor, sign_up::Requirements, step::StepError, strategy::Strategy,
};

impl FirstFactor {
    /// Proves it with an account elsewhere, in a browser that comes back to `redirect_url`.
    ///
    /// ```
    /// use clerk_ext::frontend::{Provider, SignIn};
    /// # use clerk_local::ProviderAccount;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut ann = clerk_local::SeedUser::new("ann@example.com");
    /// # ann.external_accounts = vec![("google".to_owned(), "112233".to_owned())];
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # local.provider().add(&ProviderAccount::new("google", "ann@example.com").subject("112233"));
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// let SignIn::NeedsFirstFactor(step) = clerk.sign_in().identifier("ann@example.com").await? else {
    ///     return Err("she has nothing to prove".into());
    /// };
    /// let pending = step.oauth(Provider::GOOGLE, "com.example.app://callback").await?;
    /// println!("open {}", pending.url());
    /// # let came_back = local.provider().approve(pending.url()).await?;
    /// assert!(pending.finish(&came_back).await?.session()?.is_signed_in());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Another flow of this device is in the browser ([`BrowserFailure::Busy`](crate::frontend::BrowserFailure::Busy)), or
    /// Clerk refuses.
    pub async fn oauth(
        self,
        provider: impl Into<Provider>,
        redirect_url: impl Into<String>,
    ) -> Result<PendingOauth, StepError<Self>> {
        let strategy = provider.into().into();
        self.leave(strategy, None, redirect_url.into()).await
    }

    /// Proves it at the identity provider of their organization, in a browser that comes back to `redirect_url`.
    ///
    /// Where there are several, the first is taken: [`oauth_by`](Self::oauth_by) takes another.
    ///
    /// # Errors
    ///
    /// As for [`oauth`](Self::oauth).
    pub async fn enterprise_sso(self, redirect_url: impl Into<String>) -> Result<PendingOauth, StepError<Self>> {
        let is_sso = |factor: &&types::SignInFactor| strategy_of(factor) == Some(Strategy::ENTERPRISE_SSO);
        let connection = self.factors().iter().find(is_sso).and_then(|factor| factor.enterprise_connection_id.clone());
        self.leave(Strategy::ENTERPRISE_SSO, connection, redirect_url.into()).await
    }

    /// Proves it where one of the [`factors`](Self::factors) leads, in a browser that comes back to `redirect_url`.
    ///
    /// # Errors
    ///
    /// The factor leads nowhere; else as for [`oauth`](Self::oauth).
    pub async fn oauth_by(
        self,
        factor: &types::SignInFactor,
        redirect_url: impl Into<String>,
    ) -> Result<PendingOauth, StepError<Self>> {
        let Some(strategy) = strategy_of(factor) else {
            let message = "this factor does not say what it is; take another";
            return Err(StepError::new(self, Error::new(ErrorKind::InvalidRequest, message)));
        };
        self.leave(strategy, factor.enterprise_connection_id.clone(), redirect_url.into()).await
    }

    async fn leave(
        self,
        strategy: Strategy,
        connection: Option<clerk_core::EnterpriseConnectionId>,
        redirect_url: String,
    ) -> Result<PendingOauth, StepError<Self>> {
        let (device, id) = (&self.attempt.device, &self.attempt.raw.id);
        let begun = PendingOauth::from_factor(device, id, strategy, connection.as_ref(), redirect_url).await;
        begun.map_err(|error| StepError::new(self, error))
    }

    /// Sends a link by email that opens this application, at `redirect_uri`.
    ///
    /// ```
    /// use clerk_ext::frontend::SignIn;
    /// # use clerk_ext::{Bytes, http::Request};
    /// # use tower_service::Service as _;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// let SignIn::NeedsFirstFactor(step) = clerk.sign_in().identifier("ann@example.com").await? else {
    ///     return Err("she has nothing to prove".into());
    /// };
    /// let pending = step.email_deep_link("com.example.app://link").await?;
    /// # let link = local.inbox().latest_link("ann@example.com").ok_or("nothing was mailed")?;
    /// # let answer = local.transport().call(Request::get(link).body(Bytes::new())?).await?;
    /// # let opened = answer.headers()["location"].to_str()?;
    /// // She opens the mail on this device, and the system hands the program the URL of the link.
    /// assert!(pending.finish(opened).await?.session()?.is_signed_in());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The account has no such way, another flow of this device is under way, or a link was sent a moment ago.
    pub async fn email_deep_link(self, redirect_uri: impl Into<String>) -> Result<PendingDeepLink, StepError<Self>> {
        // Where Clerk does not tell what an account has, the server chooses.
        let factor = link_factor(self.factors(), self.identifier()).cloned().unwrap_or_default();
        let (device, id) = (&self.attempt.device, &self.attempt.raw.id);
        let sent = PendingDeepLink::from_factor(device, id, &factor, redirect_uri.into()).await;
        sent.map_err(|error| StepError::new(self, error))
    }
}

impl Requirements {
    /// Sends a link by email that opens this application, at `redirect_uri`, and proves the address.
    ///
    /// ```
    /// use clerk_ext::frontend::SignUp;
    /// # use clerk_ext::{Bytes, http::Request};
    /// # use tower_service::Service as _;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// let begun = clerk.sign_up().email_address("bob@example.com").password("test-hunter2-and-more").await?;
    /// let SignUp::MissingRequirements(step) = begun else { return Err("nothing is missing".into()) };
    /// let pending = step.verify_email_by_deep_link("com.example.app://link").await?;
    /// # let link = local.inbox().latest_link("bob@example.com").ok_or("nothing was mailed")?;
    /// # let answer = local.transport().call(Request::get(link).body(Bytes::new())?).await?;
    /// # let opened = answer.headers()["location"].to_str()?;
    /// // He opens the mail on this device.
    /// assert!(pending.finish(opened).await?.session()?.is_signed_in());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// There is no address yet, another flow of this device is under way, or a link was sent a moment ago.
    pub async fn verify_email_by_deep_link(
        self,
        redirect_uri: impl Into<String>,
    ) -> Result<PendingDeepLink, StepError<Self>> {
        let sent = PendingDeepLink::from_sign_up(&self.device, self.id(), redirect_uri.into()).await;
        sent.map_err(|error| StepError::new(self, error))
    }
}

fn strategy_of(factor: &types::SignInFactor) -> Option<Strategy> {
    factor.strategy.as_ref().map(|strategy| Strategy::from(strategy.as_str()))
}
