use clerk_bapi::{
    allow_list_block_list::{
        CreateAllowlistIdentifier, CreateBlocklistIdentifier, DeleteAllowlistIdentifier, DeleteBlocklistIdentifier,
        ListAllowlistIdentifiers, ListBlocklistIdentifiers,
    },
    types::{AllowlistIdentifier, BlocklistIdentifier},
};
use clerk_core::{AllowlistIdentifierId, BlocklistIdentifierId};

use crate::backend::{List, handle::handle};

handle! {
    /// Who may sign up, where the instance's restrictions switch the list on; otherwise it has no effect.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let friends = clerk.allowlist().create("*@friends.example.com").await?;
    /// assert_eq!(clerk.allowlist().list().page().await?.data[0].id, friends.id);
    /// # Ok(()) }
    /// ```
    Allowlist = allowlist
}

impl Allowlist {
    /// All that is on the list.
    pub fn list(&self) -> List<ListAllowlistIdentifiers, AllowlistIdentifier> {
        List::new(self.client.list_allowlist_identifiers())
    }

    /// Puts an email address, a telephone number or a wallet on the list, or a whole domain as `*@example.com`.
    ///
    /// With `notify` whoever has the address or the number is invited, too.
    pub fn create(&self, identifier: impl Into<String>) -> CreateAllowlistIdentifier {
        self.client.create_allowlist_identifier(identifier)
    }

    /// Takes something off the list.
    ///
    /// Whoever has signed up stays, but may no longer get in where the list holds for signing in too.
    pub fn delete(&self, identifier: impl Into<AllowlistIdentifierId>) -> DeleteAllowlistIdentifier {
        self.client.delete_allowlist_identifier(identifier)
    }
}

handle! {
    /// Who may not sign up, where the instance's restrictions switch the list on; otherwise it has no effect.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// clerk.blocklist().create("eve@example.com").await?;
    /// assert_eq!(clerk.blocklist().list().page().await?.data[0].identifier.as_deref(), Some("eve@example.com"));
    /// # Ok(()) }
    /// ```
    Blocklist = blocklist
}

impl Blocklist {
    /// All that is on the list; the API gives it whole, as one page.
    pub fn list(&self) -> List<ListBlocklistIdentifiers, BlocklistIdentifier> {
        List::new(self.client.list_blocklist_identifiers())
    }

    /// Puts an email address, a telephone number or a wallet on the list, or a whole domain as `*@example.com`.
    pub fn create(&self, identifier: impl Into<String>) -> CreateBlocklistIdentifier {
        self.client.create_blocklist_identifier(identifier)
    }

    /// Takes something off the list.
    pub fn delete(&self, identifier: impl Into<BlocklistIdentifierId>) -> DeleteBlocklistIdentifier {
        self.client.delete_blocklist_identifier(identifier)
    }
}
