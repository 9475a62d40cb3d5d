//! What goes on in a browser: a provider's pages, Clerk's own pages, links in mails.
//!
//! Every flow here has two halves. The first gives something pending with the URL to open; the second takes the URL that
//! the browser came back to. In between the program may end: what is pending can be saved.

mod callback;
mod claim;
mod connection;
mod deep_link;
mod factor;
mod failure;
mod hosted;
#[cfg(feature = "loopback")]
mod loopback;
mod oauth;
mod oauth_application;
mod oauth_tokens;
mod outcome;
mod pkce;

pub(super) use self::claim::Slot;
#[cfg(feature = "loopback")]
pub use self::loopback::{Loopback, open_in_browser};
pub use self::{
    connection::{Connect, PendingConnection, SavedConnection},
    deep_link::{DeepLink, PendingDeepLink, SavedDeepLink},
    failure::BrowserFailure,
    hosted::{Hosted, PendingHosted, SavedHosted},
    oauth::{OauthStart, PendingOauth, SavedOauth},
    oauth_application::{OauthApplication, OauthAuthorization, PendingAuthorization, SavedAuthorization},
    oauth_tokens::OauthTokens,
    outcome::BrowserOutcome,
};

/// For how long a flow may be in the browser: what comes back later counts for nothing, and another may begin.
///
/// Clerk keeps a round trip through a provider for as long, and the links of mails.
const LIFETIME: std::time::Duration = std::time::Duration::from_secs(10 * 60);
