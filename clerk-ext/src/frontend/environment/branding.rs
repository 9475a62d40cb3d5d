//! How the application presents itself, and where its pages are.

use super::{Environment, said};

/// Name, pictures and addresses with which the application presents itself; an address that is not set is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Branding {
    /// What the application is called.
    pub application_name: Option<String>,
    /// Its picture.
    pub logo_url: Option<String>,
    /// Its small picture.
    pub favicon_url: Option<String>,
    /// Where the logo leads.
    pub logo_link_url: Option<String>,
    /// The application itself.
    pub home_url: Option<String>,
    /// Where users write to.
    pub support_email: Option<String>,
    /// Where users read on.
    pub help_url: Option<String>,
    /// What users agree to; show it where [`legal_consent_required`](super::SignUpRules::legal_consent_required).
    pub terms_url: Option<String>,
    /// What becomes of their data.
    pub privacy_policy_url: Option<String>,
    /// Whether forms are to name the service behind them.
    pub branded: bool,
}

/// Where the application has its pages in a browser; a page that is not set is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Urls {
    /// Signing in.
    pub sign_in: Option<String>,
    /// Signing up.
    pub sign_up: Option<String>,
    /// Asking to be let in.
    pub waitlist: Option<String>,
    /// The user's own profile.
    pub user_profile: Option<String>,
    /// The organization's profile.
    pub organization_profile: Option<String>,
    /// Founding an organization.
    pub create_organization: Option<String>,
    /// Letting another application in.
    pub oauth_consent: Option<String>,
    /// Where to go after signing in.
    pub after_sign_in: Option<String>,
    /// Where to go after signing up.
    pub after_sign_up: Option<String>,
    /// Where to go after one of several users signed out.
    pub after_sign_out_one: Option<String>,
    /// Where to go after the last user signed out.
    pub after_sign_out_all: Option<String>,
    /// Where to go after another user became the current one.
    pub after_switch_session: Option<String>,
    /// Where to go after asking to be let in.
    pub after_join_waitlist: Option<String>,
    /// Where to go after founding an organization.
    pub after_create_organization: Option<String>,
    /// Where to go after leaving an organization.
    pub after_leave_organization: Option<String>,
}

impl Environment {
    /// How the application presents itself.
    #[must_use]
    pub fn branding(&self) -> Branding {
        let Some(display) = self.display_config() else { return Branding::default() };
        Branding {
            application_name: said(display.application_name.as_ref()),
            logo_url: said(display.logo_image_url.as_ref()),
            favicon_url: said(display.favicon_image_url.as_ref()),
            logo_link_url: said(display.logo_link_url.as_ref()),
            home_url: said(display.home_url.as_ref()),
            support_email: said(display.support_email.as_ref()),
            help_url: said(display.help_url.as_ref()),
            terms_url: said(display.terms_url.as_ref()),
            privacy_policy_url: said(display.privacy_policy_url.as_ref()),
            branded: display.branded,
        }
    }

    /// Where the application has its pages in a browser.
    #[must_use]
    pub fn urls(&self) -> Urls {
        let Some(display) = self.display_config() else { return Urls::default() };
        Urls {
            sign_in: said(display.sign_in_url.as_ref()),
            sign_up: said(display.sign_up_url.as_ref()),
            waitlist: said(display.waitlist_url.as_ref()),
            user_profile: said(display.user_profile_url.as_ref()),
            organization_profile: said(display.organization_profile_url.as_ref()),
            create_organization: said(display.create_organization_url.as_ref()),
            oauth_consent: said(display.oauth_consent_url.as_ref()),
            after_sign_in: said(display.after_sign_in_url.as_ref()),
            after_sign_up: said(display.after_sign_up_url.as_ref()),
            after_sign_out_one: said(display.after_sign_out_one_url.as_ref()),
            after_sign_out_all: said(display.after_sign_out_all_url.as_ref()),
            after_switch_session: said(display.after_switch_session_url.as_ref()),
            after_join_waitlist: said(display.after_join_waitlist_url.as_ref()),
            after_create_organization: said(display.after_create_organization_url.as_ref()),
            after_leave_organization: said(display.after_leave_organization_url.as_ref()),
        }
    }
}
