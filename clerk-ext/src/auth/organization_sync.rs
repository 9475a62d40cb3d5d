use std::sync::Arc;

use clerk_core::Error;

use super::pattern::Patterns;

/// Which addresses belong to an organization, or to the personal account: whoever goes there has it made active.
///
/// Patterns are those of path-to-regexp: `:slug` or `:id` is the organization and stands for one part of the path, `(.*)` for
/// whatever follows. They are tried in the order in which they were given, those of organizations first. A browser is
/// sent to Clerk and back when another organization is active; scripts are not, and so may still be in another one: what
/// an address may show is for a policy to say.
///
/// ```
/// use clerk_ext::auth::{OrganizationSync, Status};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// let sync = OrganizationSync::new()
///     .organization("/orgs/:slug")?
///     .organization("/orgs/:slug/(.*)")?
///     .personal_account("/me")?;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// let clerk = clerk.api_url(local.backend_url()).organization_sync(sync).build()?;
///
/// // Ann works in her personal account, and goes to a page of Acme.
/// # let cookies = format!("__session={}; __client_uat=1; __clerk_db_jwt=test", token.expose());
/// # let page = |path: &str| clerk_ext::http::Request::get(path).header("host", "example.com").header("cookie", &cookies)
/// #     .header("sec-fetch-dest", "document").body(());
/// let state = clerk.authenticate(&page("/orgs/acme/bills")?.into_parts().0).await?;
/// assert_eq!(state.status(), Status::Handshake, "she comes back working in Acme");
/// assert_eq!(clerk.authenticate(&page("/me")?.into_parts().0).await?.status(), Status::SignedIn);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct OrganizationSync {
    organization: Vec<Arc<Patterns>>,
    personal_account: Vec<Arc<Patterns>>,
}

/// A longer path belongs to nobody: what it costs to look at one grows with it, and whoever sends it need not be signed in.
const LONGEST: usize = 4096;

/// Whom an address belongs to.
pub(crate) enum Target<'p> {
    Id(&'p str),
    Slug(&'p str),
    Personal,
}

impl Target<'_> {
    /// What the Frontend API knows it by; the personal account has no name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Id(name) | Self::Slug(name) => name,
            Self::Personal => "",
        }
    }
}

impl OrganizationSync {
    /// No addresses yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Paths of an organization: the pattern has a parameter `:slug` or `:id`.
    ///
    /// # Errors
    ///
    /// The pattern is none.
    pub fn organization(mut self, pattern: &str) -> Result<Self, Error> {
        self.organization.push(Arc::new(Patterns::compile([pattern])?));
        Ok(self)
    }

    /// Paths of the personal account.
    ///
    /// # Errors
    ///
    /// The pattern is none.
    pub fn personal_account(mut self, pattern: &str) -> Result<Self, Error> {
        self.personal_account.push(Arc::new(Patterns::compile([pattern])?));
        Ok(self)
    }

    /// Whom a path belongs to; parameters are as they are in the path, still encoded.
    pub(crate) fn target<'p>(&'p self, path: &'p str) -> Option<Target<'p>> {
        if path.len() > LONGEST {
            return None;
        }
        let of_organization = self.organization.iter().find_map(|patterns| patterns.find(path)).and_then(|found| {
            let named = |name: &str| found.get(name).filter(|value| !value.is_empty());
            named("id").map(Target::Id).or_else(|| named("slug").map(Target::Slug))
        });
        of_organization.or_else(|| {
            self.personal_account.iter().any(|patterns| patterns.find(path).is_some()).then_some(Target::Personal)
        })
    }
}
