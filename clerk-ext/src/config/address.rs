//! What an address may look like, for each purpose.

use std::net::Ipv4Addr;

use clerk_core::{Error, http::Uri};

/// What stands around a value by mistake; `.env` files and shells do not agree on what quotes mean.
pub(super) fn surroundings(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("is empty; give it a value or leave it out")
    } else if text.trim() != text {
        Some("has blanks or a line end around it; remove them")
    } else if text.starts_with(['"', '\'', '`']) || text.ends_with(['"', '\'', '`']) {
        Some("has quotes around it; remove them")
    } else {
        None
    }
}

/// The Backend API: keys travel there, so that plain `http` stays on this machine.
pub(super) fn api_url(url: String) -> Result<String, Error> {
    let problem = base(&url).or_else(|| match absolute(&url) {
        Err(problem) => Some(problem),
        Ok(Plain::Far) => Some("is plain http to another machine; use https"),
        Ok(_) => None,
    });
    checked("API URL", url, problem)
}

pub(super) fn proxy_url(url: String) -> Result<String, Error> {
    let problem = base(&url).or_else(|| page(&url));
    checked("proxy URL", url, problem)
}

/// A page of the application, or of another one.
pub(super) fn page_url(what: &'static str, url: String) -> Result<String, Error> {
    let problem = surroundings(&url).or_else(|| page(&url));
    checked(what, url, problem)
}

pub(super) fn domain(domain: String) -> Result<String, Error> {
    let problem = surroundings(&domain).or_else(|| {
        if domain.contains("://") {
            return Some("has a scheme; leave https:// off");
        }
        if domain.contains('/') {
            return Some("has a path; give the host alone");
        }
        let (host, port) = match domain.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (domain.as_str(), None),
        };
        let is_label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let fits = host.len() <= 253
            && host.split('.').all(is_label)
            && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0));
        (!fits).then_some("is no host name; give one such as example.com")
    });
    checked("domain", domain, problem)
}

pub(super) fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

fn checked(what: &str, text: String, problem: Option<&str>) -> Result<String, Error> {
    match problem {
        Some(problem) => Err(Error::config(format!("the {what} {problem}"))),
        None => Ok(text),
    }
}

/// What a URL must not have when others are made from it.
fn base(url: &str) -> Option<&'static str> {
    surroundings(url)
        .or_else(|| without_query(url).ne(url).then_some("has a query or a fragment; give what stands before it"))
}

fn page(url: &str) -> Option<&'static str> {
    // Browsers read both as another host.
    if url.starts_with("//") || url.contains('\\') {
        return Some("has no scheme; begin with https://, or with one slash for a path of this application");
    }
    if url.starts_with('/') {
        return (!is_sendable(url)).then_some("holds characters that no address has");
    }
    absolute(url).err()
}

/// How an absolute URL is reached.
enum Plain {
    No,
    Loopback,
    Far,
}

fn absolute(url: &str) -> Result<Plain, &'static str> {
    if !is_sendable(url) {
        return Err("holds characters that no address has");
    }
    let read: Uri = url.parse().map_err(|_| "is no URL; give one such as https://example.com")?;
    let (Some(scheme), Some(authority)) = (read.scheme_str(), read.authority()) else {
        return Err("is not absolute; begin with https://");
    };
    if authority.as_str().contains('@') {
        return Err("has a user or a password in it; remove them");
    }
    let host = authority.host();
    if host.is_empty() {
        return Err("has no host");
    }
    if scheme.eq_ignore_ascii_case("https") {
        Ok(Plain::No)
    } else if !scheme.eq_ignore_ascii_case("http") {
        Err("does not begin with https:// or http://")
    } else if is_loopback(host) {
        Ok(Plain::Loopback)
    } else {
        Ok(Plain::Far)
    }
}

/// The parser of URLs drops a fragment unread.
fn is_sendable(url: &str) -> bool {
    !url.chars().any(|c| c.is_control() || c.is_whitespace())
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host == "[::1]"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}
