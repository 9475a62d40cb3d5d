//! Webhooks: a handler takes [`Verified`] and answers [`Handled`].

use poem::{FromRequest, IntoResponse, Request, RequestBody, Response, error::ResponseError, http::StatusCode};

use super::response;
use crate::{
    web::Rejection,
    webhooks::{Handled, Verified, Webhook, WebhookError},
};

/// A webhook that was checked; a request that is none is answered with 400, and with 413 when it is too large.
///
/// The [`Webhook`] is data of the route: `route.data(webhook)`.
///
/// ```
/// use clerk_ext::{Timestamp, webhooks::{Handled, Verified, Webhook}};
/// use poem::{Endpoint as _, EndpointExt as _, Request, Route, handler, http::{Method, StatusCode}, post};
///
/// #[handler]
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
/// let webhook = Webhook::new("whsec_dGVzdCBzZWNyZXQ=")?;
/// let app = Route::new().at("/webhooks", post(receive)).data(webhook.clone());
///
/// let body = r#"{"type":"user.deleted","object":"event","data":{"id":"user_1"}}"#;
/// let mut request = Request::builder().method(Method::POST).uri_str("/webhooks").body(body);
/// request.headers_mut().extend(webhook.sign("msg_1", Timestamp::now(), body)?);
/// assert_eq!(app.get_response(request).await.status(), StatusCode::NO_CONTENT);
/// let forged = Request::builder().method(Method::POST).uri_str("/webhooks").body(body);
/// assert_eq!(app.get_response(forged).await.status(), StatusCode::BAD_REQUEST);
/// # Ok(()) }
/// ```
impl<'a> FromRequest<'a> for Verified {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let webhook = request.data::<Webhook>().ok_or_else(Rejection::without_webhook)?;
        let body = webhook.collect(body.take()?.into_bytes_stream()).await?;
        Ok(webhook.verify(request.headers(), body)?)
    }
}

/// The status that the outcome asks for.
impl IntoResponse for Handled {
    fn into_response(self) -> Response {
        response(self.response())
    }
}

/// 400, or 413.
impl ResponseError for WebhookError {
    fn status(&self) -> StatusCode {
        self.status()
    }

    fn as_response(&self) -> Response {
        response(Handled::Refused(self.clone()).response())
    }
}
