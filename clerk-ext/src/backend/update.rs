use std::{fmt, future::IntoFuture, marker::PhantomData};

use clerk_core::{BoxFuture, Error, ErrorKind, Json, Prepared, Sending};

use super::{FromAnswer, Unfit};
use crate::{
    answer::written,
    metadata::{MetadataPart, Patch},
    sealed::Sealed,
};

/// A call whose subject has metadata that other calls change: what [`Update`] puts together.
///
/// Implemented for calls of the generated client, and not to be implemented elsewhere.
pub trait UpdateCall: Prepared + Sealed + 'static {
    /// The call that merges metadata.
    type Merge: Prepared<Answer = Self::Answer> + 'static;
    /// The call that replaces metadata.
    type Replace: Prepared<Answer = Self::Answer> + 'static;
}

/// A change of a profile and of its metadata; awaiting it sends the requests that it takes.
///
/// The API has a call for the profile, one that merges metadata and one that replaces it. Only those that have
/// something to change are sent, in this order, one after the other; with nothing to change the first is sent. A part of
/// the metadata that is changed twice is changed as said last. When one fails, those before it have taken effect and
/// those behind it were not sent: [`Error::operation`] names the one that failed, and [`Error::completed`] those that took
/// effect.
///
/// ```
/// use clerk_ext::{Json, backend::Backend, metadata, metadata::Patch};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Default, Deserialize, Serialize)]
/// #[serde(default)]
/// struct Plan {
///     name: String,
///     seats: Option<u32>,
/// }
///
/// metadata! { struct App { user_public: Plan } }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
/// # clerk.users().update("user_ann").replace_public(&serde_json::json!({ "name": "free", "since": 2024 })).await?;
/// # let clerk = clerk.typed::<App>();
/// let ann = clerk.users().get("user_ann").await?;
/// let more_seats = Patch::edit(&ann.public, |plan| plan.seats = Some(5))?;
/// let ann = clerk.users().update(&ann.id).first_name("Ann").public(more_seats).await?;
/// assert_eq!((ann.public.name.as_str(), ann.public.seats), ("free", Some(5)));
/// // What the type does not know has stayed.
/// assert_eq!(ann.public_metadata.get("since"), Some(&Json::from(2024)));
/// # let _: Backend<App> = clerk;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent before it is awaited"]
pub struct Update<C: UpdateCall, T> {
    call: C,
    merge: C::Merge,
    replace: C::Replace,
    changes: Vec<(&'static str, Change)>,
    mistake: Option<Error>,
    answer: PhantomData<fn() -> T>,
}

/// What becomes of a part of the metadata.
#[derive(Clone)]
enum Change {
    Merge(Json),
    Replace(Json),
}

impl<C: UpdateCall, T> Update<C, T> {
    pub(super) fn new(call: C, merge: C::Merge, replace: C::Replace) -> Self {
        Self { call, merge, replace, changes: Vec::new(), mistake: None, answer: PhantomData }
    }

    /// Sets something on the generated call, such as a field that is newer than this crate.
    pub fn with(mut self, set: impl FnOnce(C) -> C) -> Self {
        self.call = set(self.call);
        self
    }

    /// Hands what does not fit the application's metadata types over as it is, in place of an error.
    pub fn or_raw(self) -> Update<C, Result<T, Unfit<C::Answer>>>
    where
        Result<T, Unfit<C::Answer>>: FromAnswer<C::Answer>,
    {
        let Self { call, merge, replace, changes, mistake, .. } = self;
        Update { call, merge, replace, changes, mistake, answer: PhantomData }
    }

    pub(super) fn merge_part<P>(self, name: &'static str, patch: Patch<P>) -> Self {
        self.change(name, Change::Merge(patch.as_json().clone()))
    }

    pub(super) fn replace_part<P: MetadataPart>(mut self, name: &'static str, value: &P) -> Self {
        match written(value) {
            Ok(value) => self.change(name, Change::Replace(value)),
            Err(error) => {
                self.mistake = self.mistake.or(Some(error.with_operation(self.replace.call().operation().id())));
                self
            }
        }
    }

    /// A later change of the same part takes the place of the earlier one.
    fn change(mut self, name: &'static str, change: Change) -> Self {
        self.changes.retain(|(known, _)| *known != name);
        self.changes.push((name, change));
        self
    }
}

impl<C: UpdateCall, T: FromAnswer<C::Answer>> IntoFuture for Update<C, T> {
    type Output = Result<T, Error>;
    type IntoFuture = BoxFuture<'static, Result<T, Error>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { mut call, mut merge, mut replace, changes, mistake, .. } = self;
            if let Some(mistake) = mistake {
                return Err(mistake);
            }
            for (name, change) in &changes {
                match change {
                    // It would merge nothing.
                    Change::Merge(Json::Object(change)) if change.is_empty() => {}
                    Change::Merge(value) => merge.call().field(name, value),
                    Change::Replace(value) => replace.call().field(name, value),
                }
            }
            let (merges, replaces) = (merge.call().has_body(), replace.call().has_body());
            let changes_profile = call.call().has_body() || !(merges || replaces);
            let mut steps = Vec::new();
            steps.extend(changes_profile.then(|| step(call)));
            steps.extend(merges.then(|| step(merge)));
            steps.extend(replaces.then(|| step(replace)));
            let (mut completed, mut answer) = (Vec::new(), None);
            for (id, request) in steps {
                let failed = |error: Error| error.with_completed(completed.iter().copied());
                answer = Some(request.await.map_err(failed)?);
                completed.push(id);
            }
            let nothing = || Error::new(ErrorKind::InvalidRequest, "there is nothing to send");
            T::from_answer(answer.ok_or_else(nothing)?).map_err(|error| error.with_completed(completed))
        })
    }
}

fn step<C: Prepared + 'static>(mut call: C) -> (&'static str, Sending<C>) {
    (call.call().operation().id(), call.into_future())
}

impl<C: UpdateCall, T> Clone for Update<C, T> {
    fn clone(&self) -> Self {
        Self {
            call: self.call.clone(),
            merge: self.merge.clone(),
            replace: self.replace.clone(),
            changes: self.changes.clone(),
            mistake: self.mistake.clone(),
            answer: PhantomData,
        }
    }
}

impl<C: UpdateCall + fmt::Debug, T> fmt::Debug for Update<C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Update").field(&self.call).finish_non_exhaustive()
    }
}
