//! What Clerk answers to the questions of a check.

use std::time::{Duration, SystemTime};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use clerk_core::http::{
    HeaderMap, Method,
    header::{AGE, DATE},
};
use clerk_core::{Encoding, Endpoint, Error, ErrorCode, ErrorKind, Json, Operation};
use futures_util::future::{Either, select};
use url::Url;

use super::health::KeyState;
use crate::{
    auth::{Clerk, instance_urls::InstanceUrls, verify::millis},
    clock::Clock,
    transport::{Network, default_transport, defaults},
};

/// How long each of the two rounds of questions may take, attempts and waits included.
const LIMIT: Duration = Duration::from_secs(5);

/// A document that is larger is no key set.
const LARGEST: usize = 1 << 20;

static BACKEND_KEYS: Operation = Operation::new(Method::GET, "GetJWKS", "/v1/jwks", Encoding::None);
static FRONTEND_KEYS: Operation = Operation::new(Method::GET, "getJWKS", "/.well-known/jwks.json", Encoding::None);
static VERIFY_M2M_TOKEN: Operation =
    Operation::new(Method::POST, "verifyM2MToken", "/m2m_tokens/verify", Encoding::Json).idempotent();

/// A token that nobody has: the answer to it is about the key alone.
const NOBODYS_TOKEN: &str = "mt_00000000000000000000000000000000";

const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A key set as it came.
pub(super) struct Keys {
    pub(super) keys: Vec<Key>,
    pub(super) clock_ahead_millis: Option<i64>,
}

/// A key of a set: its id and its modulus, which no two keys share.
#[derive(PartialEq)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) modulus: Vec<u8>,
}

impl Keys {
    /// Whether two sets have a key in common, as those of one instance have.
    pub(super) fn share_one_with(&self, others: &Self) -> bool {
        self.keys.iter().any(|key| others.keys.contains(key))
    }
}

impl Clerk {
    /// The key set that belongs to the secret key.
    pub(super) async fn backend_keys(&self) -> Option<Result<Keys, Error>> {
        let backend = self.inner().backend.as_ref()?;
        Some(self.keys_at(backend, &BACKEND_KEYS).await)
    }

    /// The key set that belongs to the publishable key. The secret key is not sent there.
    pub(super) async fn frontend_keys(&self) -> Option<Result<Keys, Error>> {
        let settings = &self.inner().settings;
        let key = settings.publishable_key.as_ref()?;
        // A path is of the origin of each request, and here is none.
        let is_path = settings.proxy_url.as_ref().is_some_and(|url| url.starts_with('/'));
        let nowhere = Url::parse("https://localhost").ok().filter(|_| !is_path);
        let url = match (InstanceUrls::of(settings), nowhere) {
            (Some(urls), Some(nowhere)) => urls.frontend_api(&nowhere),
            _ => key.frontend_url(),
        };
        Some(match self.public_endpoint(&url) {
            Ok(endpoint) => self.keys_at(&endpoint, &FRONTEND_KEYS).await,
            Err(error) => Err(error),
        })
    }

    fn public_endpoint(&self, url: &str) -> Result<Endpoint, Error> {
        let transport = match &self.inner().network {
            Some(network) => network.clone(),
            None => {
                let carrier = default_transport(defaults::CONNECT_TIMEOUT)?;
                Network::new(carrier).clock(self.inner().clock.clone()).layered()
            }
        };
        Endpoint::builder(url).transport(transport).build()
    }

    /// Whether the key of this machine is taken.
    pub(super) async fn machine_key_state(&self) -> KeyState {
        let Some(endpoint) = &self.inner().machine_backend else { return KeyState::Absent };
        let mut call = endpoint.call(&VERIFY_M2M_TOKEN);
        call.field("token", NOBODYS_TOKEN);
        match within(&*self.inner().clock, call.send_empty()).await {
            Ok(_) => KeyState::Accepted,
            Err(error) => match error.status().map(|status| status.as_u16()) {
                Some(401) => KeyState::Refused,
                // It looked for the token.
                Some(404 | 410 | 422) => KeyState::Accepted,
                _ => KeyState::Unknown,
            },
        }
    }

    async fn keys_at(&self, endpoint: &Endpoint, operation: &'static Operation) -> Result<Keys, Error> {
        let began = self.now();
        let answer = within(&*self.inner().clock, endpoint.call(operation).send_bytes()).await?;
        let clock_ahead_millis = clock_ahead(began, self.now(), answer.headers());
        let none = || Error::new(ErrorKind::Decode, "what came is no set of keys").with_operation(operation.id());
        if answer.value().len() > LARGEST {
            return Err(none());
        }
        let document: Json = serde_json::from_slice(answer.value()).map_err(|_| none())?;
        let keys: Vec<_> =
            document.get("keys").and_then(Json::as_array).into_iter().flatten().filter_map(key).collect();
        if keys.is_empty() { Err(none()) } else { Ok(Keys { keys, clock_ahead_millis }) }
    }
}

fn key(key: &Json) -> Option<Key> {
    let text = |name: &str| key.get(name).and_then(Json::as_str);
    let modulus = BASE64URL.decode(text("n")?).ok()?;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    Some(Key { id: text("kid")?.to_owned(), modulus: modulus.get(zeros..)?.to_vec() })
}

/// Whether an error says that a key is not taken.
pub(super) fn is_refusal(error: &Error) -> bool {
    error.has_code(ErrorCode::CLERK_KEY_INVALID) || error.kind() == ErrorKind::Unauthorized
}

pub(super) async fn within<T>(clock: &dyn Clock, future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match select(Box::pin(future), clock.sleep(LIMIT)).await {
        Either::Left((output, _)) => output,
        Either::Right(_) => Err(Error::new(ErrorKind::Timeout, "there was no answer within five seconds")),
    }
}

/// By how much the clock of this machine is ahead at the least. What something in between has kept does not count.
fn clock_ahead(began: SystemTime, ended: SystemTime, headers: &HeaderMap) -> Option<i64> {
    if headers.contains_key(AGE) {
        return None;
    }
    let answered_at = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    let since = |moment: SystemTime| millis(moment).saturating_sub(millis(answered_at));
    // The answer was made at some moment of that second.
    let (least, most) = (since(began).saturating_sub(1000), since(ended));
    Some(if least > 0 { least } else { most.min(0) })
}
