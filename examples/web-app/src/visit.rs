//! Who asks for a page: found by their cookie before any handler runs.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar};
use clerk_ext::{
    Error, ErrorKind,
    clerk_fapi::types,
    frontend::{Frontend, Session},
};

use crate::{
    app::App,
    problem::Refusal,
    view::{again, message, no_longer_good},
    visitor::Visitor,
    visitors::{COOKIE, Found},
};

/// What a handler answers.
pub(crate) type Answer = Result<Response, Refusal>;

/// A request, and whose it is.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) app: Arc<App>,
    pub(crate) visitor: Arc<Visitor>,
}

/// A request of somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) visit: Visit,
    pub(crate) session: Session,
}

impl Visit {
    pub(crate) fn clerk(&self) -> &Frontend {
        &self.visitor.clerk
    }

    /// Who is signed in with the cookie that they came with.
    ///
    /// A session may also come to be known here by the answer to something else, when the one that gave it was lost. It
    /// counts once the page for signing in has given it a cookie of its own.
    pub(crate) fn session(&self) -> Option<Session> {
        self.clerk().session().filter(|session| self.visitor.has_entered(session))
    }

    /// An address of this site, for links in mails and for providers.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.app.origin)
    }

    /// Leads on after somebody signed in or out: with another cookie.
    pub(crate) fn renewed(&self, path: &str) -> Answer {
        let cookie = self.app.visitors.renew(&self.visitor)?;
        Ok(with_cookie(see(path), &cookie))
    }

    /// Leads whoever is signed in on to where they wanted to go.
    pub(crate) fn entered(&self, session: &Session) -> Answer {
        let next = if session.current_task().is_some() { Some("/tasks".to_owned()) } else { self.visitor.take_next() };
        let path = next.unwrap_or_else(|| "/".to_owned());
        if self.visitor.has_entered(session) { Ok(see(&path)) } else { self.renewed(&path) }
    }
}

impl Member {
    pub(crate) fn clerk(&self) -> &Frontend {
        self.visit.clerk()
    }

    /// Whoever it is, as Clerk said last.
    pub(crate) fn user(&self) -> Result<types::User, Refusal> {
        self.session.user().ok_or_else(|| Refusal::Elsewhere(see("/sign-in").into()))
    }

    /// Leads on, and has the next page say something.
    pub(crate) fn done(&self, notice: &str, path: &str) -> Answer {
        self.visit.visitor.notify(notice);
        Ok(see(path))
    }
}

/// Leads to another page, after a form.
pub(crate) fn see(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// Finds the visitor, or takes a new one in who is looking at a page.
pub(crate) async fn recognise(
    State(app): State<Arc<App>>,
    cookies: CookieJar,
    mut request: Request,
    next: Next,
) -> Response {
    let (visitor, cookie) = match cookies.get(COOKIE).map_or(Found::Nobody, |cookie| app.visitors.find(cookie.value()))
    {
        Found::Visitor(visitor) => (visitor, None),
        // A form without a visitor is refused anyway.
        _ if !matches!(*request.method(), Method::GET | Method::HEAD) => return no_longer_good(),
        Found::Renewed => return again(),
        Found::Nobody => match admit(&app, request.headers()) {
            Ok(Some((visitor, cookie))) => (visitor, Some(cookie)),
            Ok(None) => {
                let words = "There are too many visitors right now. Please come back in a few minutes.";
                return message(StatusCode::SERVICE_UNAVAILABLE, "Too many visitors", words);
            }
            Err(error) => return Refusal::from(error).into_response(),
        },
    };
    request.extensions_mut().insert(Visit { app, visitor });
    let response = next.run(request).await;
    match cookie {
        // Where the page gave another one, that is the newer.
        Some(cookie) if !response.headers().contains_key(header::SET_COOKIE) => with_cookie(response, &cookie),
        _ => response,
    }
}

fn admit(app: &App, headers: &HeaderMap) -> Result<Option<(Arc<Visitor>, Cookie<'static>)>, Error> {
    let visitor = Arc::new(Visitor::new(app.device(headers)?)?);
    Ok(app.visitors.admit(&visitor)?.map(|cookie| (visitor, cookie)))
}

fn with_cookie(mut response: Response, cookie: &Cookie<'_>) -> Response {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// Lets only those through who are signed in, and have nothing left to do before that counts.
pub(crate) async fn members_only(visit: Visit, mut request: Request, next: Next) -> Response {
    let Some(session) = visit.session() else {
        if request.method() == Method::GET {
            visit.visitor.set_next(request.uri().path());
        }
        return see("/sign-in");
    };
    match is_pending(&visit, &session).await {
        Ok(false) => {
            request.extensions_mut().insert(Member { visit, session });
            next.run(request).await
        }
        Ok(true) => see("/tasks"),
        Err(error) if error.kind() == ErrorKind::Unauthorized => {
            visit.visitor.notify("You were signed out. Please sign in again.");
            see("/sign-in")
        }
        Err(error) => Refusal::from(error).into_response(),
    }
}

/// Whether something is left to do.
///
/// That there is since, or that the session was ended elsewhere, is noticed within a minute: the token that proves it is
/// fetched anew about as often.
async fn is_pending(visit: &Visit, session: &Session) -> Result<bool, Error> {
    if session.current_task().is_some() {
        return Ok(true);
    }
    let token = session.token().await;
    let is_doubtful = match &token {
        Ok(token) => token.claims().rest.get("sts").is_some_and(|status| status == "pending"),
        Err(error) => !error.is_retryable() && error.kind() != ErrorKind::Unauthorized,
    };
    if is_doubtful {
        visit.clerk().reload().await?;
        if session.current_task().is_some() {
            return Ok(true);
        }
    }
    token.map(|_| false)
}

/// What the layers above have put there.
macro_rules! found_by_a_layer {
    ($($name:ident)*) => {$(
        impl<S: Sync> FromRequestParts<S> for $name {
            type Rejection = Response;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
                let missing = || {
                    eprintln!("{} is not below the layer that finds visitors", parts.uri.path());
                    message(StatusCode::INTERNAL_SERVER_ERROR, "That went wrong", "It is our fault.")
                };
                parts.extensions.get::<Self>().cloned().ok_or_else(missing)
            }
        }
    )*};
}

found_by_a_layer! { Visit Member }
