use std::marker::PhantomData;

use clerk_core::{EmailAddressId, Error, Json};
use clerk_fapi::{
    email_addresses::{DeleteEmailAddress, GetEmailAddress, GetEmailAddresses},
    types::{DeletedObject, EmailAddress},
    user::UpdateUser,
};

use super::{
    acting::Acting,
    contact::{ContactState, SavedContact, Unverified},
};
use crate::{frontend::types::User, list::List, metadata::Metadata, request::Request};

/// The email addresses of a user: those they have proven, and those they are about to.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let addresses = clerk.me().email_addresses();
/// let sent = addresses.add("ann@work.example.com").await?.verify_by_code().await?;
/// # let code = local.inbox().latest_code("ann@work.example.com").unwrap();
/// let added = sent.attempt(code).await?;
/// addresses.make_primary(&added.id).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct EmailAddresses<M: Metadata = Json> {
    acting: Acting,
    metadata: PhantomData<fn() -> M>,
}

impl<M: Metadata> EmailAddresses<M> {
    pub(super) fn new(acting: &Acting) -> Self {
        Self { acting: acting.clone(), metadata: PhantomData }
    }

    /// All of them.
    pub fn list(&self) -> List<GetEmailAddresses, EmailAddress> {
        List::new(self.acting.ask(clerk_fapi::Client::get_email_addresses))
    }

    /// Reads one of them.
    pub fn get(&self, address: impl Into<EmailAddressId>) -> Request<GetEmailAddress, EmailAddress> {
        Request::new(self.acting.ask(|raw| raw.get_email_address(address)))
    }

    /// Adds an address; it counts once it is proven.
    ///
    /// One that the user has added before and not proven yet is gone on with.
    ///
    /// # Errors
    ///
    /// Somebody has it already (`form_identifier_exists`), it is no address, or users may not add any.
    pub async fn add(&self, address: impl Into<String> + Send) -> Result<Unverified<EmailAddress>, Error> {
        Unverified::add(&self.acting, &address.into()).await
    }

    /// Goes on with the proof of one of them, as far as Clerk knows it.
    ///
    /// # Errors
    ///
    /// The user has no such address, or Clerk was not reached.
    pub async fn resume(&self, address: impl Into<EmailAddressId> + Send) -> Result<ContactState<EmailAddress>, Error> {
        let address = address.into();
        ContactState::fetch(self.acting.pinned().await?, address.as_str(), None).await
    }

    /// Goes on with a proof that another run of the program has begun.
    ///
    /// # Errors
    ///
    /// As of [`resume`](Self::resume).
    pub async fn resume_from(&self, saved: SavedContact<EmailAddress>) -> Result<ContactState<EmailAddress>, Error> {
        ContactState::resumed(&self.acting.device, saved).await
    }

    /// Removes one of them, unless it is all that the user can sign in with.
    pub fn delete(&self, address: impl Into<EmailAddressId>) -> Request<DeleteEmailAddress, DeletedObject> {
        Request::new(self.acting.ask(|raw| raw.delete_email_address(address)))
    }

    /// Makes one of them the one that comes first, which has to be proven.
    pub fn make_primary(&self, address: impl Into<EmailAddressId>) -> Request<UpdateUser, User<M>> {
        Request::new(self.acting.ask(|raw| raw.update_user().primary_email_address_id(address)))
    }
}
