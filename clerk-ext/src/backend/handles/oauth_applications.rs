use clerk_bapi::{
    oauth_applications::{
        CreateOAuthApplication, DeleteOAuthApplication, GetOAuthApplication, ListOAuthApplications,
        RevokeOAuthApplicationToken, RotateOAuthApplicationSecret, UpdateOAuthApplication, UploadOAuthApplicationLogo,
    },
    types::OAuthApplication,
};
use clerk_core::{OAuthApplicationId, Secret, Upload};

use crate::backend::{List, handle::handle};

handle! {
    /// Applications that sign people in with their accounts at this instance.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let callback = "https://notes.example.com/callback";
    /// let notes = clerk.oauth_applications().create("Notes").redirect_uris([callback]).scopes("email profile").await?;
    /// assert!(notes.client_secret.is_some(), "it is shown here, and never again");
    /// # Ok(()) }
    /// ```
    OAuthApplications = oauth_applications
}

impl OAuthApplications {
    /// All applications, oldest first unless ordered otherwise.
    pub fn list(&self) -> List<ListOAuthApplications, OAuthApplication> {
        List::new(self.client.list_oauth_applications())
    }

    /// Reads one application, without its secret.
    pub fn get(&self, application: impl Into<OAuthApplicationId>) -> GetOAuthApplication {
        self.client.get_oauth_application(application)
    }

    /// Creates an application; only this answer and that of [`rotate_secret`](Self::rotate_secret) have its secret.
    ///
    /// With `public` it has no secret and proves itself by PKCE. `scopes` is one text with spaces in between.
    pub fn create(&self, name: impl Into<String>) -> CreateOAuthApplication {
        self.client.create_oauth_application(name)
    }

    /// Changes an application; a list that is given takes the place of the one that is there.
    pub fn update(&self, application: impl Into<OAuthApplicationId>) -> UpdateOAuthApplication {
        self.client.update_oauth_application(application)
    }

    /// Deletes an application: nobody can sign in to it any more.
    pub fn delete(&self, application: impl Into<OAuthApplicationId>) -> DeleteOAuthApplication {
        self.client.delete_oauth_application(application)
    }

    /// Sets the picture that people see when they are asked to agree.
    pub fn set_logo(&self, application: impl Into<OAuthApplicationId>, logo: Upload) -> UploadOAuthApplicationLogo {
        self.client.upload_oauth_application_logo(application, logo)
    }

    /// Gives an application a new secret; the old one is void at once.
    pub fn rotate_secret(&self, application: impl Into<OAuthApplicationId>) -> RotateOAuthApplicationSecret {
        self.client.rotate_oauth_application_secret(application)
    }

    /// Ends a token that an application was given.
    pub fn revoke_token(
        &self,
        application: impl Into<OAuthApplicationId>,
        token: impl Into<Secret>,
    ) -> RevokeOAuthApplicationToken {
        self.client.revoke_oauth_application_token(application, token)
    }
}
