use std::fmt;

use clerk_core::{Error, ErrorCode};
use clerk_fapi::types;

use super::{SavedSignIn, SignIn, SignIns, attempt::Attempt};
use crate::frontend::{device::Device, step::StepError};

/// What Clerk wants to see before it lets anybody sign in or up, and what a program without a browser cannot show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignInProtection {
    /// A script of Clerk Protect has to run.
    ProtectCheck,
    /// A captcha has to be solved.
    Captcha,
    /// The device has to attest that it is genuine, which phones can and other machines cannot.
    DeviceAttestation,
}

impl SignInProtection {
    pub(in crate::frontend) fn of(error: &Error) -> Option<Self> {
        [
            (ErrorCode::REQUIRES_PROTECT_CHECK, Self::ProtectCheck),
            (ErrorCode::REQUIRES_CAPTCHA, Self::Captcha),
            (ErrorCode::CAPTCHA_MISSING_TOKEN, Self::Captcha),
            (ErrorCode::CAPTCHA_INVALID, Self::Captcha),
            (ErrorCode::REQUIRES_DEVICE_ATTESTATION, Self::DeviceAttestation),
        ]
        .into_iter()
        .find_map(|(code, protection)| error.has_code(code).then_some(protection))
    }
}

/// A sign-in that waits behind a protection against bots.
///
/// The way on is a browser: sign in with hosted authentication, or let somebody pass the check there and then
/// [`resume`](Self::resume).
///
/// ```
/// use clerk_ext::frontend::{SignIn, SignInProtection};
/// # use clerk_local::DeviceAttestation;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # local.update_settings(|settings| settings.device_attestation = DeviceAttestation::Enforced);
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// let SignIn::NeedsProtectCheck(step) = clerk.sign_in().identifier("ann@example.com").await? else {
///     return Err("nothing is checked".into());
/// };
/// assert_eq!(step.protection(), SignInProtection::DeviceAttestation);
/// // Not from here: her browser can.
/// let in_browser = clerk.sign_in().hosted("com.example.app://callback").start().await?;
/// println!("open {}", in_browser.url());
/// # Ok(()) }
/// ```
pub struct SignInProtectCheck {
    pub(in crate::frontend) device: Device,
    pub(in crate::frontend) attempt: Option<Attempt>,
    protection: SignInProtection,
}

impl SignInProtectCheck {
    pub(super) fn of_attempt(attempt: Attempt) -> Self {
        let device = attempt.device.clone();
        Self { device, attempt: Some(attempt), protection: SignInProtection::ProtectCheck }
    }

    /// For a sign-in that was not even begun.
    pub(super) fn before(device: &Device, protection: SignInProtection) -> Self {
        Self { device: device.clone(), attempt: None, protection }
    }

    /// What is asked for.
    #[must_use]
    pub fn protection(&self) -> SignInProtection {
        self.protection
    }

    /// The check as Clerk describes it, where it is one of a sign-in that was begun.
    #[must_use]
    pub fn details(&self) -> Option<&types::ProtectCheck> {
        self.attempt.as_ref()?.raw.protect_check.as_ref()
    }

    /// Says that the script was run somewhere, by the proof that it gave.
    ///
    /// # Errors
    ///
    /// There is no check to be proven, or Clerk does not take the proof.
    pub async fn submit(self, proof: impl Into<clerk_core::Secret>) -> Result<SignIn, StepError<Self>> {
        let Some(attempt) = self.attempt.clone() else {
            let error = Error::new(
                clerk_core::ErrorKind::InvalidRequest,
                "no sign-in was begun that a proof could be of; sign in with a browser",
            );
            return Err(StepError::new(self, error));
        };
        let call = attempt.client().submit_sign_in_protect_check(attempt.id(), proof);
        attempt.go_on(call).await.map_err(|error| StepError::new(self, error))
    }

    /// Looks where the sign-in stands now.
    ///
    /// # Errors
    ///
    /// Clerk cannot be asked, or there is no sign-in to be gone on with.
    pub async fn resume(self) -> Result<SignIn, StepError<Self>> {
        let found = match &self.attempt {
            Some(attempt) => match attempt.look().await {
                Ok(now) => SignIn::after(now, None).await.map(Some),
                Err(error) => Err(error),
            },
            None => SignIns { device: self.device.clone(), sign_up_if_missing: false }.resume().await,
        };
        match found {
            Ok(Some(state)) => Ok(state),
            Ok(None) => {
                let error = Error::new(
                    clerk_core::ErrorKind::NotFound,
                    "no sign-in is under way on this device; begin another",
                );
                Err(StepError::new(self, error))
            }
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// What another run of the program needs to go on; nothing where no sign-in was begun.
    #[must_use]
    pub fn save(&self) -> Option<SavedSignIn> {
        Some(SavedSignIn::of(&self.attempt.as_ref()?.raw, None))
    }
}

impl fmt::Debug for SignInProtectCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInProtectCheck")
            .field("id", &self.attempt.as_ref().map(Attempt::id))
            .field("protection", &self.protection)
            .finish()
    }
}
