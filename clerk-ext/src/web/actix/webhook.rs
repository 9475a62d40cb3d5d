//! Webhooks: a handler takes [`Verified`] and answers [`Handled`].

use actix_web::{
    Error, FromRequest, HttpRequest, HttpResponse, Responder, ResponseError, dev::Payload, http::StatusCode, web::Data,
};
use futures_util::future::LocalBoxFuture;

use super::response;
use crate::{
    web::Rejection,
    webhooks::{Handled, Verified, Webhook, WebhookError},
};

/// A webhook that was checked; a request that is none is answered with 400, and with 413 when it is too large.
///
/// The [`Webhook`] is data of the application: `App::new().app_data(Data::new(webhook))`.
///
/// ```
/// use actix_web::{App, HttpResponse, test::{self, TestRequest}, web::{self, Data}};
/// use clerk_ext::{Timestamp, webhooks::{Handled, Verified, Webhook}};
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
/// let webhook = Webhook::new("whsec_dGVzdCBzZWNyZXQ=")?;
/// let app = App::new().app_data(Data::new(webhook.clone())).route("/webhooks", web::post().to(receive));
///
/// let app = test::init_service(app).await;
/// let body = r#"{"type":"user.deleted","object":"event","data":{"id":"user_1"}}"#;
/// let mut request = TestRequest::post().uri("/webhooks").set_payload(body);
/// for (name, value) in &webhook.sign("msg_1", Timestamp::now(), body)? {
///     request = request.insert_header((name.as_str(), value.to_str()?));
/// }
/// assert_eq!(test::call_service(&app, request.to_request()).await.status(), 204);
/// let forged = TestRequest::post().uri("/webhooks").set_payload(body).to_request();
/// assert_eq!(test::call_service(&app, forged).await.status(), 400);
/// # _ = HttpResponse::Ok();
/// # Ok(()) }
/// ```
impl FromRequest for Verified {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let Some(webhook) = request.app_data::<Data<Webhook>>() else {
                return Err(Rejection::without_webhook().into());
            };
            let body = webhook.collect(payload).await?;
            let headers = |name: &str| request.headers().get(name).map(|value| value.as_bytes());
            Ok(webhook.verify(headers, body)?)
        })
    }
}

/// The status that the outcome asks for.
impl Responder for Handled {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        response(self.response())
    }
}

/// 400, or 413.
impl ResponseError for WebhookError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status().as_u16()).unwrap_or(StatusCode::BAD_REQUEST)
    }

    fn error_response(&self) -> HttpResponse {
        response(Handled::Refused(self.clone()).response())
    }
}
