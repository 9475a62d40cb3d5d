use clerk_core::{Error, ErrorCode};

/// A captcha that nobody has solved.
const REQUIRES_CAPTCHA: &str = "requires_captcha";

/// A proof of not being a robot that this device cannot give.
///
/// Nothing was begun. The way on is to sign up in a browser, by hosted authentication, whose pages can do every check;
/// a [testing token](crate::frontend::FrontendBuilder::testing_token) waives them in tests.
#[derive(Debug)]
pub struct NeedsBrowser {
    why: BotCheck,
    error: Error,
}

/// A way of telling people from robots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BotCheck {
    /// A captcha on a page.
    Captcha,
    /// A check of Clerk Protect, which runs in a browser.
    Protect,
    /// The platform has to vouch for the device and the application, which those for phones can and others cannot.
    DeviceAttestation,
}

impl NeedsBrowser {
    /// What an error is about, where it is about that.
    pub(super) fn of(error: Error) -> Result<Self, Error> {
        let has = |codes: &[ErrorCode]| codes.iter().any(|code| error.has_code(code));
        let why = if has(&[ErrorCode::CAPTCHA_MISSING_TOKEN, ErrorCode::CAPTCHA_INVALID])
            || error.has_code(REQUIRES_CAPTCHA)
        {
            BotCheck::Captcha
        } else if has(&[ErrorCode::REQUIRES_PROTECT_CHECK]) {
            BotCheck::Protect
        } else if has(&[ErrorCode::REQUIRES_DEVICE_ATTESTATION]) {
            BotCheck::DeviceAttestation
        } else {
            return Err(error);
        };
        Ok(Self { why, error })
    }

    /// Which proof it is.
    #[must_use]
    pub fn why(&self) -> BotCheck {
        self.why
    }

    /// What Clerk said.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }

    pub(super) fn into_error(self) -> Error {
        self.error
    }
}
