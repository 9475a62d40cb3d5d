use clerk_bapi::beta_features::{
    ChangeDomain, ChangeProductionInstanceDomain, UpdateInstanceAuthConfig, UpdateProductionInstanceDomain,
};

use crate::backend::handle::handle;

handle! {
    /// Operations on the instance that are early or old: a few settings, and the move to another domain.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let settings = clerk.beta_features().update_auth_config().from_email_address("hello").await?;
    /// assert_eq!(settings.from_email_address.as_deref(), Some("hello"), "the domain is the instance's own");
    /// # Ok(()) }
    /// ```
    BetaFeatures = beta_features
}

impl BetaFeatures {
    /// Changes a few settings of signing in: test mode, progressive sign-up, the allow-list, who emails come from.
    ///
    /// `from_email_address` is the part before the `@`.
    pub fn update_auth_config(&self) -> UpdateInstanceAuthConfig {
        self.client.update_instance_auth_config()
    }

    /// Moves a production instance to another domain.
    ///
    /// It goes on after the answer. All publishable keys change with it, and all DNS entries have to be made anew.
    pub fn change_production_domain(&self, home_url: impl Into<String>) -> ChangeProductionInstanceDomain {
        self.client.change_production_instance_domain().home_url(home_url)
    }

    /// Does the same as [`change_production_domain`](Self::change_production_domain) under an earlier path.
    pub fn change_domain(&self, home_url: impl Into<String>) -> ChangeDomain {
        self.client.change_domain().home_url(home_url)
    }

    /// Does the same under the oldest path.
    #[deprecated = "use `change_production_domain`"]
    pub fn update_production_domain(&self, home_url: impl Into<String>) -> UpdateProductionInstanceDomain {
        #[allow(deprecated, reason = "it is deprecated here too")]
        self.client.update_production_instance_domain().home_url(home_url)
    }
}
