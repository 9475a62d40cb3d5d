use std::fmt;

use clerk_core::{Error, ErrorKind, ExternalAccountId, SessionId};
use clerk_fapi::types::{Client, ExternalAccountWithVerification, VerificationStatus};
use serde::{Deserialize, Serialize};

use super::{acting::Acting, callback::Callback, refusal::refusal};
use crate::frontend::{device::Device, step::StepError};

/// An account at a provider whose owner is in a browser.
///
/// It can be finished until the provider's answer has come; what does not belong to it leaves it as it is.
pub struct PendingAccount {
    acting: Acting,
    id: ExternalAccountId,
    url: String,
    redirect_url: String,
    /// Whether it was connected before, so that it being so says nothing of the round trip.
    was_connected: bool,
}

impl PendingAccount {
    pub(super) fn of(
        acting: Acting,
        account: ExternalAccountWithVerification,
        redirect_url: String,
    ) -> Result<Self, Error> {
        let proof = account.verification.unwrap_or_default();
        let was_connected = proof.status == Some(VerificationStatus::Verified);
        let url = proof.external_verification_redirect_url;
        match url.filter(|url| url.starts_with("https://") || url.starts_with("http://")) {
            Some(url) => Ok(Self { acting, id: account.id, url, redirect_url, was_connected }),
            None => Err(Error::new(
                ErrorKind::Unexpected,
                format!("Clerk does not say where the account {} is to be connected; try again", account.id),
            )),
        }
    }

    pub(super) fn resumed(device: &Device, saved: SavedAccount) -> Self {
        let SavedAccount { session, id, url, redirect_url, was_connected } = saved;
        Self { acting: Acting::in_session(device, session), id, url, redirect_url, was_connected }
    }

    /// The id that the account has in Clerk.
    #[must_use]
    pub fn id(&self) -> &ExternalAccountId {
        &self.id
    }

    /// What to open in the browser of the system.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes the URL that the browser came back to, and gives the account.
    ///
    /// # Errors
    ///
    /// The URL is none that answers this ([`ErrorKind::InvalidRequest`]: go on waiting), the person or the provider said no
    /// (`oauth_access_denied`), the account belongs to another user (`external_account_exists`,
    /// `oauth_identification_claimed`), or Clerk was not reached. A code of Clerk other than of these says that it is to
    /// be connected anew.
    pub async fn finish(self, callback_url: &str) -> Result<ExternalAccountWithVerification, StepError<Self>> {
        match self.finished(callback_url).await {
            Ok(account) => Ok(account),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    async fn finished(&self, callback_url: &str) -> Result<ExternalAccountWithVerification, Error> {
        let callback = Callback::read(callback_url, &self.redirect_url)?;
        let raw = self.acting.device.raw();
        let client = match callback.nonce {
            None => raw.get_client().send().await?.response,
            Some(nonce) => match raw.get_client().rotating_token_nonce(nonce).send().await {
                Ok(answer) => answer.response,
                // It is good once: perhaps an answer to it was lost, and the account says whether it was.
                Err(error) if !self.was_connected && error.status().is_some_and(|it| it.is_client_error()) => {
                    raw.get_client().send().await?.response
                }
                Err(error) => return Err(error),
            },
        };
        if let Some(failure) = callback.failure {
            return Err(refusal("getClient", &failure));
        }
        let Some(account) = client.and_then(|client| self.account_in(client)) else {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("the user has no account {} any more; connect it anew", self.id),
            ));
        };
        let proof = account.verification.as_ref();
        if let Some(failure) = proof.and_then(|proof| proof.error.as_ref()) {
            return Err(refusal("getClient", failure));
        }
        match proof.and_then(|proof| proof.status.as_ref()) {
            None | Some(VerificationStatus::Verified) => Ok(account),
            Some(status) => Err(Error::new(
                ErrorKind::InvalidRequest,
                format!("the account {} is not connected yet: it is {}", self.id, status.as_str()),
            )),
        }
    }

    fn account_in(&self, client: Client) -> Option<ExternalAccountWithVerification> {
        let users = client.sessions.into_iter().filter(|session| match self.acting.session() {
            Some(meant) => session.id == *meant,
            None => true,
        });
        let mut accounts = users.filter_map(|session| session.user).flat_map(|user| user.external_accounts);
        accounts.find(|account| account.id == self.id)
    }

    /// What another run of the program needs to go on.
    #[must_use]
    pub fn save(&self) -> SavedAccount {
        SavedAccount {
            session: self.acting.session().cloned(),
            id: self.id.clone(),
            url: self.url.clone(),
            redirect_url: self.redirect_url.clone(),
            was_connected: self.was_connected,
        }
    }
}

impl fmt::Debug for PendingAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PendingAccount").field(&self.id).finish()
    }
}

/// An account that is being connected, to be gone on with by another run of the program.
///
/// It holds ids and two addresses; whoever has the one of the provider may connect an account of their own to this user,
/// so it is to be kept like a secret until that is over. The device has to be the same, and its
/// [store](crate::frontend::CredentialStore) must have been kept too.
#[derive(Clone, Serialize, Deserialize)]
pub struct SavedAccount {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<SessionId>,
    id: ExternalAccountId,
    url: String,
    redirect_url: String,
    was_connected: bool,
}

impl fmt::Debug for SavedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SavedAccount").field(&self.id).finish()
    }
}
