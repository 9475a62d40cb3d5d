//! How pages look, and where they are.

use clerk_core::JsonMap;
use clerk_fapi::types;

use super::part_id;
use crate::{
    settings::{Environment, Settings},
    state::State,
};

/// The keys of the captcha's provider for tests: every browser passes.
const CAPTCHA_KEY: &str = "1x00000000000000000000AA";
const CAPTCHA_KEY_INVISIBLE: &str = "1x00000000000000000000BB";

/// Where applications are while they are being written.
const LOCAL_APPLICATION: &str = "http://localhost:3000";

pub(super) fn config(state: &State, settings: &Settings) -> types::DisplayConfig {
    let instance = &settings.instance;
    let home = instance.home_url.as_ref().or(instance.development_origin.as_ref());
    let home = home.map_or(LOCAL_APPLICATION, |home| home.trim_end_matches('/')).to_owned();
    let page = |path: &str| Some(format!("{home}/{path}"));
    let (development, kind) = match settings.environment {
        Environment::Development => (true, "development"),
        Environment::Production => (false, "production"),
    };
    let mut view = types::DisplayConfig::new();
    view.object = Some("display_config".to_owned());
    view.id = Some(part_id(state, "display_config"));
    view.instance_environment_type = Some(kind.into());
    view.application_name = Some(settings.application_name.clone());
    view.theme = theme();
    view.preferred_sign_in_strategy = Some(instance.preferred_sign_in_strategy.as_str().into());
    view.sign_in_url = page("sign-in");
    view.sign_up_url = page("sign-up");
    view.user_profile_url = page("user");
    view.waitlist_url = page("waitlist");
    view.oauth_consent_url = page("oauth-consent");
    view.organization_profile_url = page("organization");
    view.create_organization_url = page("create-organization");
    view.after_sign_in_url = Some(home.clone());
    view.after_sign_up_url = Some(home.clone());
    view.after_sign_out_one_url = page("sign-in/choose");
    view.after_sign_out_all_url = page("sign-in");
    view.after_switch_session_url = Some(home.clone());
    view.after_join_waitlist_url = Some(home.clone());
    view.after_leave_organization_url = Some(home.clone());
    view.after_create_organization_url = Some(home.clone());
    view.logo_link_url = Some(home.clone());
    view.support_email.clone_from(&instance.support_email);
    view.clerk_js_version.clone_from(&instance.clerk_js_version);
    view.branded = true;
    view.show_devmode_warning = development;
    if settings.sign_up.captcha {
        view.captcha_public_key = Some(CAPTCHA_KEY.to_owned());
        view.captcha_public_key_invisible = Some(CAPTCHA_KEY_INVISIBLE.to_owned());
        view.captcha_widget_type = Some("smart".into());
        view.captcha_provider = Some("turnstile".to_owned());
    }
    view.home_url = Some(home);
    view
}

fn theme() -> JsonMap {
    let mut general = JsonMap::new();
    general.insert("color".to_owned(), "#6c47ff".into());
    let mut theme = JsonMap::new();
    theme.insert("general".to_owned(), general.into());
    theme
}
