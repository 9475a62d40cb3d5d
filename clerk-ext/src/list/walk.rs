use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    task::{Context, Poll, ready},
};

use clerk_core::{BoxFuture, Error, ErrorKind, Page};

use super::{
    ListCall,
    position::{After, Place, REMEMBERED},
};

/// A walk over a list, page by page, with some pages fetched ahead.
pub(super) struct Walk<C: ListCall> {
    call: C,
    page_size: u32,
    /// How many pages are under way or waiting at once.
    window: usize,
    /// Where the page starts that is asked for next; nothing when there is none, or its start is not known yet.
    next: Option<Place>,
    under_way: VecDeque<Fetch<C::Item>>,
    /// What is handed out as soon as the requests behind it have left.
    due: Option<Fetched<C::Item>>,
}

/// A page of the API, and where it starts.
pub(super) struct Fetched<I> {
    pub(super) start: Place,
    pub(super) page: Page<I>,
    /// Whether it was as long as asked for, so that there may be more.
    full: bool,
}

/// The request for a page.
struct Fetch<I> {
    place: Place,
    progress: Progress<I>,
    /// Whether it was left alone while a page before it was worked on: its time may have run out for that, or the server
    /// have hung up on it.
    left_alone: bool,
}

enum Progress<I> {
    Pending(BoxFuture<'static, Result<Fetched<I>, Error>>),
    Done(Result<Fetched<I>, Error>),
}

impl<C: ListCall> Walk<C> {
    pub(super) fn new(call: C, page_size: u32, window: usize, start: Place) -> Self {
        Self { call, page_size, window, next: Some(start), under_way: VecDeque::new(), due: None }
    }

    /// The first page alone.
    pub(super) async fn single(mut self) -> Result<Page<C::Item>, Error> {
        self.window = 1;
        match poll_fn(|context| self.poll_first(context)).await {
            Some(fetched) => Ok(fetched?.page),
            None => Ok(Page::default()),
        }
    }

    /// The next page; after it is given, those behind it are on their way.
    pub(super) fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Fetched<C::Item>, Error>>> {
        if let Some(fetched) = self.due.take() {
            return Poll::Ready(Some(Ok(self.handed_out(fetched))));
        }
        let fetched = match ready!(self.poll_first(context)) {
            Some(Ok(fetched)) => fetched,
            ended => {
                self.end();
                return Poll::Ready(ended);
            }
        };
        if self.is_last(&fetched) {
            self.end();
            return Poll::Ready(Some(Ok(fetched)));
        }
        self.go_on_behind(&fetched);
        if !self.fill(context) {
            return Poll::Ready(Some(Ok(self.handed_out(fetched))));
        }
        // A runtime of one thread writes a request only when this task rests, and whoever gets the page may work on it
        // for long.
        self.due = Some(fetched);
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Nobody says when the next page is asked for.
    fn handed_out(&mut self, fetched: Fetched<C::Item>) -> Fetched<C::Item> {
        self.under_way.iter_mut().for_each(|fetch| fetch.left_alone = true);
        fetched
    }

    fn poll_first(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Fetched<C::Item>, Error>>> {
        self.fill(context);
        if !matches!(self.under_way.front(), Some(Fetch { progress: Progress::Done(_), .. })) {
            // Reading takes a while: what is read comes out, and the next request leaves, before the others are read.
            self.poll_ahead(context);
        }
        match self.under_way.pop_front() {
            None => Poll::Ready(None),
            Some(Fetch { progress: Progress::Done(Err(error)), left_alone: true, place })
                if matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Network) =>
            {
                let again = self.begin(place, context);
                self.under_way.push_front(again);
                self.poll_first(context)
            }
            Some(Fetch { progress: Progress::Done(fetched), .. }) => Poll::Ready(Some(fetched)),
            Some(pending) => {
                self.under_way.push_front(pending);
                Poll::Pending
            }
        }
    }

    /// Drives what is under way, so that it goes on while what is there is worked on, and reads the first page that has come.
    ///
    /// No more than that: a page that is read takes more memory than one that waits to be, and whoever works on this one
    /// waits while others are read.
    pub(super) fn poll_ahead(&mut self, context: &mut Context<'_>) {
        for Fetch { progress, .. } in &mut self.under_way {
            if let Progress::Pending(future) = progress
                && let Poll::Ready(fetched) = future.as_mut().poll(context)
            {
                *progress = Progress::Done(fetched);
                // Those that were left out may have woken this task already, and will not again.
                context.waker().wake_by_ref();
                return;
            }
        }
    }

    /// Asks for a page: the request leaves at once.
    fn begin(&self, place: Place, context: &mut Context<'_>) -> Fetch<C::Item> {
        let mut future: BoxFuture<'static, _> = Box::pin(fetch(self.call.clone(), self.page_size, place.clone()));
        let progress = match future.as_mut().poll(context) {
            Poll::Ready(fetched) => Progress::Done(fetched),
            Poll::Pending => Progress::Pending(future),
        };
        Fetch { place, progress, left_alone: false }
    }

    /// Sends requests until as many are under way as may be, and says whether there were any to send.
    fn fill(&mut self, context: &mut Context<'_>) -> bool {
        let mut sent = false;
        while self.under_way.len() < self.window
            && let Some(place) = self.next.take()
        {
            if let Place::Offset(offset) = place
                && self.window > 1
            {
                self.next = Some(Place::Offset(offset.saturating_add(self.page_size.into())));
            }
            let begun = self.begin(place, context);
            self.under_way.push_back(begun);
            sent = true;
        }
        sent
    }

    /// Sets where the next page starts, unless what is under way goes on there already.
    ///
    /// A server may give fewer than were asked for, or more; what is under way then starts at the wrong places.
    fn go_on_behind(&mut self, fetched: &Fetched<C::Item>) {
        let is_under_way = self.next.is_some() || !self.under_way.is_empty();
        if is_under_way && fetched.page.data.len() == self.page_size as usize {
            return;
        }
        self.under_way.clear();
        self.next = Some(match &fetched.start {
            Place::Offset(offset) => Place::Offset(offset.saturating_add(fetched.page.data.len() as u64)),
            Place::After(after) => {
                let mut after = after.clone();
                fetched.page.data.iter().filter_map(C::key).for_each(|key| after.remember(key));
                Place::After(after)
            }
        });
    }

    fn is_last(&self, fetched: &Fetched<C::Item>) -> bool {
        let total = fetched.page.total_count.and_then(|total| u64::try_from(total).ok());
        match (&fetched.start, total) {
            // A page may be shorter than asked for, where the list allows no longer ones.
            (Place::Offset(offset), Some(total)) if C::FIELDS.paged => {
                let given = fetched.page.data.len() as u64;
                given == 0 || offset.saturating_add(given) >= total
            }
            _ => !fetched.full,
        }
    }

    /// Cancels what is under way.
    pub(super) fn end(&mut self) {
        self.next = None;
        self.under_way.clear();
    }
}

impl<C: ListCall> fmt::Debug for Walk<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk").field("call", &self.call).field("next", &self.next).finish_non_exhaustive()
    }
}

async fn fetch<C: ListCall>(mut call: C, page_size: u32, place: Place) -> Result<Fetched<C::Item>, Error> {
    if C::FIELDS.paged {
        call.call().query("limit", &page_size);
    }
    if C::FIELDS.paginated {
        call.call().query("paginated", &true);
    }
    let fetched = |start, page: Page<C::Item>| {
        let full = C::FIELDS.paged && page.data.len() >= page_size as usize;
        Fetched { start, page, full }
    };
    match place {
        Place::Offset(offset) => {
            if offset > 0 && C::FIELDS.paged {
                call.call().query("offset", &offset);
            }
            let mut page = C::page(call.await?);
            if !C::FIELDS.paged {
                page.data.drain(..page.data.len().min(usize::try_from(offset).unwrap_or(usize::MAX)));
            }
            Ok(fetched(Place::Offset(offset), page))
        }
        Place::After(_) if !C::FIELDS.starting_after => {
            let message = "the position is one of another list, which is walked by key; begin this one anew";
            Err(Error::invalid_request(call.call().operation().id(), message))
        }
        Place::After(after) => {
            let mut fetched = fetched(Place::After(after.clone()), page_after(call, &after).await?);
            // What is remembered can come again where a deleted one could not be started after.
            let known = |item: &C::Item| C::key(item).is_some_and(|key| after.ids.contains(&key.id));
            fetched.page.data.retain(|item| !known(item));
            if fetched.full && fetched.page.data.is_empty() {
                return Err(Error::new(ErrorKind::Unexpected, "the server gives the same page again and again"));
            }
            Ok(fetched)
        }
    }
}

/// The page behind the last of those that still exist.
async fn page_after<C: ListCall>(mut call: C, after: &After) -> Result<Page<C::Item>, Error> {
    let mut gone = None;
    for id in after.ids.iter().rev().take(REMEMBERED) {
        let mut single = call.clone();
        single.call().query("starting_after", id);
        match single.await {
            Err(error) if is_gone(&error) => gone = Some(error),
            answer => {
                let page = C::page(answer?);
                // Without this a walk over a server that does not know the parameter would never end.
                if page.data.iter().any(|item| C::key(item).is_some_and(|key| key.id == *id)) {
                    return Err(Error::new(ErrorKind::Unexpected, "the server gives again what the page starts after")
                        .with_operation(call.call().operation().id()));
                }
                return Ok(page);
            }
        }
    }
    match gone {
        Some(error) if !go_on_by_time(&mut call, after) => Err(error),
        _ => Ok(C::page(call.await?)),
    }
}

/// Whether what the page was to start after is not there any more.
fn is_gone(error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound || error.param() == Some("starting_after")
}

/// Goes on where the last that is known was created, when all that are known were deleted.
fn go_on_by_time<C: ListCall>(call: &mut C, after: &After) -> bool {
    let Some(created_at) = after.created_at.map(clerk_core::Timestamp::as_millis) else {
        return false;
    };
    match call.call().query_values("order_by").and_then(<[String]>::first).map(String::as_str) {
        None | Some("-created_at") => call.call().query("created_at_before", &created_at.saturating_add(1)),
        Some("created_at" | "+created_at") => call.call().query("created_at_after", &created_at.saturating_sub(1)),
        Some(_) => return false,
    }
    true
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
