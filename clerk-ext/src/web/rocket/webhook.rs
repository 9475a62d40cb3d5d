//! Webhooks: a handler takes [`Verified`] and answers [`Handled`].

use rocket::{
    Data, Request,
    data::{FromData, Outcome, ToByteUnit as _},
    http::Status,
    response::{Responder, Result},
};

use super::{response, status};
use crate::{
    web::Rejection,
    webhooks::{Handled, Verified, Webhook, WebhookError},
};

/// A webhook that was checked; a request that is none fails with 400, and with 413 when it is too large.
///
/// The [`Webhook`] is managed by Rocket: `rocket.manage(webhook)`. What is answered then is up to the catchers.
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
            return Outcome::Error((Status::InternalServerError, Rejection::without_webhook().into()));
        };
        match verify(webhook, request, data).await {
            Ok(verified) => Outcome::Success(verified),
            Err(error) => Outcome::Error((status(error.status()), error.into())),
        }
    }
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
