use clerk_bapi::{
    jwt_templates::{CreateJwtTemplate, DeleteJwtTemplate, GetJwtTemplate, ListJwtTemplates, UpdateJwtTemplate},
    types::JwtTemplate,
};
use clerk_core::{Json, JwtTemplateId};

use crate::backend::{List, handle::handle};

handle! {
    /// What tokens of your own have in them, such as those that another service accepts.
    ///
    /// ```
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let claims = json!({ "email": "{{user.primary_email_address}}" });
    /// let template = clerk.jwt_templates().create("storage", claims).lifetime(60).await?;
    /// assert_eq!(template.name, "storage");
    /// # Ok(()) }
    /// ```
    JwtTemplates = jwt_templates
}

impl JwtTemplates {
    /// All templates.
    pub fn list(&self) -> List<ListJwtTemplates, JwtTemplate> {
        List::new(self.client.list_jwt_templates())
    }

    /// Reads one template.
    pub fn get(&self, template: impl Into<JwtTemplateId>) -> GetJwtTemplate {
        self.client.get_jwt_template(template)
    }

    /// Creates a template; a session is asked for such a token by its name.
    ///
    /// In the claims, shortcodes such as `{{user.id}}` stand for what is known of the user; those that Clerk sets itself are
    /// refused. The instance's key signs, unless `custom_signing_key`, `signing_algorithm` and `signing_key` say
    /// otherwise.
    pub fn create(&self, name: impl Into<String>, claims: impl Into<Json>) -> CreateJwtTemplate {
        self.client.create_jwt_template(name, claims)
    }

    /// Changes a template, for tokens that are made from now on.
    ///
    /// The API wants name and claims even where they stay.
    pub fn update(
        &self,
        template: impl Into<JwtTemplateId>,
        name: impl Into<String>,
        claims: impl Into<Json>,
    ) -> UpdateJwtTemplate {
        self.client.update_jwt_template(template, name, claims)
    }

    /// Deletes a template.
    pub fn delete(&self, template: impl Into<JwtTemplateId>) -> DeleteJwtTemplate {
        self.client.delete_jwt_template(template)
    }
}
