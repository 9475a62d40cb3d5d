//! Where a browser may be sent back to, and with what.

use crate::{failure::Failure, state::State};

/// Whether the browser may be sent there: a native application to a listed URL, where there is a list.
///
/// # Errors
///
/// It is no URL, one that runs code, or one that is not listed.
pub(crate) fn check(state: &State, native: bool, url: &str, param: &str) -> Result<(), Failure> {
    let invalid = || {
        Failure::new(422, "invalid_redirect_url", "is no URL")
            .explained(format!("{param} must be a URL with a scheme, such as https://example.com/callback"))
            .param(param)
    };
    if url.len() > 2048 {
        return Err(Failure::new(422, "redirect_url_too_long", "is too long")
            .explained(format!("{param} takes at most 2048 bytes"))
            .param(param));
    }
    if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(invalid());
    }
    // A page may name a path on its own origin.
    if !native && url.starts_with('/') && !url.starts_with("//") {
        return Ok(());
    }
    let (scheme, rest) = url.split_once(':').ok_or_else(invalid)?;
    let mut letters = scheme.chars();
    let named = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if !named || rest.is_empty() {
        return Err(invalid());
    }
    if matches!(scheme.to_ascii_lowercase().as_str(), "javascript" | "data" | "vbscript" | "blob" | "file") {
        return Err(Failure::new(422, "prohibited_redirect_url", "is not allowed")
            .explained(format!("a browser is not sent to {scheme} URLs"))
            .param(param));
    }
    if !native || allowed(state, url) {
        return Ok(());
    }
    Err(Failure::new(400, "resource_missmatch", "redirect URL not allowed")
        .explained("the redirect URL is none of those that this instance lists for native applications")
        .param(param))
}

fn allowed(state: &State, url: &str) -> bool {
    let listed = &state.settings().redirect_urls;
    let table = &state.tables.redirect_urls;
    if listed.is_empty() && table.is_empty() {
        return true;
    }
    listed.iter().any(|known| known == url) || table.find_one(&format!("url:{url}")).is_some()
}

/// The URL with more in its query; what it had stays, and so does its fragment.
pub(crate) fn with_query(url: &str, pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() {
        return url.to_owned();
    }
    let (base, fragment) = match url.split_once('#') {
        Some((base, fragment)) => (base, Some(fragment)),
        None => (url, None),
    };
    let mut more = form_urlencoded::Serializer::new(String::new());
    more.extend_pairs(pairs);
    let separator = match base.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{base}{separator}{}{fragment}", more.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_added_to_what_is_there() {
        let more = [("a", "1 2"), ("b", "&")];
        for (url, expected) in [
            ("app://callback", "app://callback?a=1+2&b=%26"),
            ("https://example.com/?x=y", "https://example.com/?x=y&a=1+2&b=%26"),
            ("https://example.com/?#top", "https://example.com/?a=1+2&b=%26#top"),
        ] {
            assert_eq!(with_query(url, &more), expected);
        }
    }
}
