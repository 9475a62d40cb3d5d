//! The user behind a request, fetched once.

use std::{any::Any, sync::Arc};

use clerk_core::Error;
use tokio::sync::OnceCell;

use super::SignedIn;
use crate::{
    backend::{Backend, User},
    metadata::Metadata,
};

/// The user of a request, of whatever type its metadata is.
pub(super) type UserOnce = OnceCell<Arc<dyn Any + Send + Sync>>;

impl<C> SignedIn<C> {
    /// The user with their profile and metadata, fetched once a request.
    ///
    /// Whoever asks again during the same request gets what was fetched. A call that failed is not remembered.
    ///
    /// # Errors
    ///
    /// The call failed.
    pub async fn user<M: Metadata>(&self, backend: &Backend<M>) -> Result<Arc<User<M>>, Error> {
        let fetch = || async { backend.users().get(self.user_id()).await.map(Arc::new) };
        let kept = self.checked().user().get_or_try_init(|| async { Ok::<_, Error>(fetch().await? as Arc<_>) }).await?;
        match kept.clone().downcast() {
            Ok(user) => Ok(user),
            // Another part of the program asked with other types of metadata.
            Err(_) => fetch().await,
        }
    }
}
