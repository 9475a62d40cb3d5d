use std::fmt;

use clerk_core::{Error, ErrorKind, Secret};
use clerk_fapi::{
    totp::DeleteTotp,
    types::{DeletedObject, Totp},
};

use super::{acting::Acting, qr::QrCode};
use crate::{frontend::step::StepError, request::Request};

/// The app of a user that shows codes which change with time: TOTP, as a second factor.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # let read_line = || "000000";
/// let enrolment = clerk.me().authenticator_app().enroll().await?;
/// println!("{}", enrolment.qr()?.text().expose());
/// match enrolment.verify(read_line()).await {
///     Ok(backup_codes) => println!("keep these: {}", backup_codes.iter().map(|code| code.expose()).collect::<String>()),
///     Err(failed) => {
///         println!("{}", failed.error());
///         let _again = failed.into_step();
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct AuthenticatorApp {
    acting: Acting,
}

impl AuthenticatorApp {
    pub(super) fn new(acting: &Acting) -> Self {
        Self { acting: acting.clone() }
    }

    /// Begins with an app: what it has to be told. It counts for nothing before it has shown a code.
    ///
    /// # Errors
    ///
    /// The user has one already (`totp_already_enabled`), the instance has none, or Clerk was not reached.
    pub async fn enroll(&self) -> Result<TotpEnrolment, Error> {
        let acting = self.acting.pinned().await?;
        let totp = acting.ask(clerk_fapi::Client::create_totp).await?.response;
        Ok(TotpEnrolment { acting, totp: Some(Box::new(totp)) })
    }

    /// Goes on with an app that an earlier run of the program told the secret.
    ///
    /// Clerk shows the secret once: this one has none, and can only be verified. Nothing is sent.
    #[must_use]
    pub fn resume(&self) -> TotpEnrolment {
        TotpEnrolment { acting: self.acting.clone(), totp: None }
    }

    /// Takes the app away.
    pub fn disable(&self) -> Request<DeleteTotp, DeletedObject> {
        Request::new(self.acting.ask(clerk_fapi::Client::delete_totp))
    }
}

/// An authenticator app that counts once it has shown a code.
///
/// It is not to be saved: what it holds is the second factor itself. [`AuthenticatorApp::resume`] goes on without that.
///
/// [`AuthenticatorApp`] has an example.
pub struct TotpEnrolment {
    acting: Acting,
    totp: Option<Box<Totp>>,
}

impl TotpEnrolment {
    /// What the app is told, to be typed.
    #[must_use]
    pub fn secret(&self) -> Option<&Secret> {
        self.totp.as_ref()?.secret.as_ref()
    }

    /// The same as an `otpauth` link, which opens the app on the same device.
    #[must_use]
    pub fn uri(&self) -> Option<&Secret> {
        self.totp.as_ref()?.uri.as_ref()
    }

    /// The same as a picture, which the app reads with the camera.
    ///
    /// # Errors
    ///
    /// The enrolment was [resumed](AuthenticatorApp::resume), and nobody knows the secret any more.
    pub fn qr(&self) -> Result<QrCode, Error> {
        let unknown = || {
            Error::new(ErrorKind::InvalidRequest, "the secret is shown once, before; enroll the app anew to see one")
        };
        QrCode::of(self.uri().ok_or_else(unknown)?)
    }

    /// Tries the code that the app shows, and gives backup codes, which are shown only this once.
    ///
    /// There are none where the instance has none, or the user has some already.
    ///
    /// # Errors
    ///
    /// It is not the right one (`form_code_incorrect`), or Clerk was not reached. With `totp_already_enabled` an app is in
    /// place; if an earlier answer was lost it is this one, and [others](super::BackupCodes::regenerate) take the place of
    /// the codes that went with it.
    pub async fn verify(self, code: impl Into<Secret> + Send) -> Result<Vec<Secret>, StepError<Self>> {
        let code = code.into();
        match self.acting.ask(|raw| raw.verify_totp(code)).await {
            Ok(answer) => Ok(answer.response.backup_codes),
            Err(error) => Err(StepError::new(self, error)),
        }
    }
}

impl fmt::Debug for TotpEnrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TotpEnrolment").field("id", &self.totp.as_ref().map(|totp| &totp.id)).finish_non_exhaustive()
    }
}
