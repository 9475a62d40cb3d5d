use clerk_bapi::{
    email_sms_templates::{
        GetTemplate, GetTemplateList, PreviewTemplate, RevertTemplate, ToggleTemplateDelivery, UpsertTemplate,
    },
    types::{Template, TemplateType},
};

use crate::backend::{List, handle::handle};

handle! {
    /// The texts of the emails and text messages that Clerk sends.
    ///
    /// The API keeps the operations for older callers; texts are written in the dashboard. A template is named by its
    /// type, `email` or `sms`, and its slug, such as `verification_code`.
    ///
    /// ```
    /// # #[allow(deprecated)]
    /// # async fn example(clerk: &clerk_ext::backend::Backend) -> Result<(), clerk_ext::Error> {
    /// let template = clerk.templates().get("email", "verification_code").await?;
    /// println!("{:?}", template.subject);
    /// # Ok(()) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// # // A local Clerk has nothing of it, and says so.
    /// # let refused = example(&clerk).await.err().and_then(|error| error.status());
    /// # assert_eq!(refused.map(|status| status.as_u16()), Some(501));
    /// # Ok(()) }
    /// ```
    Templates = templates
}

impl Templates {
    /// All templates of a type, those that were never changed included.
    #[deprecated = "texts are maintained in the dashboard"]
    pub fn list(&self, template_type: impl Into<TemplateType>) -> List<GetTemplateList, Template> {
        #[allow(deprecated, reason = "it is deprecated here too")]
        List::new(self.client.get_template_list(template_type))
    }

    /// Reads one template.
    #[deprecated = "texts are maintained in the dashboard"]
    pub fn get(&self, template_type: impl Into<TemplateType>, slug: impl Into<String>) -> GetTemplate {
        #[allow(deprecated, reason = "it is deprecated here too")]
        self.client.get_template(template_type, slug)
    }

    /// Puts a text in place of the default one, or of the one that is there.
    #[deprecated = "texts are maintained in the dashboard"]
    pub fn upsert(&self, template_type: impl Into<TemplateType>, slug: impl Into<String>) -> UpsertTemplate {
        #[allow(deprecated, reason = "it is deprecated here too")]
        self.client.upsert_template(template_type, slug)
    }

    /// Shows what a text comes to with made-up data; nothing is kept or sent.
    #[deprecated = "texts are maintained in the dashboard"]
    pub fn preview(&self, template_type: impl Into<TemplateType>, slug: impl Into<String>) -> PreviewTemplate {
        #[allow(deprecated, reason = "it is deprecated here too")]
        self.client.preview_template(template_type.into().as_str(), slug)
    }

    /// Goes back to the default text.
    #[deprecated = "texts are maintained in the dashboard"]
    pub fn revert(&self, template_type: impl Into<TemplateType>, slug: impl Into<String>) -> RevertTemplate {
        #[allow(deprecated, reason = "it is deprecated here too")]
        self.client.revert_template(template_type, slug)
    }

    /// Says whether Clerk sends these messages, or leaves that to your server.
    ///
    /// Your server is told of each by the webhook `email.created` or `sms.created` then.
    #[deprecated = "texts are maintained in the dashboard"]
    pub fn toggle_delivery(
        &self,
        template_type: impl Into<TemplateType>,
        slug: impl Into<String>,
        delivered_by_clerk: impl Into<bool>,
    ) -> ToggleTemplateDelivery {
        #[allow(deprecated, reason = "it is deprecated here too")]
        self.client.toggle_template_delivery(template_type, slug).delivered_by_clerk(delivered_by_clerk)
    }
}
