use std::borrow::Cow;

use clerk_core::{Error, http::request::Parts};
use url::Url;

use super::suffixed::{self, Candidates};
use crate::auth::{
    Clerk,
    cookies::{self, CookieSuffix},
    incoming::Incoming,
    instance_urls::InstanceUrls,
    settings::Settings,
};

pub(super) mod parameter {
    //! What Clerk puts into addresses.

    pub(crate) const DEV_BROWSER: &str = "__clerk_db_jwt";
    pub(crate) const HANDSHAKE: &str = "__clerk_handshake";
    pub(crate) const HANDSHAKE_NONCE: &str = "__clerk_handshake_nonce";
    pub(crate) const HELP: &str = "__clerk_help";
    pub(crate) const REDIRECT_URL: &str = "__clerk_redirect_url";
    pub(crate) const SYNCED: &str = "__clerk_synced";
}

/// What the rules about cookies ask of a request.
pub(in crate::auth) struct Context<'r> {
    pub(super) clerk: &'r Clerk,
    pub(super) parts: &'r Parts,
    pub(super) incoming: &'r Incoming<'r>,
    /// The address that the browser asked for.
    pub(super) url: &'r Url,
    pub(super) urls: InstanceUrls,
    suffix: CookieSuffix,
    /// Whether the cookies with the suffix of this instance are the ones that count.
    pub(super) uses_suffixed: bool,
    /// The token in the cookie.
    pub(super) session_token: Option<String>,
    /// The token in the header.
    pub(super) header_token: Option<Cow<'r, str>>,
    pub(super) refresh_token: Option<String>,
    /// When the sessions of this browser changed last; 0 is a browser without any.
    pub(super) client_uat: i64,
    /// Which browser this is: development instances know that by no cookie of their own.
    pub(super) dev_browser: Option<String>,
    pub(super) handshake_token: Option<String>,
    pub(super) handshake_nonce: Option<String>,
    /// How many handshakes this browser did within the last seconds.
    pub(super) redirect_count: u32,
}

impl<'r> Context<'r> {
    /// `None` for an address that no URL can hold.
    pub(in crate::auth) fn read(
        clerk: &'r Clerk,
        parts: &'r Parts,
        incoming: &'r Incoming<'r>,
    ) -> Result<Option<Self>, Error> {
        let settings = &clerk.inner().settings;
        let (Some(publishable_key), Some(urls)) = (&settings.publishable_key, InstanceUrls::of(settings)) else {
            return Err(Error::config("cookies cannot be read without the publishable key; set CLERK_PUBLISHABLE_KEY"));
        };
        let Some(url) = incoming.url() else { return Ok(None) };
        let suffix = CookieSuffix::of(publishable_key);
        let suffixed = |name: &str| incoming.cookie(&suffix.name(name));
        let plain = |name: &str| incoming.cookie(name);
        let candidates = Candidates {
            session: plain(cookies::SESSION),
            client_uat: plain(cookies::CLIENT_UAT),
            suffixed_session: suffixed(cookies::SESSION),
            suffixed_client_uat: suffixed(cookies::CLIENT_UAT),
        };
        let uses_suffixed = suffixed::count(&candidates, urls.issuer_host(), settings.is_production(), clerk.now());
        let Candidates { session, client_uat, suffixed_session, suffixed_client_uat } = candidates;
        let (session_token, client_uat) =
            if uses_suffixed { (suffixed_session, suffixed_client_uat) } else { (session, client_uat) };
        let in_address = |name: &str| incoming.query(name).filter(|value| !value.is_empty()).map(Cow::into_owned);
        let dev_browser = in_address(parameter::DEV_BROWSER)
            .or_else(|| if uses_suffixed { suffixed(cookies::DEV_BROWSER) } else { plain(cookies::DEV_BROWSER) });
        Ok(Some(Self {
            uses_suffixed,
            session_token,
            header_token: incoming.token(),
            refresh_token: suffixed(cookies::REFRESH),
            client_uat: client_uat.as_deref().map_or(0, leading_integer),
            dev_browser,
            handshake_token: in_address(parameter::HANDSHAKE).or_else(|| plain(cookies::HANDSHAKE)),
            handshake_nonce: in_address(parameter::HANDSHAKE_NONCE).or_else(|| plain(cookies::HANDSHAKE_NONCE)),
            redirect_count: plain(cookies::REDIRECT_COUNT).as_deref().map_or(0, count),
            suffix,
            clerk,
            parts,
            incoming,
            url,
            urls,
        }))
    }

    pub(super) fn settings(&self) -> &'r Settings {
        &self.clerk.inner().settings
    }

    pub(super) fn is_production(&self) -> bool {
        self.settings().is_production()
    }

    /// The token that Clerk is told about: the one of the cookie, else that of the header.
    pub(super) fn any_session_token(&self) -> Option<&str> {
        self.session_token.as_deref().or(self.header_token.as_deref())
    }

    /// The token that decides who sent this request: the one of the header, else that of the cookie.
    pub(in crate::auth) fn presented_session_token(&self) -> Option<&str> {
        self.header_token.as_deref().or(self.session_token.as_deref())
    }

    pub(in crate::auth) fn suffix(&self) -> &CookieSuffix {
        &self.suffix
    }

    /// The domain that Clerk writes cookies for, where that is not only the host of this request.
    pub(in crate::auth) fn cookie_domain(&self) -> Option<&str> {
        let domain = self.urls.issuer_host().strip_prefix("clerk.").filter(|_| self.is_production())?;
        let host = self.url.host_str()?;
        let is_below = host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        is_below.then_some(domain)
    }

    /// Whether the browser is about to show the answer as a page.
    pub(super) fn is_document(&self) -> bool {
        self.incoming.is_get() && self.incoming.sec_fetch_dest().is_some_and(|target| target == "document")
    }
}

/// The number that a text begins with, 0 where there is none: what is after it does not matter.
fn leading_integer(text: &str) -> i64 {
    let text = text.trim_start();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.bytes().take_while(u8::is_ascii_digit);
    let number = digits.fold(0_i64, |number, digit| number.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    if negative { -number } else { number }
}

/// A count that this server wrote itself; whatever else is there counts as none, and what is too large as very many.
fn count(text: &str) -> u32 {
    match text.trim().parse::<f64>() {
        // The conversion saturates.
        Ok(count) if count > 0.0 => count as u32,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_the_last_change_is_the_number_that_the_cookie_begins_with() {
        for (text, number) in [
            ("1700000000", 1_700_000_000),
            ("12abc", 12),
            ("-5", -5),
            ("+5", 5),
            ("5.9", 5),
            ("abc", 0),
            ("", 0),
            ("99999999999999999999", i64::MAX),
        ] {
            assert_eq!(leading_integer(text), number, "{text}");
        }
    }

    #[test]
    fn a_count_of_redirects_that_nobody_can_read_is_none() {
        for (text, number) in
            [("2", 2), ("", 0), ("abc", 0), ("-1", 0), ("NaN", 0), ("1e0", 1), ("1e99", u32::MAX), ("inf", u32::MAX)]
        {
            assert_eq!(count(text), number, "{text}");
        }
    }
}
