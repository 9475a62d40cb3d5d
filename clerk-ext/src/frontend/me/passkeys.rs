use std::fmt;

use clerk_core::{Error, ErrorCode, ErrorKind, Json, PasskeyId, SessionId};
use clerk_fapi::{
    passkeys::{DeletePasskey, GetPasskey, UpdatePasskey},
    types::{DeletedObject, Passkey, VerificationStatus},
};
use serde::{Deserialize, Serialize};

use super::acting::Acting;
use crate::{frontend::step::StepError, request::Request};

/// The passkeys of a user: keys that stay on their devices and sign them in.
///
/// ```
/// # // A passkey in software.
/// # mod passkey { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/frontend/sign_in/authenticator.rs")); }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # let mut system = passkey::Authenticator::new();
/// let passkeys = clerk.me().passkeys();
/// let new = passkeys.create().await?;
/// // The system makes the key, or a crate for WebAuthn: JSON in, JSON out.
/// let credential = system.register(new.options());
/// let passkey = new.attempt(&credential).await?;
/// assert_eq!(passkeys.rename(&passkey.id, "The laptop").await?.name.as_deref(), Some("The laptop"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Passkeys {
    acting: Acting,
}

impl Passkeys {
    pub(super) fn new(acting: &Acting) -> Self {
        Self { acting: acting.clone() }
    }

    /// All of them, those that are only being registered included.
    ///
    /// # Errors
    ///
    /// Clerk was not reached, or nobody is signed in.
    pub async fn list(&self) -> Result<Vec<Passkey>, Error> {
        Ok(self.acting.fetch().await?.passkeys)
    }

    /// Reads one of them.
    pub fn get(&self, passkey: impl Into<PasskeyId>) -> Request<GetPasskey, Passkey> {
        Request::new(self.acting.ask(|raw| raw.get_passkey(passkey)))
    }

    /// Begins to register another one.
    ///
    /// # Errors
    ///
    /// The user has too many (`passkey_quota_exceeded`), the instance has none, or Clerk was not reached.
    pub async fn create(&self) -> Result<NewPasskey, Error> {
        let acting = self.acting.pinned().await?;
        let passkey = acting.ask(clerk_fapi::Client::create_passkey).await?.response;
        NewPasskey::of(acting, passkey)
    }

    /// Goes on with one that is being registered, as far as Clerk knows it.
    ///
    /// # Errors
    ///
    /// It is registered, was not in time, or Clerk was not reached.
    pub async fn resume(&self, passkey: impl Into<PasskeyId> + Send) -> Result<NewPasskey, Error> {
        let passkey = passkey.into();
        let acting = self.acting.pinned().await?;
        let passkey = acting.ask(|raw| raw.get_passkey(passkey)).await?.response;
        NewPasskey::of(acting, passkey)
    }

    /// Goes on with one that another run of the program has begun to register.
    ///
    /// # Errors
    ///
    /// As of [`resume`](Self::resume).
    pub async fn resume_from(&self, saved: SavedPasskey) -> Result<NewPasskey, Error> {
        let handle = Self { acting: Acting::in_session(&self.acting.device, saved.session) };
        handle.resume(saved.id).await
    }

    /// Gives one of them another name.
    pub fn rename(&self, passkey: impl Into<PasskeyId>, name: impl Into<String>) -> Request<UpdatePasskey, Passkey> {
        Request::new(self.acting.ask(|raw| raw.update_passkey(passkey).name(name)))
    }

    /// Takes one of them away.
    pub fn delete(&self, passkey: impl Into<PasskeyId>) -> Request<DeletePasskey, DeletedObject> {
        Request::new(self.acting.ask(|raw| raw.delete_passkey(passkey)))
    }
}

/// A passkey that is being registered, and waits for an authenticator.
///
/// The key is made by the system or another crate: that takes the [`options`](Self::options) and gives a credential, both
/// in the JSON form of WebAuthn.
///
/// [`Passkeys`] has an example.
pub struct NewPasskey {
    acting: Acting,
    passkey: Box<Passkey>,
    options: Json,
}

impl NewPasskey {
    fn of(acting: Acting, passkey: Passkey) -> Result<Self, Error> {
        let proof = passkey.verification.as_ref();
        let nonce = proof.and_then(|proof| proof.nonce.as_ref());
        match nonce.and_then(|nonce| serde_json::from_str(nonce.expose()).ok()) {
            Some(options) => Ok(Self { acting, passkey: Box::new(passkey), options }),
            None => {
                let why = match proof.and_then(|proof| proof.status.as_ref()) {
                    Some(VerificationStatus::Verified) => "is registered; there is nothing to go on with",
                    _ => "has no options for an authenticator; create another one",
                };
                Err(Error::new(ErrorKind::Unexpected, format!("the passkey {} {why}", passkey.id)))
            }
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &PasskeyId {
        &self.passkey.id
    }

    /// What the authenticator is asked: the options of `navigator.credentials.create`, as JSON.
    #[must_use]
    pub fn options(&self) -> &Json {
        &self.options
    }

    /// Hands in what the authenticator answered: a credential as JSON, as text of JSON, or as the type of a crate for
    /// WebAuthn.
    ///
    /// # Errors
    ///
    /// It was not made for these options, came too late (`verification_expired`), or Clerk was not reached.
    pub async fn attempt(self, credential: &(impl Serialize + ?Sized + Sync)) -> Result<Passkey, StepError<Self>> {
        let text = match serde_json::to_value(credential) {
            Ok(Json::String(text)) => text,
            Ok(value) => value.to_string(),
            // Why may quote the credential.
            Err(_) => {
                let operation = "attemptPasskeyVerification";
                let error = Error::invalid_request(operation, "the credential cannot be written as JSON");
                return Err(StepError::new(self, error));
            }
        };
        let attempt = self.acting.ask(|raw| raw.attempt_passkey_verification(self.id()));
        match attempt.strategy("passkey").public_key_credential(text).await {
            Ok(answer) => Ok(answer.response),
            Err(error) => {
                // An earlier try may have been taken, and its answer lost.
                if error.has_code(ErrorCode::VERIFICATION_ALREADY_VERIFIED)
                    && let Ok(answer) = self.acting.ask(|raw| raw.get_passkey(self.id())).await
                {
                    return Ok(answer.response);
                }
                Err(StepError::new(self, error))
            }
        }
    }

    /// What another run of the program needs to go on.
    #[must_use]
    pub fn save(&self) -> SavedPasskey {
        SavedPasskey { session: self.acting.session().cloned(), id: self.passkey.id.clone() }
    }
}

impl fmt::Debug for NewPasskey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NewPasskey").field(self.id()).finish()
    }
}

/// A passkey that is being registered, to be gone on with by another run of the program.
///
/// It holds ids, no secret. The device has to be the same, and its [store](crate::frontend::CredentialStore) must have
/// been kept too.
///
/// It is kept and taken up again as [`SavedSignIn`](crate::frontend::SavedSignIn) is, which has an example.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedPasskey {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<SessionId>,
    id: PasskeyId,
}
