//! What carries requests, and sometimes does not.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use clerk_ext::{
    BoxError, BoxFuture, Bytes, Transport,
    http::{Request, Response},
};
use tower_service::Service;

use crate::{dice::Dice, strikes::Strikes};

/// The connection of one program, over which nothing goes while it is cut.
///
/// What it refuses has surely not left, and the error says so: connecting was refused.
#[derive(Clone)]
pub(crate) struct Wire {
    inner: Transport,
    cable: Arc<Mutex<Cable>>,
    strikes: Strikes,
}

struct Cable {
    dice: Dice,
    cut_until: Option<Instant>,
    is_safe: bool,
}

impl Wire {
    pub(crate) fn new(inner: Transport, dice: Dice, strikes: Strikes) -> Self {
        Self { inner, cable: Arc::new(Mutex::new(Cable { dice, cut_until: None, is_safe: false })), strikes }
    }

    pub(crate) fn transport(&self) -> Transport {
        Transport::new(self.clone())
    }

    /// From now on it carries everything.
    pub(crate) fn mend(&self) {
        self.cable.lock().unwrap_or_else(PoisonError::into_inner).is_safe = true;
    }

    fn is_cut(&self) -> bool {
        self.cable.lock().unwrap_or_else(PoisonError::into_inner).is_cut(Instant::now())
    }
}

impl Cable {
    fn is_cut(&mut self, now: Instant) -> bool {
        if self.is_safe {
            return false;
        }
        if self.cut_until.is_some_and(|until| now < until) {
            return true;
        }
        // Most cuts last for one request, some for a while.
        match self.dice.below(120) {
            0 => true,
            1 => {
                self.cut_until = Some(now + Duration::from_millis(50 + self.dice.below(400)));
                true
            }
            _ => false,
        }
    }
}

impl Service<Request<Bytes>> for Wire {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        if self.is_cut() {
            self.strikes.strike("cut cable");
            return Box::pin(async { Err(io::Error::from(io::ErrorKind::ConnectionRefused).into()) });
        }
        self.inner.call(request)
    }
}
