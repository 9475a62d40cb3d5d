use clerk_bapi::users::GetUserList;
use clerk_core::{Call, Error, ErrorKind, Json, Page, Prepared, Sending, Timestamp};
use serde::Deserialize as _;

use super::{Fields, Key, List, ListCall};
use crate::sealed::Sealed;

/// The list of users, each read as JSON: see [`List::json`].
#[derive(Clone, Debug)]
pub struct UsersAsJson(GetUserList);

impl<T> List<GetUserList, T> {
    /// Gives each user as JSON, with every key that the API wrote: also those that are newer than this crate.
    ///
    /// It is walked as users are, and its positions are theirs. Set the filters before.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let mut users = clerk.users().list().query("ann").json().stream();
    /// while let Some(user) = users.try_next().await? {
    ///     println!("{user}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn json(self) -> List<UsersAsJson, Json> {
        let Self { call, page_size, concurrency, start, .. } = self;
        List { page_size, concurrency, start, ..List::new(UsersAsJson(call)) }
    }
}

impl Prepared for UsersAsJson {
    type Answer = Page<Json>;

    fn call(&mut self) -> &mut Call {
        self.0.call()
    }
}

impl IntoFuture for UsersAsJson {
    type Output = Result<Page<Json>, Error>;
    type IntoFuture = Sending<Self>;

    fn into_future(mut self) -> Sending<Self> {
        Box::pin(async move {
            let call = self.call().clone();
            let operation = call.operation().id();
            let page: Page<Json> = call.send_json().await?.into_value();
            // The next page would start nowhere, and the walk never end.
            if page.data.iter().any(|user| Self::key(user).is_none()) {
                return Err(Error::new(ErrorKind::Decode, "a user has no id").with_operation(operation));
            }
            Ok(page)
        })
    }
}

impl Sealed for UsersAsJson {}

impl ListCall for UsersAsJson {
    type Item = Json;
    const FIELDS: Fields = GetUserList::FIELDS;

    fn page(answer: Page<Json>) -> Page<Json> {
        answer
    }

    fn key(user: &Json) -> Option<Key> {
        let id = user.get("id")?.as_str()?.to_owned();
        let created_at = user.get("created_at").and_then(|time| Timestamp::deserialize(time).ok());
        Some(Key { id, created_at })
    }
}
