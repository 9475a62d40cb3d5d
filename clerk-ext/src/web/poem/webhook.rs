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
