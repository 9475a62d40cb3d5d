use clerk_bapi::instance_settings::{
    GetInstance, GetInstanceCommunication, GetInstanceOAuthApplicationSettings, GetInstanceOrganizationSettings,
    GetInstanceProtect, UpdateInstance, UpdateInstanceCommunication, UpdateInstanceOAuthApplicationSettings,
    UpdateInstanceOrganizationSettings, UpdateInstanceProtect, UpdateInstanceRestrictions,
};

use crate::backend::handle::handle;

handle! {
    /// The settings of the instance itself.
    ///
    /// What is not set on an update stays as it is.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let settings = clerk.instance_settings();
    /// settings.update_organizations().max_allowed_memberships(25).await?;
    /// assert_eq!(settings.organizations().await?.max_allowed_memberships, Some(25));
    /// # Ok(()) }
    /// ```
    InstanceSettings = instance_settings
}

impl InstanceSettings {
    /// Which environment the key belongs to, and which origins may call it.
    pub fn get(&self) -> GetInstance {
        self.client.get_instance()
    }

    /// Changes the settings that belong nowhere else: test mode, support address, origins, leaked passwords.
    ///
    /// `hibp` is whether passwords are checked against those known to have leaked. A list of origins takes the place
    /// of the one that is there. The answer has no content.
    pub fn update(&self) -> UpdateInstance {
        self.client.update_instance()
    }

    /// The countries that no text messages are sent to.
    pub fn communication(&self) -> GetInstanceCommunication {
        self.client.get_instance_communication()
    }

    /// Sets the countries that no text messages are sent to, all of them, by codes of two letters.
    pub fn update_communication(&self) -> UpdateInstanceCommunication {
        self.client.update_instance_communication()
    }

    /// How applications sign people in through this instance.
    pub fn oauth_applications(&self) -> GetInstanceOAuthApplicationSettings {
        self.client.get_instance_oauth_application_settings()
    }

    /// Changes how applications register themselves and what their access tokens look like.
    ///
    /// With `dynamic_oauth_client_registration` anybody can register one.
    pub fn update_oauth_applications(&self) -> UpdateInstanceOAuthApplicationSettings {
        self.client.update_instance_oauth_application_settings()
    }

    /// Whether there are organizations, with what limits, roles and domains.
    pub fn organizations(&self) -> GetInstanceOrganizationSettings {
        self.client.get_instance_organization_settings()
    }

    /// Switches organizations on or off, and changes their limits, roles and domains.
    pub fn update_organizations(&self) -> UpdateInstanceOrganizationSettings {
        self.client.update_instance_organization_settings()
    }

    /// Which protections against abuse are on.
    pub fn protect(&self) -> GetInstanceProtect {
        self.client.get_instance_protect()
    }

    /// Switches protections against abuse on or off.
    pub fn update_protect(&self) -> UpdateInstanceProtect {
        self.client.update_instance_protect()
    }

    /// Changes who may sign up: whether the two lists are used, and which addresses are refused.
    ///
    /// What is on the lists is the business of `allowlist` and `blocklist`. The API has no way to read these settings
    /// without changing them; an update that sets nothing answers what is set.
    pub fn update_restrictions(&self) -> UpdateInstanceRestrictions {
        self.client.update_instance_restrictions()
    }
}
