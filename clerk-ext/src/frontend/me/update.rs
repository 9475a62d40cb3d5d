use std::{fmt, future::IntoFuture, marker::PhantomData};

use clerk_core::{BoxFuture, EmailAddressId, Error, ErrorKind, Json, PhoneNumberId, Prepared, Web3WalletId};
use clerk_fapi::{types, user::UpdateUser};

use super::acting::Acting;
use crate::{
    answer::{FromAnswer, Unfit, written},
    frontend::types::User,
    metadata::{Metadata, Patch},
};

/// A change of the user's profile and of the metadata that users may change; awaiting it sends the requests that it takes.
///
/// Clerk has a call for the profile and one that merges metadata. Only those that have something to change are sent, in
/// this order; with nothing to change the first is sent. When the second fails, the first has taken effect:
/// [`Error::completed`] says so, and [`Error::operation`] names the one that failed.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let ann = clerk.me().update().first_name("Ann").last_name("Example").await?;
/// assert_eq!(ann.full_name().as_deref(), Some("Ann Example"));
/// let ann = clerk.me().update().clear_last_name().await?;
/// assert_eq!(ann.full_name().as_deref(), Some("Ann"));
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent before it is awaited"]
pub struct UpdateMe<M: Metadata, T = User<M>> {
    acting: Acting,
    profile: UpdateUser,
    change: Option<Change>,
    mistake: Option<Error>,
    answer: PhantomData<fn() -> (M, T)>,
}

/// What becomes of the metadata.
#[derive(Clone)]
enum Change {
    Merge(Json),
    Replace(Json),
}

impl<M: Metadata> UpdateMe<M> {
    pub(super) fn new(acting: &Acting) -> Self {
        let profile = acting.ask(clerk_fapi::Client::update_user);
        Self { acting: acting.clone(), profile, change: None, mistake: None, answer: PhantomData }
    }

    /// Hands metadata that does not fit the application's type over as it is, in place of an error.
    pub fn or_raw(self) -> UpdateMe<M, Result<User<M>, Unfit<types::Enveloped<types::User>>>> {
        let Self { acting, profile, change, mistake, .. } = self;
        UpdateMe { acting, profile, change, mistake, answer: PhantomData }
    }
}

/// The setters of the profile, as the generated call has them.
macro_rules! profile {
    ($($(#[$about:meta])* $set:ident: $value:ty, $clear:ident;)+) => {
        impl<M: Metadata, T> UpdateMe<M, T> {
            $(
                $(#[$about])*
                pub fn $set(self, value: impl Into<$value>) -> Self {
                    self.with(|call| call.$set(value))
                }

                #[doc = concat!("Takes away what [`", stringify!($set), "`](Self::", stringify!($set), ") sets.")]
                pub fn $clear(self) -> Self {
                    self.with(|call| call.$clear())
                }
            )+
        }
    };
}

profile! {
    /// The name to sign in with.
    username: String, clear_username;
    /// The given name.
    first_name: String, clear_first_name;
    /// The family name.
    last_name: String, clear_last_name;
    /// Which of the verified addresses comes first.
    primary_email_address_id: EmailAddressId, clear_primary_email_address_id;
    /// Which of the verified numbers comes first.
    primary_phone_number_id: PhoneNumberId, clear_primary_phone_number_id;
    /// Which of the verified wallets comes first.
    primary_web3_wallet_id: Web3WalletId, clear_primary_web3_wallet_id;
}

impl<M: Metadata, T> UpdateMe<M, T> {
    /// Sets something on the generated call, such as a field that is newer than this crate.
    pub fn with(mut self, set: impl FnOnce(UpdateUser) -> UpdateUser) -> Self {
        self.profile = set(self.profile);
        self
    }

    /// Merges into the metadata that users may change.
    pub fn unsafe_(mut self, patch: impl Into<Patch<M::UserUnsafe>>) -> Self {
        self.change = Some(Change::Merge(patch.into().into_json()));
        self
    }

    /// Puts this in place of all metadata that users may change: keys that the type does not know are lost.
    ///
    /// Clerk only merges, so the user is read first, and what is not to stay is deleted; what somebody else writes in
    /// between stays.
    pub fn replace_unsafe(mut self, metadata: &M::UserUnsafe) -> Self {
        match written(metadata) {
            Ok(value) => self.change = Some(Change::Replace(value)),
            Err(error) => self.mistake = self.mistake.or(Some(error.with_operation("patchUserMetadata"))),
        }
        self
    }
}

type Answer = types::Enveloped<types::User>;

impl<M: Metadata, T: FromAnswer<Answer>> IntoFuture for UpdateMe<M, T> {
    type Output = Result<T, Error>;
    type IntoFuture = BoxFuture<'static, Result<T, Error>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { acting, mut profile, change, mistake, .. } = self;
            if let Some(mistake) = mistake {
                return Err(mistake);
            }
            let change = change.filter(|change| !matches!(change, Change::Merge(patch) if is_empty(patch)));
            let (mut completed, mut answer) = (Vec::new(), None);
            if profile.call().has_body() || change.is_none() {
                let operation = profile.call().operation().id();
                answer = Some(profile.await?);
                completed.push(operation);
            }
            let patch = match change {
                None => None,
                Some(Change::Merge(patch)) => Some(patch),
                Some(Change::Replace(value)) => {
                    let known = match answer.take() {
                        Some(known) => known,
                        None => acting.ask(clerk_fapi::Client::get_user).await?,
                    };
                    let stored = Json::Object(known.response.unsafe_metadata.clone());
                    let patch =
                        Patch::between(&stored, &value).map_err(|error| error.with_completed(completed.clone()));
                    answer = Some(known);
                    Some(patch?.into_json()).filter(|patch| !is_empty(patch))
                }
            };
            if let Some(patch) = patch {
                let mut merge = acting.ask(|raw| raw.update_user_metadata(patch));
                let operation = merge.call().operation().id();
                answer = Some(merge.await.map_err(|error| error.with_completed(completed.clone()))?);
                completed.push(operation);
            }
            let nothing = || Error::new(ErrorKind::InvalidRequest, "there is nothing to send");
            T::from_answer(answer.ok_or_else(nothing)?).map_err(|error| error.with_completed(completed))
        })
    }
}

fn is_empty(patch: &Json) -> bool {
    patch.as_object().is_some_and(clerk_core::JsonMap::is_empty)
}

impl<M: Metadata, T> Clone for UpdateMe<M, T> {
    fn clone(&self) -> Self {
        Self {
            acting: self.acting.clone(),
            profile: self.profile.clone(),
            change: self.change.clone(),
            mistake: self.mistake.clone(),
            answer: PhantomData,
        }
    }
}

impl<M: Metadata, T> fmt::Debug for UpdateMe<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UpdateMe").field(&self.profile).finish()
    }
}
