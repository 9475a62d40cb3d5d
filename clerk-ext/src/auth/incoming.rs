use std::{borrow::Cow, sync::OnceLock};

use clerk_core::http::{
    Method,
    header::{ACCEPT, AUTHORIZATION, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, REFERER},
    request::Parts,
};
use url::Url;

use super::cookies;

pub(super) const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
pub(super) const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// A request as it came, read in the way that the rules of authentication are written in.
///
/// Nothing is computed before it is asked for: a request with a bearer token pays for one header. The address is kept
/// once computed; headers and cookies are cheap enough to be looked up again.
pub(crate) struct Incoming<'r> {
    parts: &'r Parts,
    url: OnceLock<Option<Url>>,
}

impl<'r> Incoming<'r> {
    pub(crate) fn new(parts: &'r Parts) -> Self {
        Self { parts, url: OnceLock::new() }
    }

    pub(crate) fn is_get(&self) -> bool {
        self.parts.method == Method::GET
    }

    /// The address that the browser asked for, as far as the headers of proxies tell.
    ///
    /// `None` is an address that no URL can hold; such a request has no business here.
    pub(crate) fn url(&self) -> Option<&Url> {
        self.url.get_or_init(|| forwarded(self.parts).or_else(|| unforwarded(self.parts))).as_ref()
    }

    /// The address without what proxies say: who asks wants to know whom the request names itself.
    pub(crate) fn unforwarded_url(&self) -> Option<Url> {
        unforwarded(self.parts)
    }

    /// Whether proxies say what host the browser asked for.
    pub(crate) fn has_forwarded_host(&self) -> bool {
        header(&self.parts.headers, &FORWARDED_HOST).is_some_and(|host| !first(&host).is_empty())
    }

    /// Whether proxies say what scheme the browser asked by.
    pub(crate) fn has_forwarded_proto(&self) -> bool {
        header(&self.parts.headers, &FORWARDED_PROTO).is_some_and(|proto| !first(&proto).is_empty())
    }

    /// The first value of a parameter in the query; it may be empty.
    pub(crate) fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        self.url()?.query_pairs().find_map(|(key, value)| (key == name).then_some(value))
    }

    /// A header; one that was sent several times is joined as browsers join it.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<Cow<'r, str>> {
        header(&self.parts.headers, name)
    }

    /// A cookie that has a value. The first one of a name counts.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let header = self.header(&COOKIE)?;
        cookies::find(&header, name).filter(|value| !value.is_empty()).map(Cow::into_owned)
    }

    /// What `Authorization` carries for Clerk: a bearer token, or a header that is nothing but one word.
    ///
    /// Another scheme belongs to somebody else, and is as good as no header. The scheme is compared exactly, as all of
    /// Clerk's SDKs do, so that a request means the same to each of them.
    pub(crate) fn token(&self) -> Option<Cow<'r, str>> {
        match self.header(&AUTHORIZATION)? {
            Cow::Borrowed(value) => bearer(value).map(Cow::Borrowed),
            Cow::Owned(value) => bearer(&value).map(|token| Cow::Owned(token.to_owned())),
        }
    }

    pub(crate) fn accept(&self) -> Option<Cow<'r, str>> {
        self.header(&ACCEPT)
    }

    pub(crate) fn sec_fetch_dest(&self) -> Option<Cow<'r, str>> {
        self.header(&SEC_FETCH_DEST)
    }

    pub(crate) fn referer(&self) -> Option<Cow<'r, str>> {
        self.header(&REFERER)
    }
}

/// A header as text; bytes beyond ASCII are read as Latin-1, since that cannot fail and is what JavaScript sees.
pub(super) fn header<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<Cow<'h, str>> {
    let mut values = headers.get_all(name).iter().map(text);
    let first = values.next()?;
    let rest: Vec<_> = values.collect();
    if rest.is_empty() {
        return Some(first);
    }
    let between = if name == COOKIE { "; " } else { ", " };
    Some(Cow::Owned([&[first], rest.as_slice()].concat().join(between)))
}

fn text(value: &HeaderValue) -> Cow<'_, str> {
    let bytes = value.as_bytes().trim_ascii();
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}

fn bearer(header: &str) -> Option<&str> {
    let mut words = header.split(' ');
    let scheme = words.next()?;
    match words.next().filter(|token| !token.is_empty()) {
        None => Some(scheme).filter(|token| !token.is_empty()),
        Some(token) => (scheme == "Bearer").then_some(token),
    }
}

/// The address, as proxies tell of it or else the `Host` header.
///
/// Whoever sends the request may write these headers, so none of them may move anything but the origin: a host that
/// brings a path, a user or a query with it is not believed at all.
fn forwarded(parts: &Parts) -> Option<Url> {
    let headers = &parts.headers;
    let named = header(headers, &HOST);
    let authority = parts.uri.authority().map(|authority| authority.as_str());

    let forwarded_host = header(headers, &FORWARDED_HOST);
    let forwarded_proto = header(headers, &FORWARDED_PROTO);
    let host = forwarded_host.as_deref().map(first).or(named.as_deref()).or(authority)?;
    let proto = forwarded_proto.as_deref().map(first).unwrap_or(scheme(parts));
    join(proto, host, &resource(parts))
}

/// The address as the request itself has it; without any host it is one of this machine.
fn unforwarded(parts: &Parts) -> Option<Url> {
    let resource = resource(parts);
    let scheme = scheme(parts);
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    let named = header(&parts.headers, &HOST);
    authority
        .and_then(|host| join(scheme, host, &resource))
        .or_else(|| join(scheme, named.as_deref()?, &resource))
        .or_else(|| join("http", "localhost", &resource))
        .or_else(|| join("http", "localhost", "/"))
}

fn scheme(parts: &Parts) -> &str {
    parts.uri.scheme_str().unwrap_or("http")
}

/// Path and query. `OPTIONS *` and `CONNECT` have no path of their own.
fn resource(parts: &Parts) -> Cow<'_, str> {
    let given = parts.uri.path_and_query().map_or("/", |resource| resource.as_str());
    if given.starts_with('/') {
        Cow::Borrowed(given)
    } else if given.starts_with('?') {
        Cow::Owned(format!("/{given}"))
    } else {
        Cow::Borrowed("/")
    }
}

/// The first of a list, which is what the proxy that is nearest to the browser wrote.
fn first(list: &str) -> &str {
    list.split(',').next().unwrap_or_default().trim_ascii()
}

fn join(scheme: &str, host: &str, resource: &str) -> Option<Url> {
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    // A `URL` would take all of these for the end of the host.
    let is_host_alone = !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'\\' | b'@' | b'?' | b'#'));
    if !(is_web && is_host_alone) {
        return None;
    }
    // The path is appended, not resolved: resolved, a path such as `//evil.example` would be another host.
    Url::parse(&format!("{scheme}://{host}{resource}")).ok()
}

#[cfg(test)]
#[path = "incoming_tests.rs"]
mod tests;
