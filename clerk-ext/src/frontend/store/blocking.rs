use tokio::runtime::Handle;

use super::StoreError;

/// Does what may block where nobody waits for the thread.
///
/// Work that has begun goes on to its end when the future is dropped. Outside of a runtime there is nobody whom it could
/// keep from working, so there it is done on the spot.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await.unwrap_or_else(|stopped| {
            let message = "the credential store was stopped at its work; keep the runtime until requests are done";
            Err(StoreError::new(message).with_source(stopped))
        }),
        Err(_) => work(),
    }
}
