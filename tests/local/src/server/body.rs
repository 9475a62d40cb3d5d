//! Bodies: reading those of requests within bounds, sending those of answers whole or broken off.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::{BODY_LIMIT, Broken};

/// How long a client may take for a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// How much of a body that is too large is read and thrown away. A client that is still sending when the
/// connection closes often sees the broken connection instead of the 413.
const DRAIN_LIMIT: usize = 4 * BODY_LIMIT;

/// At most this much of an answer is sent before it breaks off: what surely fits the socket's buffer at once.
const PART_LIMIT: usize = 16 * 1024;

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    TooLarge,
    /// The client went away or took too long.
    Lost,
}

/// The whole body of a request.
pub(super) async fn read(headers: &HeaderMap, body: Incoming) -> Result<Bytes, Unread> {
    let too_large = body.size_hint().lower() > BODY_LIMIT as u64;
    // A client that asks first has sent nothing yet, and learns it without sending.
    if too_large && headers.contains_key(header::EXPECT) {
        return Err(Unread::TooLarge);
    }
    tokio::time::timeout(BODY_TIMEOUT, collect(body, too_large)).await.unwrap_or(Err(Unread::Lost))
}

async fn collect(mut body: Incoming, mut too_large: bool) -> Result<Bytes, Unread> {
    let (mut kept, mut seen) = (BytesMut::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unread::Lost)?.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        if seen > DRAIN_LIMIT {
            break;
        }
        too_large = too_large || seen > BODY_LIMIT;
        if too_large {
            kept = BytesMut::new();
        } else {
            kept.extend_from_slice(&data);
        }
    }
    if too_large { Err(Unread::TooLarge) } else { Ok(kept.freeze()) }
}

/// The body of an answer.
#[derive(Debug)]
pub(super) struct Sent {
    data: Bytes,
    breaks_off: bool,
    paused: bool,
}

impl Sent {
    pub(super) fn whole(data: Bytes) -> Self {
        Self { data, breaks_off: false, paused: false }
    }

    /// The first half of it, and then an error.
    pub(super) fn part(mut data: Bytes) -> Self {
        data.truncate((data.len() / 2).min(PART_LIMIT));
        Self { data, breaks_off: true, paused: false }
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if !self.data.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.data)))));
        }
        if !self.breaks_off {
            return Poll::Ready(None);
        }
        // hyper writes out what it has when a body pauses, and throws it away when a body fails.
        if !self.paused {
            self.paused = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(Broken)))
    }

    fn is_end_stream(&self) -> bool {
        !self.breaks_off && self.data.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.breaks_off { SizeHint::default() } else { SizeHint::with_exact(self.data.len() as u64) }
    }
}
