//! What this SDK says to a case.

use std::{
    collections::BTreeMap,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use clerk_ext::{
    BoxError, BoxFuture, Bytes, Error, PublishableKey, Secret, SecretKey, Transport,
    auth::{Accepts, Auth, Clerk, ClerkBuilder, OrganizationSync, RequestState, TokenType},
    clock::Clock,
    config::JwtKey,
};
use http::{HeaderValue, Request, Response, header, request::Parts};
use serde_json::{Value, json};
use tower_service::Service;

use super::{
    case::{Answers, Case},
    outcome::{Call, Outcome},
};

pub(super) async fn judge(case: &Case) -> Outcome {
    let backend = Backend { answers: Arc::new(case.answers.clone()), calls: Arc::default() };
    let mut outcome = match state(case, Transport::new(backend.clone())).await {
        Ok(state) => outcome(&state),
        Err(error) => Outcome { threw: Some(error.to_string()), ..Outcome::default() },
    };
    outcome.calls = std::mem::take(&mut *backend.calls.lock().unwrap());
    outcome
}

async fn state(case: &Case, transport: Transport) -> Result<RequestState, Error> {
    let clock = Standing(SystemTime::UNIX_EPOCH + Duration::from_millis(case.now));
    let clerk = settings(case)?.clock(Arc::new(clock)).transport(transport).build()?;
    clerk.authenticate(&parts(case)).await
}

fn settings(case: &Case) -> Result<ClerkBuilder, Error> {
    let mut builder = Clerk::builder();
    let list = |value: &Value| match value {
        Value::Array(all) => all.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        one => vec![one.as_str().unwrap().to_owned()],
    };
    for (name, value) in &case.options {
        let text = || value.as_str().unwrap();
        builder = match name.as_str() {
            "publishableKey" => builder.publishable_key(&text().parse::<PublishableKey>()?),
            "secretKey" if text().is_empty() => builder,
            "secretKey" => builder.secret_key(&text().parse::<SecretKey>()?),
            "machineSecretKey" => builder.machine_secret_key(Secret::from(text())),
            "jwtKey" => builder.jwt_key(text().parse::<JwtKey>()?),
            "proxyUrl" => builder.proxy_url(text()),
            "domain" => builder.domain(text()),
            "isSatellite" => builder.is_satellite(value.as_bool().unwrap()),
            "satelliteAutoSync" => builder.satellite_auto_sync(value.as_bool().unwrap()),
            "signInUrl" => builder.sign_in_url(text()),
            "authorizedParties" => builder.authorized_parties(list(value)),
            "audience" => builder.audience(list(value)),
            "issuer" => builder.issuer(list(value)),
            "clockSkewInMs" => builder.clock_skew(Duration::from_millis(value.as_u64().unwrap())),
            "acceptsToken" => builder.accepts(accepts(value)),
            "organizationSyncOptions" => builder.organization_sync(organization_sync(value)?),
            other => panic!("nobody told how the option {other} is called here"),
        };
    }
    Ok(builder)
}

fn accepts(value: &Value) -> Accepts {
    let kind = |value: &Value| match value.as_str().unwrap() {
        "session_token" => TokenType::Session,
        "api_key" => TokenType::ApiKey,
        "m2m_token" => TokenType::M2m,
        "oauth_token" => TokenType::OAuth,
        other => panic!("{other} is no kind of token"),
    };
    match value {
        Value::Array(kinds) => match kinds.as_slice() {
            [one] => [kind(one)].into(),
            [one, two] => [kind(one), kind(two)].into(),
            [one, two, three, four] => [kind(one), kind(two), kind(three), kind(four)].into(),
            _ => panic!("nobody asks for that many"),
        },
        any if any == "any" => Accepts::any(),
        one => kind(one).into(),
    }
}

fn organization_sync(value: &Value) -> Result<OrganizationSync, Error> {
    let patterns = |name: &str| value[name].as_array().cloned().unwrap_or_default();
    let text = |pattern: &Value| pattern.as_str().unwrap().to_owned();
    let mut sync = OrganizationSync::new();
    for pattern in patterns("organizationPatterns") {
        sync = sync.organization(&text(&pattern))?;
    }
    for pattern in patterns("personalAccountPatterns") {
        sync = sync.personal_account(&text(&pattern))?;
    }
    Ok(sync)
}

/// The request as servers see it: of HTTP/1.1 or as HTTP/2 has it, with each cookie alone and without a `Host`.
fn parts(case: &Case) -> Parts {
    let asked = &case.request;
    let unusual = asked.url.len().is_multiple_of(2);
    let mut request = Request::builder().method(asked.method.as_str());
    let (origin, rest) = match asked.url.match_indices('/').nth(2) {
        Some((at, _)) => asked.url.split_at(at),
        None => (asked.url.as_str(), "/"),
    };
    let (scheme, authority) = origin.split_once("://").unwrap();
    let named = asked.header("host") == Some(authority);
    let (of_http_1, of_http_2) = (named && scheme == "http" && !unusual, named && unusual);
    request = if of_http_1 { request.uri(rest) } else { request.uri(&asked.url) };
    for (name, value) in &asked.headers {
        let value = value.trim();
        if name == "host" && of_http_2 {
            continue;
        }
        if name == "cookie" && of_http_2 {
            for cookie in value.split("; ") {
                request = request.header(header::COOKIE, wire(cookie));
            }
        } else {
            request = request.header(name, wire(value));
        }
    }
    request.body(()).unwrap().into_parts().0
}

/// Characters are bytes, as browsers have it.
fn wire(text: &str) -> HeaderValue {
    let bytes: Vec<u8> = text.chars().map(|character| u8::try_from(character).unwrap()).collect();
    HeaderValue::from_bytes(&bytes).unwrap()
}

fn outcome(state: &RequestState) -> Outcome {
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, value) in state.headers() {
        if name != "x-clerk-auth-message" {
            headers.push((name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        }
    }
    headers.sort_by(|(one, _), (other, _)| one.cmp(other));
    Outcome {
        status: state.status().as_str().to_owned(),
        reason: state.reason().map(|reason| reason.as_str().to_owned()),
        token_type: state.token_type().map(|kind| kind.as_str().to_owned()),
        headers,
        auth: state.auth().map(who),
        ..Outcome::default()
    }
}

fn who(auth: &Auth) -> BTreeMap<String, Value> {
    let told = match auth {
        Auth::Session(session) => {
            let claims = session.claims();
            let organization = claims.organization();
            json!({
                "subject": session.user_id().as_str(),
                "id": session.id().map(|id| id.as_str()),
                "sessionStatus": claims.status().map(|status| status.as_str().to_owned()).filter(|status| !status.is_empty()),
                "userId": session.user_id().as_str(),
                "orgId": organization.map(|organization| organization.id().as_str()),
                "orgRole": organization.and_then(|organization| organization.role()),
                "orgSlug": organization.and_then(|organization| organization.slug()),
                "orgPermissions": organization.map(|organization| organization.permissions()),
                "token": session.token().expose(),
            })
        }
        Auth::Machine(machine) => json!({
            "subject": machine.subject(),
            "id": machine.id().unwrap_or_default(),
            "userId": machine.user_id().map(|id| id.as_str()),
            "orgId": machine.organization_id().map(|id| id.as_str()),
            "scopes": machine.scopes(),
            "token": machine.token().expose(),
        }),
        _ => panic!("nobody told what this kind of token says"),
    };
    serde_json::from_value(told).unwrap()
}

/// Clerk, as far as the case says what it answers.
#[derive(Clone)]
struct Backend {
    answers: Arc<Answers>,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Service<Request<Bytes>> for Backend {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let path = request.uri().path();
        let refreshes = path.starts_with("/v1/sessions/") && path.ends_with("/refresh");
        let (name, answer) = match path {
            "/v1/jwks" => ("jwks", &self.answers.jwks),
            _ if refreshes => ("refresh", &self.answers.refresh),
            "/v1/clients/handshake_payload" => ("handshake", &self.answers.handshake),
            "/m2m_tokens/verify" => ("m2m", &self.answers.m2m),
            "/oauth_applications/access_tokens/verify" => ("oauth", &self.answers.oauth),
            "/api_keys/verify" => ("api_key", &self.answers.api_key),
            _ => ("unknown", &None),
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.calls.lock().unwrap().push(Call {
            name: name.to_owned(),
            method: request.method().to_string(),
            path: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
            authorization: request
                .headers()
                .get(header::AUTHORIZATION)
                .map_or(String::new(), |value| text(value.as_bytes())),
            body: text(request.body()),
        });
        let answered = match answer {
            Some(answer) if answer.status != 0 => Ok(Response::builder()
                .status(answer.status)
                .header(header::CONTENT_TYPE, answer.content_type())
                .body(answer.body.clone().into())
                .unwrap()),
            _ => Err(io::Error::from(io::ErrorKind::ConnectionReset).into()),
        };
        Box::pin(std::future::ready(answered))
    }
}

/// A clock that stands still, with waits that are over soon: later than an answer that is there already.
struct Standing(SystemTime);

impl Clock for Standing {
    fn now(&self) -> SystemTime {
        self.0
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        // Waits between attempts are short; what bounds them must not end first.
        if duration > Duration::from_secs(3) { Box::pin(std::future::pending()) } else { Box::pin(Rounds(20)) }
    }
}

/// Over when it was polled so many times.
struct Rounds(u32);

impl Future for Rounds {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(left) = self.0.checked_sub(1) else { return Poll::Ready(()) };
        self.0 = left;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
