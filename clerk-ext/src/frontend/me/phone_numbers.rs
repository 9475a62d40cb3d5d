use std::marker::PhantomData;

use clerk_core::{Error, Json, PhoneNumberId};
use clerk_fapi::{
    phone_numbers::{DeletePhoneNumber, GetPhoneNumber, GetPhoneNumbers, UpdatePhoneNumber},
    types::{DeletedObject, PhoneNumber},
    user::UpdateUser,
};

use super::{
    acting::Acting,
    contact::{ContactState, SavedContact, Unverified},
};
use crate::{frontend::types::User, list::List, metadata::Metadata, request::Request};

/// The phone numbers of a user, which may serve as a second factor too.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let numbers = clerk.me().phone_numbers();
/// let sent = numbers.add("+15555550123").await?.verify_by_code().await?;
/// # let code = local.inbox().latest_code("+15555550123").unwrap();
/// let number = sent.attempt(code).await?;
/// let number = numbers.reserve_for_second_factor(&number.id, true).await?;
/// for code in &number.backup_codes {
///     println!("keep this for when the phone is lost: {}", code.expose());
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct PhoneNumbers<M: Metadata = Json> {
    acting: Acting,
    metadata: PhantomData<fn() -> M>,
}

impl<M: Metadata> PhoneNumbers<M> {
    pub(super) fn new(acting: &Acting) -> Self {
        Self { acting: acting.clone(), metadata: PhantomData }
    }

    /// All of them.
    pub fn list(&self) -> List<GetPhoneNumbers, PhoneNumber> {
        List::new(self.acting.ask(clerk_fapi::Client::get_phone_numbers))
    }

    /// Reads one of them.
    pub fn get(&self, number: impl Into<PhoneNumberId>) -> Request<GetPhoneNumber, PhoneNumber> {
        Request::new(self.acting.ask(|raw| raw.get_phone_number(number)))
    }

    /// Adds a number, in its international form such as `+15555550123`; it counts once it is proven.
    ///
    /// One that the user has added before and not proven yet is gone on with.
    ///
    /// # Errors
    ///
    /// Somebody has it already (`form_identifier_exists`), it is no number, or users may not add any.
    pub async fn add(&self, number: impl Into<String> + Send) -> Result<Unverified<PhoneNumber>, Error> {
        Unverified::add(&self.acting, &number.into()).await
    }

    /// Goes on with the proof of one of them, as far as Clerk knows it.
    ///
    /// # Errors
    ///
    /// The user has no such number, or Clerk was not reached.
    pub async fn resume(&self, number: impl Into<PhoneNumberId> + Send) -> Result<ContactState<PhoneNumber>, Error> {
        let number = number.into();
        ContactState::fetch(self.acting.pinned().await?, number.as_str(), None).await
    }

    /// Goes on with a proof that another run of the program has begun.
    ///
    /// # Errors
    ///
    /// As of [`resume`](Self::resume).
    pub async fn resume_from(&self, saved: SavedContact<PhoneNumber>) -> Result<ContactState<PhoneNumber>, Error> {
        ContactState::resumed(&self.acting.device, saved).await
    }

    /// Says whether one of them serves as a second factor, and no more to sign in with.
    ///
    /// Where it is the first second factor of the user, the answer has backup codes, which are shown only this once.
    pub fn reserve_for_second_factor(
        &self,
        number: impl Into<PhoneNumberId>,
        reserve: bool,
    ) -> Request<UpdatePhoneNumber, PhoneNumber> {
        Request::new(self.acting.ask(|raw| raw.update_phone_number(number).reserved_for_second_factor(reserve)))
    }

    /// Makes one of those for the second factor the one that is offered first.
    pub fn make_default_second_factor(
        &self,
        number: impl Into<PhoneNumberId>,
    ) -> Request<UpdatePhoneNumber, PhoneNumber> {
        Request::new(self.acting.ask(|raw| raw.update_phone_number(number).default_second_factor(true)))
    }

    /// Removes one of them, unless it is all that the user can sign in with.
    pub fn delete(&self, number: impl Into<PhoneNumberId>) -> Request<DeletePhoneNumber, DeletedObject> {
        Request::new(self.acting.ask(|raw| raw.delete_phone_number(number)))
    }

    /// Makes one of them the one that comes first, which has to be proven.
    pub fn make_primary(&self, number: impl Into<PhoneNumberId>) -> Request<UpdateUser, User<M>> {
        Request::new(self.acting.ask(|raw| raw.update_user().primary_phone_number_id(number)))
    }
}
