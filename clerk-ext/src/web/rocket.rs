//! A fairing, guarded routes, request guards and a data guard for Rocket.

mod extractors;
mod fairing;
mod guarded;
mod path;
#[cfg(feature = "webhooks")]
mod webhook;

use std::{
    io::Cursor,
    sync::{Mutex, PoisonError},
};

use clerk_core::{
    Bytes,
    http::{HeaderName, HeaderValue, Response, StatusCode, Uri, request::Parts},
};
use rocket::{
    Request,
    http::{Header, Status},
};

use self::path::path_parameter;
use super::{Checked, Rejection, bridge, response_headers::ResponseHeaders};

/// What the fairing found out about a request; `None` where there is no fairing.
struct Attached(Option<Checked>);

fn checked<'r>(request: &'r Request<'_>, who: &str) -> Result<&'r Checked, Rejection> {
    request.local_cache(|| Attached(None)).0.as_ref().ok_or_else(|| Rejection::without_layer(who))
}

/// The answer of a guard: Rocket lets it say a status alone, and the fairing puts the rest in its place.
#[derive(Default)]
struct Refused(Mutex<Option<Response<Bytes>>>);

impl Refused {
    fn of<'r>(request: &'r Request<'_>) -> &'r Self {
        request.local_cache(Self::default)
    }

    fn set(&self, response: Response<Bytes>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(response);
    }

    fn take(&self) -> Option<Response<Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn parts(request: &Request<'_>) -> Parts {
    let headers = request.headers();
    let sent = headers.iter().map(|header| (header.name.to_string(), header.value.to_string())).collect::<Vec<_>>();
    // HTTP/2 says it elsewhere.
    let host = request.host().filter(|_| !headers.contains("host")).map(|host| ("host".to_owned(), host.to_string()));
    let all = sent.iter().chain(&host).map(|(name, value)| (name.as_str(), value.as_bytes()));
    bridge::parts(request.method().as_str(), uri(request), all)
}

fn uri(request: &Request<'_>) -> Uri {
    bridge::uri(&request.uri().to_string())
}

fn status(status: StatusCode) -> Status {
    Status::new(status.as_u16())
}

fn response(response: Response<Bytes>) -> rocket::Response<'static> {
    let mut answer = rocket::Response::new();
    write(response, &mut answer);
    answer
}

/// Puts an answer in the place of another one; what others have put on that stays.
fn write(response: Response<Bytes>, answer: &mut rocket::Response<'_>) {
    let (parts, body) = response.into_parts();
    answer.set_status(status(parts.status));
    answer.remove_header("content-type");
    for (name, value) in &parts.headers {
        answer.remove_header(name.as_str());
        ResponseHeaders::append(answer, name, value);
    }
    answer.set_sized_body(body.len(), Cursor::new(body));
}

impl ResponseHeaders for rocket::Response<'_> {
    fn has(&self, name: &HeaderName) -> bool {
        self.headers().contains(name.as_str())
    }

    /// Rocket's headers are texts; what is none is left out.
    fn append(&mut self, name: &HeaderName, value: &HeaderValue) {
        if let Ok(value) = std::str::from_utf8(value.as_bytes()) {
            self.adjoin_header(Header::new(name.as_str().to_owned(), value.to_owned()));
        }
    }
}
