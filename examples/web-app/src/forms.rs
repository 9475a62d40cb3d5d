//! What every form goes through: it comes from a page of ours that was made for this very visitor, and it is worked on
//! once, however often the button was pressed.

use std::sync::{Arc, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header::ORIGIN},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use clerk_ext::Secret;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};

use crate::{
    view::{from_elsewhere, message, no_longer_good},
    visit::Visit,
    visitor::Visitor,
};

/// No form of ours is longer.
const LARGEST: usize = 16 * 1024;

/// A form that is being worked on, by what was sent, and what it will be answered.
pub(crate) struct UnderWay {
    form: Vec<u8>,
    answer: Shared<BoxFuture<'static, Option<Answer>>>,
}

/// A response that can be given twice.
#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// Lets forms through that are the visitor's own.
pub(crate) async fn check(visit: Visit, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    if !comes_from(&visit.app.origin, &parts.headers) {
        return from_elsewhere(&visit.app.origin);
    }
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return message(StatusCode::PAYLOAD_TOO_LARGE, "Too long", "What was typed is too long for this form.");
    };
    let token = form_urlencoded::parse(&body).find(|(name, _)| name == "csrf").map(|(_, value)| Secret::from(&*value));
    // `Secret`s are compared in the same time wherever they differ.
    let Some(token) = token.filter(|token| *token == visit.visitor.csrf()) else { return no_longer_good() };
    let visitor = visit.visitor;
    let form = digest(&SHA256, &[parts.uri.path().as_bytes(), b"\n", &body].concat()).as_ref().to_vec();
    let request = Request::from_parts(parts, Body::from(body));
    let sender = visitor.clone();
    let work = async move {
        // The form before this one may have signed somebody in, and this one was not sent by them.
        let is_good = token == sender.csrf();
        Answer::of(if is_good { next.run(request).await } else { no_longer_good() }).await
    };
    once(&visitor, form, work).await
}

/// Whether the browser says that a page of ours sent the form. One that says nothing is not refused for that: the token
/// in the form is what counts.
fn comes_from(origin: &str, headers: &HeaderMap) -> bool {
    let is = |name: &str, expected: &str| headers.get(name).is_none_or(|value| value.as_bytes() == expected.as_bytes());
    is(ORIGIN.as_str(), origin) && is("sec-fetch-site", "same-origin")
}

/// Works on a form. Where the same one comes again meanwhile, both get the one answer: a second press on a button would
/// otherwise be a second attempt, with a cookie that is no longer good.
///
/// It is worked on to its end, also if nobody waits for the answer any more.
async fn once(
    visitor: &Arc<Visitor>,
    form: Vec<u8>,
    work: impl Future<Output = Option<Answer>> + Send + 'static,
) -> Response {
    let answer = {
        let mut under_way = visitor.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        match under_way.as_ref().filter(|one| one.form == form) {
            Some(one) => one.answer.clone(),
            None => {
                let Ok(place) = visitor.room.clone().try_acquire_owned() else {
                    let words = "Other forms of yours are still being worked on. Please wait a moment and try again.";
                    return message(StatusCode::TOO_MANY_REQUESTS, "One after the other", words);
                };
                let (visitor, of) = (visitor.clone(), form.clone());
                let task = tokio::spawn(async move {
                    let _place = place;
                    let turn = visitor.turn.lock().await;
                    let answer = work.await;
                    drop(turn);
                    let mut under_way = visitor.under_way.lock().unwrap_or_else(PoisonError::into_inner);
                    under_way.take_if(|one| one.form == of);
                    answer
                });
                let answer = task.map(|ended| ended.ok().flatten()).boxed().shared();
                *under_way = Some(UnderWay { form, answer: answer.clone() });
                answer
            }
        }
    };
    match answer.await {
        Some(answer) => answer.into_response(),
        None => message(StatusCode::INTERNAL_SERVER_ERROR, "That went wrong", "It is our fault. Please try again."),
    }
}

impl Answer {
    async fn of(response: Response) -> Option<Self> {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.ok()?;
        Some(Self { status: parts.status, headers: parts.headers, body })
    }

    fn into_response(self) -> Response {
        (self.status, self.headers, self.body).into_response()
    }
}
