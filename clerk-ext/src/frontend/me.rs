mod acting;
mod authenticator_app;
mod backup_codes;
mod code;
mod contact;
mod email_addresses;
mod external_accounts;
mod link;
mod passkeys;
mod phone_numbers;
mod qr;
mod trusted_devices;
mod update;
mod web3_wallets;

use std::marker::PhantomData;

use clerk_core::{Error, Json, Secret, Upload};
use clerk_fapi::{
    types::{DeletedObject, Image},
    user::{
        ChangePassword, CreateServiceToken, DeleteProfileImage, DeleteUser, GetUser, RemovePassword, UpdateProfileImage,
    },
};

use self::acting::Acting;
pub use self::{
    authenticator_app::{AuthenticatorApp, TotpEnrolment},
    backup_codes::BackupCodes,
    code::CodeSent,
    contact::{Contact, ContactState, SavedContact, Unverified},
    email_addresses::EmailAddresses,
    external_accounts::ExternalAccounts,
    link::LinkSent,
    passkeys::{NewPasskey, Passkeys, SavedPasskey},
    phone_numbers::PhoneNumbers,
    qr::QrCode,
    trusted_devices::{DeviceKey, TrustedDevices},
    update::UpdateMe,
    web3_wallets::{SavedWallet, WalletChallenge, Web3Wallets},
};
use super::{client::Frontend, session::Session, types::User};
use crate::{answer::FromAnswer, metadata::Metadata, request::Request};

/// Whoever is signed in: their profile, and what they prove with that they are who they are.
///
/// What a user has several of, or proves in steps, has a handle of its own. Some of it Clerk lets only those do who have
/// proven lately who they are: the refusal has the code `session_reverification_required`.
///
/// ```
/// use clerk_ext::{frontend::Frontend, metadata, metadata::Patch};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Default, Deserialize, Serialize)]
/// struct Settings {
///     theme: Option<String>,
/// }
///
/// metadata! { struct App { user_unsafe: Settings } }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let me = clerk.typed::<App>().me();
/// let ann = me.get().await?;
/// let dark = Patch::edit(&ann.unsafe_, |settings| settings.theme = Some("dark".into()))?;
/// let ann = me.update().first_name("Ann").unsafe_(dark).await?;
/// assert_eq!(ann.unsafe_.theme.as_deref(), Some("dark"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Me<M: Metadata = Json> {
    acting: Acting,
    metadata: PhantomData<fn() -> M>,
}

impl<M: Metadata> Frontend<M> {
    /// Whoever is signed in, in the session in the foreground.
    #[must_use]
    pub fn me(&self) -> Me<M> {
        Me { acting: Acting::in_foreground(self.device()), metadata: PhantomData }
    }

    /// Whoever the session is of, in the foreground or not.
    #[must_use]
    pub fn me_in(&self, session: &Session) -> Me<M> {
        Me::in_session(session)
    }
}

impl<M: Metadata> Me<M> {
    pub(super) fn in_session(session: &Session) -> Self {
        Self { acting: Acting::in_session(&session.device, Some(session.id.clone())), metadata: PhantomData }
    }
}

/// The profile.
impl<M: Metadata> Me<M> {
    /// Asks Clerk for the user.
    pub fn get(&self) -> Request<GetUser, User<M>> {
        Request::new(self.acting.ask(clerk_fapi::Client::get_user))
    }

    /// The user as this device knows them, without a request; nothing where nobody is signed in.
    ///
    /// Every answer of Clerk brings it up to date.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Metadata`](clerk_core::ErrorKind::Metadata): their metadata does not fit the application's types.
    pub fn current(&self) -> Result<Option<User<M>>, Error> {
        self.acting.known().map(FromAnswer::from_answer).transpose()
    }

    /// Changes the profile, the metadata that users may change, or both.
    pub fn update(&self) -> UpdateMe<M> {
        UpdateMe::new(&self.acting)
    }

    /// Puts a picture in place of the one that is there.
    pub fn set_image(&self, image: Upload) -> Request<UpdateProfileImage, Image> {
        Request::new(self.acting.ask(|raw| raw.update_profile_image(image)))
    }

    /// Goes back to the generated picture.
    pub fn delete_image(&self) -> Request<DeleteProfileImage, DeletedObject> {
        Request::new(self.acting.ask(clerk_fapi::Client::delete_profile_image))
    }

    /// Deletes the user for good, which signs them out on this device and on all others.
    ///
    /// The instance has to allow it: see `delete_self_enabled` of the user.
    pub fn delete(&self) -> Request<DeleteUser, DeletedObject> {
        Request::new(self.acting.ask(clerk_fapi::Client::delete_user))
    }
}

/// The password.
impl<M: Metadata> Me<M> {
    /// Sets a password.
    ///
    /// Who has one already says the current one too, by `current_password`, or has proven lately who they are.
    /// `sign_out_of_other_sessions` ends what anybody else may have begun with the old one.
    pub fn change_password(&self, new: impl Into<Secret>) -> Request<ChangePassword, User<M>> {
        Request::new(self.acting.ask(|raw| raw.change_password(new)))
    }

    /// Removes the password, where the user can sign in by other means.
    pub fn remove_password(&self, current: impl Into<Secret>) -> Request<RemovePassword, User<M>> {
        Request::new(self.acting.ask(|raw| raw.remove_password(current)))
    }
}

/// What the user goes by.
impl<M: Metadata> Me<M> {
    /// The email addresses of the user: to add and prove them, and to choose the primary one.
    #[must_use]
    pub fn email_addresses(&self) -> EmailAddresses<M> {
        EmailAddresses::new(&self.acting)
    }

    /// The phone numbers of the user: to add and prove them, and to use them as a second factor.
    #[must_use]
    pub fn phone_numbers(&self) -> PhoneNumbers<M> {
        PhoneNumbers::new(&self.acting)
    }

    /// The wallets of the user: to add them, and have them sign.
    #[must_use]
    pub fn web3_wallets(&self) -> Web3Wallets<M> {
        Web3Wallets::new(&self.acting)
    }

    /// Their accounts at social providers.
    #[must_use]
    pub fn external_accounts(&self) -> ExternalAccounts<M> {
        ExternalAccounts::new(&self.acting)
    }
}

/// What the user proves with who they are.
impl<M: Metadata> Me<M> {
    /// Their authenticator app, which shows codes for the second factor.
    #[must_use]
    pub fn authenticator_app(&self) -> AuthenticatorApp {
        AuthenticatorApp::new(&self.acting)
    }

    /// Their codes for when no other second factor is at hand.
    #[must_use]
    pub fn backup_codes(&self) -> BackupCodes {
        BackupCodes::new(&self.acting)
    }

    /// The passkeys of the user: to register and rename them, and take them away.
    #[must_use]
    pub fn passkeys(&self) -> Passkeys {
        Passkeys::new(&self.acting)
    }

    /// Their devices that hold a key.
    #[must_use]
    pub fn trusted_devices(&self) -> TrustedDevices {
        TrustedDevices::new(&self.acting)
    }

    /// A token for a service that the instance integrates with, by its name.
    pub fn service_token(&self, service: impl Into<String>) -> CreateServiceToken {
        self.acting.ask(|raw| raw.create_service_token(service))
    }
}
