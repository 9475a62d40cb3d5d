//! Webhooks: a handler takes [`Verified`] and answers [`Handled`].

use clerk_core::{Bytes, http};
use rocket::{
    Data, Request,
    data::{FromData, Outcome, ToByteUnit as _},
    response::{Responder, Result},
};

use super::{Refused, response, status};
use crate::{
    web::Rejection,
    webhooks::{Handled, Verified, Webhook, WebhookError},
};

/// A webhook that was checked; a request that is none is answered with 400, and with 413 when it is too large.
///
/// The [`Webhook`] is managed by Rocket: `rocket.manage(webhook)`. The answer says why in a line, for whoever reads
/// deliveries in the dashboard. Rocket lets a data guard say a status alone, so the line is put in by
/// [`ClerkLayer`](crate::web::ClerkLayer) where that is attached; without it the answer is that of the catchers, and a
/// handler that takes `Result<Verified, _>` has the reason.
///
/// ```
/// use clerk_ext::{Timestamp, webhooks::{Handled, Verified, Webhook}};
/// use rocket::{http::{Header, Status}, local::asynchronous::Client, post, routes};
///
/// #[post("/webhooks", data = "<message>")]
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
/// let client = Client::untracked(rocket::build().manage(webhook.clone()).mount("/", routes![receive])).await?;
///
/// let body = r#"{"type":"user.deleted","object":"event","data":{"id":"user_1"}}"#;
/// let mut request = client.post("/webhooks").body(body);
/// for (name, value) in &webhook.sign("msg_1", Timestamp::now(), body)? {
///     request.add_header(Header::new(name.to_string(), value.to_str()?.to_owned()));
/// }
/// assert_eq!(request.dispatch().await.status(), Status::NoContent);
/// assert_eq!(client.post("/webhooks").body(body).dispatch().await.status(), Status::BadRequest);
/// # Ok(()) }
/// ```
#[rocket::async_trait]
impl<'r> FromData<'r> for Verified {
    type Error = Box<dyn std::error::Error + Send + Sync>;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        let Some(webhook) = request.rocket().state::<Webhook>() else {
            let rejection = Rejection::without_webhook();
            return refuse(request, rejection.as_response().clone(), rejection);
        };
        match verify(webhook, request, data).await {
            Ok(verified) => Outcome::Success(verified),
            Err(error) => refuse(request, Handled::Refused(error.clone()).response(), error),
        }
    }
}

fn refuse<'r>(
    request: &'r Request<'_>,
    answer: http::Response<Bytes>,
    error: impl std::error::Error + Send + Sync + 'static,
) -> Outcome<'r, Verified> {
    let status = status(answer.status());
    Refused::of(request).set(answer);
    Outcome::Error((status, error.into()))
}

async fn verify(
    webhook: &Webhook,
    request: &Request<'_>,
    data: Data<'_>,
) -> std::result::Result<Verified, WebhookError> {
    let limit = webhook.body_limit();
    let body = data.open(limit.bytes()).into_bytes().await.map_err(|_| WebhookError::CutShort)?;
    if !body.is_complete() {
        return Err(WebhookError::TooLarge(limit));
    }
    let headers = |name: &str| request.headers().get_one(name).map(str::as_bytes);
    webhook.verify(headers, body.into_inner())
}

/// The status that the outcome asks for.
impl<'r> Responder<'r, 'static> for Handled {
    fn respond_to(self, _: &'r Request<'_>) -> Result<'static> {
        Ok(response(self.response()))
    }
}
