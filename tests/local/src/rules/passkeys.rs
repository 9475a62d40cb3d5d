//! For whom passkeys are, and on which pages they may be made and used.

use crate::inbound::Inbound;

/// The relying party of a request: the host of the page that it comes from.
///
/// A device sends no origin; passkeys of its own are for `localhost`, as those of pages under development are.
pub(crate) fn relying_party(inbound: &Inbound) -> String {
    inbound.header("origin").and_then(host).unwrap_or("localhost").to_owned()
}

/// Whether a passkey may be made or used on a page of this origin, or in an application that says it has it.
pub(crate) fn allowed_origin(origin: &str, relying_party: &str) -> bool {
    if origin.starts_with("android:apk-key-hash:") || origin.starts_with("ios:bundle-id:") {
        return true;
    }
    host(origin).is_some_and(|host| {
        host == relying_party
            || host.strip_suffix(relying_party).is_some_and(|subdomain| subdomain.ends_with('.'))
    })
}

fn host(origin: &str) -> Option<&str> {
    let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"))?;
    let end = rest.find(['/', ':']).unwrap_or(rest.len());
    rest.get(..end).filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_the_host_or_below_it_may_use_its_passkeys() {
        for origin in ["https://example.com", "http://example.com:3000", "https://app.example.com"] {
            assert!(allowed_origin(origin, "example.com"), "{origin}");
        }
        for origin in ["https://example.org", "https://badexample.com", "example.com", "https://example.com.evil.org"] {
            assert!(!allowed_origin(origin, "example.com"), "{origin}");
        }
        assert!(allowed_origin("android:apk-key-hash:abc", "example.com"));
    }
}
