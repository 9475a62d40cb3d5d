//! Where an instance of Clerk is, seen from browsers.

use clerk_core::{InstanceKind, PublishableKey};
use url::Url;

use super::{builder::API_VERSION, settings::Settings};

/// Hosts of Clerk's own test systems; instances of the oldest of them begin with `clerk.`.
const LOCAL: [&str; 3] = [".lcl.dev", ".lclstage.dev", ".lclclerk.com"];
const STAGING: &str = ".accountsstage.dev";

/// What the hosts of account portals of development instances end in.
const PORTALS: [&str; 3] = [".accounts.dev", ".accountsstage.dev", ".accounts.lclclerk.com"];

/// The addresses of an instance, as far as the publishable key and the settings tell.
#[derive(Clone, Debug)]
pub(crate) struct InstanceUrls {
    kind: InstanceKind,
    scheme: &'static str,
    /// The Frontend API without the proxy: what tokens name as their issuer.
    host: String,
    proxy_url: Option<String>,
}

impl InstanceUrls {
    /// `None` without a publishable key.
    pub(crate) fn of(settings: &Settings) -> Option<Self> {
        let key = settings.publishable_key.as_ref()?;
        let satellite = settings
            .domain
            .as_ref()
            .filter(|domain| settings.is_satellite && settings.is_production() && !domain.is_empty());
        Some(Self {
            kind: key.instance_kind(),
            scheme: scheme(key),
            host: satellite.map_or_else(|| key.frontend_host().to_owned(), |domain| format!("clerk.{domain}")),
            proxy_url: settings.proxy_url.clone().filter(|url| !url.is_empty()),
        })
    }

    /// The host of the Frontend API, proxy or not: what the issuer of this instance's tokens is.
    pub(crate) fn issuer_host(&self) -> &str {
        &self.host
    }

    /// The Frontend API for a browser that is at this address, without a slash at its end.
    pub(crate) fn frontend_api(&self, current: &Url) -> String {
        let url = match &self.proxy_url {
            // A path belongs to the origin of each request.
            Some(path) if path.starts_with('/') => format!("{}{path}", current.origin().ascii_serialization()),
            Some(url) if url.starts_with("http") => url.clone(),
            Some(host) => format!("https://{host}"),
            None => format!("{}://{}", self.scheme, self.host),
        };
        url.trim_end_matches('/').to_owned()
    }

    /// Whether a page at this address is Clerk's: the Frontend API or the account portal of this instance.
    ///
    /// Other account portals are believed in development only, where all of them are Clerk's.
    pub(crate) fn is_clerk(&self, page: &Url, current: &Url) -> bool {
        let Some(host) = page.host_str() else { return false };
        let is_frontend_api = Url::parse(&self.frontend_api(current)).is_ok_and(|url| url.host_str() == Some(host));
        let is_some_portal = self.kind == InstanceKind::Development && is_development_portal(host);
        let is_own_portal = self.proxy_url.is_none()
            && Url::parse(&accounts(self.scheme, &self.host)).is_ok_and(|portal| portal.origin() == page.origin());
        is_frontend_api || is_some_portal || is_own_portal
    }

    /// Where a browser goes to have its session looked at, and comes back from.
    pub(crate) fn handshake(&self, handshake: &Handshake<'_>) -> Option<Url> {
        let current = handshake.current;
        let mut url = Url::parse(&format!("{}/v1/client/handshake", self.frontend_api(current))).ok()?;
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("redirect_url", without(current, &["__clerk_db_jwt", "__dev_session"]).as_str())
                .append_pair("__clerk_api_version", API_VERSION)
                .append_pair("suffixed_cookies", if handshake.suffixed_cookies { "true" } else { "false" })
                .append_pair("__clerk_hs_reason", handshake.reason)
                .append_pair("format", "nonce");
            if let Some(token) = handshake.session_token {
                query.append_pair("__session", token);
            }
            if let (InstanceKind::Development, Some(token)) = (self.kind, handshake.dev_browser) {
                query.append_pair("__clerk_db_jwt", token);
            }
            if let Some(organization) = handshake.organization {
                query.append_pair("organization_id", organization);
            }
        }
        Some(url)
    }
}

/// What a handshake is asked with.
pub(crate) struct Handshake<'h> {
    pub(crate) current: &'h Url,
    pub(crate) suffixed_cookies: bool,
    pub(crate) reason: &'h str,
    pub(crate) session_token: Option<&'h str>,
    pub(crate) dev_browser: Option<&'h str>,
    /// An id or a slug; the personal account is empty.
    pub(crate) organization: Option<&'h str>,
}

/// The account portal: the pages that Clerk hosts for an instance.
pub(super) fn accounts_url(key: &PublishableKey) -> String {
    accounts(scheme(key), key.frontend_host())
}

fn accounts(scheme: &str, host: &str) -> String {
    let host = host.replacen("clerk.accountsstage.", "accountsstage.", 1);
    let portal = if host.contains("clerk.accounts.") {
        host.replacen("clerk.accounts.", "accounts.", 1)
    } else {
        host.replacen("clerk.", "accounts.", 1)
    };
    format!("{scheme}://{portal}")
}

/// The Frontend API that requests are passed on to by a proxy: the one that serves all domains of all instances.
pub(super) fn shared_frontend_api(key: &PublishableKey) -> String {
    let host = key.frontend_host();
    if key.frontend_url().starts_with("http://") {
        return key.frontend_url();
    }
    let is_local = LOCAL.iter().any(|suffix| host.ends_with(suffix));
    let shared = if is_local && !host.starts_with("clerk.") {
        "frontend-api.lclclerk.com"
    } else if host.ends_with(STAGING) {
        "frontend-api.clerkstage.dev"
    } else {
        "frontend-api.clerk.dev"
    };
    format!("https://{shared}")
}

/// An address without some of its parameters. The others are written anew, as forms write them.
pub(crate) fn without(url: &Url, names: &[&str]) -> Url {
    let mut left = url.clone();
    if url.query().is_some() {
        let kept = url.query_pairs().filter(|(name, _)| !names.contains(&name.as_ref()));
        left.query_pairs_mut().clear().extend_pairs(kept);
        if left.query() == Some("") {
            left.set_query(None);
        }
    }
    left
}

fn scheme(key: &PublishableKey) -> &'static str {
    if key.frontend_url().starts_with("http://") { "http" } else { "https" }
}

fn is_development_portal(host: &str) -> bool {
    let is_old = host.starts_with("accounts.") && LOCAL.iter().any(|suffix| host.ends_with(suffix));
    let of_portal = |suffix: &&str| host.strip_suffix(*suffix).is_some_and(|name| !name.ends_with(".clerk"));
    is_old || PORTALS.iter().any(of_portal)
}

#[cfg(test)]
#[path = "instance_urls_tests.rs"]
mod tests;
