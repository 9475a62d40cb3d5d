//! The rules by which a device talks to the Frontend API, in one place: every request of every flow goes through here.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use clerk_core::{
    BoxError, BoxFuture, Bytes, ClientId, Error, ErrorKind, Json, Secret, SessionId, Timestamp, Transport,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header::AUTHORIZATION},
};
use clerk_fapi::types;
use serde::Deserialize;
use tower_service::Service;

use super::{
    core::{Adopted, Core, Lane},
    events::EndReason,
    sign_out::{carry_out, carry_out_first},
    state::{Learned, Ticket, TokenNews},
    tasks::Tasks,
};
use crate::transport::send;

/// How often a request is repeated that left with a token that was out of date when it arrived.
const MOST_REPEATS: usize = 3;

/// Names the device in the list that a user sees.
const DEVICE_ID: HeaderName = HeaderName::from_static("x-native-device-id");

/// Puts on each request what says who is asking, and takes from each answer what it says of this device.
#[derive(Clone)]
pub(super) struct Wire {
    core: Arc<Core>,
    /// Where requests run on when nobody waits for them any more; nowhere for those that are part of another.
    tasks: Option<Arc<Tasks>>,
}

impl Wire {
    pub(super) fn new(core: Arc<Core>, tasks: Arc<Tasks>) -> Self {
        Self { core, tasks: Some(tasks) }
    }

    /// The generated client, for requests that are part of another.
    pub(super) fn client_within(core: &Arc<Core>) -> clerk_fapi::Client {
        let wire = Self { core: core.clone(), tasks: None };
        clerk_fapi::Client::from_endpoint(core.endpoint.with_transport(Transport::new(wire)))
    }
}

impl Service<Request<Bytes>> for Wire {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let Self { core, tasks } = self.clone();
        Box::pin(async move {
            let Some(tasks) = tasks else { return exchange(core, request, false).await };
            // The answer may carry a token that must not be lost.
            let answer = tasks.run(exchange(core.clone(), request, true)).await??;
            if !core.record().leaving.is_empty() {
                tasks.spawn(async move { carry_out(&core).await })?;
            }
            Ok(answer)
        })
    }
}

/// Sends a request and takes up the answer. What is not whole is part of another, perhaps of a sign-out.
async fn exchange(core: Arc<Core>, request: Request<Bytes>, is_whole: bool) -> Result<Response<Bytes>, BoxError> {
    let about = About::of(&core, &request);
    if request.headers().contains_key(AUTHORIZATION) {
        // Somebody else asks: an earlier device, or a session by its own token.
        let request = with_session(request, &about, &core)?;
        return carried(&core, request).await;
    }
    if about.changes_identity && is_whole {
        // Who has left leaves before anybody enters.
        carry_out_first(&core).await;
    }
    #[cfg(feature = "tracing")]
    let step = super::log::Step::of(&request);
    let mut lane = if about.changes_identity { Some(core.enter().await?) } else { None };
    let exchanged = exchange_as_known(&core, &about, request, &mut lane).await;
    if let Some(lane) = lane {
        core.exit(lane).await;
    }
    let (ticket, answer, learned, adopted) = exchanged?;
    #[cfg(feature = "tracing")]
    if let Some(step) = step {
        step.answered(&answer);
    }
    if about.asks_for_truth(&answer, &ticket, &learned) {
        refresh(&core, ticket.sequence).await;
    } else if adopted == Adopted::No && learned.client.is_some() && !about.is_the_question() {
        // It was done under a token that is another by now: what was learned since need not know of it.
        refresh(&core, core.sent()).await;
    }
    Ok(answer)
}

/// Sends a request until it left with the token that this device has when the answer is taken up.
async fn exchange_as_known<'a>(
    core: &'a Core,
    about: &About,
    mut request: Request<Bytes>,
    lane: &mut Option<Lane<'a>>,
) -> Result<(Ticket, Response<Bytes>, Learned, Adopted), BoxError> {
    let mut repeats = 0;
    loop {
        core.sync().await?;
        // Whoever is in the foreground by the time that it is repeated, it is about the same session.
        request = with_session(request, about, core)?;
        let ticket = core.leave();
        let carried = carried(core, dressed(request.clone(), core, &ticket)?);
        let answer = match lane {
            Some(lane) => core.keep(lane, carried).await?,
            None => carried.await?,
        };
        let mut learned = about.read(&answer, core);
        if about.redeems_nonce && leads_astray(core, &ticket, &learned, answer.status()) {
            learned = Learned::default();
        }
        if lane.is_none() && ticket.token.is_some() && learned.is_of_another(&ticket) {
            // Perhaps a request that is under way has just changed the token: its answer is to be taken up before this.
            *lane = Some(core.enter().await?);
        }
        let reason = about.ends_sessions.then_some(EndReason::SignedOut);
        let adopted = core.apply(&ticket, &learned, reason).await?;
        if adopted == Adopted::Yes || repeats == MOST_REPEATS || !is_of_a_stranger(&ticket, &learned, answer.status()) {
            return Ok((ticket, answer, learned, adopted));
        }
        repeats += 1;
    }
}

/// Whether the server took the request for one of another device, because its token was out of date: nothing was done
/// on this one then.
fn is_of_a_stranger(ticket: &Ticket, learned: &Learned, status: StatusCode) -> bool {
    let other = |client: &ClientId| ticket.client.as_ref().is_none_or(|ours| ours != client);
    match &learned.client {
        Some(client) => other(&client.id),
        None => matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
    }
}

/// Whether a nonce led to another device than this one.
///
/// Nothing says who wrote the URL that a nonce comes in. Whoever has theirs sent here would sign this device in as
/// themselves. The client is the one that this device had when it went into the browser: it may have lost it since.
fn leads_astray(core: &Core, ticket: &Ticket, learned: &Learned, status: StatusCode) -> bool {
    let Some(ours) = core.browser.client().or_else(|| ticket.client.clone()) else {
        // The token of a refusal is that of whoever the nonce is of.
        return !status.is_success();
    };
    match &learned.client {
        Some(client) => client.id != ours,
        None => !status.is_success(),
    }
}

/// Asks Clerk what is true of this device, once for all who noticed at the same time that something is not.
async fn refresh(core: &Arc<Core>, since: u64) {
    let _refreshing = core.refreshing.lock().await;
    if core.refreshed() > since {
        return;
    }
    let sent = core.sent();
    // Boxed, because it is one request inside another.
    let asked: BoxFuture<'_, _> = Box::pin(Wire::client_within(core).get_client().send());
    // Whoever waits gets the error that made us ask.
    let _ = asked.await;
    core.refreshed_for(sent);
}

/// Sends a request over the transport below, and notes whether Clerk can be reached.
async fn carried(core: &Core, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
    let operation = crate::transport::operation(&request);
    // What sends codes and links is asked for by people, who decide when to ask again.
    let carrier = if request.uri().path().contains("/prepare") { &core.once } else { &core.carrier };
    let answer = send(carrier.clone(), request).await.map_err(|error| Error::transport(operation, error));
    match &answer {
        Ok(_) => core.set_online(true),
        Err(error) if matches!(error.kind(), ErrorKind::Offline | ErrorKind::Network | ErrorKind::Timeout) => {
            core.set_online(false);
        }
        Err(_) => {}
    }
    Ok(answer?)
}

/// The request with what says who is asking.
fn dressed(mut request: Request<Bytes>, core: &Core, ticket: &Ticket) -> Result<Request<Bytes>, Error> {
    if let Some(token) = &ticket.token {
        let value = HeaderValue::try_from(token.expose());
        let mut value = value.map_err(|_| Error::config("the client token in the store cannot be sent in a header"))?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    let record = core.record();
    let device_id = record.device_id.as_deref().unwrap_or(&core.device_id);
    if let Ok(value) = HeaderValue::try_from(device_id) {
        request.headers_mut().insert(DEVICE_ID, value);
    }
    Ok(request)
}

/// The request with the session that it is about, where it names none.
fn with_session(mut request: Request<Bytes>, about: &About, core: &Core) -> Result<Request<Bytes>, Error> {
    const NAME: &str = "_clerk_session_id";
    let query = request.uri().query().unwrap_or_default();
    let is_named = query.split('&').any(|pair| pair.split('=').next() == Some(NAME));
    if !about.is_of_a_session || is_named {
        return Ok(request);
    }
    let snapshot = core.snapshot();
    let Some(session) = snapshot.session() else { return Ok(request) };
    let separator = if request.uri().query().is_some() { '&' } else { '?' };
    let id: String = form_urlencoded::byte_serialize(session.id.as_str().as_bytes()).collect();
    let uri = format!("{}{separator}{NAME}={id}", request.uri());
    *request.uri_mut() = Uri::try_from(uri).map_err(|_| {
        Error::invalid_request(crate::transport::operation(&request).into_owned(), "the URL is too long")
    })?;
    Ok(request)
}

/// What a request is about, by its method and path.
struct About {
    path: String,
    is_read: bool,
    /// Whether the answer itself is the state of the device.
    answers_client: bool,
    /// Whether it may change who is signed in.
    changes_identity: bool,
    /// Whether it trades in what a browser came back with.
    redeems_nonce: bool,
    /// Whether it is there to end sessions.
    ends_sessions: bool,
    /// Whether it acts for a session of the device.
    is_of_a_session: bool,
    /// The session that it names.
    session: Option<SessionId>,
}

impl About {
    fn of(core: &Core, request: &Request<Bytes>) -> Self {
        let whole = request.uri().path();
        let base = core.endpoint.base_url().parse::<Uri>().ok();
        let base = base.as_ref().map_or("", |base| base.path().trim_end_matches('/'));
        let path = whole.strip_prefix(base).unwrap_or(whole).to_owned();
        let is_read = request.method() == Method::GET;
        let query = request.uri().query().unwrap_or_default();
        let parameter = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let below =
            |prefix: &str| path == prefix || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'));
        let of_client = below("/v1/client");
        let mints = path.starts_with("/v1/client/sessions/") && path.contains("/tokens");
        let named = path.strip_prefix("/v1/client/sessions/").and_then(|rest| rest.split('/').next());
        let session = named.map(ToOwned::to_owned).or_else(|| parameter("_clerk_session_id"));
        let ends_one =
            path.starts_with("/v1/client/sessions/") && (path.ends_with("/remove") || path.ends_with("/end"));
        let ends_all = request.method() == Method::DELETE
            && ["/v1/client", "/v1/client/sessions", "/v1/me"].contains(&path.as_str());
        let redeems_nonce = parameter("rotating_token_nonce").is_some();
        Self {
            is_read,
            answers_client: path == "/v1/client" || path == "/v1/client/verify" || (ends_all && of_client),
            changes_identity: (of_client && !is_read && !mints) || ends_all || redeems_nonce,
            redeems_nonce,
            ends_sessions: ends_one || ends_all,
            is_of_a_session: !of_client && !below("/v1/waitlist") && !below("/oauth") && !below("/.well-known"),
            session: session.map(Into::into),
            path,
        }
    }

    /// What an answer says of this device.
    fn read(&self, answer: &Response<Bytes>, core: &Core) -> Learned {
        let mut learned = Learned {
            token: token_news(answer.headers()),
            client: None,
            ended: None,
            answered_at: date(answer.headers()),
        };
        let body = answer.body();
        if answer.status().is_success() {
            learned.client = if self.answers_client { client_in::<Asked>(body) } else { client_in::<Beside>(body) };
        } else if let Some(failed) = read::<Failed>(body) {
            let code = failed.errors.iter().find_map(|error| EndReason::of_code(error.code.as_deref()?));
            // Read one by one: what one of them has come to be must not hide the others.
            let named = failed.meta["session_id"].as_str().map(SessionId::from);
            let session = named.or_else(|| self.session.clone());
            let current = || core.snapshot().session().map(|session| session.id.clone());
            let session = session.or_else(|| self.is_of_a_session.then(current).flatten());
            learned.ended = session.zip(code);
            learned.client = types::Client::deserialize(&failed.meta["client"]).ok().map(Arc::new);
        }
        learned
    }

    /// Whether it asks for the state of the device itself: asking once more from within would wait for itself.
    fn is_the_question(&self) -> bool {
        self.is_read && self.path == "/v1/client"
    }

    /// Whether the answer makes it doubtful that what is known of this device is so.
    fn asks_for_truth(&self, answer: &Response<Bytes>, ticket: &Ticket, learned: &Learned) -> bool {
        if self.is_the_question() || answer.status().is_success() || ticket.token.is_none() || learned.client.is_some()
        {
            return false;
        }
        // These say what to do next, not that the device is unknown.
        const OTHERWISE: &[&str] = &["dev_browser_unauthenticated", "requires_captcha", "requires_device_attestation"];
        let codes = codes(answer.body());
        let is_unauthorized = answer.status() == StatusCode::UNAUTHORIZED;
        let is_doubtful = |code: &String| code == "authentication_invalid" || code == "resource_not_found";
        codes.iter().any(is_doubtful)
            || (is_unauthorized && !codes.iter().any(|code| OTHERWISE.contains(&code.as_str())))
    }
}

/// The reasons of a refusal.
pub(super) fn codes(body: &[u8]) -> Vec<String> {
    let failed = read::<Failed>(body);
    failed.map(|failed| failed.errors.into_iter().filter_map(|error| error.code).collect()).unwrap_or_default()
}

/// What the answer's `Authorization` says: nothing, that the device is forgotten, or its new token.
fn token_news(headers: &HeaderMap) -> TokenNews {
    let Some(value) = headers.get(AUTHORIZATION) else { return TokenNews::Kept };
    match value.to_str().map(str::trim) {
        Ok("" | "Bearer") => TokenNews::Cleared,
        Ok(token) => TokenNews::Rotated(Secret::from(token)),
        Err(_) => TokenNews::Kept,
    }
}

/// When an answer was made, by the clock of whoever made it.
pub(super) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let value = headers.get(clerk_core::http::header::DATE)?.to_str().ok()?;
    httpdate::parse_http_date(value).ok().map(Timestamp::from)
}

/// An answer that is the client, with or without the envelope around it.
#[derive(Deserialize)]
struct Asked {
    response: Option<Box<types::Client>>,
    client: Option<Box<types::Client>>,
}

/// An answer with the client beside it.
#[derive(Deserialize)]
struct Beside {
    client: Option<Box<types::Client>>,
}

impl From<Asked> for Option<Box<types::Client>> {
    fn from(asked: Asked) -> Self {
        asked.response.or(asked.client)
    }
}

impl From<Beside> for Option<Box<types::Client>> {
    fn from(beside: Beside) -> Self {
        beside.client
    }
}

#[derive(Deserialize)]
struct Failed {
    #[serde(default)]
    errors: Vec<FailedError>,
    #[serde(default)]
    meta: Json,
}

#[derive(Deserialize)]
struct FailedError {
    code: Option<String>,
}

fn client_in<T>(body: &[u8]) -> Option<Arc<types::Client>>
where
    T: for<'de> Deserialize<'de> + Into<Option<Box<types::Client>>>,
{
    read::<T>(body)?.into().map(Arc::from)
}

/// What does not have the shape says nothing of the device: whoever waits for the answer is told.
///
/// Nor does a list, whose first entry serde would take for the first field: a list of one session for a client without any.
fn read<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Option<T> {
    let is_object = body.trim_ascii_start().first() == Some(&b'{');
    if is_object { serde_json::from_slice(body).ok() } else { None }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
