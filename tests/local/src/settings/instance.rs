//! What the Backend API sets of an instance, beyond who its users are.

use serde::{Deserialize, Serialize};

/// What the Backend API sets of an instance, beyond who its users are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct InstanceSettings {
    /// Whether test addresses and numbers take the code 424242.
    pub test_mode: bool,
    /// Where users are told to write to.
    pub support_email: Option<String>,
    /// Which version of the browser's library pages load.
    pub clerk_js_version: Option<String>,
    /// Where the application is in development; its pages are below it.
    pub development_origin: Option<String>,
    /// Where the application is in production.
    pub home_url: Option<String>,
    /// Origins, such as those of browser extensions, that may call the Frontend API; kept and given back, as all may here.
    pub allowed_origins: Vec<String>,
    /// Whether a development browser is told apart by a token in the URL.
    pub url_based_session_syncing: bool,
    /// What sign-in pages ask for first: `password` or `otp`.
    pub preferred_sign_in_strategy: String,
    /// Whether a sign-up can be filled in several steps.
    pub progressive_sign_up: bool,
    /// The part before the `@` of what mails come from.
    pub from_email_address: Option<String>,
    /// Whether allow- and blocklist hold for signing up only.
    pub lists_at_sign_up_only: bool,
    /// Whether an email link counts only on the client that asked for it.
    pub email_link_same_client: bool,
    /// Countries whose numbers get no text messages, such as `DE`; kept and given back, never applied.
    pub blocked_country_codes: Vec<String>,
    /// Rules of the bot protection; kept and given back, never applied.
    pub protect_rules: bool,
    /// The scores of the bot protection; kept and given back, never applied.
    pub protect_specter: bool,
}

impl Default for InstanceSettings {
    fn default() -> Self {
        Self {
            test_mode: true,
            support_email: None,
            clerk_js_version: None,
            development_origin: None,
            home_url: None,
            allowed_origins: Vec::new(),
            url_based_session_syncing: true,
            preferred_sign_in_strategy: "password".to_owned(),
            progressive_sign_up: true,
            from_email_address: None,
            lists_at_sign_up_only: false,
            email_link_same_client: false,
            blocked_country_codes: Vec::new(),
            protect_rules: false,
            protect_specter: false,
        }
    }
}
