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
pub(in crate::web) type UserOnce = OnceCell<Arc<dyn Any + Send + Sync>>;

impl<C> SignedIn<C> {
    /// The user with their profile and metadata, fetched once a request.
    ///
    /// Whoever asks again during the same request gets what was fetched. A call that failed is not remembered.
    ///
    /// ```
    /// use axum::{Router, extract::State, http::StatusCode, routing::get};
    /// use clerk_ext::{backend::Backend, web::{ClerkLayer, SignedIn}};
    ///
    /// async fn profile(State(backend): State<Backend>, person: SignedIn) -> Result<String, StatusCode> {
    ///     let user = person.user(&backend).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    /// #     let again = person.user(&backend).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    /// #     assert!(std::sync::Arc::ptr_eq(&user, &again));
    ///     Ok(user.full_name().unwrap_or_default())
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use clerk_ext::{auth::Clerk, config::Config};
    /// # use tower_service::Service as _;
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let config = Config::builder().secret_key(local.secret_key().expose()).api_url(local.backend_url())
    /// #     .publishable_key(local.publishable_key().as_str()).build()?;
    /// # let (clerk, backend) = (Clerk::from_config(&config)?, Backend::from_config(&config)?);
    /// # let ann = backend.users().create().email_address(["ann@example.com"]).first_name("Ann").last_name("Lee")
    /// #     .skip_password_requirement(true).await?;
    /// # let token = local.sign_in_as(ann.id.as_str()).ok_or("no sign-in")?.session_token;
    /// let mut app = Router::new().route("/", get(profile)).layer(ClerkLayer::new(clerk)).with_state(backend);
    /// # let header = format!("Bearer {}", token.expose());
    /// # let request = clerk_ext::http::Request::get("/").header("authorization", header).body(axum::body::Body::empty())?;
    /// # let answer = app.call(request).await?;
    /// # assert_eq!(axum::body::to_bytes(answer.into_body(), 1000).await?, "Ann Lee");
    /// # assert_eq!(local.calls(clerk_local::Api::Backend).get("GetUser"), Some(&1));
    /// # Ok(()) }
    /// ```
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
