use clerk_core::{
    Timestamp,
    http::{
        header::{AUTHORIZATION, COOKIE},
        request::Parts,
    },
};
use url::Url;

use super::{
    request_report::{PlacedToken, RequestReport},
    text::printable,
};
use crate::auth::{
    Clerk, Reason, RequestState, Status,
    cookies::{self, CookieSuffix},
    incoming::Incoming,
    verify::millis,
};
use crate::finding::{Finding, Severity};

/// The cookies of Clerk that may have a suffix, and those that never have one.
const COOKIES: [&str; 7] = [
    cookies::SESSION,
    cookies::REFRESH,
    cookies::CLIENT_UAT,
    cookies::DEV_BROWSER,
    cookies::HANDSHAKE,
    cookies::HANDSHAKE_NONCE,
    cookies::REDIRECT_COUNT,
];

impl Clerk {
    /// Says what a request came with, what becomes of it, and why.
    ///
    /// It does what [`authenticate`](Self::authenticate) does and then looks at the tokens one by one. So it may ask Clerk,
    /// and what a browser brings back from a handshake is used up by it: explain a request instead of authenticating it,
    /// or one that was refused.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
    /// # let clerk = clerk.api_url(local.backend_url()).build()?;
    /// let request = clerk_ext::http::Request::get("/me").header("host", "example.com").body(())?;
    /// let report = clerk.explain_request(&request.into_parts().0).await;
    /// assert!(!report.is_signed_in());
    /// assert!(report.finding("dev-browser-missing").is_some(), "{report}");
    /// # Ok(()) }
    /// ```
    pub async fn explain_request(&self, parts: &Parts) -> RequestReport {
        let incoming = Incoming::new(parts);
        let suffix = self.inner().settings.publishable_key.as_ref().map(CookieSuffix::of);
        let names = cookie_names(&incoming);
        let mut report = RequestReport {
            made_at: Timestamp::from_millis(millis(self.now())),
            method: printable(parts.method.as_str()),
            origin: incoming.url().map(|url| url.origin().ascii_serialization()),
            status: None,
            token_type: None,
            redirect_to: None,
            cookies: names.clone(),
            tokens: Vec::new(),
            findings: Vec::new(),
        };
        match self.authenticate(parts).await {
            Ok(state) => self.say_state(&mut report, &state),
            Err(error) => report.findings.push(self.explain_error(&error)),
        }
        for (place, token) in tokens(&incoming, suffix.as_ref()) {
            report.tokens.push(PlacedToken { place, report: self.explain_token(&token).await });
        }
        if incoming.header(&AUTHORIZATION).is_some() && incoming.token().is_none() {
            report.findings.push(Finding::new(
                Severity::Info,
                "authorization-ignored",
                "the header `Authorization` has another scheme than `Bearer`, and was passed over",
                "write `Bearer` with this capital letter, if it is meant for Clerk",
            ));
        }
        report.findings.extend(about_cookies(&names, suffix.as_ref()));
        if self.inner().settings.is_production() && incoming.url().is_some_and(is_insecure) {
            report.findings.push(Finding::new(
                Severity::Warning,
                "insecure-origin",
                "the request seems to have come over plain http, so that redirects and origins are not those of the browser",
                "let the proxy in front of this server set X-Forwarded-Proto and X-Forwarded-Host",
            ));
        }
        report
    }

    fn say_state(&self, report: &mut RequestReport, state: &RequestState) {
        report.status = Some(state.status());
        report.token_type = state.token_type();
        report.redirect_to = state.location().and_then(|place| without_query(place.to_str().ok()?));
        if let Some(reason) = state.reason() {
            let what = if state.message().is_empty() { words(reason) } else { printable(state.message()) };
            let mut finding = self.about(reason, what);
            if state.status() == Status::Handshake {
                finding.severity = Severity::Info;
            }
            report.findings.push(finding);
        }
    }
}

/// What happened, where the state has nothing but the reason.
fn words(reason: &Reason) -> String {
    let words = match reason {
        reason if *reason == Reason::SESSION_TOKEN_AND_UAT_MISSING => "nobody is signed in",
        reason if *reason == Reason::NO_TOKEN_IN_HEADER => "no token came in the header",
        reason if *reason == Reason::TOKEN_TYPE_MISMATCH => "a token of a kind came that is not accepted here",
        _ => "the request is not signed in",
    };
    words.to_owned()
}

/// The tokens that decide; cookies count only where the header has none.
fn tokens(incoming: &Incoming<'_>, suffix: Option<&CookieSuffix>) -> Vec<(String, String)> {
    if let Some(token) = incoming.token() {
        return vec![("authorization".to_owned(), token.into_owned())];
    }
    let names = suffix.map(|suffix| suffix.name(cookies::SESSION)).into_iter().chain([cookies::SESSION.to_owned()]);
    names.filter_map(|name| Some((format!("cookie {name}"), incoming.cookie(&name)?))).collect()
}

/// The names of Clerk's cookies in the order in which they came, each as often as it came.
fn cookie_names(incoming: &Incoming<'_>) -> Vec<String> {
    let Some(header) = incoming.header(&COOKIE) else { return Vec::new() };
    let names = header.split(';').filter_map(|pair| Some(pair.split_once('=')?.0.trim()));
    names.filter(|name| COOKIES.contains(name) || suffix_of(name).is_some()).map(str::to_owned).collect()
}

/// What follows the name of one of Clerk's cookies.
fn suffix_of(name: &str) -> Option<&str> {
    let suffix = COOKIES.iter().find_map(|known| name.strip_prefix(known)?.strip_prefix('_'))?;
    let is_suffix =
        suffix.len() == 8 && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    is_suffix.then_some(suffix)
}

fn about_cookies(names: &[String], suffix: Option<&CookieSuffix>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: Vec<&String> = Vec::new();
    for name in names {
        if seen.contains(&name) {
            findings.push(Finding::new(
                Severity::Warning,
                "cookie-twice",
                format!("the cookie {name} came more than once, and the first one counted"),
                "see which path or domain sets it beside Clerk, and take that one away",
            ));
        }
        seen.push(name);
    }
    let is_of_another = |name: &&String| suffix_of(name).is_some_and(|of| Some(of) != suffix.map(CookieSuffix::as_str));
    if suffix.is_some() && names.iter().any(|name| is_of_another(&name)) {
        findings.push(Finding::new(
            Severity::Info,
            "cookies-of-another-instance",
            "the browser has cookies of another instance of Clerk too",
            "nothing, unless front end and server are given different publishable keys",
        ));
    }
    findings
}

fn is_insecure(url: &Url) -> bool {
    let is_this_machine = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && !is_this_machine
}

fn without_query(place: &str) -> Option<String> {
    let url = Url::parse(place).ok()?;
    Some(printable(&format!("{}{}", url.origin().ascii_serialization(), url.path())))
}
