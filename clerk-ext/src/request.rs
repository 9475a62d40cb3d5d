use std::{fmt, future::IntoFuture, marker::PhantomData};

use clerk_core::{BoxFuture, Error, Prepared, http::Method};

use crate::answer::{FromAnswer, Unfit};
#[cfg(feature = "backend")]
use crate::{answer::written, metadata::MetadataPart};

/// A call whose answer is read as `T`; awaiting it sends it.
///
/// Its setters are those of the generated call `C`, which [`raw`](Self::raw) gives.
///
/// ```
/// use clerk_ext::{backend::Backend, metadata};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Deserialize, Serialize)]
/// struct Plan {
///     name: String,
/// }
///
/// metadata! { struct App { user_public: Plan } }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
/// # let clerk: Backend<App> = clerk.typed();
/// // Ann has no plan: as an error, or as she is.
/// assert!(clerk.users().get("user_ann").await.is_err());
/// match clerk.users().get("user_ann").or_raw().await? {
///     Ok(user) => println!("has the plan {}", user.public.name),
///     Err(unfit) => assert_eq!(unfit.raw.id.as_str(), "user_ann"),
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent before it is awaited"]
pub struct Request<C, T> {
    call: C,
    mistake: Option<Error>,
    answer: PhantomData<fn() -> T>,
}

impl<C: Prepared, T> Request<C, T> {
    /// Reads the answer of this call as `T`: what [`raw`](Self::raw) undoes.
    pub fn new(call: C) -> Self {
        Self { call, mistake: None, answer: PhantomData }
    }

    /// Sets something on the generated call, such as a parameter that is newer than this crate.
    pub fn with(mut self, set: impl FnOnce(C) -> C) -> Self {
        self.call = set(self.call);
        self
    }

    /// Hands what does not fit the application's metadata types over as it is, in place of an error.
    pub fn or_raw(self) -> Request<C, Result<T, Unfit<C::Answer>>>
    where
        Result<T, Unfit<C::Answer>>: FromAnswer<C::Answer>,
    {
        Request { call: self.call, mistake: self.mistake, answer: PhantomData }
    }

    /// The generated call.
    ///
    /// A mistake that was made on the way, such as metadata that cannot be written, is lost then.
    #[must_use]
    pub fn raw(self) -> C {
        self.call
    }

    /// One call that does what several of another kind would do: it takes the bodies of all of them.
    #[cfg(feature = "backend")]
    pub(crate) fn bulk<S: Prepared, U>(mut self, singles: impl IntoIterator<Item = Request<S, U>>) -> Self {
        let mut bodies = Vec::new();
        for mut single in singles {
            bodies.push(single.call.call().body_value());
            self.mistake = self.mistake.or(single.mistake);
        }
        self.call.call().body(&bodies);
        self
    }

    /// Sets a part of the metadata.
    #[cfg(feature = "backend")]
    pub(crate) fn part<P: MetadataPart>(mut self, name: &'static str, value: &P) -> Self {
        match written(value) {
            Ok(value) => self.call.call().with_field(name, value),
            Err(error) => self.mistake = self.mistake.or(Some(error.with_operation(self.call.call().operation().id()))),
        }
        self
    }
}

impl<C: Prepared, T: FromAnswer<C::Answer>> IntoFuture for Request<C, T>
where
    C: 'static,
{
    type Output = Result<T, Error>;
    type IntoFuture = BoxFuture<'static, Result<T, Error>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { mut call, mistake, .. } = self;
            if let Some(mistake) = mistake {
                return Err(mistake);
            }
            let operation = call.call().operation();
            T::from_answer(call.await?).map_err(|error| match *operation.method() {
                Method::GET => error.with_operation(operation.id()),
                _ => error.with_operation(operation.id()).with_completed([operation.id()]),
            })
        })
    }
}

impl<C: Clone, T> Clone for Request<C, T> {
    fn clone(&self) -> Self {
        Self { call: self.call.clone(), mistake: self.mistake.clone(), answer: PhantomData }
    }
}

impl<C: fmt::Debug, T> fmt::Debug for Request<C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Request").field(&self.call).finish()
    }
}
