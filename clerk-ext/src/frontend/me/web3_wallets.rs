use std::{fmt, marker::PhantomData};

use clerk_core::{Error, ErrorCode, ErrorKind, Json, Secret, SessionId, Web3WalletId};
use clerk_fapi::{
    types::{DeletedObject, VerificationStatus, Web3Wallet},
    user::UpdateUser,
    web3_wallets::{CreateWeb3Wallet, DeleteWeb3Wallet, GetWeb3Wallet, GetWeb3Wallets},
};
use serde::{Deserialize, Serialize};

use super::acting::Acting;
use crate::{
    frontend::{step::StepError, strategy::Strategy, types::User},
    list::List,
    metadata::Metadata,
    request::Request,
};

/// The wallets of a user, which prove that they are the user's by signing a text.
///
/// ```
/// use clerk_ext::frontend::Strategy;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # local.update_settings(|settings| {
/// #     settings.attributes.web3_wallet.enabled = true;
/// #     settings.attributes.web3_wallet.verifications = vec!["web3_metamask_signature".to_owned()];
/// # });
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # async fn sign(_: &str) -> String { "test-signature".to_owned() }
/// let wallets = clerk.me().web3_wallets();
/// let added = wallets.add("0x52908400098527886e0f7030069857d2e4169ee7").await?;
/// let challenge = wallets.verify(&added.id, Strategy::WEB3_METAMASK).await?;
/// assert_eq!(challenge.wallet().id, added.id);
/// let signature = sign(challenge.message()).await; // by the wallet
/// # if false { // a local Clerk knows nothing of signatures
/// let wallet = challenge.attempt(signature).await?;
/// wallets.make_primary(&wallet.id).await?;
/// # }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Web3Wallets<M: Metadata = Json> {
    acting: Acting,
    metadata: PhantomData<fn() -> M>,
}

impl<M: Metadata> Web3Wallets<M> {
    pub(super) fn new(acting: &Acting) -> Self {
        Self { acting: acting.clone(), metadata: PhantomData }
    }

    /// All of them.
    pub fn list(&self) -> List<GetWeb3Wallets, Web3Wallet> {
        List::new(self.acting.ask(clerk_fapi::Client::get_web3_wallets))
    }

    /// Reads one of them.
    pub fn get(&self, wallet: impl Into<Web3WalletId>) -> Request<GetWeb3Wallet, Web3Wallet> {
        Request::new(self.acting.ask(|raw| raw.get_web3_wallet(wallet)))
    }

    /// Adds a wallet by its address; it counts once it is [proven](Self::verify).
    pub fn add(&self, address: impl Into<String>) -> Request<CreateWeb3Wallet, Web3Wallet> {
        Request::new(self.acting.ask(|raw| raw.create_web3_wallet(address)))
    }

    /// Asks for the text that a wallet of this kind has to sign, such as [`Strategy::WEB3_METAMASK`].
    ///
    /// # Errors
    ///
    /// It is proven already, the instance does not know this kind, or Clerk was not reached.
    pub async fn verify(
        &self,
        wallet: impl Into<Web3WalletId> + Send,
        kind: impl Into<Strategy> + Send,
    ) -> Result<WalletChallenge, Error> {
        let (wallet, kind) = (wallet.into(), kind.into());
        let acting = self.acting.pinned().await?;
        let prepare = acting.ask(|raw| raw.prepare_web3_wallet_verification(wallet, kind.as_str()));
        WalletChallenge::of(acting, prepare.await?.response)
    }

    /// Goes on with a wallet that was asked to sign, as far as Clerk knows it.
    ///
    /// # Errors
    ///
    /// It is proven, was not asked or not in time, or Clerk was not reached.
    pub async fn resume(&self, wallet: impl Into<Web3WalletId> + Send) -> Result<WalletChallenge, Error> {
        let wallet = wallet.into();
        let acting = self.acting.pinned().await?;
        let wallet = acting.ask(|raw| raw.get_web3_wallet(wallet)).await?.response;
        WalletChallenge::of(acting, wallet)
    }

    /// Goes on with a wallet that another run of the program has asked to sign.
    ///
    /// # Errors
    ///
    /// As of [`resume`](Self::resume).
    pub async fn resume_from(&self, saved: SavedWallet) -> Result<WalletChallenge, Error> {
        let acting = Acting::in_session(&self.acting.device, saved.session);
        Self::new(&acting).resume(saved.id).await
    }

    /// Removes one of them, unless it is all that the user can sign in with.
    pub fn delete(&self, wallet: impl Into<Web3WalletId>) -> Request<DeleteWeb3Wallet, DeletedObject> {
        Request::new(self.acting.ask(|raw| raw.delete_web3_wallet(wallet)))
    }

    /// Makes one of them the one that comes first, which has to be proven.
    pub fn make_primary(&self, wallet: impl Into<Web3WalletId>) -> Request<UpdateUser, User<M>> {
        Request::new(self.acting.ask(|raw| raw.update_user().primary_web3_wallet_id(wallet)))
    }
}

/// A text that a wallet has to sign, to prove that it is the user's.
///
/// [`Web3Wallets`] has an example.
pub struct WalletChallenge {
    acting: Acting,
    wallet: Box<Web3Wallet>,
    message: Secret,
}

impl WalletChallenge {
    fn of(acting: Acting, wallet: Web3Wallet) -> Result<Self, Error> {
        let proof = wallet.verification.as_ref();
        let open = proof.filter(|proof| proof.status == Some(VerificationStatus::Unverified));
        let message = open.and_then(|proof| proof.message.as_deref().filter(|text| !text.is_empty()));
        let nonce = || open.and_then(|proof| proof.nonce.clone());
        match message.map(Secret::from).or_else(nonce) {
            Some(message) => Ok(Self { acting, wallet: Box::new(wallet), message }),
            None => Err(Error::new(
                ErrorKind::Unexpected,
                format!("the wallet {} has nothing to sign; verify it unless it is proven", wallet.id),
            )),
        }
    }

    /// The wallet as Clerk knows it.
    #[must_use]
    pub fn wallet(&self) -> &Web3Wallet {
        &self.wallet
    }

    /// The text that the wallet has to sign.
    #[must_use]
    pub fn message(&self) -> &str {
        self.message.expose()
    }

    /// Hands in the signature, as the wallet writes it.
    ///
    /// # Errors
    ///
    /// It is not of this wallet and text (`form_incorrect_signature`), came too late, or Clerk was not reached.
    pub async fn attempt(self, signature: impl Into<Secret> + Send) -> Result<Web3Wallet, StepError<Self>> {
        let signature = signature.into();
        match self.acting.ask(|raw| raw.attempt_web3_wallet_verification(&self.wallet.id, signature)).await {
            Ok(answer) => Ok(answer.response),
            Err(error) => {
                // An earlier try may have been taken, and its answer lost.
                if error.has_code(ErrorCode::VERIFICATION_ALREADY_VERIFIED)
                    && let Ok(answer) = self.acting.ask(|raw| raw.get_web3_wallet(&self.wallet.id)).await
                {
                    return Ok(answer.response);
                }
                Err(StepError::new(self, error))
            }
        }
    }

    /// What another run of the program needs to go on.
    #[must_use]
    pub fn save(&self) -> SavedWallet {
        SavedWallet { session: self.acting.session().cloned(), id: self.wallet.id.clone() }
    }
}

impl fmt::Debug for WalletChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WalletChallenge").field(&self.wallet.id).finish()
    }
}

/// A wallet that was asked to sign, to be gone on with by another run of the program.
///
/// It holds ids, no secret. The device has to be the same, and its [store](crate::frontend::CredentialStore) must have
/// been kept too.
///
/// It is kept and taken up again as [`SavedSignIn`](crate::frontend::SavedSignIn) is, which has an example.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedWallet {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<SessionId>,
    id: Web3WalletId,
}
