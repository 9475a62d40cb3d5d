use std::borrow::Cow;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_core::PublishableKey;

pub(crate) const SESSION: &str = "__session";
pub(crate) const REFRESH: &str = "__refresh";
pub(crate) const CLIENT_UAT: &str = "__client_uat";
pub(crate) const DEV_BROWSER: &str = "__clerk_db_jwt";
/// Never suffixed, as the two after it.
pub(crate) const HANDSHAKE: &str = "__clerk_handshake";
pub(crate) const HANDSHAKE_NONCE: &str = "__clerk_handshake_nonce";
pub(crate) const REDIRECT_COUNT: &str = "__clerk_redirect_count";

/// Letters of the digest that make a suffix.
const SUFFIX_LENGTH: usize = 8;

/// What sets the cookies of an instance apart from those of another one under the same domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CookieSuffix(String);

impl CookieSuffix {
    pub(crate) fn of(key: &PublishableKey) -> Self {
        let mut suffix = URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, key.as_str().as_bytes()));
        suffix.truncate(SUFFIX_LENGTH);
        Self(suffix)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The cookie's name in this instance.
    pub(crate) fn name(&self, cookie: &str) -> String {
        format!("{cookie}_{}", self.0)
    }
}

/// The value of the first cookie of this name in a `Cookie` header.
///
/// The header is cut at its semicolons before anything is decoded: the other way round, an encoded semicolon in a value
/// that somebody else chose would forge a cookie.
pub(crate) fn find<'h>(header: &'h str, name: &str) -> Option<Cow<'h, str>> {
    header.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (blankless(key) == name).then(|| decode(blankless(value)))
    })
}

fn blankless(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// A value without its percent-encoding; one that is encoded badly is left as it is.
fn decode(value: &str) -> Cow<'_, str> {
    if !value.contains('%') {
        return Cow::Borrowed(value);
    }
    unescape(value).map_or(Cow::Borrowed(value), Cow::Owned)
}

fn unescape(value: &str) -> Option<String> {
    let mut decoded = String::with_capacity(value.len());
    let mut escaped = Vec::new();
    let mut rest = value;
    while let Some(start) = rest.find('%') {
        let (plain, mut escapes) = rest.split_at(start);
        decoded.push_str(plain);
        escaped.clear();
        // A run is one text: a character may not be half escaped.
        while let Some(after) = escapes.strip_prefix('%') {
            let digits = after.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
            escaped.push(u8::from_str_radix(digits, 16).ok()?);
            escapes = after.get(2..)?;
        }
        decoded.push_str(std::str::from_utf8(&escaped).ok()?);
        rest = escapes;
    }
    decoded.push_str(rest);
    Some(decoded)
}

/// The name in a `Set-Cookie` header.
pub(crate) fn name_set(directive: &str) -> &str {
    split_set(directive).0
}

/// The value in a `Set-Cookie` header: tokens have no `=` in them, so it ends there.
pub(crate) fn value_set(directive: &str) -> Option<&str> {
    split_set(directive).1
}

fn split_set(directive: &str) -> (&str, Option<&str>) {
    let mut pieces = directive.split(';').next().unwrap_or_default().split('=');
    (pieces.next().unwrap_or_default(), pieces.next())
}

/// The session token among the cookies that Clerk sets: the last one, with or without a suffix. It may be empty.
pub(crate) fn session_token_set<'d>(directives: impl IntoIterator<Item = &'d str>) -> Option<&'d str> {
    directives.into_iter().filter(|directive| name_set(directive).starts_with(SESSION)).filter_map(value_set).last()
}

/// A `Set-Cookie` header that counts the handshakes of this browser, for as long as a loop takes to come round.
pub(crate) fn redirect_count(count: u32) -> String {
    format!("{REDIRECT_COUNT}={count}; SameSite=Lax; HttpOnly; Max-Age=2")
}

/// A `Set-Cookie` header that takes a cookie away.
///
/// Browsers keep a cookie with a domain apart from one without, so that both may have to be taken away.
pub(crate) fn expired(name: &str, domain: Option<&str>) -> String {
    let domain = domain.map(|domain| format!("; Domain={domain}")).unwrap_or_default();
    format!("{name}=; Path=/{domain}; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; SameSite=Lax")
}

#[cfg(test)]
#[path = "cookies_tests.rs"]
mod tests;
