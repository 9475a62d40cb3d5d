use clerk_core::Bytes;
use rocket::{
    Build, Data, Request, Response, Rocket, Route,
    fairing::{Fairing, Info, Kind, Result},
    http::{Method, Status, uri::Origin},
    route::{Handler, Outcome},
};

use super::{Attached, Refused, parts, response, status, uri, write};
use crate::web::{ClerkLayer, clerk_layer::Verdict};

/// Where requests are sent that the fairing answers by itself: a fairing can answer nothing. Whoever asks for it from
/// outside finds nothing there.
const ANSWERED: &str = "/.clerk-answered";

/// The answer of the fairing.
struct Answered(Option<clerk_core::http::Response<()>>);

#[rocket::async_trait]
impl Fairing for ClerkLayer {
    fn info(&self) -> Info {
        Info { name: "Clerk", kind: Kind::Ignite | Kind::Request | Kind::Response | Kind::Singleton }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> Result {
        Ok(rocket.mount(ANSWERED, [Route::ranked(-1000, Method::Get, "/", Answer)]))
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        let authorization = request.headers().get("authorization").map(str::as_bytes);
        let verdict = match self.known(authorization, || uri(request)) {
            Some(checked) => Verdict::Proceed(checked),
            None => self.check(&parts(request)).await,
        };
        match verdict {
            Verdict::Proceed(checked) => {
                request.local_cache(|| Attached(Some(checked)));
            }
            Verdict::Answer(answer) => {
                request.local_cache(|| Answered(Some(answer)));
                request.set_method(Method::Get);
                request.set_uri(Origin::path_only(ANSWERED));
            }
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, answer: &mut Response<'r>) {
        // A handler that took the failure of a guard into its own hands has answered otherwise.
        if let Some(refused) = Refused::of(request).take()
            && answer.status() == status(refused.status())
        {
            write(refused, answer);
        }
        if let Some(checked) = &request.local_cache(|| Attached(None)).0 {
            checked.put_headers(answer);
        }
    }
}

#[derive(Clone)]
struct Answer;

#[rocket::async_trait]
impl Handler for Answer {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        match &request.local_cache(|| Answered(None)).0 {
            Some(answer) => Outcome::Success(response(answer.clone().map(|()| Bytes::new()))),
            None => Outcome::Forward((data, Status::NotFound)),
        }
    }
}
