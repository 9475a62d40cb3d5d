//! Webhooks: a handler takes [`Verified`] and answers [`Handled`].

use axum::{
    body::Body,
    extract::{FromRef, FromRequest, Request},
    response::{IntoResponse, Response},
};

use crate::webhooks::{Handled, Verified, Webhook, WebhookError};

/// A webhook that was checked; a request that is none is answered with 400, and with 413 when it is too large.
///
/// The state of the router is a [`Webhook`], or has one.
///
/// ```
/// use axum::{Router, routing::post};
/// use clerk_ext::webhooks::{Handled, Verified, Webhook};
///
/// async fn receive(message: Verified) -> Handled {
///     message
///         .once(async |message| {
///             let event: serde_json::Value = message.json()?;
///             println!("{}", event["type"]);
///             Ok(())
///         })
///         .await
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
/// # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let endpoint = local.webhooks().endpoint(format!("http://{}/webhooks", listener.local_addr()?)).add()?;
/// # let secret = endpoint.secret;
/// let app = Router::new().route("/webhooks", post(receive)).with_state(Webhook::new(secret)?);
/// # tokio::spawn(async { axum::serve(listener, app).await });
/// // What happens at Clerk is delivered to it.
/// clerk.organizations().create("Acme").await?;
/// # local.webhooks().settled().await;
/// assert_eq!(local.webhooks().deliveries()[0].attempts[0].status, Some(204));
/// # Ok(()) }
/// ```
impl<S> FromRequest<S> for Verified
where
    S: Send + Sync,
    Webhook: FromRef<S>,
{
    type Rejection = WebhookError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebhookError> {
        let webhook = Webhook::from_ref(state);
        let (parts, body) = request.into_parts();
        let body = webhook.collect(body.into_data_stream()).await?;
        webhook.verify(&parts.headers, body)
    }
}

/// The status that the outcome asks for.
impl IntoResponse for Handled {
    fn into_response(self) -> Response {
        self.response().map(Body::from)
    }
}

/// 400, or 413.
impl IntoResponse for WebhookError {
    fn into_response(self) -> Response {
        Handled::Refused(self).into_response()
    }
}
