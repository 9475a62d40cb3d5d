use clerk_bapi::{
    api_keys::{
        CreateApiKey, DeleteApiKey, GetApiKey, GetApiKeySecret, GetApiKeys, RevokeApiKey, UpdateApiKey, VerifyApiKey,
    },
    types::ApiKey,
};
use clerk_core::{ApiKeyId, Secret};

use crate::backend::{List, handle::handle};

handle! {
    /// API keys: long-lived secrets that programs of your users present to your own API.
    ///
    /// Each belongs to a subject, that is a user, an organization or a machine, named by its id.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let ann = clerk.users().create().email_address(["ann@example.com"]).skip_password_requirement(true).await?;
    /// let made = clerk.api_keys().create("Deploy", &ann.id).scopes(["read"]).await?;
    /// let presented = clerk.api_keys().verify(made.secret).await?;
    /// assert_eq!((presented.subject.as_str(), presented.revoked), (ann.id.as_str(), false));
    /// # Ok(()) }
    /// ```
    ApiKeys = api_keys
}

impl ApiKeys {
    /// The keys of one subject that can be used, without their secrets.
    ///
    /// With `include_invalid` the revoked and the expired ones are listed too.
    pub fn list(&self, subject: impl AsRef<str>) -> List<GetApiKeys, ApiKey> {
        List::new(self.client.get_api_keys(subject.as_ref()))
    }

    /// Reads one key, without its secret.
    pub fn get(&self, key: impl Into<ApiKeyId>) -> GetApiKey {
        self.client.get_api_key(key)
    }

    /// Creates a key for a subject; the answer has its secret.
    ///
    /// It never expires unless `seconds_until_expiration` is set.
    pub fn create(&self, name: impl Into<String>, subject: impl AsRef<str>) -> CreateApiKey {
        self.client.create_api_key(name, subject.as_ref())
    }

    /// Changes what a key may do, what is said of it, or how long it lasts; its secret stays.
    pub fn update(&self, key: impl Into<ApiKeyId>) -> UpdateApiKey {
        self.client.update_api_key(key)
    }

    /// Deletes a key with all that is known of it.
    pub fn delete(&self, key: impl Into<ApiKeyId>) -> DeleteApiKey {
        self.client.delete_api_key(key)
    }

    /// Ends a key for good and keeps it on record, with a reason if you give one.
    pub fn revoke(&self, key: impl Into<ApiKeyId>) -> RevokeApiKey {
        self.client.revoke_api_key(key)
    }

    /// The secret of a key that was created earlier.
    pub fn secret(&self, key: impl Into<ApiKeyId>) -> GetApiKeySecret {
        self.client.get_api_key_secret(key)
    }

    /// The key behind a secret that a caller presented.
    ///
    /// Revoked and expired keys are answered too, so look at `revoked` and `expired`; a secret that is of no key is an
    /// error of the kind [`NotFound`](clerk_core::ErrorKind::NotFound).
    pub fn verify(&self, secret: impl Into<Secret>) -> VerifyApiKey {
        self.client.verify_api_key(secret)
    }
}
