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
/// # fn main() -> Result<(), clerk_ext::Error> {
/// # let secret = "whsec_dGVzdCBzZWNyZXQ=";
/// let app: Router = Router::new().route("/webhooks", post(receive)).with_state(Webhook::new(secret)?);
/// # let _ = app;
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
