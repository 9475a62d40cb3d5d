//! What stands between an attempt and the account.

use super::{CaptchaWidgetType, DeviceAttestationMode, Environment, said};
use crate::frontend::Strategy;

/// Measures against robots, guessing and listing of accounts, as far as a program outside of a browser meets them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Protection {
    /// Whether apps have to show that they are genuine; `Disabled` where the server does not say.
    ///
    /// With `Enforced`, a platform that cannot attest is refused with `requires_device_attestation`: a program on a
    /// desktop then signs people in through a browser.
    pub device_attestation: DeviceAttestationMode,
    /// Whether browsers show a bot check when signing up; programs outside of a browser are exempt.
    pub captcha: bool,
    /// How that check looks.
    pub captcha_widget: Option<CaptchaWidgetType>,
    /// Who makes that check.
    pub captcha_provider: Option<String>,
    /// Strategies without that check.
    pub captcha_bypass: Vec<Strategy>,
    /// Whether scripts watch for abuse: an attempt may then be held up until a browser has run one.
    pub protect: bool,
    /// Whether answers hide which accounts exist; sign-ins then leave out most of what they know.
    pub hides_accounts: bool,
    /// Whether a link by email counts only on the device that asked for it.
    pub email_link_same_client: bool,
}

impl Environment {
    /// What stands between an attempt and the account.
    #[must_use]
    pub fn protection(&self) -> Protection {
        let raw = self.raw();
        let native = raw.fraud_settings.as_ref().and_then(|fraud| fraud.native.as_ref());
        let attack = self.user_settings().and_then(|users| users.attack_protection.as_ref());
        let sign_up = self.user_settings().and_then(|users| users.sign_up.as_ref());
        let display = self.display_config();
        let widget = display.and_then(|display| display.captcha_widget_type.as_ref());
        Protection {
            device_attestation: native
                .and_then(|native| native.device_attestation_mode.clone())
                .unwrap_or(DeviceAttestationMode::Disabled),
            captcha: sign_up.is_some_and(|sign_up| sign_up.captcha_enabled),
            captcha_widget: widget.or(sign_up.and_then(|sign_up| sign_up.captcha_widget_type.as_ref())).cloned(),
            captcha_provider: said(display.and_then(|display| display.captcha_provider.as_ref())),
            captcha_bypass: display
                .map(|display| display.captcha_oauth_bypass.iter().map(Strategy::from).collect())
                .unwrap_or_default(),
            protect: raw.protect_config.as_ref().is_some_and(|protect| !protect.loaders.is_empty()),
            hides_accounts: attack
                .and_then(|attack| attack.enumeration_protection.as_ref())
                .is_some_and(|protection| protection.enabled),
            email_link_same_client: attack
                .and_then(|attack| attack.email_link.as_ref())
                .is_some_and(|link| link.require_same_client),
        }
    }
}
