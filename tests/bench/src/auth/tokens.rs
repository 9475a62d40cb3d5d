//! Checking session tokens and the requests that carry them: never seen, and seen before.

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, anyhow, ensure};
use aws_lc_rs::{
    encoding::AsDer as _,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair},
};
use axum::extract::Request;
use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use clerk_ext::{
    auth::{Clerk, RequestState, Session},
    config::JwtKey,
    http::{self, request::Parts},
};
use clerk_rs::validators::{
    authorizer::{ClerkAuthorizer, validate_jwt},
    axum::AxumClerkRequest,
    jwks::JwksProvider as _,
};
use serde::Deserialize;

use super::{
    CPU,
    node::{self, Node},
    server,
};
use crate::{
    clock::each,
    figure::{Figure, Unit::Microseconds},
    turns::{in_turns, turn},
};

pub(super) const PUBLISHABLE_KEY: &str = "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k";

/// The key of the signatures, as the tokens name it.
const KEY_ID: &str = "ins_test";

const SIGNATURE: &str = "the bare signature by aws-lc-rs";

pub(super) struct Signed {
    pub(super) tokens: Vec<String>,
    public: Vec<u8>,
    pub(super) pem: String,
}

/// Measures everybody.
pub(super) fn measure(rounds: usize, signed: &Signed, node: Option<&Node>) -> Result<Vec<Figure>> {
    let raw = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &signed.public)
        .map_err(|_| anyhow!("the public key cannot be parsed"))?;
    let split = signed.tokens.iter().map(|token| split(token)).collect::<Result<Vec<_>>>()?;
    let key: JwtKey = signed.pem.parse()?;
    let jsonwebtoken_key = jsonwebtoken::DecodingKey::from_rsa_pem(signed.pem.as_bytes())?;
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.leeway = 5;
    validation.validate_nbf = true;
    validation.set_required_spec_claims(&["exp", "sub"]);

    let (_keys, provider) = server::with_keys(signed)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // From now on it has the keys at hand, as ours has.
    runtime.block_on(provider.get_key(KEY_ID)).map_err(|error| anyhow!("clerk-rs finds no key: {error:?}"))?;
    let clerk_rs = ClerkAuthorizer::new(provider, true);
    let requests = signed.tokens.iter().map(|token| request(token)).collect::<Result<Vec<_>>>()?;
    let of_axum: Vec<_> = requests.iter().map(|parts| Request::from_parts(parts.clone(), "".into())).collect();

    let knows_nothing = || Clerk::builder().jwt_key(key.clone()).build();
    // They come to know everything in the round that warms up.
    let (knows_tokens, knows_requests) = (knows_nothing()?, takes_requests(&key)?);
    let turns = [
        turn(|| {
            each(&split, |(message, signature)| {
                raw.verify_sig(message, signature).map_err(|_| anyhow!("the signature is refused"))
            })
        }),
        turn(|| {
            let clerk = knows_nothing()?;
            each(&signed.tokens, |token| verify(&clerk, token))
        }),
        turn(|| each(&signed.tokens, |token| verify(&knows_tokens, token))),
        turn(|| {
            let clerk = knows_nothing()?;
            each(&signed.tokens, |token| {
                let session = verify(&clerk, token)?;
                let organization = session.claims().organization().context("an organization")?;
                Ok(organization.permissions().len())
            })
        }),
        turn(|| {
            each(&signed.tokens, |token| {
                jsonwebtoken::decode::<Claims>(token, &jsonwebtoken_key, &validation).map_err(Into::into)
            })
        }),
        turn(|| {
            each(&signed.tokens, |token| {
                let provider: &Arc<_> = clerk_rs.jwks_provider();
                at_once(validate_jwt(token, provider.clone()))?.map_err(Into::into)
            })
        }),
        turn(|| {
            let clerk = takes_requests(&key)?;
            each(&requests, |request| authenticate(&clerk, request))
        }),
        turn(|| each(&requests, |request| authenticate(&knows_requests, request))),
        turn(|| {
            each(&of_axum, |request| {
                let request = AxumClerkRequest::from_axum_request(request);
                at_once(clerk_rs.authorize(&request))?.map_err(Into::into)
            })
        }),
        Node::turn(node, "verifyToken"),
        Node::turn(node, "authenticateRequest"),
    ];
    let [
        signatures,
        new,
        seen,
        read,
        jsonwebtoken,
        clerk_rs_tokens,
        new_requests,
        seen_requests,
        clerk_rs_requests,
        node_tokens,
        node_requests,
    ] = in_turns(rounds, 1, turns)?;
    let new = Figure::new("auth.token", "a session token never seen before", Microseconds, "clerk-ext", &new)
        .beside(SIGNATURE, &signatures)
        .beside("clerk-ext, and its permissions read", &read)
        .peer("jsonwebtoken", &jsonwebtoken)
        .peer("clerk-rs", &clerk_rs_tokens)
        .at_most_times(1.3, SIGNATURE)
        .note(CPU);
    let seen = Figure::new("auth.token.seen", "a session token seen before", Microseconds, "clerk-ext", &seen)
        .peer("jsonwebtoken", &jsonwebtoken)
        .peer("clerk-rs", &clerk_rs_tokens)
        .at_most(1.0)
        .note("CPU time; the peers keep no tokens, and check it as any other");
    let whole = Figure::new(
        "auth.request",
        "a whole request with a session token never seen before",
        Microseconds,
        "clerk-ext",
        &new_requests,
    )
    .peer("clerk-rs", &clerk_rs_requests)
    .note(CPU);
    let known = Figure::new(
        "auth.request.seen",
        "a whole request with a session token seen before",
        Microseconds,
        "clerk-ext",
        &seen_requests,
    )
    .peer("clerk-rs", &clerk_rs_requests)
    .note(CPU);
    Ok(vec![
        node::beside(new, &node_tokens),
        node::beside(seen, &node_tokens),
        node::beside(whole, &node_requests),
        node::beside(known, &node_requests),
    ])
}

fn verify(clerk: &Clerk, token: &str) -> Result<Session> {
    Ok(at_once(clerk.verify_token(token))??)
}

fn authenticate(clerk: &Clerk, request: &Parts) -> Result<RequestState> {
    let state = at_once(clerk.authenticate(request))??;
    ensure!(state.session().is_some(), "a request is not signed in");
    Ok(state)
}

/// What `jsonwebtoken` reads of a token.
#[derive(Deserialize)]
struct Claims {
    #[serde(rename = "sub")]
    _subject: String,
    #[serde(rename = "sid")]
    _session: String,
}

/// Session tokens as they are today, each another one.
pub(super) fn sign(tokens: usize) -> Result<Signed> {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| anyhow!("no key"))?;
    let public = key.public_key().as_der().map_err(|_| anyhow!("no public key"))?;
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
        BASE64_STANDARD.encode::<&[u8]>(public.as_ref())
    );
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let header = serde_json::json!({ "alg": "RS256", "cat": "cl_B7d4PD111AAA", "kid": KEY_ID, "typ": "JWT" });
    let header = BASE64URL.encode(header.to_string());
    let tokens = (0..tokens)
        .map(|number| {
            let claims = serde_json::json!({
                "azp": "https://app.example.com", "exp": now + 3600, "fva": [2, -1], "iat": now, "nbf": now - 10,
                "iss": "https://clerk.example.com", "jti": format!("{number:020}"), "pla": "o:pro", "fea": "o:exports,o:teams",
                "o": {"fpm": "1,3", "id": "org_2test0000000000000000000", "per": "read,manage", "rol": "admin", "slg": "acme"},
                "sid": "sess_2test0000000000000000000", "sts": "active", "sub": "user_2test0000000000000000000", "v": 2,
            });
            let message = format!("{header}.{}", BASE64URL.encode(claims.to_string()));
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
                .map_err(|_| anyhow!("no signature"))?;
            Ok(format!("{message}.{}", BASE64URL.encode(signature)))
        })
        .collect::<Result<_>>()?;
    Ok(Signed { tokens, public: public.as_ref().to_vec(), pem })
}

impl Signed {
    /// The key as Clerk publishes it.
    pub(super) fn key_set(&self) -> Result<serde_json::Value> {
        // In such a key the modulus stands before the exponent 65537, and that is the end.
        let (rest, exponent) = self.public.split_last_chunk::<5>().context("no public key")?;
        ensure!(*exponent == [2, 3, 1, 0, 1], "the exponent of the key is another one");
        let modulus = rest.last_chunk::<256>().context("the key is too short")?;
        Ok(serde_json::json!({ "keys": [{
            "use": "sig", "kty": "RSA", "alg": "RS256", "kid": KEY_ID, "n": BASE64URL.encode(modulus), "e": "AQAB",
        }] }))
    }
}

/// One that knows no token, and takes requests.
pub(super) fn takes_requests(key: &JwtKey) -> Result<Clerk> {
    Ok(Clerk::builder().publishable_key(&PUBLISHABLE_KEY.parse()?).jwt_key(key.clone()).build()?)
}

fn split(token: &str) -> Result<(&[u8], Vec<u8>)> {
    let (message, signature) = token.rsplit_once('.').context("a token without a dot")?;
    Ok((message.as_bytes(), BASE64URL.decode(signature)?))
}

fn request(token: &str) -> Result<Parts> {
    let request = http::Request::get("https://app.example.com/me")
        .header("accept", "application/json")
        .header("authorization", format!("Bearer {token}"));
    Ok(request.body(())?.into_parts().0)
}

/// What a future gives that is ready at once, as one is whose keys are at hand.
fn at_once<T>(future: impl Future<Output = T>) -> Result<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err(anyhow!("a key was not at hand")),
    }
}
