//! Lists of both APIs: one page, pages, or all that is in it.

mod position;
mod stream;
#[cfg(feature = "backend")]
mod users_as_json;
mod walk;

use std::{fmt, marker::PhantomData};

use clerk_core::{Error, Page, Prepared, Timestamp};

#[cfg(feature = "backend")]
pub use self::users_as_json::UsersAsJson;
pub use self::{
    position::Position,
    stream::{Items, Pages},
};
use self::{
    position::{After, Place},
    walk::Walk,
};
use crate::{
    answer::{FromAnswer, Unfit, of_page},
    sealed::Sealed,
};

/// A list of the API: the generated call that asks for one page of it.
///
/// Implemented for the lists of the generated client, and not to be implemented elsewhere.
pub trait ListCall: Prepared + Sealed + fmt::Debug + Sync + 'static {
    /// What is listed.
    type Item: Send + 'static;
    /// What the call takes beside a limit and an offset.
    #[doc(hidden)]
    const FIELDS: Fields;

    /// The page in an answer, whatever the answer's shape.
    #[doc(hidden)]
    fn page(answer: Self::Answer) -> Page<Self::Item>;

    /// What the next page starts after, for lists that are walked by key.
    #[doc(hidden)]
    #[must_use]
    fn key(_: &Self::Item) -> Option<Key> {
        None
    }
}

/// Which parameters a list takes to be walked.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// A limit and an offset; a list that takes none is answered whole.
    pub paged: bool,
    /// The id after which a page starts.
    pub starting_after: bool,
    /// Whether a page with the total is to be answered in place of a bare array.
    pub paginated: bool,
    /// How many the API gives at once, at most.
    pub largest: u32,
}

/// Where something stands in a list that is walked by key.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// When it was created: what the list is ordered by, unless asked otherwise.
    pub created_at: Option<Timestamp>,
}

/// How many are asked for at once, unless told otherwise.
const PAGE_SIZE: u32 = 100;

/// How many requests are under way at once, at most.
const MOST_AT_ONCE: usize = 100;

/// A list with its filters: one page of it, its pages one after the other, or all that is in it.
///
/// Its setters are those of the generated call `C`; `T` is what each entry is read as. Nothing is sent before a page is
/// asked for.
///
/// How it is walked: the users of the Backend API by key, each page starting after the last user of the page before, so that whoever is
/// deleted or created meanwhile makes nobody be skipped or repeated, as long as the order is that of creation (the
/// default). All other lists, and users with [`concurrency`](Self::concurrency) or [`offset`](Self::offset), are walked
/// by offset (the few that the API gives whole excepted): there, what is deleted before the place that was reached makes as many be skipped, and what is
/// created before it makes as many be repeated. One page is fetched ahead.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let people = ["ann@example.com", "bob@example.com"].map(clerk_local::SeedUser::new);
/// # let seed = people.into_iter().fold(clerk_local::Seed::default(), clerk_local::Seed::user);
/// # let local = clerk_local::LocalClerk::builder().seed(seed).start().await?;
/// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
/// let page = clerk.users().list().query("ann").page().await?; // one page
/// assert_eq!(page.data.len(), 1);
/// assert_eq!(clerk.users().list().count().await?, 2);
///
/// let mut all = clerk.users().list().stream(); // everybody, a page fetched ahead
/// let mut ids = Vec::new();
/// while let Some(user) = all.try_next().await? {
///     ids.push(user.id.clone());
/// }
/// assert_eq!(ids.len(), 2);
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent before a page is asked for"]
pub struct List<C, T> {
    call: C,
    page_size: u32,
    concurrency: Option<usize>,
    start: Option<Position>,
    item: PhantomData<fn() -> T>,
}

impl<C: ListCall, T> List<C, T> {
    /// Walks what this call lists, filters included: what [`raw`](Self::raw) undoes.
    pub fn new(call: C) -> Self {
        let page_size = PAGE_SIZE.min(C::FIELDS.largest);
        Self { call, page_size, concurrency: None, start: None, item: PhantomData }
    }

    /// Sets something on the generated call, such as a filter that is newer than this crate.
    pub fn with(mut self, set: impl FnOnce(C) -> C) -> Self {
        self.call = set(self.call);
        self
    }

    /// How many are asked for at once: 100 unless told otherwise, and no more than the API gives, which is 500 in most
    /// lists and 100 in those of keys and tokens.
    pub fn page_size(mut self, size: u32) -> Self {
        self.page_size = size.clamp(1, C::FIELDS.largest);
        self
    }

    /// Starts after so many, and walks by offset.
    pub fn offset(self, offset: u64) -> Self {
        self.resume(Place::Offset(offset).into())
    }

    /// Starts where an earlier walk had got to: see [`Items::position`].
    ///
    /// The filters and the order must be those of the earlier walk.
    pub fn resume(mut self, position: Position) -> Self {
        self.start = Some(position);
        self
    }

    /// Keeps so many requests under way at once, and walks by offset.
    ///
    /// The order stays that of the list, and no more than so many pages are held beside the one that is worked on. The
    /// first requests go out together, before it is known how long the list is. What is deleted while the list is walked
    /// makes others be skipped, and what is created makes others be repeated: with several pages under way, as many as
    /// were deleted or created before any of them. For an exact walk over users leave this alone.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = Some(requests.clamp(1, MOST_AT_ONCE));
        self
    }

    /// Hands what does not fit the application's metadata types over as it is, in place of ending the walk.
    pub fn or_raw(self) -> List<C, Result<T, Unfit<C::Item>>>
    where
        Result<T, Unfit<C::Item>>: FromAnswer<C::Item>,
    {
        let Self { call, page_size, concurrency, start, .. } = self;
        List { call, page_size, concurrency, start, item: PhantomData }
    }

    /// The generated call, without what sets the page.
    #[must_use]
    pub fn raw(self) -> C {
        self.call
    }
}

impl<C: ListCall, T: FromAnswer<C::Item>> List<C, T> {
    /// One page: the first, or the one at the offset or position that was set.
    ///
    /// # Errors
    ///
    /// The request fails, or an entry's metadata does not fit the type.
    pub async fn page(self) -> Result<Page<T>, Error> {
        let (walk, _) = self.walk();
        of_page(walk.single().await?)
    }

    /// The pages, one after the other.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let people = ["ann@example.com", "bob@example.com", "cat@example.com"].map(clerk_local::SeedUser::new);
    /// # let seed = people.into_iter().fold(clerk_local::Seed::default(), clerk_local::Seed::user);
    /// # let local = clerk_local::LocalClerk::builder().seed(seed).start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let mut pages = clerk.users().list().page_size(2).pages();
    /// let mut sizes = Vec::new();
    /// while let Some(page) = pages.try_next().await? {
    ///     sizes.push(page.data.len());
    /// }
    /// assert_eq!(sizes, [2, 1]);
    /// # Ok(()) }
    /// ```
    pub fn pages(self) -> Pages<C, T> {
        let (walk, start) = self.walk();
        Pages::new(walk, start)
    }

    /// All that is in the list, one after the other.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let mut users = clerk.users().list().query("ann").stream();
    /// while let Some(user) = users.try_next().await? {
    ///     assert_eq!(user.id.as_str(), "user_ann");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream(self) -> Items<C, T> {
        let (walk, start) = self.walk();
        Items::new(walk, start)
    }

    fn walk(self) -> (Walk<C>, Place) {
        let by_key = C::FIELDS.starting_after && self.concurrency.is_none();
        let beginning = || if by_key { Place::After(After::default()) } else { Place::Offset(0) };
        let start = self.start.map_or_else(beginning, Place::from);
        let window = self.concurrency.filter(|_| C::FIELDS.paged).unwrap_or(1);
        (Walk::new(self.call, self.page_size, window, start.clone()), start)
    }
}

impl<C: Clone, T> Clone for List<C, T> {
    fn clone(&self) -> Self {
        Self {
            call: self.call.clone(),
            page_size: self.page_size,
            concurrency: self.concurrency,
            start: self.start.clone(),
            item: PhantomData,
        }
    }
}

impl<C: fmt::Debug, T> fmt::Debug for List<C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("List").field(&self.call).finish()
    }
}
