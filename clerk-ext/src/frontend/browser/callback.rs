use clerk_core::{Error, Secret, Timestamp};
use url::Url;

use super::{LIFETIME, failure::BrowserFailure, failure::told};

/// What may stand in a callback once at most: twice would let whoever wrote the URL choose what is read.
const ONCE: &[&str] = &[
    "__clerk_error_code",
    "__clerk_status",
    "approval_token",
    "code",
    "created_session_id",
    "error",
    "error_description",
    "flow_id",
    "iss",
    "rotating_token_nonce",
    "state",
];

/// The URL that a browser came back to. It holds secrets, and is shown nowhere.
pub(super) struct Callback(Vec<(String, String)>);

impl Callback {
    /// Reads a URL that is to be one that a flow comes back to.
    ///
    /// # Errors
    ///
    /// It is another place, or says something twice; or the flow began too long ago.
    pub(super) fn read(url: &str, redirect_url: &str, begun_at: Timestamp, now: Timestamp) -> Result<Self, Error> {
        let (Ok(url), Ok(expected)) = (Url::parse(url), Url::parse(redirect_url)) else {
            return Err(BrowserFailure::Foreign.into());
        };
        if !is_same_place(&url, &expected) {
            return Err(BrowserFailure::Foreign.into());
        }
        // Mail programs and some providers move the query into the fragment.
        let fragment = form_urlencoded::parse(url.fragment().unwrap_or_default().as_bytes());
        let pairs: Vec<(String, String)> =
            url.query_pairs().chain(fragment).map(|(k, v)| (k.into(), v.into())).collect();
        if ONCE.iter().any(|name| pairs.iter().filter(|(known, _)| known == name).count() > 1) {
            return Err(BrowserFailure::Foreign.into());
        }
        if now > begun_at + LIFETIME {
            return Err(BrowserFailure::Late.into());
        }
        Ok(Self(pairs))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty())
    }

    /// What must be there.
    pub(super) fn require(&self, name: &str) -> Result<&str, Error> {
        self.get(name).ok_or_else(|| BrowserFailure::Foreign.into())
    }

    pub(super) fn nonce(&self) -> Option<Secret> {
        self.get("rotating_token_nonce").map(Secret::from)
    }

    /// Refuses what does not carry the state that the flow began with.
    pub(super) fn require_state(&self, state: &Secret) -> Result<(), Error> {
        if self.get("state").map(Secret::from).as_ref() == Some(state) {
            return Ok(());
        }
        Err(BrowserFailure::Foreign.into())
    }

    /// What it says went wrong.
    pub(super) fn error(&self) -> Option<Error> {
        let (code, error) = (self.get("__clerk_error_code"), self.get("error"));
        let description = self.get("error_description");
        let is_failed = self.get("__clerk_status") == Some("failed");
        (is_failed || code.or(error).or(description).is_some()).then(|| told(code, error, description))
    }
}

/// Scheme, host, port and path, and nobody named in front of the host.
fn is_same_place(url: &Url, expected: &Url) -> bool {
    url.scheme() == expected.scheme()
        && url.host_str() == expected.host_str()
        && url.port_or_known_default() == expected.port_or_known_default()
        && url.path() == expected.path()
        && url.username().is_empty()
        && url.password().is_none()
}

/// What a browser is asked to open: a page, and no program or script.
pub(super) fn page(url: &str) -> Result<String, Error> {
    let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    match parsed {
        Some(_) => Ok(url.to_owned()),
        None => Err(Error::new(
            clerk_core::ErrorKind::Unexpected,
            "the URL to open in the browser is not one of a page; nothing was opened",
        )),
    }
}

/// Whether a URL leads to this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const AT: Timestamp = Timestamp::from_millis(1_000_000);

    fn read(url: &str, redirect_url: &str) -> Result<Callback, Option<BrowserFailure>> {
        Callback::read(url, redirect_url, AT, AT).map_err(|error| BrowserFailure::of(&error))
    }

    #[test]
    fn a_callback_is_the_same_place_in_all_parts() {
        let app = "com.example.app://callback/done";
        for url in [
            "com.example.app://callback/done?state=1",
            "com.example.app://callback/done#state=1",
            "com.example.app://callback/done?other=1&other=2&state=1",
        ] {
            assert_eq!(read(url, app).ok().and_then(|read| read.get("state").map(str::to_owned)).as_deref(), Some("1"));
        }
        for url in [
            "com.example.other://callback/done?state=1",
            "com.example.app://other/done?state=1",
            "com.example.app://callback/done/?state=1",
            "com.example.app://ann@callback/done?state=1",
            "com.example.app://callback/done?state=1&state=1",
            "com.example.app://callback/done?state=1#state=2",
            "state=1",
        ] {
            assert_eq!(read(url, app).err(), Some(Some(BrowserFailure::Foreign)), "{url}");
        }
        let local = "http://127.0.0.1:4000/callback";
        assert!(read("http://127.0.0.1:4000/callback?a=b", local).is_ok());
        for url in
            ["http://127.0.0.1:4001/callback", "http://localhost:4000/callback", "https://127.0.0.1:4000/callback"]
        {
            assert_eq!(read(url, local).err(), Some(Some(BrowserFailure::Foreign)), "{url}");
        }
    }

    #[test]
    fn a_callback_may_come_for_ten_minutes() {
        let at = |after| Callback::read("app://x", "app://x", AT, AT + Duration::from_secs(after));
        assert!(at(600).is_ok());
        assert_eq!(at(601).err().as_ref().and_then(BrowserFailure::of), Some(BrowserFailure::Late));
    }

    #[test]
    fn what_a_callback_says_went_wrong_is_the_most_telling_of_it() {
        let said = |query: &str| {
            let read = read(&format!("app://x?{query}"), "app://x").ok()?;
            let error = read.error()?;
            Some((error.errors().first()?.code.as_str().to_owned(), error.errors().first()?.message.clone()))
        };
        let is = |code: &str, message: &str| Some((code.to_owned(), message.to_owned()));
        assert_eq!(said("rotating_token_nonce=1"), None);
        assert_eq!(said("__clerk_status=failed"), is("authentication_cancelled", "authentication_cancelled"));
        assert_eq!(said("__clerk_error_code=user_locked"), is("user_locked", "user_locked"));
        assert_eq!(said("error=a&__clerk_error_code=b"), is("b", "a"));
        assert_eq!(said("error=a&__clerk_error_code=b&error_description=c+d"), is("b", "c d"));
    }

    #[test]
    fn only_pages_are_opened() {
        assert!(page("https://example.com/x").is_ok() && page("http://127.0.0.1:1/x").is_ok());
        for url in ["file:///etc/passwd", "javascript:alert(1)", "com.example.app://x", "x", "-flag"] {
            assert!(page(url).is_err(), "{url}");
        }
    }
}
