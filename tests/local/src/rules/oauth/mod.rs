//! This instance as an authorization server, for programs that sign people in with it.

pub(crate) mod tokens;

use clerk_core::{Timestamp, UserId};

use crate::{
    crypto::ids,
    model::oauth::{OAuthApplication, OAuthConsent},
    state::State,
};

/// What an application can ask for, and what a person is told of it.
pub(crate) const SCOPES: [(&str, &str); 7] = [
    ("openid", "Know who you are"),
    ("email", "See your email address"),
    ("profile", "See your name, username and picture"),
    ("public_metadata", "See your public metadata"),
    ("private_metadata", "See your private metadata"),
    ("offline_access", "Keep access while you are away"),
    ("user:org:read", "See an organization that you choose"),
];

/// What an application asks for that was made without scopes.
pub(crate) const DEFAULT_SCOPES: &str = "profile email";

pub(crate) fn describes(scope: &str) -> Option<&'static str> {
    SCOPES.iter().find(|(known, _)| *known == scope).map(|(_, what)| *what)
}

/// Whether every scope of a text is one there is.
pub(crate) fn are_known(scopes: &str) -> bool {
    scopes.split_whitespace().all(|scope| describes(scope).is_some())
}

/// Whether the first has all of the second's scopes.
pub(crate) fn covers(scopes: &str, wanted: &str) -> bool {
    wanted.split_whitespace().all(|scope| scopes.split_whitespace().any(|known| known == scope))
}

pub(crate) fn by_client_id<'a>(state: &'a State, client_id: &str) -> Option<&'a OAuthApplication> {
    state.tables.oauth_applications.find_one(&format!("client:{client_id}"))
}

/// A new client id.
pub(crate) fn new_client_id() -> String {
    ids::random_hex(8)
}

/// A new client secret.
pub(crate) fn new_secret() -> String {
    ids::random_text(24)
}

/// Whether an application may send people to a URI: one of its own, on loopback with any port.
pub(crate) fn may_redirect(application: &OAuthApplication, uri: &str) -> bool {
    application.redirect_uris.iter().any(|known| {
        known == uri || {
            let (known, given) = (without_port(known), without_port(uri));
            known.is_some() && known == given
        }
    })
}

/// A loopback URI without its port, which programs on a person's machine choose as they start.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    matches!(host, "127.0.0.1" | "[::1]" | "localhost").then_some((host, path))
}

/// Whether a URI can be registered: absolute, without a fragment, and none that runs code.
pub(crate) fn is_redirect_uri(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let web = matches!(scheme, "http" | "https");
    named
        && uri.len() <= 1024
        && !rest.is_empty()
        && (!web || rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')))
        && !matches!(scheme.to_ascii_lowercase().as_str(), "javascript" | "data" | "vbscript" | "blob" | "file")
        && !uri.chars().any(|c| c.is_whitespace() || c.is_control() || c == '#')
}

/// Whether a user has agreed to all of this before.
pub(crate) fn has_consented(state: &State, application_id: &str, user_id: &UserId, scopes: &str) -> bool {
    let consent = state.tables.oauth_consents.find_one(&format!("app:{application_id} user:{user_id}"));
    consent.is_some_and(|consent| covers(&consent.scopes, scopes))
}

/// Notes what a user agreed to, beside what they agreed to before.
pub(crate) fn consent(state: &mut State, application_id: &str, user_id: &UserId, scopes: &str, now: Timestamp) {
    let known = state.tables.oauth_consents.find_one(&format!("app:{application_id} user:{user_id}"));
    let known = known.map(|consent| consent.id.clone());
    if let Some(id) = known {
        if let Some(mut consent) = state.tables.oauth_consents.edit(id) {
            for scope in scopes.split_whitespace() {
                if !covers(&consent.scopes, scope) {
                    consent.scopes = format!("{} {scope}", consent.scopes);
                }
            }
            consent.updated_at = now;
        }
        return;
    }
    state.tables.oauth_consents.insert(OAuthConsent {
        id: State::id("oconsent", now),
        application_id: application_id.to_owned(),
        user_id: user_id.as_str().to_owned(),
        scopes: scopes.to_owned(),
        created_at: now,
        updated_at: now,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application(uri: &str) -> OAuthApplication {
        let now = Timestamp::from_millis(0);
        OAuthApplication {
            id: String::new(),
            client_id: String::new(),
            client_secret: None,
            name: String::new(),
            client_uri: None,
            logo_url: None,
            redirect_uris: vec![uri.to_owned()],
            scopes: String::new(),
            public: true,
            consent_screen: true,
            pkce_required: true,
            dynamically_registered: false,
            created_at: now,
            updated_at: now,
        }
    }

    #[test]
    fn a_loopback_uri_may_have_any_port_and_nothing_else_that_differs() {
        let local = application("http://127.0.0.1:8000/callback");
        for uri in ["http://127.0.0.1:8000/callback", "http://127.0.0.1:51234/callback", "http://127.0.0.1/callback"] {
            assert!(may_redirect(&local, uri), "{uri}");
        }
        for uri in [
            "http://127.0.0.1:8000/other",
            "http://localhost:8000/callback",
            "https://127.0.0.1:8000/callback",
            "http://127.0.0.1:8000@evil.example/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://127.0.0.1:8000/callback?x=y",
        ] {
            assert!(!may_redirect(&local, uri), "{uri}");
        }
        assert!(!may_redirect(&application("https://example.com/cb"), "https://example.com:8443/cb"));
    }

    #[test]
    fn a_uri_that_runs_code_or_has_a_fragment_cannot_be_registered() {
        for uri in ["https://example.com/cb", "com.example.app:/cb", "http://localhost:3000"] {
            assert!(is_redirect_uri(uri), "{uri}");
        }
        for uri in ["", "/cb", "https:", "https:///x", "javascript:alert(1)", "https://example.com/#x", "https://a b"] {
            assert!(!is_redirect_uri(uri), "{uri}");
        }
    }
}
