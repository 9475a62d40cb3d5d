use std::fmt;

use clerk_core::{Error, ErrorKind, Secret};
use clerk_fapi::types;

use super::{Requirements, SavedSignUp, SignUp, SignUps};
use crate::frontend::{device::Device, sign_in::SignInProtection, step::StepError};

/// A sign-up that waits behind a protection against bots.
///
/// The way on is a browser: sign up with [hosted authentication](super::SignUps::hosted), or let somebody pass the check
/// there and then [`resume`](Self::resume). A
/// [testing token](crate::frontend::FrontendBuilder::testing_token) waives all of them.
///
/// ```
/// use clerk_ext::frontend::{SignInProtection, SignUp};
/// # use clerk_local::DeviceAttestation;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # local.update_settings(|settings| settings.device_attestation = DeviceAttestation::Enforced);
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// let SignUp::NeedsProtectCheck(step) = clerk.sign_up().email_address("bob@example.com").await? else {
///     return Err("nothing is checked".into());
/// };
/// assert_eq!(step.protection(), SignInProtection::DeviceAttestation);
/// // Not from here: his browser can.
/// let in_browser = clerk.sign_up().hosted("com.example.app://callback").start().await?;
/// println!("open {}", in_browser.url());
/// # Ok(()) }
/// ```
pub struct SignUpProtectCheck {
    device: Device,
    /// Nothing where the sign-up was not even begun.
    step: Option<Requirements>,
    protection: SignInProtection,
}

impl SignUpProtectCheck {
    pub(super) fn of_step(step: Requirements) -> Self {
        Self { device: step.device.clone(), step: Some(step), protection: SignInProtection::ProtectCheck }
    }

    pub(super) fn before(device: &Device, protection: SignInProtection) -> Self {
        Self { device: device.clone(), step: None, protection }
    }

    /// What is asked for.
    #[must_use]
    pub fn protection(&self) -> SignInProtection {
        self.protection
    }

    /// The check as Clerk describes it, where it is one of a sign-up that was begun.
    #[must_use]
    pub fn details(&self) -> Option<&types::ProtectCheck> {
        self.step.as_ref()?.raw().protect_check.as_ref()
    }

    /// Says that the script was run somewhere, by the proof that it gave.
    ///
    /// # Errors
    ///
    /// There is no check to be proven, or Clerk does not take the proof.
    pub async fn submit(self, proof: impl Into<Secret>) -> Result<SignUp, StepError<Self>> {
        let Self { device, step, protection } = self;
        let Some(step) = step else {
            let why = "no sign-up was begun that a proof could be of; sign up with a browser";
            return Err(StepError::new(Self { device, step, protection }, Error::new(ErrorKind::InvalidRequest, why)));
        };
        let answer = device.raw().submit_sign_up_protect_check(step.id(), proof).send().await;
        step.answered(answer, None).await.map_err(|failed| failed.map(Self::of_step))
    }

    /// Looks where the sign-up stands now.
    ///
    /// # Errors
    ///
    /// Clerk cannot be asked, or there is no sign-up to be gone on with.
    pub async fn resume(self) -> Result<SignUp, StepError<Self>> {
        let Self { device, step, protection } = self;
        if let Some(step) = step {
            return step.refresh().await.map_err(|failed| failed.map(Self::of_step));
        }
        let found = SignUps { device: device.clone() }.resume().await;
        let why = match found {
            Ok(Some(state)) => return Ok(state),
            Ok(None) => Error::new(ErrorKind::NotFound, "no sign-up is under way on this device; begin another"),
            Err(error) => error,
        };
        Err(StepError::new(Self { device, step, protection }, why))
    }

    /// What else the sign-up asks for; nothing where none was begun.
    #[must_use]
    pub fn into_requirements(self) -> Option<Requirements> {
        self.step
    }

    /// What another run of the program needs to go on; nothing where no sign-up was begun.
    #[must_use]
    pub fn save(&self) -> Option<SavedSignUp> {
        Some(self.step.as_ref()?.save())
    }
}

impl fmt::Debug for SignUpProtectCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignUpProtectCheck")
            .field("id", &self.step.as_ref().map(Requirements::id))
            .field("protection", &self.protection)
            .finish()
    }
}
