//! The pages where somebody signs in or up on behalf of an application: choose who to be, and go back to it.

use std::time::Duration;

use clerk_core::{Bytes, ClientId, Json, JsonMap, SessionId, Timestamp, UserId};

use crate::{
    answer::{Answer, Outcome},
    app::App,
    clock::Later,
    failure::Failure,
    inbound::Inbound,
    model::{user::User, verification::Verification},
    provider::html::{self, escape, hidden},
    rules::{external::redirects, factors, lockout, nonces, sessions, sign_ins, users},
    state::State,
};

const PATH: &str = "/local/hosted-auth";

/// How long the pages of a flow can be used.
const LIFETIME: Duration = Duration::from_secs(600);

/// What an application asked for.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    /// The client of the device, on which somebody is to be signed in.
    pub(crate) client_id: ClientId,
    pub(crate) redirect_url: String,
    pub(crate) code_challenge: String,
    pub(crate) state: String,
    pub(crate) sign_up: bool,
}

/// The page to be opened in a browser. It carries the whole flow, signed, so that nothing has to be kept.
pub(crate) fn url(state: &State, flow: &Flow, now: Timestamp) -> String {
    let mut claims = JsonMap::new();
    let mut set = |name: &str, value: Json| claims.insert(name.to_owned(), value);
    set("client", flow.client_id.as_str().into());
    set("redirect_url", flow.redirect_url.clone().into());
    set("code_challenge", flow.code_challenge.clone().into());
    set("state", flow.state.clone().into());
    set("sign_up", flow.sign_up.into());
    set("exp", now.after(LIFETIME).seconds().into());
    let mut header = JsonMap::new();
    header.insert("cat".to_owned(), "hosted_auth".into());
    let signed = state.signing_key().map(|key| key.sign(&header, &claims)).unwrap_or_default();
    redirects::with_query(&format!("{}{PATH}", state.addresses.frontend), &[("flow", &signed)])
}

fn read(state: &State, signed: &str, now: Timestamp) -> Result<Flow, Failure> {
    let invalid = || {
        Failure::new(400, "malformed_request_parameters", "the sign-in page is outdated")
            .explained("this page was not opened by an application, or too long ago; begin again in the application")
            .param("flow")
    };
    let (header, claims) = state.signing_keys.iter().find_map(|key| key.verify(signed)).ok_or_else(invalid)?;
    let text = |name: &str| claims.get(name).and_then(Json::as_str).map(str::to_owned).ok_or_else(invalid);
    let end = claims.get("exp").and_then(Json::as_i64).unwrap_or(0);
    if header.get("cat").and_then(Json::as_str) != Some("hosted_auth") || end <= now.seconds() {
        return Err(invalid());
    }
    Ok(Flow {
        client_id: ClientId::from(text("client")?),
        redirect_url: text("redirect_url")?,
        code_challenge: text("code_challenge")?,
        state: text("state")?,
        sign_up: claims.get("sign_up").and_then(Json::as_bool).unwrap_or(false),
    })
}

/// The answer to a request for one of these pages; `None` if it is for something else.
pub(crate) fn answer(app: &App, inbound: &Inbound, body: &Bytes, now: Timestamp) -> Option<Outcome> {
    match (inbound.method.as_str(), inbound.path.as_str()) {
        ("GET", PATH) => Some(app.with(|state| page(state, inbound.query("flow").unwrap_or_default(), now))),
        ("POST", PATH) => {
            let form: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
            let given =
                |name: &str| form.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
            let (flow, identifier) = (given("flow"), given("identifier"));
            let back = app.with(|state| chosen(state, flow, identifier, Some(inbound), now));
            Some(back.map(|url| Answer::redirect(url).status(303)))
        }
        _ => None,
    }
}

fn page(state: &State, signed: &str, now: Timestamp) -> Outcome {
    let flow = read(state, signed, now)?;
    let name = escape(&state.settings().application_name);
    let mut body = format!("<p>To go on with {name}. Anyone may be anyone here: this server is for tests.</p>");
    let field = hidden("flow", signed);
    if flow.sign_up {
        body.push_str(&format!(
            "<form method=\"post\" action=\"{PATH}\">{field}\
             <input name=\"identifier\" type=\"email\" placeholder=\"ann@example.com\" required>\
             <button>Sign up</button></form>"
        ));
    }
    let able = state.tables.users.iter().rev().filter(|user| lockout::check(state, user, now).is_ok()).take(100);
    for user in able {
        body.push_str(&format!(
            "<form method=\"post\" action=\"{PATH}\">{field}{}<button>Continue as {}</button></form>",
            hidden("identifier", user.id.as_str()),
            escape(&user.identifier()),
        ));
    }
    if !flow.sign_up && state.tables.users.is_empty() {
        body.push_str(
            "<p>There is nobody yet: start this server with <code>--seed FILE</code>, or send people to \
             <code>POST /local/seed</code>, and load this page again.</p>",
        );
    }
    Ok(html::page(if flow.sign_up { "Sign up" } else { "Sign in" }, &body))
}

/// Signs in whoever was chosen, by id or identifier, and gives the URL that leads back to the application.
///
/// # Errors
///
/// The flow is none of this server's, or the user may not sign in.
pub(crate) fn chosen(
    state: &mut State,
    signed: &str,
    identifier: &str,
    inbound: Option<&Inbound>,
    now: Timestamp,
) -> Result<String, Failure> {
    let flow = read(state, signed, now)?;
    let known = state.tables.users.get(identifier).or_else(|| users::by_identifier(state, identifier));
    let user_id = match known {
        Some(user) => {
            lockout::check(state, user, now)?;
            user.id.clone()
        }
        None if flow.sign_up => sign_up(state, identifier, now)?,
        None => return Err(Failure::not_found("user", identifier)),
    };
    let session = session(state, &flow.client_id, &user_id, inbound, now);
    let nonce = nonces::issue(state, &flow.client_id, Some(flow.code_challenge), now);
    let nonce = nonce.ok_or_else(|| Failure::not_found("client", flow.client_id.as_str()))?;
    let pairs =
        [("state", flow.state.as_str()), ("rotating_token_nonce", &nonce), ("created_session_id", session.as_str())];
    Ok(redirects::with_query(&flow.redirect_url, &pairs))
}

fn sign_up(state: &mut State, address: &str, now: Timestamp) -> Result<UserId, Failure> {
    let address = users::email(address, "identifier")?;
    let mut user = User::new(UserId::from(State::id("user", now)), now);
    user.email_addresses.push(users::new_email(&address, Some(Verification::verified("email_code", now)), now));
    Ok(users::insert(state, user, now))
}

fn session(
    state: &mut State,
    client: &ClientId,
    user_id: &UserId,
    inbound: Option<&Inbound>,
    now: Timestamp,
) -> SessionId {
    if let Some(open) = sign_ins::session_of(state, client, user_id, now) {
        return open;
    }
    let second_factor = state.tables.users.get(user_id).is_some_and(|user| !factors::second(state, user).is_empty());
    let opening = sessions::Opening { second_factor, ..sessions::Opening::default() };
    sessions::create(state, client, user_id, opening, inbound, now)
}
