//! What programs in other languages steer this one by: `/local/…` on the port of the Frontend API.
//!
//! `CONTROL.md` is its description.

use std::time::Duration;

use clerk_core::{Bytes, Json, JsonMap, Timestamp};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use crate::{
    answer::{Answer, Outcome},
    app::App,
    failure::Failure,
    faults::{Fault, FaultId},
    inbound::Inbound,
    inbox, input,
    local::shortcuts,
    model::message::recipient_key,
    rules::images,
    seed::Seed,
    settings::Settings,
    webhooks::{self, LoggedEvent, WebhookDelivery, WebhookEndpoint},
};

/// The longest that a request for a message may wait for one.
const LONGEST_WAIT: f64 = 60.0;

/// The answer to a request that steers; `None` if it is for something else.
pub(crate) async fn answer(app: &App, inbound: &Inbound, body: &Bytes, now: Timestamp) -> Option<Outcome> {
    let path = inbound.path.strip_prefix("/local/")?;
    if is_foreign(app, inbound) {
        return Some(Err(Failure::forbidden().explained("pages of other origins do not steer a local Clerk")));
    }
    let segments: Vec<&str> = path.split('/').collect();
    let method = inbound.method.as_str();
    Some(match (method, segments.as_slice()) {
        ("GET" | "HEAD", ["images", id]) => image(app, id),
        ("GET", ["keys"]) => Ok(keys(app)),
        ("GET", ["clock"]) => Ok(clock(app)),
        ("POST", ["clock"]) => set_clock(app, body),
        ("GET", ["inbox"]) => messages(app, inbound).await,
        ("DELETE", ["inbox"]) => {
            app.with(|state| state.tables.messages.remove_where(|_| true));
            Ok(Answer::empty())
        }
        ("GET", ["faults"]) => Ok(Answer::json(&json!({"faults": app.faults.list()}))),
        ("POST", ["faults"]) => read::<Fault>(body).map(|it| json!({"id": app.faults.add(it)}).into()),
        ("DELETE", ["faults"]) => {
            app.faults.clear();
            Ok(Answer::empty())
        }
        ("DELETE", ["faults", id]) => {
            let known = id.parse().ok().and_then(|number: u64| serde_json::from_value(number.into()).ok());
            found(known.is_some_and(|id: FaultId| app.faults.remove(id)), "fault", id)
        }
        ("GET", ["events"]) => Ok(events(app, inbound)),
        ("POST", ["events"]) => tell(app, body, now),
        ("GET", ["webhooks"]) => Ok(Answer::json(&json!({"endpoints": app.read(WebhookEndpoint::all)}))),
        ("POST", ["webhooks"]) => add_endpoint(app, body, now),
        ("DELETE", ["webhooks", id]) => found(app.with(|state| webhooks::remove(state, id)), "endpoint", id),
        ("POST", ["webhooks", id, "disable"]) => {
            found(app.with(|state| webhooks::set_disabled(state, id, true)), "endpoint", id)
        }
        ("POST", ["webhooks", id, "enable"]) => {
            found(app.with(|state| webhooks::set_disabled(state, id, false)), "endpoint", id)
        }
        ("GET", ["deliveries"]) => Ok(Answer::json(&json!({"deliveries": app.read(WebhookDelivery::all)}))),
        ("POST", ["deliveries", "resend"]) => resend(app, body, now),
        ("GET", ["settings"]) => Ok(app.read(|state| Answer::json(state.settings()))),
        ("PATCH", ["settings"]) => set_settings(app, body),
        ("POST", ["seed"]) => {
            read::<Seed>(body).and_then(|seed| done(app.with(|state| seed.apply(state, now)), "request_body_invalid"))
        }
        ("POST", ["sign_in"]) => sign_in(app, body, now),
        ("GET", ["totp"]) => {
            let user = inbound.query("user").unwrap_or_default();
            let code = app.read(|state| shortcuts::totp_code(state, user, now));
            code.map(|code| json!({"code": code}).into())
                .ok_or_else(|| Failure::not_found("authenticator app of", user))
        }
        ("POST", ["reset"]) => done(app.reset(), "request_body_invalid"),
        _ => Err(Failure::new(404, "resource_not_found", "not found")
            .explained("nothing steers here with this method; CONTROL.md lists what does")),
    })
}

/// Whether a page of another origin sends it, which browsers tell; such a page has no business here.
///
/// Reading is left to the browser, which keeps the answer from pages that it is not meant for.
fn is_foreign(app: &App, inbound: &Inbound) -> bool {
    let changes = !matches!(inbound.method.as_str(), "GET" | "HEAD");
    changes && inbound.header("origin").is_some_and(|origin| app.read(|state| origin != state.addresses.frontend))
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Failure> {
    let invalid = |why: String| Failure::new(400, "request_body_invalid", "invalid request body").explained(why);
    if serde_json::from_slice(body).is_ok_and(|json| input::is_too_deep(&json)) {
        return Err(invalid("the JSON is nested too deeply".to_owned()));
    }
    serde_json::from_slice(body).map_err(|error| invalid(error.to_string()))
}

fn found(found: bool, what: &str, id: &str) -> Outcome {
    if found { Ok(Answer::empty()) } else { Err(Failure::not_found(what, id)) }
}

fn done(outcome: Result<(), String>, code: &str) -> Outcome {
    outcome.map(|()| Answer::empty()).map_err(|why| Failure::new(400, code, "not done").explained(why))
}

/// Who is to be signed in, and in which organization.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Who {
    user: String,
    organization: Option<String>,
}

fn sign_in(app: &App, body: &Bytes, now: Timestamp) -> Outcome {
    let who: Who = read(body)?;
    let signed_in = app.with(|state| shortcuts::sign_in(state, &who.user, who.organization.as_deref(), now));
    let signed_in = signed_in.ok_or_else(|| Failure::not_found("user, or membership of", &who.user))?;
    Ok(Answer::json(&json!({
        "client_token": signed_in.client_token.expose(),
        "session_id": signed_in.session_id,
        "session_token": signed_in.session_token.expose(),
    })))
}

fn image(app: &App, id: &str) -> Outcome {
    let answer = app.read(|state| images::answer(state, id)).ok_or_else(|| Failure::not_found("image", id))?;
    Ok(answer
        .header("x-content-type-options", "nosniff")
        .header("content-security-policy", "default-src 'none'; sandbox")
        .header("access-control-allow-origin", "*"))
}

fn keys(app: &App) -> Answer {
    app.read(|state| {
        json!({
            "publishable_key": state.keys.publishable,
            "secret_key": state.keys.secret,
            "instance_id": state.keys.instance_id,
            "frontend_url": state.addresses.frontend,
            "backend_url": state.addresses.backend,
            "jwt_key": state.signing_key().map(|key| key.public_pem()),
        })
        .into()
    })
}

fn clock(app: &App) -> Answer {
    json!({"now": app.clock.now(), "frozen": app.clock.is_frozen()}).into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    /// Milliseconds since 1970.
    now: Option<i64>,
    /// Seconds, ahead or back.
    advance: Option<f64>,
    frozen: Option<bool>,
}

fn set_clock(app: &App, body: &Bytes) -> Outcome {
    let setting: Setting = read(body)?;
    let seconds = setting.advance.unwrap_or_default();
    let shift = Duration::try_from_secs_f64(seconds.abs()).map_err(|_| Failure::value("advance"))?;
    match setting.frozen {
        Some(true) => app.clock.freeze(),
        Some(false) => app.clock.resume(),
        None => {}
    }
    if let Some(now) = setting.now {
        app.clock.set(Timestamp::from_millis(now));
    }
    if seconds < 0.0 {
        app.clock.rewind(shift);
    } else {
        app.clock.advance(shift);
    }
    Ok(clock(app))
}

async fn messages(app: &App, inbound: &Inbound) -> Outcome {
    let to = inbound.query("to");
    if let Some(wait) = inbound.query("wait") {
        let to = to.ok_or_else(|| Failure::missing("to"))?;
        let wait = wait.parse().ok().filter(|wait: &f64| wait.is_finite()).ok_or_else(|| Failure::value("wait"))?;
        inbox::wait_for(app, to, Duration::from_secs_f64(wait.clamp(0.0, LONGEST_WAIT))).await;
    }
    Ok(app.read(|state| {
        let messages = &state.tables.messages;
        let messages: Vec<_> = match to {
            Some(to) => messages.find(&recipient_key(to)).collect(),
            None => messages.iter().collect(),
        };
        Answer::json(&json!({"messages": messages}))
    }))
}

fn events(app: &App, inbound: &Inbound) -> Answer {
    let mut events = app.read(LoggedEvent::all);
    if let Some(kind) = inbound.query("type") {
        events.retain(|event| event.kind == kind);
    }
    Answer::json(&json!({"events": events}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    r#type: String,
    data: Json,
}

fn tell(app: &App, body: &Bytes, now: Timestamp) -> Outcome {
    let told: Told = read(body)?;
    app.with(|state| webhooks::emit(state, &told.r#type, told.data, now));
    Ok(Answer::empty())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewEndpoint {
    url: String,
    secret: Option<String>,
    #[serde(default)]
    events: Vec<String>,
}

fn add_endpoint(app: &App, body: &Bytes, now: Timestamp) -> Outcome {
    let NewEndpoint { url, secret, events } = read(body)?;
    let added = app.with(|state| webhooks::add(state, url, secret, events, now));
    let invalid = |why: String| Failure::new(400, "request_body_invalid", "invalid request body").explained(why);
    added.map(|endpoint| Answer::json(&endpoint)).map_err(invalid)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resend {
    message_id: Option<String>,
    since: Option<i64>,
    until: Option<i64>,
}

fn resend(app: &App, body: &Bytes, now: Timestamp) -> Outcome {
    let asked: Resend = read(body)?;
    let sent = app.with(|state| match &asked.message_id {
        Some(id) => webhooks::resend(state, id, now),
        None => {
            let since = Timestamp::from_millis(asked.since.unwrap_or(i64::MIN));
            let until = Timestamp::from_millis(asked.until.unwrap_or(i64::MAX));
            webhooks::resend_failed(state, since..=until, now)
        }
    });
    Ok(json!({"deliveries": sent}).into())
}

fn set_settings(app: &App, body: &Bytes) -> Outcome {
    let patch: JsonMap = read(body)?;
    app.with(|state| {
        let mut settings = serde_json::to_value(state.settings()).unwrap_or(Json::Null);
        merge(&mut settings, Json::Object(patch));
        let settings: Settings = serde_json::from_value(settings).map_err(|error| {
            Failure::new(400, "request_body_invalid", "invalid settings").explained(error.to_string())
        })?;
        *state.settings_mut() = settings;
        Ok(Answer::json(state.settings()))
    })
}

/// A merge patch: objects merge, `null` takes out, all else replaces.
fn merge(into: &mut Json, patch: Json) {
    match (into, patch) {
        (Json::Object(into), Json::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    into.remove(&key);
                } else {
                    merge(into.entry(key).or_insert(Json::Null), value);
                }
            }
        }
        (into, patch) => *into = patch,
    }
}
