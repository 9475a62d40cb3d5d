use clerk_core::{
    Encoding, Error, Json, Operation, SessionId,
    http::{
        HeaderMap, HeaderValue, Method,
        header::{CACHE_CONTROL, SET_COOKIE},
        request::Parts,
    },
};

use super::{
    Clerk, Reason,
    cookies::{self, expired},
    incoming::Incoming,
    jwt::Jwt,
    request::{Context, is_of_other_kind},
};

// A session that was ended stays ended.
static REVOKE_SESSION: Operation =
    Operation::new(Method::POST, "RevokeSession", "/v1/sessions/{session_id}/revoke", Encoding::None).idempotent();

/// How long a browser keeps a cookie at most.
const LONGEST: u32 = 400 * 24 * 60 * 60;

/// What is left to do after a sign-out: cookies for the browser, and what Clerk said.
///
/// [`Clerk::sign_out`] has an example.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignedOut {
    /// What to put on the response, whatever else it says: append, because there are several `Set-Cookie`.
    pub headers: HeaderMap,
    /// The session that the request came with; `None` where it came with none that is of this instance.
    pub session: Option<SessionId>,
    /// Whether Clerk ended that session.
    ///
    /// With an error in here the browser forgets its cookies all the same, but the session lives on at Clerk: whoever goes
    /// to a page of Clerk in that browser is signed in again. Revoke [`session`](Self::session) later, or say so.
    pub ended: Result<(), Error>,
}

impl Clerk {
    /// Signs out the browser that sent a request: ends its session at Clerk, and takes its cookies away.
    ///
    /// It only ends a session that the request proves to have, by a token that is signed by the keys of the instance and for
    /// an authorized party. The token may be over: pages lie open for longer than the minute that tokens live. Whatever
    /// the request says besides, no other session is touched.
    ///
    /// **It does not look at who made the browser send the request.** Call it for a `POST` alone, and only after your
    /// protection against cross-site requests let it pass: a link must not sign anybody out.
    ///
    /// ```
    /// use clerk_ext::http::{Request, Response};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let browser = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?;
    /// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
    /// # let clerk = clerk.api_url(local.backend_url()).build()?;
    /// # let cookies = format!("__session={}; __client_uat=1", browser.session_token.expose());
    /// # let request = Request::post("/sign-out").header("host", "example.com").header("cookie", cookies).body(())?;
    /// # let (parts, ()) = request.into_parts();
    /// let signed_out = clerk.sign_out(&parts).await;
    /// let mut response = Response::new("See you");
    /// for (name, value) in &signed_out.headers {
    ///     response.headers_mut().append(name, value.clone());
    /// }
    /// signed_out.ended?; // or else say that the session lives on
    /// assert_eq!(signed_out.session, Some(browser.session_id));
    /// assert!(response.headers().contains_key("set-cookie"));
    /// # Ok(()) }
    /// ```
    pub async fn sign_out(&self, parts: &Parts) -> SignedOut {
        let incoming = Incoming::new(parts);
        let context = match Context::read(self, parts, &incoming) {
            Ok(Some(context)) => context,
            Ok(None) => return SignedOut { headers: HeaderMap::new(), session: None, ended: Ok(()) },
            Err(error) => return SignedOut { headers: HeaderMap::new(), session: None, ended: Err(error) },
        };
        let headers = forget(&context);
        let session = match context.presented_session_token() {
            Some(token) => self.proven_session(token).await,
            None => Ok(None),
        };
        match session {
            Ok(Some(session)) => {
                let ended = self.end_session(&session).await;
                SignedOut { headers, session: Some(session), ended }
            }
            Ok(None) => SignedOut { headers, session: None, ended: Ok(()) },
            Err(error) => SignedOut { headers, session: None, ended: Err(error) },
        }
    }

    /// The session of a token that is good, but for the time; an error is that nobody can say.
    async fn proven_session(&self, token: &str) -> Result<Option<SessionId>, Error> {
        let Ok(jwt) = Jwt::read(token) else { return Ok(None) };
        if is_of_other_kind(&jwt) {
            return Ok(None);
        }
        let session = jwt.payload.get("sid").and_then(Json::as_str).filter(|id| !id.is_empty()).map(SessionId::from);
        match self.verify_read(token, jwt).await {
            Ok(_) => Ok(session),
            // The times are checked last: all else about the token is good.
            Err(error) if *error.reason() == Reason::TOKEN_EXPIRED => Ok(session),
            Err(error) => error.cause().map_or(Ok(None), |cause| Err(cause.clone())),
        }
    }

    async fn end_session(&self, session: &SessionId) -> Result<(), Error> {
        let backend = self.inner().backend.as_ref().ok_or_else(|| {
            Error::config("sessions are ended by a request to Clerk, and there is no key for it; set CLERK_SECRET_KEY")
        })?;
        let mut call = backend.call(&REVOKE_SESSION);
        call.path("session_id", session.as_str());
        match call.send_empty().await {
            Ok(_) => Ok(()),
            // It is gone already.
            Err(error) if error.status().is_some_and(|status| matches!(status.as_u16(), 404 | 410)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Cookies that take those of this instance away, and say that nobody is signed in.
fn forget(cx: &Context<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let domain = cx.cookie_domain();
    let both = |name: &'static str| [name.to_owned(), cx.suffix().name(name)];
    let mut directives = Vec::new();
    let of_session = both(cookies::SESSION).into_iter().chain(both(cookies::REFRESH));
    for name in of_session.chain([cookies::HANDSHAKE.to_owned(), cookies::HANDSHAKE_NONCE.to_owned()]) {
        directives.push(expired(&name, None));
        directives.extend(domain.map(|domain| expired(&name, Some(domain))));
    }
    for name in both(cookies::CLIENT_UAT) {
        // One without a domain would stand in the way of the next sign-in, which writes the one with it.
        directives.extend(domain.map(|_| expired(&name, None)));
        let domain = domain.map(|domain| format!("; Domain={domain}")).unwrap_or_default();
        directives.push(format!("{name}=0; Path=/{domain}; Max-Age={LONGEST}; SameSite=Lax"));
    }
    for directive in directives {
        if let Ok(value) = HeaderValue::from_str(&directive) {
            headers.append(SET_COOKIE, value);
        }
    }
    headers
}
