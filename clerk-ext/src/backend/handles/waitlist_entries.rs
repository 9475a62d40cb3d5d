use clerk_bapi::{
    types::{NewWaitlistEntry, WaitlistEntry},
    waitlist_entries::{
        CreateBulkWaitlistEntries, CreateWaitlistEntry, DeleteWaitlistEntry, InviteWaitlistEntry, ListWaitlistEntries,
        RejectWaitlistEntry,
    },
};
use clerk_core::WaitlistEntryId;

use crate::backend::{List, Request, handle::handle};

handle! {
    /// People who asked to be let in before everyone is, and what was decided.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let ann = clerk.waitlist_entries().create("ann@example.com").await?;
    /// let invited = clerk.waitlist_entries().invite(&ann.id).await?;
    /// assert_eq!(invited.status.as_str(), "invited");
    /// # Ok(()) }
    /// ```
    WaitlistEntries = waitlist_entries
}

impl WaitlistEntries {
    /// All entries, newest first unless ordered otherwise, with filters.
    pub fn list(&self) -> List<ListWaitlistEntries, WaitlistEntry> {
        List::new(self.client.list_waitlist_entries())
    }

    /// Puts an address on the waitlist, and tells its owner unless `notify` is false.
    ///
    /// An address that is on it gives the entry that is there.
    pub fn create(&self, email_address: impl Into<String>) -> CreateWaitlistEntry {
        self.client.create_waitlist_entry(email_address)
    }

    /// Puts several addresses on the waitlist with one call, 50 at most; each is what [`create`](Self::create) gives.
    pub fn create_all(
        &self,
        entries: impl IntoIterator<Item = CreateWaitlistEntry>,
    ) -> Request<CreateBulkWaitlistEntries, Vec<WaitlistEntry>> {
        let singles = entries.into_iter().map(Request::<_, WaitlistEntry>::new);
        Request::new(self.client.create_bulk_waitlist_entries(Vec::<NewWaitlistEntry>::new())).bulk(singles)
    }

    /// Takes an entry that is pending off the waitlist.
    pub fn delete(&self, entry: impl Into<WaitlistEntryId>) -> DeleteWaitlistEntry {
        self.client.delete_waitlist_entry(entry)
    }

    /// Lets someone in: sends them an invitation to sign up.
    ///
    /// Whoever was invited before is a conflict (409), and whoever has an account; `ignore_existing` goes on all the same.
    pub fn invite(&self, entry: impl Into<WaitlistEntryId>) -> InviteWaitlistEntry {
        self.client.invite_waitlist_entry(entry)
    }

    /// Turns someone down; the entry stays as rejected.
    pub fn reject(&self, entry: impl Into<WaitlistEntryId>) -> RejectWaitlistEntry {
        self.client.reject_waitlist_entry(entry)
    }
}
