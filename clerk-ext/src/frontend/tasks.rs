use std::{
    future::Future,
    sync::{Mutex, PoisonError},
};

use clerk_core::{Error, ErrorKind};
use tokio::{runtime::Handle, sync::oneshot, task::JoinSet};

/// What goes on although nobody waits for it, until the last handle on the device is dropped.
#[derive(Debug, Default)]
pub(super) struct Tasks(Mutex<JoinSet<()>>);

impl Tasks {
    /// Runs something to its end, also when whoever waits for it goes away.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Error> {
        let (done, ended) = oneshot::channel();
        self.spawn(async move {
            // Whoever waited may have gone away.
            let _ = done.send(future.await);
        })?;
        ended
            .await
            .map_err(|_| Error::new(ErrorKind::Cancelled, "the device was dropped while a request was under way"))
    }

    /// Starts something.
    pub(super) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> Result<(), Error> {
        let Ok(runtime) = Handle::try_current() else {
            return Err(Error::config("there is no tokio runtime here; call this from one"));
        };
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        // The set keeps the place of what has ended until the next one starts; boxed, that is the place of a pointer.
        tasks.spawn_on(Box::pin(future), &runtime);
        Ok(())
    }
}
