use std::{
    fmt,
    future::poll_fn,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
    vec,
};

use clerk_core::{Error, Page};
use futures_core::Stream;

use super::{
    ListCall, of_page,
    position::{Place, Position},
    walk::Walk,
};
use crate::answer::FromAnswer;

/// The pages of a list, one after the other, each fetched while the one before is worked on.
///
/// An error ends it; [`position`](Self::position) then says where to go on. Dropping it cancels what is under way.
///
/// [`List::pages`](super::List::pages) has an example.
#[must_use = "nothing is sent before a page is asked for"]
pub struct Pages<C: ListCall, T> {
    walk: Walk<C>,
    place: Place,
    ended: bool,
    item: PhantomData<fn() -> T>,
}

impl<C: ListCall, T: FromAnswer<C::Item>> Pages<C, T> {
    pub(super) fn new(walk: Walk<C>, start: Place) -> Self {
        Self { walk, place: start, ended: false, item: PhantomData }
    }

    /// The next page, `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Page<T>, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The next page, `None` at the end.
    ///
    /// # Errors
    ///
    /// A request fails, or an entry's metadata does not fit the type.
    pub async fn try_next(&mut self) -> Result<Option<Page<T>>, Error> {
        self.next().await.transpose()
    }

    /// Behind the last page that was given: where [`List::resume`](super::List::resume) goes on.
    #[must_use]
    pub fn position(&self) -> Position {
        self.place.clone().into()
    }
}

impl<C: ListCall, T: FromAnswer<C::Item>> Stream for Pages<C, T> {
    type Item = Result<Page<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let Some(fetched) = ready!(self.walk.poll_page(context)) else {
            self.ended = true;
            return Poll::Ready(None);
        };
        let page = fetched.and_then(|fetched| {
            let mut place = fetched.start;
            fetched.page.data.iter().for_each(|item| place.advance(C::key(item)));
            Ok((place, of_page(fetched.page)?))
        });
        Poll::Ready(Some(match page {
            Ok((place, page)) => {
                self.place = place;
                Ok(page)
            }
            Err(error) => {
                self.ended = true;
                self.walk.end();
                Err(error)
            }
        }))
    }
}

/// Nothing in it is pinned: what is under way is boxed.
impl<C: ListCall, T> Unpin for Pages<C, T> {}

impl<C: ListCall, T> fmt::Debug for Pages<C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pages").field(&self.walk).finish()
    }
}

/// All that is in a list, one after the other, a page fetched ahead.
///
/// An error ends it; [`position`](Self::position) then says where to go on. Dropping it cancels what is under way.
///
/// [`List::stream`](super::List::stream) has an example, and [`Position`] one of going on later.
#[must_use = "nothing is sent before an entry is asked for"]
pub struct Items<C: ListCall, T> {
    walk: Walk<C>,
    page: vec::IntoIter<C::Item>,
    place: Place,
    ended: bool,
    item: PhantomData<fn() -> T>,
}

/// While a page is worked on, the pages ahead are driven on every so many entries: asking them each time would cost more
/// than it gains.
const DRIVEN_EVERY: usize = 32;

impl<C: ListCall, T: FromAnswer<C::Item>> Items<C, T> {
    pub(super) fn new(walk: Walk<C>, start: Place) -> Self {
        Self { walk, page: Vec::new().into_iter(), place: start, ended: false, item: PhantomData }
    }

    /// The next entry, `None` at the end.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The next entry, `None` at the end.
    ///
    /// # Errors
    ///
    /// A request fails, or the entry's metadata does not fit the type.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        self.next().await.transpose()
    }

    /// Behind the last entry that was given: where [`List::resume`](super::List::resume) goes on.
    #[must_use]
    pub fn position(&self) -> Position {
        self.place.clone().into()
    }
}

impl<C: ListCall, T: FromAnswer<C::Item>> Stream for Items<C, T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if this.ended {
                return Poll::Ready(None);
            }
            if let Some(raw) = this.page.next() {
                if this.page.len().is_multiple_of(DRIVEN_EVERY) {
                    this.walk.poll_ahead(context);
                }
                let key = C::key(&raw);
                let read = T::from_answer(raw);
                match &read {
                    Ok(_) => this.place.advance(key),
                    Err(_) => {
                        this.ended = true;
                        this.walk.end();
                    }
                }
                return Poll::Ready(Some(read));
            }
            match ready!(this.walk.poll_page(context)) {
                Some(Ok(fetched)) => {
                    this.place = fetched.start;
                    this.page = fetched.page.data.into_iter();
                }
                Some(Err(error)) => {
                    this.ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
                None => this.ended = true,
            }
        }
    }
}

/// Nothing in it is pinned: what is under way is boxed.
impl<C: ListCall, T> Unpin for Items<C, T> {}

impl<C: ListCall, T> fmt::Debug for Items<C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Items").field(&self.walk).finish()
    }
}
