//! What a browser comes back with.

use clerk_core::{Error, ErrorKind, Secret};
use clerk_fapi::types::ClerkError;

/// A URL that a browser came back to.
pub(super) struct Callback {
    /// Tells that this device is the one that the browser was sent from.
    pub(super) nonce: Option<Secret>,
    /// Why nothing came of it.
    pub(super) failure: Option<ClerkError>,
}

impl Callback {
    /// Reads the answer to a round trip that was to end at `redirect_url`.
    pub(super) fn read(url: &str, redirect_url: &str) -> Result<Self, Error> {
        let foreign = |why| Error::new(ErrorKind::InvalidRequest, why);
        if place(url) != place(redirect_url) {
            return Err(foreign("this callback belongs to another redirect URL; go on waiting for the right one"));
        }
        let pairs: Vec<_> = form_urlencoded::parse(query(url).as_bytes()).collect();
        let own = form_urlencoded::parse(query(redirect_url).as_bytes()).collect::<Vec<_>>();
        if !own.iter().all(|pair| pairs.contains(pair)) {
            return Err(foreign("this callback lacks a parameter of the redirect URL; go on waiting for the right one"));
        }
        let given = |name: &str| {
            let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_ref());
            match (values.next(), values.next()) {
                (_, Some(_)) => Err(foreign("this callback says something twice; go on waiting for the right one")),
                (value, None) => Ok(value.filter(|value| !value.is_empty())),
            }
        };
        let nonce = given("rotating_token_nonce")?.map(Secret::from);
        let (status, code) = (given("__clerk_status")?, given("__clerk_error_code")?);
        let (error, description) = (given("error")?, given("error_description")?);
        let failed = code.or(error).or_else(|| status.filter(|status| *status == "failed"));
        let failure = failed.map(|code| {
            let mut failure = ClerkError::new(code);
            failure.long_message = description.map(ToOwned::to_owned);
            failure
        });
        Ok(Self { nonce, failure })
    }
}

/// Where a URL leads, without what it says there. Browsers put a slash behind a host.
fn place(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/')
}

fn query(url: &str) -> &str {
    let url = url.split('#').next().unwrap_or_default();
    url.split_once('?').map_or("", |(_, query)| query)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REDIRECT: &str = "shop://callback?for=ann";

    #[test]
    fn a_callback_says_what_came_of_it() {
        let read = |more: &str| Callback::read(&format!("{REDIRECT}{more}"), REDIRECT).unwrap();
        assert_eq!(read("&rotating_token_nonce=test").nonce, Some(Secret::from("test")));
        assert!(read("").failure.is_none());
        for (more, code, message) in [
            ("&__clerk_status=failed&__clerk_error_code=oauth_access_denied", "oauth_access_denied", None),
            ("&error=access_denied&error_description=No+thanks", "access_denied", Some("No thanks")),
            ("&__clerk_status=failed", "failed", None),
        ] {
            let failure = read(more).failure.unwrap();
            assert_eq!((failure.code.as_str(), failure.long_message.as_deref()), (code, message), "{more}");
        }
    }

    #[test]
    fn a_foreign_callback_is_none() {
        for url in [
            "shop://elsewhere?for=ann",
            "shop://callback/deeper?for=ann",
            "shops://callback?for=ann",
            "shop://callback",
            "shop://callback?for=ben",
            "shop://callback?for=ann&rotating_token_nonce=a&rotating_token_nonce=b",
        ] {
            assert!(Callback::read(url, REDIRECT).is_err(), "{url}");
        }
    }

    #[test]
    fn the_slash_that_browsers_add_does_not_matter() {
        assert!(Callback::read("http://127.0.0.1:9/?x=1", "http://127.0.0.1:9").is_ok());
    }
}
