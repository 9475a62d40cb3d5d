//! Checking session tokens: the signature alone, tokens never seen, tokens seen before.

use std::{
    future::Future,
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, anyhow};
use aws_lc_rs::{
    encoding::AsDer as _,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use clerk_ext::{auth::Clerk, config::JwtKey};
use serde::Deserialize;

use super::Options;

/// How many times as long as the signature alone a token may take that was never seen.
const NEW: f64 = 1.3;
/// How long a token may take that was seen before.
const SEEN: Duration = Duration::from_micros(1);

pub(super) struct Signed {
    pub(super) tokens: Vec<String>,
    public: Vec<u8>,
    pub(super) pem: String,
}

/// Measures all of it in turns, and prints it beside the targets.
pub(super) fn run(options: &Options) -> Result<()> {
    let signed = sign(options.tokens.max(1))?;
    let raw = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &signed.public)
        .map_err(|_| anyhow!("the public key cannot be parsed"))?;
    let split = signed.tokens.iter().map(|token| split(token)).collect::<Result<Vec<_>>>()?;
    let key: JwtKey = signed.pem.parse()?;
    let peer = jsonwebtoken::DecodingKey::from_rsa_pem(signed.pem.as_bytes())?;
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.leeway = 5;
    validation.validate_nbf = true;
    validation.set_required_spec_claims(&["exp", "sub"]);

    let (mut signatures, mut new, mut seen, mut read, mut peers) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..options.rounds.max(1) {
        signatures.push(each(&split, |(message, signature)| {
            raw.verify_sig(message, signature).map_err(|_| anyhow!("the signature is refused"))
        })?);
        // A new one knows no token.
        let clerk = Clerk::builder().jwt_key(key.clone()).build()?;
        let check =
            |token: &String| at_once(clerk.verify_token(token)).context("a key was not at hand")?.map_err(Into::into);
        new.push(each(&signed.tokens, check)?);
        seen.push(each(&signed.tokens, check)?);
        let clerk = Clerk::builder().jwt_key(key.clone()).build()?;
        read.push(each(&signed.tokens, |token| {
            let session = at_once(clerk.verify_token(token)).context("a key was not at hand")??;
            let organization = session.claims().organization().context("an organization")?;
            Ok(organization.permissions().len())
        })?);
        peers.push(each(&signed.tokens, |token| {
            jsonwebtoken::decode::<Peer>(token, &peer, &validation).map_err(Into::into)
        })?);
    }
    println!("{:<38} {:>10} {:>10} {:>10}   target", "CPU µs a token", "min", "median", "max");
    let signature = figure("  the signature alone (aws-lc-rs)", &mut signatures);
    let new = figure("  never seen", &mut new);
    figure("  never seen, and its permissions read", &mut read);
    figure("  seen before", &mut seen);
    figure("  jsonwebtoken, for comparison", &mut peers);
    println!("{:<38} {:>21.2}              ≤ {NEW}", "  never seen against the signature", new / signature);
    println!("{:<38} {:>32}   ≤ {:.2}", "  seen before, median", "", SEEN.as_secs_f64() * 1e6);
    Ok(())
}

/// What the peer reads of a token.
#[derive(Deserialize)]
struct Peer {
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
    let header = BASE64URL.encode(r#"{"alg":"RS256","cat":"cl_B7d4PD111AAA","kid":"ins_test","typ":"JWT"}"#);
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

fn split(token: &str) -> Result<(&[u8], Vec<u8>)> {
    let (message, signature) = token.rsplit_once('.').context("a token without a dot")?;
    Ok((message.as_bytes(), BASE64URL.decode(signature)?))
}

/// What one takes in µs of work, on average.
pub(super) fn each<I, T>(items: &[I], check: impl Fn(&I) -> Result<T>) -> Result<f64> {
    let began = worked();
    for item in items {
        black_box(check(black_box(item))?);
    }
    Ok(worked().saturating_sub(began).as_secs_f64() * 1e6 / items.len() as f64)
}

pub(super) fn figure(name: &str, samples: &mut [f64]) -> f64 {
    samples.sort_by(f64::total_cmp);
    let at = |index: usize| samples.get(index).copied().unwrap_or_default();
    let median = at(samples.len() / 2);
    println!("{name:<38} {:>10.2} {median:>10.2} {:>10.2}", at(0), at(samples.len().saturating_sub(1)));
    median
}

/// What a future gives that is ready at once, as one is whose keys are at hand.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// How long this thread has worked: other programs on the machine are not in it.
pub(super) fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}
