//! Addresses with other parameters, written the way that browsers write them.

use clerk_core::http::HeaderValue;
use url::Url;

/// The parameters of an address, to be changed.
///
/// Whatever is done to them, all of them are written anew: that is what `URLSearchParams` does, so that all of Clerk's SDKs
/// make the same address of the same request.
pub(super) struct Query {
    url: Url,
    pairs: Vec<(String, String)>,
}

impl Query {
    pub(super) fn of(url: &Url) -> Self {
        Self { url: url.clone(), pairs: url.query_pairs().into_owned().collect() }
    }

    pub(super) fn without(mut self, names: &[&str]) -> Self {
        self.pairs.retain(|(name, _)| !names.contains(&name.as_str()));
        self
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.pairs.push((name.to_owned(), value.to_owned()));
        self
    }

    /// In the place of the first one of that name; all others are gone.
    pub(super) fn set(mut self, name: &str, value: &str) -> Self {
        let place = self.pairs.iter().position(|(known, _)| known == name);
        let at = place.unwrap_or(self.pairs.len());
        self.pairs.retain(|(known, _)| known != name);
        self.pairs.insert(at, (name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn into_url(self) -> Url {
        let Self { mut url, pairs } = self;
        if pairs.is_empty() {
            url.set_query(None);
        } else {
            url.query_pairs_mut().clear().extend_pairs(pairs);
        }
        url
    }
}

/// An address for a header; it may carry tokens, so that it must not be shown.
pub(super) fn location(url: &Url) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(url.as_str()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(of: &str) -> Query {
        Query::of(&of.parse().unwrap())
    }

    #[test]
    fn parameters_are_written_as_browsers_write_them() {
        let written = query("https://example.com/a?flag&a=b%20c&x=1#end").without(&["x"]).into_url();
        assert_eq!(written.as_str(), "https://example.com/a?flag=&a=b+c#end");
    }

    #[test]
    fn an_address_that_loses_all_parameters_loses_the_question_mark() {
        assert_eq!(query("https://example.com/a?x=1").without(&["x"]).into_url().as_str(), "https://example.com/a");
        assert_eq!(query("https://example.com/a?").into_url().as_str(), "https://example.com/a");
    }

    #[test]
    fn a_parameter_is_set_in_the_place_of_the_first_one() {
        let set = query("https://example.com/?s=1&a=2&s=3").set("s", "true").into_url();
        assert_eq!(set.as_str(), "https://example.com/?s=true&a=2");
        assert_eq!(query("https://example.com/").set("s", "1").into_url().as_str(), "https://example.com/?s=1");
    }
}
