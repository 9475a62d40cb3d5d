use std::fmt;

use clerk_core::{Error, Json};
use serde::Serialize;

use super::{IdToken, SavedSignIn, attempt::Attempt};
use crate::frontend::{device::Device, sign_up::SignUp, step::StepError};

/// A proof that belongs to nobody yet: an account can be made of it.
///
/// It comes of a social account or an identity token that no user has, and of an address that was proven in a sign-in
/// which [makes up for missing accounts](super::SignIns::sign_up_if_missing).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let open = |settings: &mut clerk_local::Settings| settings.attributes.password.required = false;
/// # let local = clerk_local::LocalClerk::builder().configure(open).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let ask_for = |_: &str| local.inbox().latest_code("ann@example.com").unwrap();
/// use clerk_ext::frontend::SignIn;
///
/// let SignIn::NeedsCode(sent) = clerk.sign_in().sign_up_if_missing().email_code("ann@example.com").await? else { return Ok(()) };
/// match sent.attempt(ask_for("the code in the mail")).await? {
///     SignIn::Transfer(step) => println!("welcome: {:?}", step.legal_accepted(true).sign_up().await?),
///     state => println!("welcome back: {}", state.session()?.id()),
/// }
/// # Ok(()) }
/// ```
pub struct TransferToSignUp {
    pub(in crate::frontend) device: Device,
    proof: Proof,
    legal_accepted: Option<bool>,
    unsafe_metadata: Option<Json>,
}

/// What the account is made of.
#[derive(Clone)]
enum Proof {
    /// What Clerk keeps with the device.
    Attempt(Attempt),
    /// A token that was refused, as no account has it.
    Token(IdToken),
}

impl TransferToSignUp {
    pub(in crate::frontend) fn of_attempt(attempt: Attempt) -> Self {
        let device = attempt.device.clone();
        Self { device, proof: Proof::Attempt(attempt), legal_accepted: None, unsafe_metadata: None }
    }

    pub(super) fn of_token(device: &Device, token: IdToken) -> Self {
        Self { device: device.clone(), proof: Proof::Token(token), legal_accepted: None, unsafe_metadata: None }
    }

    /// What was proven, where it is an address or number.
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        match &self.proof {
            Proof::Attempt(attempt) => attempt.raw.identifier.as_deref(),
            Proof::Token(_) => None,
        }
    }

    /// Whether the terms were accepted, where the instance asks for that.
    #[must_use]
    pub fn legal_accepted(mut self, accepted: bool) -> Self {
        self.legal_accepted = Some(accepted);
        self
    }

    /// What the new user's unsafe metadata is to be.
    ///
    /// # Errors
    ///
    /// It cannot be written as JSON.
    pub fn unsafe_metadata(mut self, metadata: &(impl Serialize + ?Sized)) -> Result<Self, StepError<Self>> {
        match serde_json::to_value(metadata) {
            Ok(metadata) => {
                self.unsafe_metadata = Some(metadata);
                Ok(self)
            }
            Err(error) => {
                let refused = Error::invalid_request("createSignUps", "the unsafe metadata cannot be written as JSON");
                Err(StepError::new(self, refused.with_source(error)))
            }
        }
    }

    /// Begins a sign-up with what was proven; it may ask for more.
    ///
    /// # Errors
    ///
    /// The instance lets nobody sign up, or not this one, or the proof has expired.
    pub async fn sign_up(self) -> Result<SignUp, StepError<Self>> {
        let mut call = self.device.raw().create_sign_up();
        match &self.proof {
            Proof::Attempt(_) => call = call.transfer(true),
            Proof::Token(token) => {
                call = call.strategy(token.strategy().as_str()).token(token.token());
                if let Some(code) = token.secret_code() {
                    call = call.code(code);
                }
            }
        }
        if let Some(accepted) = self.legal_accepted {
            call = call.legal_accepted(accepted);
        }
        if let Some(metadata) = &self.unsafe_metadata {
            call = call.unsafe_metadata(metadata.clone());
        }
        if let Some(locale) = &self.device.core().locale {
            call = call.locale(locale);
        }
        let begun = match call.send().await {
            Ok(answer) => SignUp::of(&self.device, answer.response).await,
            Err(error) => Err(error),
        };
        begun.map_err(|error| StepError::new(self, error))
    }

    /// What another run of the program needs to go on; nothing where that is an identity token, which is not kept.
    #[must_use]
    pub fn save(&self) -> Option<SavedSignIn> {
        match &self.proof {
            Proof::Attempt(attempt) => Some(SavedSignIn::of(&attempt.raw, None)),
            Proof::Token(_) => None,
        }
    }
}

impl fmt::Debug for TransferToSignUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.proof {
            Proof::Attempt(attempt) => f.debug_tuple("TransferToSignUp").field(attempt.id()).finish(),
            Proof::Token(token) => f.debug_tuple("TransferToSignUp").field(&token.strategy()).finish(),
        }
    }
}
